"""`tinct compare` draws each photo once by each model, and loses none for a bad one."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import pyvips
from tests.models.stand_ins import ddcolor, siggraph17, write

from tinct.cli.app import run
from tinct.evaluation.comparison import compare
from tinct.options import Options


@pytest.fixture(autouse=True)
def models(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "home"))
    for name, made in (("one", ddcolor(256)), ("two", siggraph17())):
        assert run(["models", "add", str(write(made, tmp_path / f"{name}.onnx"))]) == 0
    return ["one", "two", "tinct-m"]


@pytest.fixture
def photos(tmp_path: Path) -> list[Path]:
    folder = tmp_path / "photos"
    folder.mkdir()
    wide = np.linspace(30, 220, 300 * 200).reshape(200, 300)
    for name, pixels in (("wide", wide.astype(np.uint8)), ("deep", (wide.T * 257).astype(np.uint16))):
        image = pyvips.Image.new_from_array(np.ascontiguousarray(pixels))
        image.copy(interpretation="grey16" if name == "deep" else "b-w").pngsave(str(folder / f"{name}.png"))
    return sorted(folder.iterdir())


def test_a_row_is_a_photo_in_grey_and_by_each_model(models: list[str], photos: list[Path]) -> None:
    said: list[str] = []
    tiles, failed = compare(photos, models, Options(), side=120, complain=said.append)
    assert [caption for caption, _ in tiles] == ["deep.png", *models, "wide.png", *models]
    assert (failed, said) == (0, [])
    for _, pixels in tiles:
        assert pixels.dtype == np.uint8
        assert max(pixels.shape[:2]) == 120
        assert 20 < pixels.mean() < 230
    spread = [int(np.ptp(pixels.astype(int), axis=-1).max()) for _, pixels in tiles]
    assert max(spread[0], spread[4]) <= 1
    assert min(spread[1:4] + spread[5:]) > 5
    assert np.abs(tiles[1][1].astype(int) - tiles[2][1]).mean() > 1


def test_the_sheet_is_written_and_a_bad_photo_named(
    models: list[str], photos: list[Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    bad, sheet = tmp_path / "bad.jpg", tmp_path / "sheet.png"
    bad.write_bytes(b"no photo")
    words = ["compare", str(bad), str(photos[0].parent), "--models", ",".join(models), "-o", str(sheet)]
    assert run([*words, "--side", "100"]) == 1
    printed = capsys.readouterr()
    assert "bad.jpg" in printed.err
    assert printed.err.count("\n") == 1
    assert "2 photos by one, two, tinct-m" in printed.out
    assert pyvips.Image.new_from_file(str(sheet)).width > 4 * 100
    assert run(words) == 2
    assert run([*words, "--overwrite", "--side", "64"]) == 1


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (["--models", "no-such"], 1, "no such model"),
        (["--models", ","], 2, "--models is empty"),
        (["--device", "directml"], 1, "directml"),
    ],
)
def test_a_mistake_is_told_before_any_photo_is_coloured(
    words: list[str],
    code: int,
    said: str,
    photos: list[Path],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    sheet = tmp_path / "sheet.png"
    assert run(["compare", str(photos[0]), "-o", str(sheet), *words]) == code
    assert said in capsys.readouterr().err
    assert not sheet.exists()


def test_no_photo_at_all_is_one_sentence(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["compare", str(tmp_path / "none.png"), "-o", str(tmp_path / "sheet.png")]) == 1
    assert "none.png" in capsys.readouterr().err
    assert not (tmp_path / "sheet.png").exists()


def test_evaluate_measures_an_added_model(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    pytest.importorskip("torch")
    rng = np.random.default_rng(0)
    colour = np.repeat(np.repeat(rng.integers(0, 255, (4, 6, 3)), 40, 0), 40, 1).astype(np.uint8)
    folder = tmp_path / "colour"
    folder.mkdir()
    pyvips.Image.new_from_array(colour).copy(interpretation="srgb").pngsave(str(folder / "c.png"))
    words = ["evaluate", "one", "two", "--data", str(folder), "--no-frechet", "--hints", "--variants", "2"]
    assert run([*words, "--device", "cpu"]) == 0
    printed = capsys.readouterr()
    assert "one: answers with one colouring; it is measured without variants" in printed.err
    assert "CIEDE2000" in printed.out
