"""Hints, variants, recipes and colours on the command line."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from skimage.color import rgb2lab

from tinct.cli.app import run

Tinct = Callable[..., int]


@pytest.fixture
def tinct(tiny_model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Tinct:
    monkeypatch.chdir(tmp_path)
    return lambda *words: run([*words, "--model", str(tiny_model)])


@pytest.fixture
def photo(grey_photo: np.ndarray, tmp_path: Path) -> Path:
    path = tmp_path / "old.png"
    Image.fromarray(grey_photo).save(path)
    return path


def results(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir() if "tinct" in path.name or "recipe" in path.name)


def test_a_hint_colours_its_place(tinct: Tinct, photo: Path) -> None:
    assert tinct("old.png", "--hint", "0.8,0.2,5,-15", "--hint", "0.8,0.9,neutral") == 0
    lab = rgb2lab(np.asarray(Image.open(photo.with_name("old-tinct.png"))))
    np.testing.assert_allclose(lab[19, 102, 1:], (5, -15), atol=2)
    assert np.hypot(*lab[86, 102, 1:]) < 1.5


def test_hints_of_a_file_come_before_those_of_the_command(tinct: Tinct, photo: Path, tmp_path: Path) -> None:
    hints = {"format": 1, "hints": [{"points": [[0.8, 0.2]], "color": "20,20"}]}
    (tmp_path / "hints.json").write_text(json.dumps(hints))
    assert tinct("old.png", "--hints", "hints.json", "--hint", "0.8,0.2,5,-15") == 0
    lab = rgb2lab(np.asarray(Image.open(photo.with_name("old-tinct.png"))))
    np.testing.assert_allclose(lab[19, 102, 1:], (5, -15), atol=2)


def test_a_colour_that_cannot_be_shown_is_told_once(
    tinct: Tinct, photo: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert tinct(photo.name, "--hint", "0.3,0.5,#0000ff") == 0
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 1
    assert "hint 1: sRGB has no #0000ff" in lines[0]


def test_variants_are_numbered_and_the_same_for_the_same_seed(tinct: Tinct, photo: Path) -> None:
    assert tinct("old.png", "--variants", "3", "--seed", "4") == 0
    expected = ["old-tinct-1.png", "old-tinct-2.png", "old-tinct-3.png"]
    assert results(photo.parent) == expected
    first = [photo.with_name(name).read_bytes() for name in expected]
    assert tinct("old.png", "--variants", "3", "--seed", "4", "--overwrite") == 0
    assert [photo.with_name(name).read_bytes() for name in expected] == first


def test_a_recipe_replays_to_the_same_bytes(tinct: Tinct, photo: Path) -> None:
    assert (
        tinct("old.png", "--hint", "0.8,0.2,5,-15", "--vividness", "0.7", "--save-recipe", "recipe.json") == 0
    )
    assert tinct("replay", "recipe.json", "old.png", "-o", "again.png") == 0
    assert photo.with_name("again.png").read_bytes() == photo.with_name("old-tinct.png").read_bytes()


def test_another_photo_needs_same_set(
    tinct: Tinct, photo: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    Image.fromarray(255 - np.asarray(Image.open(photo))).save(tmp_path / "other.png")
    assert tinct("old.png", "--hint", "0.8,0.2,5,-15", "--save-recipe", "recipe.json") == 0
    capsys.readouterr()
    assert tinct("replay", "recipe.json", "other.png") == 1
    assert "--same-set" in capsys.readouterr().err
    assert not (tmp_path / "other-tinct.png").exists()
    assert tinct("replay", "recipe.json", "other.png", "--same-set") == 0
    lab = rgb2lab(np.asarray(Image.open(tmp_path / "other-tinct.png")))
    np.testing.assert_allclose(lab[19, 102, 1:], (5, -15), atol=2)


def test_a_recipe_of_another_version_says_so(
    tinct: Tinct, photo: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert tinct(photo.name, "--hint", "0.8,0.2,5,-15", "--save-recipe", "recipe.json") == 0
    document = json.loads((tmp_path / "recipe.json").read_text())
    (tmp_path / "recipe.json").write_text(json.dumps(document | {"tinct": "0.0.1"}))
    capsys.readouterr()
    assert tinct("replay", "recipe.json", "old.png", "-o", "again.png") == 0
    assert "the recipe is of tinct 0.0.1" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["--hint", "2,0.5,red"], "outside the photo"),
        (["--hint", "nan,0.5,red"], "no coordinate"),
        (["--hint", "0.5,0.5,prusian blue"], "did you mean 'prussian blue'"),
        (["--hints", "missing.json"], "cannot be read"),
        (["--hints", "broken.json"], "is no JSON"),
        (["--variants", "0"], "variants"),
        (["--variants", "2", "--save-recipe", "r.json"], "of one result"),
        (["other.png", "--hint", "0.5,0.5,red"], "for one photo"),
        (["--seed", "-1"], "seed"),
    ],
)
def test_bad_guidance_is_a_usage_error_and_nothing_is_written(
    tinct: Tinct, photo: Path, words: list[str], sentence: str, capsys: pytest.CaptureFixture[str]
) -> None:
    photo.with_name("broken.json").write_text('{"format": 1, "hin')
    photo.with_name("other.png").write_bytes(photo.read_bytes())
    assert tinct(photo.name, *words) == 2
    error = capsys.readouterr().err
    assert sentence in error
    assert len(error.splitlines()) == 1
    assert results(photo.parent) == []


@pytest.mark.parametrize("taken", ["old-tinct.png", "recipe.json"])
def test_what_is_there_is_kept_and_nothing_is_written_beside_it(
    tinct: Tinct, photo: Path, taken: str
) -> None:
    photo.with_name(taken).write_text("precious")
    assert tinct("old.png", "--hint", "0.8,0.2,5,-15", "--save-recipe", "recipe.json") == 1
    assert photo.with_name(taken).read_text() == "precious"
    assert results(photo.parent) == [taken]


def test_hints_for_another_photo_and_guidance_of_a_stream_are_refused(
    tinct: Tinct, photo: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    document = {"format": 1, "photo": {"sha256": "a" * 64}, "hints": []}
    (tmp_path / "hints.json").write_text(json.dumps(document))
    assert tinct(photo.name, "--hints", "hints.json") == 1
    assert "for another photo" in capsys.readouterr().err
    assert tinct("-", "--variants", "2") == 2
    assert results(photo.parent) == []


def test_the_colours_are_listed_with_their_sources(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["colors", "blue", "cloth"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert any(line.startswith("#7F8FA6  horizon blue") and "Wikipedia" in line for line in lines)
    assert all("cloth" in line and "blue" in line for line in lines)
    for together in ("horizonblue", "Horizon-Blue"):
        assert run(["colors", together]) == 0
        assert "horizon blue" in capsys.readouterr().out
    assert run(["colors", "-"]) == 2
    assert run(["colors", "octarine"]) == 2
