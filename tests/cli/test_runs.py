"""Runs over folders: going on, what is there already, photos in colour, what is skipped, and what is printed."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from skimage import data

from tinct.cli.app import run
from tinct.photo import read_provenance

GREY = np.tile(np.arange(64, dtype=np.uint8) * 3 + 20, (48, 1))
Tinct = Callable[..., int]
Captured = pytest.CaptureFixture[str]


@pytest.fixture
def tinct(tiny_model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Tinct:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "box" / "in").mkdir(parents=True)
    for name in ("box/a.jpg", "box/b.png", "box/in/c.webp"):
        Image.fromarray(GREY).save(tmp_path / name)
    return lambda *words: run([*map(str, words), "--model", str(tiny_model)])


def times(folder: str = "out") -> dict[str, int]:
    return {path.name: path.stat().st_mtime_ns for path in Path(folder).rglob("*-tinct.*")}


def test_the_same_command_goes_on_where_it_stopped(tinct: Tinct, capsys: Captured) -> None:
    assert tinct("box", "-o", "out") == 0
    Path("out/b-tinct.png").unlink()
    before = times()
    capsys.readouterr()
    assert tinct("box", "-o", "out") == 0
    assert capsys.readouterr().out.startswith("1 photo coloured, 2 already there in ")
    assert times().items() >= before.items()
    assert tinct("box", "-o", "out") == 0
    assert capsys.readouterr().out.startswith("0 photos coloured, 3 already there in ")


@pytest.mark.parametrize("words", [("--vividness", "1.2"), ("--tone", "auto-contrast"), ("--quality", "50")])
def test_other_options_make_results_anew(tinct: Tinct, words: tuple[str, ...], capsys: Captured) -> None:
    assert tinct("box", "-o", "out") == 0
    capsys.readouterr()
    assert tinct("box", "-o", "out", *words, "--existing", "skip") == 0
    assert "0 photos coloured, 3 already there" in capsys.readouterr().out
    assert tinct("box", "-o", "out", *words) == 0
    assert "3 photos coloured in" in capsys.readouterr().out
    assert words[0][2:] in (read_provenance(Path("out/a-tinct.jpg")) or {})
    assert tinct("box", "-o", "out", *words) == 0
    assert "0 photos coloured, 3 already there" in capsys.readouterr().out


def test_a_photo_that_was_scanned_anew_is_coloured_anew(tinct: Tinct, capsys: Captured) -> None:
    assert tinct("box", "-o", "out") == 0
    Image.fromarray(GREY[::-1]).save("box/a.jpg", quality=50)
    later = Path("out/a-tinct.jpg").stat().st_mtime + 5
    os.utime("box/a.jpg", (later, later))
    capsys.readouterr()
    assert tinct("box", "-o", "out") == 0
    assert capsys.readouterr().out.startswith("1 photo coloured, 2 already there")


def test_what_is_no_result_or_was_edited_is_never_replaced_unless_told(
    tinct: Tinct, capsys: Captured, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "0")  # so that the results look edited today
    assert tinct("box", "-o", "out") == 0
    Path("out/b-tinct.png").write_text("precious")
    before = Path("out/a-tinct.jpg").read_bytes()
    capsys.readouterr()
    assert tinct("box", "-o", "out", "--vividness", "2") == 1
    said = capsys.readouterr().err
    assert "b-tinct.png: exists already and is no result of tinct" in said
    assert "a-tinct.jpg: was made with other options, and changed or copied since" in said
    assert said.count("\n") == 3
    assert Path("out/a-tinct.jpg").read_bytes() == before
    assert Path("out/b-tinct.png").read_text() == "precious"
    assert tinct("box", "-o", "out", "--existing", "overwrite") == 0
    assert Image.open("out/b-tinct.png").mode == "RGB"


def test_a_single_photo_refuses_and_several_go_on(tinct: Tinct, capsys: Captured) -> None:
    assert tinct("box/a.jpg", "-o", "out/") == 0
    assert tinct("box/a.jpg", "-o", "out/") == 1
    assert "exists already" in capsys.readouterr().err
    assert tinct("box/a.jpg", "-o", "out/", "--existing", "update") == 0
    assert tinct("box/a.jpg", "box/b.png", "-o", "out") == 0
    assert "1 photo coloured, 1 already there" in capsys.readouterr().out


@pytest.mark.parametrize(
    "words",
    [
        ("--existing", "skip", "--existing", "overwrite"),
        ("--overwrite", "--existing", "skip"),
        ("--existing", "perhaps"),
        ("--color-photos", "perhaps"),
        ("--quiet", "--json"),
        ("--sheet", "sheet.txt"),
        ("--sheet", "box/a.jpg"),
    ],
    ids=" ".join,
)
def test_contradictions_are_one_sentence(tinct: Tinct, words: tuple[str, ...], capsys: Captured) -> None:
    assert tinct("box", "-o", "out", *words) == 2
    assert capsys.readouterr().err.count("\n") == 1
    assert not Path("out").exists()


def test_photos_in_colour_are_left_out_of_folders_and_counted(tinct: Tinct, capsys: Captured) -> None:
    Image.fromarray(data.astronaut()).save("box/colour.png")
    assert tinct("box", "-o", "out") == 0
    assert "3 photos coloured, 1 skipped: 1 in colour already in" in capsys.readouterr().out
    assert not Path("out/colour-tinct.png").exists()
    assert tinct("box", "-o", "out", "--color-photos", "copy") == 0
    assert "1 copied" in capsys.readouterr().out
    assert Path("out/colour.png").read_bytes() == Path("box/colour.png").read_bytes()
    assert tinct("box", "-o", "out", "--color-photos", "recolor") == 0
    assert Path("out/colour-tinct.png").exists()


def test_a_photo_in_colour_that_is_named_is_coloured_with_a_word(tinct: Tinct, capsys: Captured) -> None:
    Image.fromarray(data.astronaut()).save("colour.png")
    assert tinct("colour.png", "--color-photos", "skip") == 1
    assert "every photo was skipped" in capsys.readouterr().err
    assert tinct("colour.png", "--color-photos", "copy") == 1
    assert "copied onto itself" in capsys.readouterr().err
    assert tinct("colour.png") == 0
    assert "colour.png: is in colour already; its colours are replaced" in capsys.readouterr().err
    assert Path("colour-tinct.png").exists()


def test_a_folder_of_skipped_files_alone_fails_and_says_why(tinct: Tinct, capsys: Captured) -> None:
    Path("album").mkdir()
    Image.fromarray(data.astronaut()).save("album/colour.png")
    assert tinct("album") == 1
    printed = capsys.readouterr()
    assert (
        printed.err == "tinct: every photo was skipped; see --color-photos and the formats that tinct reads\n"
    )
    assert "1 skipped: 1 in colour already" in printed.out


def test_json_is_one_object_per_photo(tinct: Tinct, capsys: Captured) -> None:
    Path("box/bad.jpg").write_text("none")
    Path("box/shot.nef").write_text("none")
    assert tinct("box", "-o", "out", "--json", "--vividness", "1.2") == 1
    printed = capsys.readouterr()
    found = {Path(each["source"]).name: each for each in map(json.loads, printed.out.splitlines())}
    assert len(found) == 5
    assert found["a.jpg"]["status"] == "coloured"
    assert found["a.jpg"]["result"] == os.path.join("out", "a-tinct.jpg")
    assert found["a.jpg"]["options"]["vividness"] == 1.2
    assert found["a.jpg"]["seconds"] > 0
    assert (found["shot.nef"]["status"], found["shot.nef"]["reason"]) == ("skipped", "nef")
    assert (found["bad.jpg"]["status"], found["bad.jpg"]["result"]) == ("failed", None)
    assert printed.err == f"tinct: {found['bad.jpg']['error']}\n"


def test_quiet_prints_errors_only(tinct: Tinct, capsys: Captured) -> None:
    Path("box/shot.nef").write_text("none")
    assert tinct("box", "-o", "out", "--quiet", "--sheet", "sheet.png") == 0
    assert capsys.readouterr() == ("", "")
    assert tinct("nowhere.jpg", "-q") == 1
    printed = capsys.readouterr()
    assert printed.out == ""
    assert printed.err.count("\n") == 1


def test_a_dry_run_writes_nothing_and_says_what_a_run_would_do(tinct: Tinct, capsys: Captured) -> None:
    Image.fromarray(data.astronaut()).save("box/colour.png")
    assert tinct("box/a.jpg", "-o", "out/") == 0
    before = times()
    capsys.readouterr()
    assert tinct("box", "-o", "out", "--dry-run") == 0
    said = capsys.readouterr().out.splitlines()
    assert said[-1].startswith("2 photos to be coloured, 1 already there, 1 skipped: 1 in colour already in")
    assert f"box/b.png: to be coloured -> {os.path.join('out', 'b-tinct.png')}" in said
    assert times() == before


@pytest.mark.parametrize("name", ["sheet.png", "sheet.jpg"])
def test_a_sheet_shows_each_photo_before_and_after(tinct: Tinct, name: str, capsys: Captured) -> None:
    assert tinct("box", "-o", "out", "--sheet", name) == 0
    assert f"{name}: 3 photos before and after" in capsys.readouterr().out
    assert Image.open(name).width > 4 * 64
    assert tinct("box/a.jpg", "-o", "one.png", "--sheet", f"one-{name}") == 0
    assert f"one-{name}: 1 photo before and after" in capsys.readouterr().out


def test_a_preview_is_small_and_no_result_to_be_kept(tinct: Tinct) -> None:
    Image.fromarray(np.tile(GREY, (20, 40))).save("large.png")
    assert tinct("large.png", "--preview") == 0
    assert max(Image.open("large-preview-tinct.png").size) == 1024
    assert tinct("large.png") == 0
    assert Image.open("large-tinct.png").size == Image.open("large.png").size


def test_several_photos_go_to_a_folder_whatever_dots_it_has(tinct: Tinct) -> None:
    assert tinct("box/a.jpg", "box/b.png", "-o", "1950.06") == 0
    assert sorted(path.name for path in Path("1950.06").iterdir()) == ["a-tinct.jpg", "b-tinct.png"]


def test_results_among_several_named_photos_are_not_coloured_again(tinct: Tinct, capsys: Captured) -> None:
    assert tinct("box/a.jpg", "--vividness", "0") == 0  # by its metadata, not by its colours
    assert tinct("box/a.jpg", "box/a-tinct.jpg", "--vividness", "0") == 0
    said = capsys.readouterr().out
    assert "0 photos coloured, 1 already there, 1 skipped: 1 results of tinct" in said
    assert tinct("box/a-tinct.jpg", "-o", "again.jpg") == 0
    assert "box/a-tinct.jpg: is a result of tinct; its colours are replaced" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("tinct colorize --exi", "--existing"),
        ("tinct a.jpg --vivid", "--vividness"),
        ("tinct a.jpg --existing up", "update"),
        ("tinct a.jpg --model tin", "tinct-m"),
        ("tinct networks describe article-1", "article-1-fixed"),
        ("tinct net", "networks"),
    ],
)
def test_a_shell_completes_options_models_and_networks(
    typed: str, found: str, monkeypatch: pytest.MonkeyPatch, capsys: Captured
) -> None:
    monkeypatch.setenv("_TINCT_COMPLETE", "complete_bash")
    monkeypatch.setenv("COMP_WORDS", typed)
    monkeypatch.setenv("COMP_CWORD", str(len(typed.split()) - 1))
    with pytest.raises(SystemExit):
        run([])
    assert found in capsys.readouterr().out.split()
