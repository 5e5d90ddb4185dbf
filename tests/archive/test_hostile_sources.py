"""Sources with unusual names, links and hostile files: each is coloured or named, and stops nothing."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.hostile.library import library

from .conftest import Tinct, make_photo, make_photos, states, tree


def test_names_of_any_bytes_are_mirrored(tinct: Tinct, tmp_path: Path) -> None:
    source, dest = tmp_path / "source", tmp_path / "dest"
    names = [
        b"not utf-8 \xe9\xff.jpg", b"new\nline.jpg", b"case.jpg", b"Case.jpg", "caf\u00e9.jpg".encode(),
        "cafe\u0301.jpg".encode(), b"a.jpg", b"a.tif", b"-rf.jpg", b"quote'\".png", b"%41.jpg", b"caf\xe9/in.jpg",
    ]  # fmt: skip
    for number, name in enumerate(names):
        plain = make_photo(tmp_path / f"plain{os.fsdecode(os.path.splitext(name)[1])}", number)
        target = os.path.join(os.fsencode(source), name)
        os.makedirs(os.path.dirname(target), exist_ok=True)
        os.rename(plain, target)
    tinct(source, dest)
    assert set(tree(dest)) == set(names)
    assert set(states(dest).values()) == {"done"}
    assert tinct(source, dest).stdout.startswith("0 photos")


def test_links_are_followed_to_files_only_and_loops_end(tinct: Tinct, tmp_path: Path) -> None:
    source, dest = make_photos(tmp_path / "source", 2), tmp_path / "dest"
    (source / "roll 0" / "loop").symlink_to(source)
    (source / "ring.jpg").symlink_to(source / "ring.jpg")
    (source / "nothing.jpg").symlink_to(source / "nowhere.jpg")
    (source / "link.jpg").symlink_to(source / "roll 0" / "00000.jpg")
    run = tinct(source, dest, code=1)
    assert set(tree(dest)) == {b"roll 0/00000.jpg", b"roll 0/00001.jpg", b"link.jpg"}
    assert states(dest)[b"ring.jpg"] == "failed"
    assert states(dest)[b"nothing.jpg"] == "ignored"
    assert "6 files: 3 done, 1 failed, 2 not photos" in run.stdout


def test_a_link_in_the_destination_leads_no_result_into_the_source(tinct: Tinct, tmp_path: Path) -> None:
    source, dest = make_photos(tmp_path / "source", 2), tmp_path / "dest"
    (source / "other").mkdir()
    dest.mkdir()
    (dest / "roll 0").symlink_to(source / "other")
    before = tree(source)
    run = tinct(source, dest, code=1)
    assert tree(source) == before
    assert "is a link that leads out of the destination" in run.stderr


def test_hostile_files_among_photos_are_named_and_stop_nothing(tinct: Tinct, tmp_path: Path) -> None:
    source, dest = make_photos(tmp_path / "source", 60), tmp_path / "dest"
    hostile = dict(library())
    for name in ("empty.jpg", "text.jpg", "bomb.png"):
        (source / name).write_bytes(hostile[name])
    os.mkfifo(source / "pipe.jpg")
    run = tinct(source, dest, "--workers", 2, code=1)
    assert len(tree(dest)) == 60
    assert {path: state for path, state in states(dest).items() if state != "done"} == {
        b"empty.jpg": "failed", b"text.jpg": "failed", b"bomb.png": "failed", b"pipe.jpg": "ignored"
    }  # fmt: skip
    assert all(name in run.stderr for name in ("empty.jpg", "text.jpg", "bomb.png"))


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_the_whole_library_of_hostile_files_is_accounted_for(tinct: Tinct, tmp_path: Path) -> None:
    hostile = list(library())
    source, dest = make_photos(tmp_path / "source", 100), tmp_path / "dest"
    (source / "hostile").mkdir()
    for name, content in hostile:
        (source / "hostile" / name).write_bytes(content)
    tinct(source, dest, "--workers", 2, code=1)
    found = states(dest)
    assert len(found) == 100 + len(hostile)
    assert set(found.values()) <= {"done", "failed"}
    assert {path for path, state in found.items() if state == "done"} == set(tree(dest))
