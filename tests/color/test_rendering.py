"""Millions of pixels rendered in float32 show what the exact, slow way shows."""

import numpy as np
import pytest

from tinct.color.difference import ciede2000
from tinct.color.gamut import reduce_chroma
from tinct.color.lab import lab_to_srgb, lightness_to_luminance, linear_to_srgb, srgb_to_lab
from tinct.color.rendering import encode_bytes, encode_float, linear_rgb, working_memory

RNG = np.random.default_rng(7)


def rendered(lightness: np.ndarray, ab: np.ndarray) -> np.ndarray:
    """Linear RGB (n, 3) of L (n,) and ab (2, n)."""
    shape = lightness.shape
    planes = linear_rgb(
        lightness.astype(np.float32),
        np.zeros((2, *shape), np.float32),
        ab.astype(np.float32),
        working_memory(shape),
    )
    return np.moveaxis(planes, 0, -1).copy()


@pytest.mark.parametrize("spread", [3, 15, 40])
def test_colours_are_those_of_the_exact_reduction_of_chroma(spread: float) -> None:
    lightness, ab = RNG.uniform(0, 100, 20_000), RNG.normal(0, spread, (2, 20_000))
    exact = reduce_chroma(np.concatenate([lightness[:, None], ab.T], axis=1))
    difference = ciede2000(srgb_to_lab(encode_float(rendered(lightness, ab))), exact)
    assert difference.mean() < 0.02
    assert np.quantile(difference, 0.999) < 0.5


def test_lightness_stays_when_chroma_is_reduced() -> None:
    lightness, ab = np.linspace(0, 100, 20_000), RNG.normal(0, 60, (2, 20_000))
    linear = rendered(lightness, ab)
    luminance = linear @ [0.2126729, 0.7151522, 0.0721750]
    np.testing.assert_allclose(luminance, lightness_to_luminance(lightness), atol=2e-6)


def test_every_rendered_colour_is_inside_srgb() -> None:
    linear = rendered(RNG.uniform(0, 100, 50_000), RNG.normal(0, 80, (2, 50_000)))
    assert linear.min() > -2e-5
    assert linear.max() < 1 + 2e-5


def test_no_chroma_leaves_exact_greys() -> None:
    linear = rendered(np.linspace(0, 100, 1001), np.zeros((2, 1001)))
    assert (linear == linear[:, :1]).all()
    np.testing.assert_allclose(linear[:, 0], lightness_to_luminance(np.linspace(0, 100, 1001)), atol=1e-6)


def test_colours_follow_lightness_along_a_line() -> None:
    lightness = np.linspace(20, 80, 500, dtype=np.float32)
    slope = np.array([0.3, -0.2], np.float32)[:, None]
    offset = np.array([-10, 5], np.float32)[:, None]
    planes = linear_rgb(lightness, slope, offset, working_memory((500,)))
    ab = (slope * lightness + offset).T
    exact = lab_to_srgb(np.concatenate([lightness[:, None], ab], axis=1))
    np.testing.assert_allclose(encode_float(np.moveaxis(planes, 0, -1)), exact, atol=1e-5)


def test_bytes_are_rounded_srgb() -> None:
    linear = np.linspace(-0.01, 1.01, 400_001).astype(np.float32)
    exact = 255 * np.clip(linear_to_srgb(np.clip(linear, 0, 1)), 0, 1)
    assert np.abs(encode_bytes(linear) - exact).max() < 0.6


def test_float_encoding_is_that_of_srgb() -> None:
    linear = np.linspace(0, 1, 100_001)
    np.testing.assert_allclose(encode_float(linear.astype(np.float32)), linear_to_srgb(linear), atol=1e-6)
