"""The memory of the command line."""

from __future__ import annotations

import subprocess
import sys

import pytest

from tinct.cli.malloc import use_one_arena

# Threads that allocate at once make malloc map arenas of 64 MiB of address space, unless it may not.
PROGRAM = """
import sys, threading
if sys.argv[1] == "one":
    from tinct.cli.malloc import use_one_arena
    use_one_arena()
gate = threading.Barrier(8)
def work():
    gate.wait()
    kept = [bytes(5000) for _ in range(100)]
    gate.wait()
threads = [threading.Thread(target=work) for _ in range(8)]
for each in threads: each.start()
for each in threads: each.join()
print(sum("rw-p" in line or "---p" in line for line in open("/proc/self/maps")))
"""


def test_other_systems_are_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "win32")
    monkeypatch.setattr("ctypes.CDLL", lambda _: pytest.fail("loads a library"))
    use_one_arena()


@pytest.mark.skipif(sys.platform != "linux", reason="glibc only")
def test_threads_share_one_arena() -> None:
    counts = {
        kind: int(
            subprocess.run([sys.executable, "-c", PROGRAM, kind], check=True, capture_output=True).stdout
        )
        for kind in ("one", "many")
    }
    assert counts["one"] < counts["many"] - 4
