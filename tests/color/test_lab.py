"""sRGB <-> Lab: what scikit-image says, exact on the neutral axis, back without loss."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from skimage import color

from tinct.color.lab import (
    grey_to_lightness,
    lab_to_srgb,
    lightness_to_grey,
    srgb_to_lab,
)


@pytest.fixture(scope="module")
def cube() -> np.ndarray:
    """The RGB cube at 17 steps a side, (4913, 3)."""
    steps = np.linspace(0, 1, 17)
    return np.stack(np.meshgrid(steps, steps, steps), axis=-1).reshape(-1, 3)


def test_lab_is_that_of_scikit_image_on_the_whole_cube(cube: np.ndarray) -> None:
    # scikit-image rounds the white point and the matrix to five or six places.
    np.testing.assert_allclose(srgb_to_lab(cube), color.rgb2lab(cube), atol=0.006)


def test_srgb_is_that_of_scikit_image_on_the_whole_cube(cube: np.ndarray) -> None:
    lab = color.rgb2lab(cube)
    np.testing.assert_allclose(lab_to_srgb(lab), color.lab2rgb(lab), atol=2e-4)


def test_there_and_back_is_the_same_colour(cube: np.ndarray) -> None:
    np.testing.assert_allclose(lab_to_srgb(srgb_to_lab(cube)), cube, atol=1e-9)


def test_all_16_bit_greys_are_neutral() -> None:
    greys = np.repeat(np.linspace(0, 1, 65536)[:, None], 3, axis=1)
    lab = srgb_to_lab(greys)
    assert np.abs(lab[:, 1:]).max() < 1e-10
    assert lab[0, 0] == pytest.approx(0, abs=1e-12)
    assert lab[-1, 0] == pytest.approx(100, abs=1e-12)
    assert (np.diff(lab[:, 0]) > 0).all()


def test_grey_has_the_lightness_of_the_colour_that_it_is() -> None:
    values = np.linspace(0, 1, 1001)
    expected = srgb_to_lab(np.repeat(values[:, None], 3, axis=1))[:, 0]
    np.testing.assert_allclose(grey_to_lightness(values), expected, atol=1e-10)
    np.testing.assert_allclose(lightness_to_grey(grey_to_lightness(values)), values, atol=1e-10)


@given(arrays(np.float64, (5, 3), elements=st.floats(-60, 110)))
def test_colours_outside_srgb_come_back_too(lab: np.ndarray) -> None:
    np.testing.assert_allclose(srgb_to_lab(lab_to_srgb(lab)), lab, atol=1e-6)
