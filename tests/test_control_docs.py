"""docs/control.md runs: every command and every line of Python, and the files that it names appear."""

from __future__ import annotations

import re
import shlex
import shutil
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from skimage.color import rgb2lab

from tinct.cli.app import run

ROOT = Path(__file__).parents[1]
BLOCKS = re.findall(r"^```(\w+)\n(.*?)^```$", (ROOT / "docs" / "control.md").read_text(), re.M | re.S)


@pytest.fixture(scope="module")
def followed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder in which a reader has done all that the page says."""
    folder = tmp_path_factory.mktemp("control")
    (folder / "examples").mkdir()
    for path in (ROOT / "examples").glob("*.jpg"):
        shutil.copy(path, folder / "examples")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        for language, block in BLOCKS:
            if language == "json":
                Path("hints.json").write_text(block)
            elif language == "python":
                exec(compile(block, "control.md", "exec"), {})
            else:
                for line in block.splitlines():
                    assert run(shlex.split(line)[1:]) == 0, line
    return folder


@pytest.mark.parametrize(
    ("name", "place", "hue"),
    [("suit", (0.42, 0.72), 60), ("cup", (0.5, 0.94), 191), ("lawn", (0.75, 0.85), 117)],
)
def test_one_hint_colours_the_suit_the_cup_and_the_lawn(
    followed: Path, name: str, place: tuple[float, float], hue: float
) -> None:
    rgb = np.asarray(Image.open(followed / f"{name}.jpg"))
    row, column = int(place[1] * rgb.shape[0]), int(place[0] * rgb.shape[1])
    a, b = rgb2lab(rgb)[row - 2 : row + 3, column - 2 : column + 3, 1:].mean((0, 1))
    assert np.hypot(a, b) > 12
    assert abs((np.degrees(np.arctan2(b, a)) - hue + 180) % 360 - 180) < 12


def test_a_replayed_recipe_gives_the_same_bytes(followed: Path) -> None:
    assert (followed / "again.jpg").read_bytes() == (followed / "first.jpg").read_bytes()


def test_every_other_result_is_there(followed: Path) -> None:
    for name in ("strokes", "cups-1", "cups-2", "cups-3", "other", "suit-session", "matched", "palette"):
        assert Image.open(followed / f"{name}.jpg").mode == "RGB"
    assert Image.open(followed / "guesses.png").width == 512
