"""--watch: complete files are taken as they arrive, and a share may disappear and return."""

from __future__ import annotations

import signal
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tinct.archive.colouring.job import Entry
from tinct.archive.sources.folder import Folder
from tinct.archive.watch import Settled

from .conftest import Tinct, make_photo, make_photos, tree


def wait_for(condition: Callable[[], bool], seconds: float = 90) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.05)


@pytest.mark.slow
def test_a_watched_share_may_grow_disappear_and_return(tinct: Tinct, tmp_path: Path) -> None:
    source, dest = make_photos(tmp_path / "source", 2), tmp_path / "dest"
    run = tinct.start(source, dest, "--watch")
    wait_for(lambda: len(tree(dest)) == 2)
    make_photo(source / "new.jpg", 9)
    half = (source / "new.jpg").read_bytes()
    (source / "growing.jpg").write_bytes(half[:100])
    for size in range(200, 2200, 200):
        time.sleep(1)
        (source / "growing.jpg").write_bytes(half[:size])
        assert not (dest / "growing.jpg").exists()
    (source / "growing.jpg").write_bytes(half)
    wait_for(lambda: len(tree(dest)) == 4)
    source.rename(tmp_path / "away")
    time.sleep(8)
    assert run.poll() is None
    (tmp_path / "away").rename(source)
    make_photo(source / "later.jpg", 10)
    wait_for(lambda: len(tree(dest)) == 5)
    run.send_signal(signal.SIGINT)
    out, err = run.communicate(timeout=60)
    assert run.returncode == 130
    assert "the source has disappeared; waiting for it" in err
    assert "the source is back" in err
    assert "5 files: 5 done" in out


def test_a_file_is_complete_when_it_has_not_changed_for_some_seconds(tmp_path: Path) -> None:
    settled = Settled(Folder(tmp_path), seconds=0.3)
    assert not settled.is_settled(Entry(b"a.jpg", 10, 1))
    time.sleep(0.35)
    assert not settled.is_settled(Entry(b"a.jpg", 20, 1))
    assert not settled.is_settled(Entry(b"a.jpg", 20, 1))
    time.sleep(0.35)
    assert settled.is_settled(Entry(b"a.jpg", 20, 1))
    assert settled.waiting == 0


@pytest.mark.parametrize("lock", ["a.jpg.lock", ".~lock.a.jpg#", "a.jpg.part"])
def test_a_photo_with_a_lock_file_beside_it_is_left(tmp_path: Path, lock: str) -> None:
    make_photo(tmp_path / "a.jpg", 1)
    make_photo(tmp_path / "b.jpg", 2)
    (tmp_path / lock).touch()
    assert [each.path for folder in Settled(Folder(tmp_path)).folders() for each in folder] == [b"b.jpg"]
    (tmp_path / lock).unlink()
    assert [each.path for folder in Settled(Folder(tmp_path)).folders() for each in folder] == [
        b"a.jpg",
        b"b.jpg",
    ]
