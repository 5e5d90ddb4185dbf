"""A file is written whole or not at all, on every system, and never over one that must stay."""

from __future__ import annotations

import os
import stat
from pathlib import Path
from typing import Any

import pytest

from tinct import atomic


def test_a_file_appears_whole_and_nothing_else_is_left(tmp_path: Path) -> None:
    target = tmp_path / "a.txt"
    with atomic.atomic_write(target, overwrite=False) as partial:
        partial.write_text("half")
        assert not target.exists()
        assert partial.parent == tmp_path
    assert target.read_text() == "half"
    assert list(tmp_path.iterdir()) == [target]


def test_what_fails_leaves_the_old_file(tmp_path: Path) -> None:
    target = tmp_path / "a.txt"
    target.write_text("old")

    def fail() -> None:
        with atomic.atomic_write(target, overwrite=True) as partial:
            partial.write_text("new")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert target.read_text() == "old"
    assert list(tmp_path.iterdir()) == [target]


def test_a_file_that_is_there_or_comes_meanwhile_is_not_overwritten(tmp_path: Path) -> None:
    target = tmp_path / "a.txt"

    def race() -> None:
        with atomic.atomic_write(target, overwrite=False) as partial:
            partial.write_text("ours")
            target.write_text("theirs")

    with pytest.raises(FileExistsError):
        race()
    assert target.read_text() == "theirs"
    with pytest.raises(FileExistsError), atomic.atomic_write(target, overwrite=False):
        pytest.fail("the block must not run")


def test_a_system_that_cannot_open_folders_writes_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = os.open

    def as_on_windows(path: Any, flags: int, *mode: int) -> int:
        if os.path.isdir(path):
            raise PermissionError(13, "Permission denied")
        return real(path, flags, *mode)

    monkeypatch.setattr(os, "open", as_on_windows)
    monkeypatch.setattr(atomic, "SYNC_FOLDERS", False)
    atomic.atomic_write_text(tmp_path / "a.txt", "whole")
    assert (tmp_path / "a.txt").read_text() == "whole"


@pytest.mark.parametrize("overwrite", [True, False])
def test_a_file_is_on_disk_before_it_has_its_name_and_the_name_after(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, overwrite: bool
) -> None:
    target, synced = tmp_path / "a.txt", []
    monkeypatch.setattr(
        os, "fsync", lambda opened: synced.append((stat.S_ISDIR(os.fstat(opened).st_mode), target.exists()))
    )
    with atomic.atomic_write(target, overwrite=overwrite) as partial:
        partial.write_text("whole")
    assert synced == [(False, False), (True, True)]


def test_a_folder_that_cannot_be_synced_is_written_to(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = os.fsync

    def as_on_a_share(opened: int) -> None:
        if stat.S_ISDIR(os.fstat(opened).st_mode):
            raise OSError(22, "Invalid argument")
        real(opened)

    monkeypatch.setattr(os, "fsync", as_on_a_share)
    atomic.atomic_write_text(tmp_path / "a.txt", "whole")
    assert (tmp_path / "a.txt").read_text() == "whole"
