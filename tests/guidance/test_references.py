"""References: what looks alike is coloured alike, hints win, and what is no reference is refused."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from skimage import data
from skimage.color import deltaE_ciede2000, rgb2lab

from tinct.cli.app import run
from tinct.colorizer import Colorizer
from tinct.errors import OptionError, PhotoError
from tinct.guidance.hints import Hint
from tinct.guidance.recipe import read_recipe


@pytest.fixture(scope="module")
def colorizer() -> Colorizer:
    return Colorizer()


@pytest.fixture(scope="module")
def truth() -> np.ndarray:
    """A photo in colour (300, 451, 3)."""
    return np.asarray(data.chelsea())


def png(pixels: np.ndarray) -> bytes:
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "PNG")
    return file.getvalue()


def grey(pixels: np.ndarray) -> np.ndarray:
    return np.asarray(Image.fromarray(pixels).convert("L"))


def difference(one: np.ndarray, other: np.ndarray) -> float:
    return float(deltaE_ciede2000(rgb2lab(one), rgb2lab(other)).mean())


def recoloured(pixels: np.ndarray) -> np.ndarray:
    """The photo with red and blue exchanged, which nobody would guess."""
    return np.ascontiguousarray(pixels[..., ::-1])


def test_another_crop_of_a_photo_gives_its_colours(colorizer: Colorizer, truth: np.ndarray) -> None:
    strange = recoloured(truth)
    left, right = strange[:, :300], np.ascontiguousarray(strange[:, 150:])
    session = colorizer.open(grey(left))
    guided = session.with_references([png(right)])
    assert difference(guided.array(), left) < 0.7 * difference(session.array(), left)


def test_strength_goes_from_nothing_to_all(colorizer: Colorizer, truth: np.ndarray) -> None:
    session = colorizer.open(grey(truth))
    plain = session.array()
    reference = png(recoloured(truth))
    none, half, full = (session.with_references([reference], each).array() for each in (0.0, 0.5, 1.0))
    np.testing.assert_allclose(none, plain, atol=1)
    assert 0 < difference(half, plain) < difference(full, plain)


def test_a_palette_moves_the_colours_as_a_whole(colorizer: Colorizer, truth: np.ndarray) -> None:
    session = colorizer.open(grey(truth))
    wanted = rgb2lab(recoloured(truth))[..., 1:].mean((0, 1))
    guided = session.with_references([png(recoloured(truth))], mode="palette")
    np.testing.assert_allclose(rgb2lab(guided.array())[..., 1:].mean((0, 1)), wanted, atol=4)


def test_hints_win_and_neither_removes_the_other(colorizer: Colorizer, truth: np.ndarray) -> None:
    session = colorizer.open(grey(truth))
    hint, reference = Hint((0.1, 0.1), "15,25"), png(recoloured(truth))
    both = session.with_references([reference]).with_hints([hint]).array()
    other = session.with_hints([hint]).with_references([reference]).array()
    np.testing.assert_array_equal(both, other)
    np.testing.assert_allclose(rgb2lab(both)[30, 45, 1:], (15, 25), atol=2)
    assert difference(both, session.with_hints([hint]).array()) > 2


def test_what_is_no_reference_is_refused(colorizer: Colorizer, truth: np.ndarray, tmp_path: Path) -> None:
    session = colorizer.open(grey(truth))
    with pytest.raises(PhotoError, match="is grey"):
        session.with_references([png(grey(truth))])
    with pytest.raises(PhotoError):
        session.with_references([b"not a photo"])
    with pytest.raises(PhotoError, match=r"missing\.jpg"):
        session.with_references([tmp_path / "missing.jpg"])
    huge = png(np.zeros((4, 4, 3), np.uint8)).replace(
        (4).to_bytes(4, "big") * 2, (60_000).to_bytes(4, "big") * 2, 1
    )
    with pytest.raises(PhotoError):
        session.with_references([huge])
    for settings in ({"strength": 1.5}, {"strength": float("nan")}, {"mode": "copy"}):
        with pytest.raises(OptionError, match="reference"):
            session.with_references([png(truth)], **settings)
    with pytest.raises(OptionError, match="references are 21"):
        session.with_references([png(truth)] * 21)


def test_a_recipe_with_references_replays_with_them_alone(
    truth: np.ndarray, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("old.png").write_bytes(png(grey(truth)))
    Path("colour.png").write_bytes(png(recoloured(truth)))
    words = ["old.png", "--reference", "colour.png", "--reference-strength", "0.8", "--save-recipe", "r.json"]
    assert run(words) == 0
    assert len(read_recipe(Path("r.json")).references) == 1
    assert "colour" not in Path("r.json").read_text()
    capsys.readouterr()
    assert run(["replay", "r.json", "old.png", "-o", "again.png"]) == 1
    assert "--reference" in capsys.readouterr().err
    assert run(["replay", "r.json", "old.png", "-o", "again.png", "--reference", "colour.png"]) == 0
    assert Path("again.png").read_bytes() == Path("old-tinct.png").read_bytes()


def test_a_grey_reference_writes_nothing(
    truth: np.ndarray, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("old.png").write_bytes(png(grey(truth)))
    assert run(["old.png", "--reference", "old.png"]) == 1
    assert run(["old.png", "--reference", "old.png", "--reference-strength", "2"]) == 2
    assert run(["old.png", "--reference-mode", "palette"]) == 2
    assert not Path("old-tinct.png").exists()
