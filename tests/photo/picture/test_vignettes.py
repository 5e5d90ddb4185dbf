"""A heavy vignette is told from what the picture shows, and evened out for the network alone."""

import numpy as np
import pytest
from skimage import color, data

from tinct import photo
from tinct.color.resample import resize_area
from tinct.photo.picture import vignettes

PICTURES = {"cat": data.chelsea(), "camera": data.camera(), "astronaut": data.astronaut()}


def grey(picture: np.ndarray) -> np.ndarray:
    return np.round(255 * color.rgb2gray(picture)).astype(np.uint8) if picture.ndim == 3 else picture


def vignetted(picture: np.ndarray, strength: float) -> np.ndarray:
    """The light of a grey photo divided by (1 + strength r²)²."""
    y, x = (np.linspace(-1, 1, side) for side in picture.shape)
    light = (picture / 255) ** 2.2 / (1 + strength * (y[:, None] ** 2 + x**2) / 2) ** 2
    return np.round(255 * light ** (1 / 2.2)).astype(np.uint8)


@pytest.mark.parametrize("name", list(PICTURES))
def test_a_heavy_vignette_is_found_about_as_heavy_as_it_is(name: str) -> None:
    plain = grey(PICTURES[name])
    found = vignettes.vignette_strength(photo.read(vignetted(plain, 1.0)).thumbnail)
    assert 0.7 < found < 1.7


@pytest.mark.parametrize("name", list(PICTURES))
def test_the_network_is_shown_nearly_the_same_with_a_heavy_vignette(name: str) -> None:
    plain = grey(PICTURES[name])
    dark = vignetted(plain, 1.0)
    alone = photo.network_input(photo.read(plain), 128, 32)
    shown = photo.network_input(photo.read(dark), 128, 32)
    given = resize_area(photo.read(dark).thumbnail, *alone.shape)
    assert np.abs(shown - alone).mean() < 0.5 * np.abs(given - alone).mean()


def test_photos_without_a_vignette_are_shown_as_they_are() -> None:
    y, x = np.mgrid[0:200, 0:300]
    scenes = [grey(data.chelsea()), (128 + 60 * np.sin(x / 9) * np.sin(y / 7)).astype(np.uint8)]
    scenes += [np.full((200, 300), 90, np.uint8), (x * 200 // 300 + 20).astype(np.uint8)]
    scenes += [(y * 200 // 200 + 20).astype(np.uint8), np.zeros((64, 64), np.uint8)]
    for scene in scenes:
        assert vignettes.vignette_strength(photo.read(scene).thumbnail) < 0.1


def test_evening_out_undoes_a_vignette() -> None:
    lightness = np.random.default_rng(0).uniform(20, 60, (40, 60)).astype(np.float32)
    y, x = ((np.arange(side) + 0.5) / side * 2 - 1 for side in lightness.shape)
    light = color.lab2xyz(np.stack([lightness, 0 * lightness, 0 * lightness], -1))[..., 1]
    dark = light / (1 + 0.8 * (y[:, None] ** 2 + x**2) / 2) ** 2
    xyz = dark[..., None] * color.lab2xyz([[[100.0, 0, 0]]])
    np.testing.assert_allclose(
        vignettes.correct_vignette(color.xyz2lab(xyz)[..., 0].astype(np.float32), 0.8), lightness, atol=0.05
    )


def test_the_lightness_of_the_result_keeps_its_vignette() -> None:
    dark = vignetted(grey(data.chelsea()), 1.5)
    coloured = photo.to_array(photo.join(photo.read(dark), np.full((2, 16, 24), 8, np.float32)))
    found = color.rgb2lab(coloured)[..., 0]
    assert np.abs(found - color.rgb2lab(np.repeat(dark[..., None], 3, -1))[..., 0]).mean() < 0.3


def test_no_vignette_is_so_strong_that_corners_are_lifted_more_than_sevenfold() -> None:
    y, x = np.mgrid[-1:1:100j, -1:1:150j]
    spotlight = (100 * np.exp(-6 * (x**2 + y**2))).astype(np.float32)
    for picture in (spotlight, *(vignetted(grey(each), 20.0) / 2.55 for each in PICTURES.values())):
        assert (1 + vignettes.vignette_strength(picture.astype(np.float32))) ** 2 < 7


def test_what_lies_in_bright_corners_is_never_lighter_than_white() -> None:
    assert vignettes.correct_vignette(np.full((20, 30), 95, np.float32), 1.4).max() == pytest.approx(100)
