"""kill -9 of a run or of its workers, again and again: the end is the same to the byte."""

from __future__ import annotations

import os
import random
import signal
import time
from pathlib import Path

import pytest

from .conftest import Tinct, make_photos, states, tree


def workers_of(pid: int) -> list[int]:
    """Process ids of the workers of a run."""
    try:
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
        return [int(each) for each in children if b"spawn_main" in Path(f"/proc/{each}/cmdline").read_bytes()]
    except OSError:
        return []


def kill(pid: int) -> None:
    try:
        os.kill(pid, signal.SIGKILL)
    except ProcessLookupError:
        return


@pytest.mark.parametrize(
    ("photos", "kills"),
    [(60, 6), pytest.param(500, 50, marks=[pytest.mark.slow, pytest.mark.timeout(1500)])],
)
def test_kills_at_random_moments_leave_the_same_archive(
    tinct: Tinct, tmp_path: Path, photos: int, kills: int
) -> None:
    rng = random.Random(photos)
    source, dest, calm = make_photos(tmp_path / "source", photos), tmp_path / "dest", tmp_path / "calm"
    original = tree(source)
    killed = 0
    while killed < kills:
        run = tinct.start(source, dest, "--workers", 2)
        end = time.monotonic() + rng.uniform(0.3, 3)
        while time.monotonic() < end and run.poll() is None:
            time.sleep(rng.uniform(0.02, 0.6))
            workers = workers_of(run.pid)
            if workers and rng.random() < 0.3:
                kill(rng.choice(workers))
                killed += 1
        if run.poll() is None:
            kill(run.pid)
            killed += 1
            run.communicate(timeout=60)
        else:
            out, err = run.communicate(timeout=60)
            assert run.returncode == 0, (out, err)
            for path in rng.sample(sorted(tree(dest)), photos // 3):  # it was done too early
                os.unlink(dest / os.fsdecode(path))
    tinct(source, dest, "--workers", 2)
    tinct(source, calm, "--workers", 2)
    assert tree(dest) == tree(calm)
    assert states(dest) == states(calm)
    assert set(states(dest).values()) == {"done"}
    assert list((dest / ".tinct" / "parts").iterdir()) == []
    assert tree(source) == original


@pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="needs Linux")
def test_workers_end_with_their_run(tinct: Tinct, tmp_path: Path) -> None:
    run = tinct.start(make_photos(tmp_path / "source", 200), tmp_path / "dest", "--workers", 2)
    end = time.monotonic() + 60
    while len(workers := workers_of(run.pid)) < 2:
        assert time.monotonic() < end
        time.sleep(0.02)
    kill(run.pid)
    run.communicate(timeout=60)
    while any(Path(f"/proc/{pid}").exists() for pid in workers):
        assert time.monotonic() < end
        time.sleep(0.02)
