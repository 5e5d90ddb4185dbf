from __future__ import annotations

import subprocess
import sys

import pytest

STEPS = """
import resource, sys
import torch
from tinct.learning.run.memory import tune_malloc

if sys.argv[1] == "keep":
    tune_malloc()
for _ in range(12):
    before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    tensors = [torch.ones(megabytes << 18) for megabytes in (40, 50, 60)]
    del tensors
print(resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="only glibc can be told")
def test_memory_that_a_step_gave_back_is_not_asked_for_again() -> None:
    faults = {}
    for word in ("keep", "leave"):
        command = [sys.executable, "-c", STEPS, word]
        done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=True)
        faults[word] = int(done.stdout)
    assert faults["keep"] < 0.1 * faults["leave"]


HOLES = """
from pathlib import Path
import torch
from tinct.learning.run.memory import STEPS_KEPT, trim_heap, tune_malloc

def megabytes():
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) >> 10 for line in lines if line.startswith("RssAnon"))

tune_malloc()
blocks = [torch.ones(8 << 18) for _ in range(60)]
between = blocks[1::2]
del blocks
kept = megabytes()
trim_heap(STEPS_KEPT + 1)
still = megabytes()
trim_heap(STEPS_KEPT)
print(kept - still, still - megabytes(), sum(block[0].item() for block in between))
"""


@pytest.mark.skipif(sys.platform != "linux", reason="only glibc can be told")
def test_holes_between_kept_blocks_are_given_back_now_and_then() -> None:
    done = subprocess.run(
        [sys.executable, "-c", HOLES], capture_output=True, text=True, timeout=120, check=True
    )
    before, given, whole = map(float, done.stdout.split())
    assert abs(before) < 20
    assert given > 200
    assert whole == 30
