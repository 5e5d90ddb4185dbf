"""Another size: averages that are exact, bilinear where there is more room, flat stays flat."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from skimage.transform import resize

from tinct.color.resample import resize_area

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


def test_the_size_that_it_has_changes_nothing() -> None:
    np.testing.assert_array_equal(resize_area(PIXELS, *PIXELS.shape), PIXELS)


@given(st.integers(1, 60), st.integers(1, 60), st.integers(1, 60), st.integers(1, 60))
def test_resampling_keeps_a_flat_picture_flat(rows: int, columns: int, to_rows: int, to_columns: int) -> None:
    flat = np.full((rows, columns), 37.0, np.float32)
    np.testing.assert_allclose(resize_area(flat, to_rows, to_columns), 37.0, rtol=1e-5)
