"""docs/models.md: its commands and its export run as they are written."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import numpy as np
import pytest

from tinct.cli.app import run
from tinct.models.devices import DEVICES
from tinct.models.families import FAMILIES

from .stand_ins import ddcolor, write

PAGE = (Path(__file__).parents[2] / "docs" / "models.md").read_text(encoding="utf-8")


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path)


def test_its_commands_run(grey_png: Path, tmp_path: Path) -> None:
    write(ddcolor(256), tmp_path / "ddcolor_tiny.onnx")
    (tmp_path / "photo.png").write_bytes(grey_png.read_bytes())
    commands = [line for block in re.findall(r"```sh\n(.*?)```", PAGE, re.S) for line in block.splitlines()]
    assert len(commands) >= 5
    for command in commands:
        assert run(shlex.split(command)[1:]) == 0, command
    assert {"check.png", "sheet.png", "photo-tinct.png"} <= {path.name for path in tmp_path.iterdir()}


def test_its_export_makes_a_model_that_is_added() -> None:
    torch = pytest.importorskip("torch")
    (block,) = re.findall(r"```python\n(.*?)```", PAGE, re.S)
    names: dict[str, object] = {}
    exec(block, names)
    layer = torch.nn.Conv2d(1, 2, 1)
    with torch.no_grad():
        layer.weight.copy_(torch.tensor([0.5, -0.4]).reshape(2, 1, 1, 1))
        layer.bias.copy_(torch.tensor([-20.0, 30.0]))
    export = names["export"]
    export(layer, 1, 256, "any.onnx", any_size=True)  # type: ignore[operator]
    export(layer, 1, 256, "one.onnx")  # type: ignore[operator]
    assert run(["models", "add", "any.onnx", "--like", "siggraph17"]) == 0
    assert run(["models", "add", "one.onnx", "--like", "eccv16"]) == 0
    from tinct.colorizer import Colorizer

    grey = np.full((120, 90), 120, np.uint8)
    one, free = (Colorizer(name).colorize(grey).astype(int) for name in ("one", "any"))
    assert np.ptp(one[60, 45]) > 5
    assert np.abs(one - free).max() <= 1


def test_it_names_every_family_and_device() -> None:
    for name in (*FAMILIES, *DEVICES):
        assert f"`{name}`" in PAGE
