"""Unusual names, folders and streams: one sentence, the right exit code, everything else coloured."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
import zipfile
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tinct.cli.app import run
from tinct.photo import list_photos

GREY = np.tile(np.arange(64, dtype=np.uint8) * 3 + 20, (48, 1))
LINUX = pytest.mark.skipif(sys.platform != "linux", reason="names are bytes on Linux")
NO_ROOT = pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")


def photo(path: Path, **options: object) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(GREY).save(path, **options)
    return path


@pytest.fixture
def tinct(tiny_model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(tmp_path)
    return lambda *words: run([*map(str, words), "--model", str(tiny_model)])


def command(tiny_model: Path, words: str, folder: Path) -> subprocess.CompletedProcess[bytes]:
    """A shell line in which TINCT stands for the program with the tiny model."""
    line = words.replace("TINCT", f"{sys.executable} -m tinct --model {tiny_model}")
    return subprocess.run(["sh", "-c", line], capture_output=True, cwd=folder)


@LINUX
@pytest.mark.parametrize("suffix", [".jpg", ".png", ".tif", ".webp"])
def test_a_name_that_is_no_utf8_is_kept(tinct, tmp_path: Path, suffix: str, capsys) -> None:
    name = os.fsdecode(b"k\xf6ln")
    photo(tmp_path / "plain.jpg")
    os.rename(photo(tmp_path / f"x{suffix}"), tmp_path / (name + suffix))
    assert tinct(tmp_path) == 0
    assert (tmp_path / f"{name}-tinct{suffix}").exists()
    assert tinct(tmp_path / f"{name}{suffix}", "--kind", "layers") == 0
    assert "k\\xf6ln-tinct.ora" in capsys.readouterr().out


@pytest.mark.parametrize("name", ["ö" * 120, "漢" * 80, "😀" * 60, "x" * 240])
def test_a_name_may_be_as_long_as_its_result_allows(tinct, tmp_path: Path, name: str) -> None:
    photo(tmp_path / f"{name}.jpg")
    assert tinct(f"{name}.jpg") == 0
    assert (tmp_path / f"{name}-tinct.jpg").exists()


def test_a_result_of_too_long_a_name_stops_no_other(tinct, tmp_path: Path, capsys) -> None:
    photo(tmp_path / f"{'x' * 251}.jpg")
    photo(tmp_path / "good.jpg")
    assert tinct("x" * 251 + ".jpg", "y" * 300 + ".jpg", "two\nlines.jpg", "good.jpg") == 1
    assert (tmp_path / "good-tinct.jpg").exists()
    said = capsys.readouterr().err
    assert said.count("\n") == 3
    assert "name of the result is too long" in said
    assert "fault of tinct" not in said


@pytest.mark.parametrize("place", ["1950.06/", "x.tif/", "deep/er.v2/", "scans.v3/."])
@pytest.mark.parametrize("source", ["box", "box/one.jpg"])
def test_a_closing_slash_says_folder(tinct, tmp_path: Path, place: str, source: str) -> None:
    photo(tmp_path / "box" / "one.jpg")
    assert tinct(source, "-o", place) == 0
    assert (tmp_path / place / "one-tinct.jpg").is_file()


@pytest.mark.parametrize("words", [("",), ("", "real.jpg"), ("real.jpg", "-o", "")])
def test_an_empty_word_colours_nothing(tinct, tmp_path: Path, words: tuple[str, ...], capsys) -> None:
    photo(tmp_path / "real.jpg")
    photo(tmp_path / "below" / "other.jpg")
    assert tinct(*words) in (1, 2)
    assert capsys.readouterr().err.count("\n") == 1
    assert [path.name for path in tmp_path.rglob("*-tinct*")] == (
        ["real-tinct.jpg"] if len(words) == 2 else []
    )


def test_what_a_folder_holds_that_is_passed_over_is_told(tinct, tmp_path: Path, capsys) -> None:
    photo(tmp_path / "box" / "good.jpg")
    (tmp_path / "box" / "scan.psd").write_bytes(b"8BPS")
    (tmp_path / "box" / "film.tga").write_bytes(b"none")
    (tmp_path / "box" / "shot.dng").write_bytes(b"II*\0")
    (tmp_path / "box" / "notes.txt").write_text("none")
    (tmp_path / "box" / "lost.jpg").symlink_to("nowhere.jpg")
    (tmp_path / "box" / "more").symlink_to(tmp_path)
    assert tinct("box") == 0
    printed = capsys.readouterr()
    said = printed.err
    assert (
        "1 photo coloured, 5 skipped: 1 tga, 1 psd, 1 dng, 1 link to nowhere, 1 link to a folder in"
        in printed.out
    )
    assert "passed over film.tga, scan.psd, shot.dng, of a kind that tinct does not read" in said
    assert "passed over lost.jpg, a link to nowhere" in said
    assert "passed over more, a link to a folder" in said
    assert "notes" not in said


def test_a_folder_that_cannot_be_read_is_told_and_the_rest_is_coloured(
    tinct, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys
) -> None:
    photo(tmp_path / "box" / "good.jpg")
    photo(tmp_path / "box" / "a" / "b" / "locked" / "inside.jpg")
    truly = os.scandir

    def refusing(path):
        if Path(path).name == "locked":
            raise PermissionError(13, "Permission denied", str(path))
        return truly(path)

    monkeypatch.setattr(os, "scandir", refusing)
    assert tinct("box") == 1
    said = capsys.readouterr().err
    assert said.count("\n") == 1
    assert "box/a/b/locked: this folder cannot be read (Permission denied)" in said
    assert (tmp_path / "box" / "good-tinct.jpg").exists()


@NO_ROOT
def test_a_locked_folder_and_a_drop_box(tinct, tmp_path: Path, capsys) -> None:
    photo(tmp_path / "box" / "locked" / "inside.jpg")
    photo(tmp_path / "box" / "good.jpg")
    (tmp_path / "drop").mkdir(mode=0o333)
    (tmp_path / "box" / "locked").chmod(0)
    try:
        assert tinct("box/locked/inside.jpg", "box/good.jpg", "-o", "drop") == 1
        assert "inside.jpg: cannot be read" in capsys.readouterr().err
        assert (tmp_path / "drop" / "good-tinct.jpg").exists()
    finally:
        (tmp_path / "box" / "locked").chmod(0o700)
        (tmp_path / "drop").chmod(0o700)


def test_a_folder_that_cannot_be_synced_is_no_fault(tinct, tmp_path: Path, monkeypatch) -> None:
    photo(tmp_path / "good.jpg")
    monkeypatch.setattr(
        "tinct.atomic.sync_folder", lambda _: (_ for _ in ()).throw(PermissionError(13, "no"))
    )
    assert tinct("good.jpg") == 0


@pytest.mark.parametrize("mode", [0o600, 0o640, 0o400, 0o644])
@pytest.mark.parametrize("words", [(), ("--kind", "layers"), ("--format", "tiff"), ("--overwrite",)])
def test_a_result_is_readable_by_no_more_people_than_its_photo(
    tinct, tmp_path: Path, mode: int, words: tuple[str, ...]
) -> None:
    photo(tmp_path / "good.jpg").chmod(mode)
    if words == ("--overwrite",):
        (tmp_path / "good-tinct.jpg").write_bytes(b"old")
    assert tinct("good.jpg", *words) == 0
    result = next(tmp_path.glob("good-tinct*"))
    assert not stat.S_IMODE(result.stat().st_mode) & ~mode & 0o077


def test_pages_are_readable_by_no_more_people_either(tinct, tmp_path: Path) -> None:
    photo(tmp_path / "book.tif", save_all=True, append_images=[Image.fromarray(GREY)]).chmod(0o600)
    assert tinct("book.tif") == 0
    assert not (tmp_path / "book-tinct.tif").stat().st_mode & 0o077


@pytest.mark.parametrize(
    "words",
    [
        ("-o", "l.png", "--kind", "layers"),
        ("--format", "png", "--kind", "layers"),
        ("-o", "x.gif"),
        ("-o", "x.ora"),
        ("-o", "x.png", "--format", "jpeg"),
        ("-o", "c.jpg", "--kind", "chroma"),
        ("--profile", "nope.icc"),
        ("--profile", "good.jpg"),
        ("--format", ""),
    ],
    ids=" ".join,
)
def test_what_is_wrong_with_the_command_line_ends_with_2(tinct, tmp_path: Path, words, capsys) -> None:
    photo(tmp_path / "good.jpg")
    assert tinct("good.jpg", *words) == 2
    assert capsys.readouterr().err.count("\n") == 1
    assert [path.name for path in tmp_path.iterdir()] == ["good.jpg"]


def test_a_model_without_a_manifest_ends_with_2(tmp_path: Path, capsys) -> None:
    (tmp_path / "model").mkdir()
    assert run([str(photo(tmp_path / "good.jpg")), "--model", str(tmp_path / "model")]) == 2
    assert run([str(tmp_path / "good.jpg"), "--model", ""]) == 2
    assert capsys.readouterr().err.count("\n") == 2


@pytest.mark.parametrize("name", ["l.ora", "L.ORA"])
def test_layers_are_an_openraster_file(tinct, tmp_path: Path, name: str) -> None:
    photo(tmp_path / "good.jpg", exif=b"Exif\0\0II*\0\x08\0\0\0\x01\0\x3b\x01\x02\0\x04\0\0\0Ann\0\0\0\0\0")
    assert tinct("good.jpg", "-o", name, "--kind", "layers") == 0
    with zipfile.ZipFile(tmp_path / name) as archive:
        assert Image.open(archive.open("data/grey.png")).getexif()[315] == "Ann"


@pytest.mark.parametrize(("name", "kind"), [("deep.jpg", "PNG"), ("deep.webp", "PNG"), ("deep.jpg", "TIFF")])
def test_a_deep_photo_of_a_shallow_name_is_told_of(
    tinct, tmp_path: Path, name: str, kind: str, capsys
) -> None:
    Image.fromarray(GREY.astype(np.uint16) * 257).save(tmp_path / name, kind)
    assert tinct(name) == 0
    assert "16-bit samples become 8-bit" in capsys.readouterr().err


FULL = pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no full device here")


@FULL
@pytest.mark.parametrize(
    ("words", "code"),
    [
        ("TINCT - < good.jpg > /dev/full", 1),
        ("TINCT good.jpg > /dev/full", 0),
        ("TINCT --help > /dev/full", 1),
        (f"{sys.executable} -m tinct --version > /dev/full", 1),
    ],
)
def test_a_full_standard_output_is_one_sentence(
    tiny_model: Path, tmp_path: Path, words: str, code: int
) -> None:
    photo(tmp_path / "good.jpg")
    done = command(tiny_model, words, tmp_path)
    assert done.returncode == code
    assert done.stderr.count(b"\n") == 1
    assert b"the disk is full" in done.stderr
    assert (tmp_path / "good-tinct.jpg").exists() == (words == "TINCT good.jpg > /dev/full")


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        ("TINCT - <&-", 1, "nothing on standard input"),
        ("TINCT - < /dev/null", 1, "nothing on standard input"),
        ("TINCT - < good.jpg >&-", 2, "standard output is closed"),
        ("TINCT good.jpg >&-", 0, ""),
        ("TINCT good.jpg 2>&-", 0, ""),
        ("TINCT nope.jpg 2>&-", 1, ""),
    ],
)
def test_a_closed_stream_is_no_fault_of_tinct(
    tiny_model: Path, tmp_path: Path, words: str, code: int, said: str
) -> None:
    photo(tmp_path / "good.jpg")
    done = command(tiny_model, words, tmp_path)
    assert done.returncode == code
    assert said in done.stderr.decode()
    assert done.stderr.count(b"\n") == bool(said)


def test_a_folder_is_listed_with_its_links_and_without_what_is_hidden(tmp_path: Path) -> None:
    for name in ("b.jpg", "in/c.tif", ".hidden.jpg", ".dir/d.jpg", "a-tinct.png"):
        photo(tmp_path / name)
    (tmp_path / "folder.jpg").mkdir()
    (tmp_path / "link.jpg").symlink_to("b.jpg")
    found = list_photos(tmp_path)
    assert [path.name for path in found.photos] == ["b.jpg", "c.tif", "link.jpg"]


def test_a_folder_that_is_called_as_a_verb_is_hinted_at(tmp_path: Path, monkeypatch, capsys) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "train").mkdir()
    assert run(["train"]) == 2
    assert "tinct ./train" in capsys.readouterr().err
