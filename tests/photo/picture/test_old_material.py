"""The default network colours a photo nearly the same with a scan's border or a heavy vignette around it."""

from pathlib import Path

import numpy as np
import pytest
from skimage import color, io

from tinct.colorizer import Colorizer
from tinct.photo.picture import borders, vignettes

EXAMPLES = Path(__file__).parents[3] / "examples"
CHANGES = ["white", "black", "beige", "vignette"]


@pytest.fixture(scope="module")
def colorizer() -> Colorizer:
    return Colorizer(threads=1)


def changed(grey: np.ndarray, change: str) -> tuple[np.ndarray, tuple[slice, slice]]:
    """The photo with a border of a tenth of its height, or a vignette; and where in that it lies."""
    if change == "vignette":
        y, x = (np.linspace(-1, 1, side) for side in grey.shape)
        light = (grey / 255) ** 2.2 / (1 + (y[:, None] ** 2 + x**2) / 2) ** 2
        return np.round(255 * light ** (1 / 2.2)).astype(np.uint8), (slice(None), slice(None))
    width = grey.shape[0] // 10
    grain = np.random.default_rng(0).normal({"white": 245, "black": 8, "beige": 205}[change], 2, grey.shape)
    whole = np.pad(np.clip(grain, 0, 255).astype(np.uint8), width, mode="edge")
    place = (slice(width, width + grey.shape[0]), slice(width, width + grey.shape[1]))
    whole[place] = grey
    return whole, place


def ab_of(colorizer: Colorizer, grey: np.ndarray) -> np.ndarray:
    return color.rgb2lab(colorizer.colorize(grey))[..., 1:]


@pytest.mark.slow
@pytest.mark.parametrize("change", CHANGES)
def test_borders_and_vignettes_move_the_colours_little(
    colorizer: Colorizer, change: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    ours, as_given = [], []
    for path in sorted(EXAMPLES.glob("*.jpg")):
        grey = io.imread(path)
        assert grey.ndim == 2
        whole, place = changed(grey, change)
        plain = ab_of(colorizer, grey)
        ours.append(np.hypot(*np.moveaxis(ab_of(colorizer, whole)[place] - plain, -1, 0)).mean())
        with monkeypatch.context() as without:
            without.setattr(borders, "find_content_box", lambda _: borders.ContentBox())
            without.setattr(vignettes, "vignette_strength", lambda _: 0.0)
            plain = ab_of(colorizer, grey)
            found = ab_of(colorizer, whole)[place] - plain
        as_given.append(np.hypot(*np.moveaxis(found, -1, 0)).mean())
    assert np.mean(ours) < (3.5 if change == "vignette" else 2.0)
    assert np.mean(ours) < (0.7 if change == "vignette" else 0.5) * np.mean(as_given)
