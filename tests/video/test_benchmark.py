"""The benchmark of films says which parts it has."""

import subprocess
import sys
from pathlib import Path

BENCHMARK = Path(__file__).parents[2] / "benchmarks" / "video.py"


def test_a_word_that_names_no_part_is_refused_with_the_parts() -> None:
    done = subprocess.run(
        [sys.executable, str(BENCHMARK), "--only", "sound"], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout) == (2, "")
    parts = "motion, dissolve, shots, direction, fidelity, real, speed, memory"
    assert done.stderr.splitlines()[-1].endswith(
        f"--only sound: is in the name of no part; use one of {parts}"
    )
