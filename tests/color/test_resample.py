"""Another size: averages that are exact, bilinear where there is more room, flat stays flat."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from skimage.transform import resize, warp

from tinct.color.resample import resize_area, resize_planes, resize_window

PIXELS = np.random.default_rng(0).random((64, 96)).astype(np.float32)


def test_shrinking_by_a_whole_number_is_the_mean_of_blocks() -> None:
    blocks = PIXELS.reshape(16, 4, 24, 4).mean(axis=(1, 3))
    np.testing.assert_allclose(resize_area(PIXELS, 16, 24), blocks, rtol=1e-5)


@pytest.mark.parametrize("size", [(16, 24), (13, 17), (61, 10), (1, 1)])
def test_shrinking_to_any_size_is_the_mean_over_the_area_of_each_place(size: tuple[int, int]) -> None:
    fine = np.kron(PIXELS, np.ones(size))  # each pixel as so many that every place holds whole ones
    areas = fine.reshape(size[0], 64, size[1], 96).mean(axis=(1, 3))
    np.testing.assert_allclose(resize_area(PIXELS, *size), areas, rtol=1e-4, atol=1e-6)


def test_enlarging_is_scikit_images_bilinear() -> None:
    expected = resize(PIXELS, (150, 200), order=1, mode="edge", anti_aliasing=False)
    np.testing.assert_allclose(resize_area(PIXELS, 150, 200), expected, atol=1e-5)


@pytest.mark.parametrize("box", [(0.25, 0.5, 0.5, 0.25), (0.0, 0.0, 1.0, 1.0), (-0.2, 0.8, 0.6, 0.5)])
def test_a_window_is_scikit_images_bilinear_wherever_the_planes_lie(
    box: tuple[float, float, float, float],
) -> None:
    planes = np.stack([PIXELS, 1 - PIXELS])
    top, left, down, across = box
    y = ((np.arange(40) + 0.5) / 40 * down + top) * 64 - 0.5
    x = ((np.arange(50) + 0.5) / 50 * across + left) * 96 - 0.5
    places = np.stack([np.broadcast_to(x, (40, 50)), np.broadcast_to(y[:, None], (40, 50))], -1)
    expected = np.stack([warp(plane, np.moveaxis(places[..., ::-1], -1, 0), mode="edge") for plane in planes])
    np.testing.assert_allclose(resize_window(planes, box, 40, 50), expected, atol=1e-5)
    last = resize_window(np.moveaxis(planes, 0, -1), box, 40, 50, axis=0)
    np.testing.assert_allclose(np.moveaxis(last, -1, 0), expected, atol=1e-5)


def test_planes_are_resampled_each_for_itself() -> None:
    planes = np.stack([PIXELS, PIXELS[::-1]])
    for size in ((80, 50), (30, 200), PIXELS.shape):
        expected = np.stack([resize_area(plane, *size) for plane in planes])
        np.testing.assert_array_equal(resize_planes(planes, *size), expected)


def test_the_size_that_it_has_changes_nothing() -> None:
    np.testing.assert_array_equal(resize_area(PIXELS, *PIXELS.shape), PIXELS)


@given(st.integers(1, 60), st.integers(1, 60), st.integers(1, 60), st.integers(1, 60))
def test_resampling_keeps_a_flat_picture_flat(rows: int, columns: int, to_rows: int, to_columns: int) -> None:
    flat = np.full((rows, columns), 37.0, np.float32)
    np.testing.assert_allclose(resize_area(flat, to_rows, to_columns), 37.0, rtol=1e-5)
