"""`tinct models`: from an ONNX file to a coloured photo, and each command's words."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
import pyvips
from tests.models.stand_ins import StandIn, ddcolor, siggraph17, write

from tinct.cli.app import run


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


def test_a_model_is_added_used_shown_checked_and_removed(
    tmp_path: Path, grey_png: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = write(ddcolor(256), tmp_path / "ddcolor_tiny.onnx")
    assert run(["models", "add", str(file), "--like", "ddcolor", "--set", "license=Apache-2.0"]) == 0
    assert "input: grey_rgb, 256 x 256 only, pad" in capsys.readouterr().out
    assert run(["models", "list"]) == 0
    listed = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in listed] == ["tinct-m", "ddcolor_tiny"]
    assert "license Apache-2.0" in listed[1]
    result, own = tmp_path / "result.png", tmp_path / "own.png"
    assert run([str(grey_png), "--model", "ddcolor_tiny", "-o", str(result)]) == 0
    assert run([str(grey_png), "-o", str(own)]) == 0
    assert b"ddcolor_tiny 0" in pyvips.Image.new_from_file(str(result)).get("xmp-data")
    assert (pyvips.Image.new_from_file(str(result)) - pyvips.Image.new_from_file(str(own))).abs().avg() > 1
    sheet = tmp_path / "check.png"
    assert run(["models", "check", "ddcolor_tiny", "-o", str(sheet)]) == 0
    assert pyvips.Image.new_from_file(str(sheet)).width > 3 * 320
    assert run(["models", "check", "ddcolor_tiny", "-o", str(sheet)]) == 2
    capsys.readouterr()
    assert run(["models", "show", "ddcolor_tiny"]) == 0
    assert "none: it predicts one colouring" in capsys.readouterr().out
    assert run(["models", "remove", "ddcolor_tiny"]) == 0
    assert run(["models", "show", "ddcolor_tiny"]) == 1


def test_a_forced_model_says_so_wherever_it_is_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = write(StandIn([[0.005], [-0.004]], [0, 0], ("h", "w")), tmp_path / "pale.onnx")
    assert run(["models", "add", str(file)]) == 1
    assert "next to grey" in capsys.readouterr().err
    assert run(["models", "add", str(file), "--force"]) == 0
    assert "next to grey" in capsys.readouterr().err
    for verb in (["list"], ["show", "pale"]):
        run(["models", *verb])
        assert "force" in capsys.readouterr().out
    assert run(["models", "check", "pale"]) == 1
    (tmp_path / "home/tinct/models/pale/network.onnx").write_bytes(b"other")
    assert run(["models", "check", "pale"]) == 1
    assert "sha256" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (["--like", "no-such"], 2, "no family"),
        (["--set", "input.fit"], 2, "KEY=VALUE"),
        (["--set", "input.fit=crop"], 1, "crop"),
        (["--set", "license=MIT", "--set", "license.x=1"], 1, "no group"),
        (["--set", "name=x"], 1, "--name"),
        (["--like", "tinct-m"], 1, "no output of"),
        (["--name", "grey"], 1, "name of tinct itself"),
    ],
)
def test_a_mistake_is_one_sentence(
    words: list[str], code: int, said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = write(siggraph17(), tmp_path / "net.onnx")
    assert run(["models", "add", str(file), *words]) == code
    printed = capsys.readouterr().err
    assert said in printed
    assert printed.count("\n") == 1


@pytest.mark.parametrize("content", [None, b"", b"\x80\2}q\0.", b"PK\3\4"])
def test_no_pickle_is_opened(
    content: bytes | None, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "net.pth"
    if content is not None:
        file.write_bytes(content)
    assert run(["models", "add", str(file)]) == 1
    assert "net.pth: " in capsys.readouterr().err


def test_models_needs_neither_torch_nor_onnx(tmp_path: Path) -> None:
    file = write(siggraph17(), tmp_path / "net.onnx", external="weights.bin")
    code = (
        "import sys; sys.modules.update(dict.fromkeys(('torch', 'onnx')))\n"
        "from tinct.cli.app import run; sys.exit(run(['models', 'add', sys.argv[1], '--like', 'article-6',"
        " '--set', 'output.scale=1', '--set', 'input.scale=1']))"
    )
    done = subprocess.run([sys.executable, "-c", code, str(file)], capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")
