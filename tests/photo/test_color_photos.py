"""Photos in colour are told from black-and-white, sepia, toned, split-toned and stained ones."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from skimage import color, data

from tinct.photo import is_color_photo

COLOR = {
    "astronaut": data.astronaut(),
    "chelsea": data.chelsea(),
    "coffee": data.coffee(),
    "rocket": data.rocket(),
}
GREY = data.camera()
Tone = Callable[[np.ndarray], tuple[np.ndarray, np.ndarray]]


def stained(lightness: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    height, width = lightness.shape
    y, x = np.mgrid[0:height, 0:width]
    stain = np.exp(-(((x / width - 0.2) / 0.3) ** 2) - ((y / height - 0.3) / 0.3) ** 2)
    return 4 + 3 * stain, 10 + 22 * stain


TONES: dict[str, Tone] = {
    "grey": lambda lightness: (0 * lightness, 0 * lightness),
    "sepia": lambda lightness: (6 + 0 * lightness, 22 + 0 * lightness),
    "deep sepia": lambda lightness: (14 * (1 - lightness / 100) + 5, 38 * np.sin(lightness / 100 * np.pi)),
    "cyanotype": lambda lightness: (-5 + 0 * lightness, -35 * (1 - lightness / 100)),
    "selenium": lambda lightness: (10 * (1 - lightness / 100), -6 * (1 - lightness / 100)),
    "split": lambda lightness: (4 * (lightness / 50 - 1), 25 * (lightness / 50 - 1)),
    "stained": stained,
}


@pytest.mark.parametrize("tone", TONES)
@pytest.mark.parametrize("suffix", ["jpg", "png", "tif"])
def test_a_toned_print_is_no_photo_in_colour(tone: str, suffix: str, tmp_path: Path) -> None:
    noise = np.random.default_rng(1).normal(0, 0.02, (*GREY.shape, 3))
    lightness = color.rgb2lab(color.gray2rgb(GREY))[..., 0].clip(6, 96)
    rgb = color.lab2rgb(np.stack([lightness, *TONES[tone](lightness)], -1)) + noise
    path = tmp_path / f"print.{suffix}"
    Image.fromarray((rgb.clip(0, 1) * 255).astype(np.uint8)).save(path)
    assert not is_color_photo(path)


@pytest.mark.parametrize("name", COLOR)
@pytest.mark.parametrize("suffix", ["jpg", "png", "tif"])
def test_a_photo_of_several_hues_is_in_colour(name: str, suffix: str, tmp_path: Path) -> None:
    path = tmp_path / f"photo.{suffix}"
    Image.fromarray(COLOR[name]).save(path)
    assert is_color_photo(path)


def test_deep_transparent_and_grey_photos_are_looked_at_as_well(tmp_path: Path) -> None:
    Image.fromarray(GREY).save(tmp_path / "grey.png")
    assert not is_color_photo(tmp_path / "grey.png")
    Image.fromarray(data.astronaut()).convert("RGBA").save(tmp_path / "alpha.png")
    assert is_color_photo(tmp_path / "alpha.png")
    Image.fromarray(data.astronaut()).convert("CMYK").save(tmp_path / "print.tif")
    assert is_color_photo(tmp_path / "print.tif")
