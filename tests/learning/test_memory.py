from __future__ import annotations

import subprocess
import sys

import pytest

STEPS = """
import resource, sys
import torch
from tinct.learning.memory import keep_memory

if sys.argv[1] == "keep":
    keep_memory()
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
