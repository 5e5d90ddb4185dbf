"""`tinct doctor` tells what is there, what is missing and what is broken."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from tests.models.stand_ins import siggraph17, write

from tinct.cli import doctor
from tinct.cli.app import run


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


def test_versions_devices_models_and_extras_are_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    import numpy
    import onnxruntime

    assert run(["models", "add", str(write(siggraph17(), tmp_path / "net.onnx"))]) == 0
    capsys.readouterr()
    assert run(["doctor"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert f"numpy {numpy.__version__}" in "\n".join(lines)
    assert f"onnxruntime  {onnxruntime.__version__}" in lines
    assert "  cpu          works" in lines
    for name in ("tinct-m", "net"):
        (line,) = (each for each in lines if each.startswith(f"  {name} "))
        assert "whole, opens in" in line
        assert "ms a photo" in line


def test_a_broken_model_is_told_and_ends_with_1(
    tmp_path: Path, home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run(["models", "add", str(write(siggraph17(), tmp_path / "net.onnx"))])
    (home / "tinct/models/net/network.onnx").write_bytes(b"cut")
    capsys.readouterr()
    assert run(["doctor", "--no-speed"]) == 1
    assert "broken: " in capsys.readouterr().out


def test_a_missing_extra_is_told_with_its_remedy(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    usual = doctor._version
    monkeypatch.setattr(doctor, "_version", lambda name: None if name == "pillow-heif" else usual(name))
    run(["doctor", "--no-speed"])
    assert re.search(r"lacks pillow-heif.*: pip install 'tinct\[formats\]'", capsys.readouterr().out)


@pytest.mark.parametrize("device", ["openvino", "gpu"])
def test_a_device_that_cannot_be_had_is_one_sentence_and_no_result(
    device: str, grey_png: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run([str(grey_png), "--device", device]) == 2
    printed = capsys.readouterr().err
    assert device in printed
    assert printed.count("\n") == 1
    assert [path.name for path in grey_png.parent.iterdir() if path.suffix == ".png"] == [grey_png.name]


@pytest.mark.parametrize("words", [["archive", "run", "photos", "out"], ["video", "film.mp4"]])
def test_archives_and_films_refuse_a_device_that_cannot_be_had(
    words: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    if words[0] == "video":
        pytest.importorskip("av")
    monkeypatch.chdir(tmp_path)
    (tmp_path / "photos").mkdir()
    assert run([*words, "--device", "openvino"]) == 2
    assert "onnxruntime-openvino" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()
