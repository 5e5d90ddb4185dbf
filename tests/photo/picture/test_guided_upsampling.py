"""Down to the network's size and up again: averages that are exact, colour that stays within its edges."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from skimage import data

from tinct import photo
from tinct.color.resample import resize_area
from tinct.photo.picture import guided_upsampling


@given(st.integers(1, 4000), st.integers(1, 4000))
def test_the_network_s_size_is_made_of_multiples_and_near_the_shape(width: int, height: int) -> None:
    rows, columns = guided_upsampling.network_size(width, height, 256, 32)
    assert rows % 32 == columns % 32 == 0
    assert min(rows, columns) == 256
    wanted = min(max(width, height) / min(width, height), 8)
    assert abs(max(rows, columns) / 256 - wanted) <= 0.5 * 32 / 256 + 1e-9


def test_shrunk_is_the_mean_lightness_of_a_large_photo() -> None:
    grey = np.tile(data.camera(), (3, 5))[:1500, :2100]
    opened = photo.read(grey)
    full = opened.lightness.numpy().reshape(1500, 2100)
    small = photo.network_input(opened, 256, 32)
    assert small.shape == (256, 352)
    assert small.dtype == np.float32
    assert abs(small.mean() - full.mean()) < 0.05
    exact = resize_area(full, 256, 352)
    assert np.abs(small - exact).mean() < 0.5


def enlarged(small: np.ndarray, width: int, height: int) -> np.ndarray:
    upsampler = guided_upsampling.Upsampler(small, width, height)
    return np.repeat(upsampler.blocks(0, height), upsampler.block, axis=1)[:, :height]


def test_enlarging_is_bilinear_about_centres() -> None:
    small = np.arange(12, dtype=np.float32).reshape(1, 3, 4)
    at_x = np.clip((np.arange(16) + 0.5) / 4 - 0.5, 0, 3)
    at_y = np.clip((np.arange(12) + 0.5) / 4 - 0.5, 0, 2)
    expected = 4 * at_y[:, None] + at_x[None, :]
    np.testing.assert_allclose(enlarged(small, 16, 12)[0], expected, atol=1e-4)


@pytest.mark.parametrize(("width", "height"), [(1000, 700), (1003, 701), (4096, 3000)])
def test_enlarging_in_blocks_stays_close_and_has_the_size_asked_for(width: int, height: int) -> None:
    rng = np.random.default_rng(2)
    small = rng.random((2, 21, 30)).astype(np.float32)
    large = enlarged(small, width, height)
    assert large.shape == (2, height, width)
    exact = np.stack([resize_area(plane, height, width) for plane in small])
    assert np.abs(large - exact).mean() < 0.02


@pytest.mark.parametrize("size", [(300, 400), (7, 5)])
def test_rows_and_columns_are_the_same_wherever_reading_starts(size: tuple[int, int]) -> None:
    small = np.random.default_rng(4).random((2, 5, 7)).astype(np.float32)
    whole = enlarged(small, *size)
    upsampler = guided_upsampling.Upsampler(small, *size)
    for top in (391, 200, 3):
        for within in (slice(None), slice(2, 6), slice(0, 1)):
            row = upsampler.blocks(top % size[1], 1, within)
            np.testing.assert_array_equal(row[:, 0], whole[:, top % size[1], within])


def test_bands_of_the_size_asked_for_stay_as_they_are() -> None:
    small = np.random.default_rng(5).random((2, 5, 7)).astype(np.float32)
    np.testing.assert_array_equal(enlarged(small, 7, 5), small)


def test_the_coefficients_give_back_the_ab_that_they_come_from() -> None:
    rng = np.random.default_rng(3)
    guide = rng.uniform(0, 100, (24, 32)).astype(np.float32)
    ab = rng.normal(0, 30, (2, 24, 32)).astype(np.float32)
    line = guided_upsampling.coefficients(guide, ab)
    np.testing.assert_allclose(guide * line[:2] + line[2:], ab, atol=1e-3)


def test_colour_does_not_bleed_over_an_edge_of_lightness() -> None:
    y, x = np.mgrid[0:512, 0:512]
    side = (x + 0.4 * y > 351).astype(np.float32)
    guide = 30 + 40 * side
    truth = np.stack([45 - 50 * side, 35 - 65 * side])
    small_guide = resize_area(guide, 64, 64)
    ab = np.stack([resize_area(plane, 64, 64) for plane in truth])
    line = enlarged(guided_upsampling.coefficients(small_guide, ab), 512, 512)
    ours = guide * line[:2] + line[2:]
    bilinear = np.stack([resize_area(plane, 512, 512) for plane in ab])
    assert np.abs(ours - truth).mean() < 0.5 * np.abs(bilinear - truth).mean()


def guided(guide: np.ndarray, ab: np.ndarray) -> np.ndarray:
    """ab at the size of the guide."""
    height, width = guide.shape
    small = guided_upsampling.coefficients(guide.astype(np.float32), ab.astype(np.float32))
    line = enlarged(small, width, height)
    return guide * line[:2] + line[2:]


def bilinear(ab: np.ndarray, height: int, width: int) -> np.ndarray:
    return np.stack([resize_area(plane.astype(np.float32), height, width) for plane in ab])


def test_texture_that_says_nothing_of_the_colour_leaves_it_smooth() -> None:
    rng = np.random.default_rng(0)
    guide = 50 + resize_area(rng.normal(0, 15, (128, 128)).astype(np.float32), 512, 512)
    truth = bilinear(rng.normal(0, 8, (2, 32, 32)), 512, 512)
    ab = np.stack([resize_area(plane, 64, 64) for plane in truth])
    error = np.abs(guided(guide, ab) - truth).mean()
    assert error < 1.05 * np.abs(bilinear(ab, 512, 512) - truth).mean()


def test_film_grain_gives_no_grain_of_colour_where_two_colours_of_one_lightness_meet() -> None:
    rng = np.random.default_rng(0)
    guide = 50 + rng.normal(0, 6, (512, 512))
    right = np.mgrid[0:64, 0:64][1] > 31
    ab = np.stack([np.where(right, 40, -20), np.where(right, 10, 30)]) + rng.normal(0, 2, (2, 64, 64))
    assert np.abs(guided(guide, ab) - bilinear(ab, 512, 512)).max() < 0.3


def test_a_grainy_edge_holds_the_colour_too() -> None:
    rng = np.random.default_rng(1)
    y, x = np.mgrid[0:512, 0:512]
    side = (x + 0.4 * y > 351).astype(np.float32)
    truth = np.stack([45 - 50 * side, 35 - 65 * side])
    ab = np.stack([resize_area(plane, 64, 64) for plane in truth]) + rng.normal(0, 2, (2, 64, 64))
    guide = 30 + 40 * side + rng.normal(0, 3, side.shape)
    plain = np.abs(bilinear(ab, 512, 512) - truth).mean()
    assert np.abs(guided(guide, ab) - truth).mean() < 0.88 * plain
