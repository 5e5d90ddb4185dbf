from __future__ import annotations

import numpy as np

from tinct.color.smooth import smoothed


def patchy() -> tuple[np.ndarray, np.ndarray]:
    """A dark and a light half; a red patch in the dark one."""
    lightness = np.full((32, 48), 30, np.float32)
    lightness[:, 24:] = 70
    ab = np.zeros((2, 32, 48), np.float32)
    ab[0, 10:16, 10:16] = 50
    return ab, lightness


def test_a_patch_is_spread_over_its_thing_and_not_beyond_its_edge() -> None:
    ab, lightness = patchy()
    result = smoothed(ab, lightness)
    assert result[0, 12, 12] < 25
    assert result[0, 25, 5] > 0.3
    assert np.abs(result[0, :, 24:]).max() < 0.1
    assert result.dtype == np.float32


def test_one_colour_stays_itself_and_each_half_keeps_its_own() -> None:
    _, lightness = patchy()
    plain = np.full((2, 32, 48), 12, np.float32)
    np.testing.assert_allclose(smoothed(plain, lightness), plain, atol=1e-4)
    halves = np.where(lightness < 50, 30, -30)[None].repeat(2, 0).astype(np.float32)
    np.testing.assert_allclose(smoothed(halves, lightness), halves, atol=0.5)


def test_no_reach_changes_nothing_and_what_was_given_is_left_alone() -> None:
    ab, lightness = patchy()
    before = ab.copy()
    assert smoothed(ab, lightness, reach=0) is ab
    smoothed(ab, lightness)
    np.testing.assert_array_equal(ab, before)


def test_thin_photos_are_smoothed_too() -> None:
    assert smoothed(np.ones((2, 1, 9), np.float32), np.ones((1, 9), np.float32)).shape == (2, 1, 9)
