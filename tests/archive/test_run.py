"""A run over an archive: every file accounted for, originals untouched, runs continued, results adopted."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tinct.archive.run import Archive, Observer
from tinct.archive.settings import RunSettings
from tinct.colorizer import Colorizer
from tinct.photo import read

from .conftest import Tinct, events, make_photo, make_photos, states, tree


@pytest.fixture
def source(tmp_path: Path) -> Path:
    folder = make_photos(tmp_path / "source", 6, per_folder=3)
    (folder / "notes.txt").write_text("the box from the attic")
    (folder / "roll 0" / "broken.jpg").write_text("no photo")
    (folder / "roll 0" / ".hidden.jpg").write_bytes((folder / "roll 0" / "00000.jpg").read_bytes())
    return folder


def test_every_file_is_accounted_for_and_the_tree_is_mirrored(
    tinct: Tinct, source: Path, tmp_path: Path
) -> None:
    before, dest = tree(source), tmp_path / "dest"
    run = tinct(source, dest, code=1)
    assert tree(source) == before
    good = {
        path for path in before if path.endswith(b".jpg") and path[7:] not in (b"broken.jpg", b".hidden.jpg")
    }
    assert set(tree(dest)) == good
    assert states(dest) == dict.fromkeys(good, "done") | {
        b"notes.txt": "ignored", b"roll 0/.hidden.jpg": "ignored", b"roll 0/broken.jpg": "failed"
    }  # fmt: skip
    assert "9 files: 6 done, 1 failed, 2 not photos" in run.stdout
    assert "broken.jpg: not a photo" in run.stderr


def test_results_are_those_of_the_colorizer_and_say_of_which_source(
    tinct: Tinct, source: Path, tmp_path: Path, tiny_model: Path
) -> None:
    tinct(source, tmp_path / "dest", "--vividness", "1.5", code=1)
    path = "roll 1/00004.jpg"
    expected = Colorizer(tiny_model).colorize(source / path, target=tmp_path / "one.jpg", vividness=1.5)
    result = tmp_path / "dest" / path
    np.testing.assert_array_equal(np.asarray(Image.open(result)), np.asarray(Image.open(expected)))
    packet = (read(result).metadata.xmp or b"").decode()
    assert f'tinct:source_sha256="{tree(source)[path.encode()]}"' in packet


def test_a_second_run_does_nothing_and_a_new_photo_is_coloured(
    tinct: Tinct, source: Path, tmp_path: Path
) -> None:
    dest = tmp_path / "dest"
    tinct(source, dest, code=1)
    times = {path: os.stat(dest / os.fsdecode(path)).st_mtime_ns for path in tree(dest)}
    make_photo(source / "roll 9" / "new.png", 99)
    assert tinct(source, dest, code=1).stdout.startswith("1 photos in")
    assert {path: os.stat(dest / os.fsdecode(path)).st_mtime_ns for path in times} == times
    assert (dest / "roll 9" / "new.png").exists()


def test_a_result_that_is_gone_is_made_again(tinct: Tinct, source: Path, tmp_path: Path) -> None:
    dest = tmp_path / "dest"
    tinct(source, dest, code=1)
    before = tree(dest)
    (dest / "roll 0" / "00001.jpg").unlink()
    shutil.rmtree(dest / "roll 1")
    tinct(source, dest, code=1)
    assert tree(dest) == before


@pytest.mark.parametrize("suffix", ["jpg", "png", "tif", "webp", "avif"])
def test_results_are_adopted_when_the_ledger_is_lost(tinct: Tinct, tmp_path: Path, suffix: str) -> None:
    source, dest = tmp_path / "source", tmp_path / "dest"
    for number in range(3):
        make_photo(source / f"{number}.{suffix}", number)
    tinct(source, dest)
    before = {path: (dest / os.fsdecode(path)).stat().st_mtime_ns for path in tree(dest)}
    shutil.rmtree(dest / ".tinct")
    assert "3 adopted" in tinct(source, dest).stdout
    assert {path: (dest / os.fsdecode(path)).stat().st_mtime_ns for path in tree(dest)} == before
    assert set(states(dest).values()) == {"done"}


def test_other_options_are_reported_and_results_redone_only_under_update(
    tinct: Tinct, tmp_path: Path
) -> None:
    source, dest = make_photos(tmp_path / "source", 3), tmp_path / "dest"
    tinct(source, dest)
    before = tree(dest)
    run = tinct(source, dest, "--vividness", "2")
    assert "3 photos were coloured with other options; --update redoes them" in run.stdout
    assert tree(dest) == before
    run = tinct(source, dest, "--vividness", "2", "--update")
    assert run.stdout.startswith("3 photos")
    assert all(before[path] != content for path, content in tree(dest).items())
    assert "other options" not in tinct(source, dest, "--vividness", "2").stdout


def test_a_photo_that_changed_is_reported_and_redone_only_under_update(tinct: Tinct, tmp_path: Path) -> None:
    source, dest = make_photos(tmp_path / "source", 2), tmp_path / "dest"
    tinct(source, dest)
    before = tree(dest)
    make_photo(source / "roll 0" / "00001.jpg", 77)
    assert "1 photos have changed since they were coloured" in tinct(source, dest).stdout
    assert tree(dest) == before
    tinct(source, dest, "--update")
    after = tree(dest)
    assert after[b"roll 0/00000.jpg"] == before[b"roll 0/00000.jpg"]
    assert after[b"roll 0/00001.jpg"] != before[b"roll 0/00001.jpg"]


def test_identical_content_is_coloured_once(tinct: Tinct, tmp_path: Path) -> None:
    source, dest = make_photos(tmp_path / "source", 2), tmp_path / "dest"
    for number in range(8):
        shutil.copy(source / "roll 0" / "00000.jpg", source / f"copy {number}.jpg")
    assert "8 of identical content copied" in tinct(source, dest, "--workers", "2").stdout
    assert len(tree(dest)) == 10
    assert len(set(tree(dest).values())) == 2
    assert (
        sorted(each["how"] for each in events(dest) if each["event"] == "done")
        == ["coloured"] * 2 + ["copied"] * 8
    )


def test_a_foreign_file_in_the_destination_is_left_and_named(tinct: Tinct, tmp_path: Path) -> None:
    source, dest = make_photos(tmp_path / "source", 2), tmp_path / "dest"
    foreign = make_photo(dest / "roll 0" / "00001.jpg", 5).read_bytes()
    run = tinct(source, dest, "--update", code=1)
    assert (dest / "roll 0" / "00001.jpg").read_bytes() == foreign
    assert "00001.jpg: the destination has a file of this name that is no result" in run.stderr


def test_a_format_is_another_suffix_so_that_neighbours_do_not_meet(tinct: Tinct, tmp_path: Path) -> None:
    source, dest = tmp_path / "source", tmp_path / "dest"
    for number, name in enumerate(("a.jpg", "a.tif", "a.png")):
        make_photo(source / name, number)
    tinct(source, dest, "--format", "png")
    assert set(tree(dest)) == {b"a.jpg.png", b"a.tif.png", b"a.png"}


def test_files_in_hand_when_a_run_was_killed_are_removed(tinct: Tinct, tmp_path: Path) -> None:
    source, dest = make_photos(tmp_path / "source", 1), tmp_path / "dest"
    (dest / ".tinct" / "parts").mkdir(parents=True)
    (dest / ".tinct" / "parts" / "part-0123.jpg").write_text("half a photo")
    tinct(source, dest)
    assert list((dest / ".tinct" / "parts").iterdir()) == []


def test_uncertainty_and_seconds_are_in_the_log(tinct: Tinct, tmp_path: Path) -> None:
    source, dest = make_photos(tmp_path / "source", 2), tmp_path / "dest"
    tinct(source, dest)
    done = [each for each in events(dest) if each["event"] == "done"]
    assert [each["event"] for each in events(dest)] == ["begins", "done", "done", "ends"]
    assert all(0 < each["uncertainty"] <= 1 and each["seconds"] > 0 for each in done)
    assert {each["path"]: each["result_sha256"] for each in done} == {
        path.decode(): content for path, content in tree(dest).items()
    }


@pytest.mark.parametrize("place", ["source", "source/inside", "."])
def test_overlapping_folders_are_refused(tinct: Tinct, tmp_path: Path, place: str) -> None:
    source = make_photos(tmp_path / "source", 1)
    before = tree(tmp_path)
    (tmp_path / "link").symlink_to(tmp_path / place)
    for dest in (tmp_path / place, tmp_path / "link"):
        run = tinct(source, dest, code=2)
        assert run.stderr.count("\n") == 1
        assert "choose another" in run.stderr or "choose a folder outside it" in run.stderr
    (tmp_path / "link").unlink()
    assert tree(tmp_path) == before


@pytest.mark.parametrize(
    "words", [["nowhere", "dest"], ["dest"], ["a.txt", "dest", "--kind", "layers"], ["--nonsense"]]
)
def test_usage_errors_are_one_line_and_write_nothing(tinct: Tinct, tmp_path: Path, words: list[str]) -> None:
    (tmp_path / "a.txt").write_text("b.jpg\n")
    places = [tmp_path / word if word in ("nowhere", "dest", "a.txt") else word for word in words]
    run = tinct(*places, code=2)
    assert run.stderr.count("\n") == 1
    assert not (tmp_path / "dest").exists()


@pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="needs Linux")
def test_a_worker_gives_libvips_one_thread(tinct: Tinct, tmp_path: Path) -> None:
    stub = f"""
import atexit, os, sys
def told():
    if "tinct.archive.engines.worker" in sys.modules and "pyvips" in sys.modules and "tinct.colorizer" in sys.modules:
        import pyvips
        open({str(tmp_path / "told")!r}, "a").write(str(pyvips.concurrency_get()))
import io
real = io.open
def opened(file, *words, **more):
    if b"/source/" in os.fsencode(str(file)):
        told()
    return real(file, *words, **more)
import builtins
builtins.open = io.open = opened
"""
    tinct(make_photos(tmp_path / "source", 1), tmp_path / "dest", stub=stub)
    assert set((tmp_path / "told").read_text()) == {"1"}


def test_a_worker_may_take_what_its_model_needs_unless_told(
    tmp_path: Path, tiny_model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = make_photos(tmp_path / "source", 1)

    def limit(**more: int) -> int:
        settings = RunSettings(source=str(source), dest=str(tmp_path / "dest"), model=tiny_model, **more)
        return Archive(settings, Observer())._limits.megabytes

    small = limit()
    monkeypatch.setattr("tinct.archive.run.needed_bytes", lambda _: 3_000_000_000)
    assert (small, limit(), limit(memory_limit=500)) == (2000, 8000, 500)
