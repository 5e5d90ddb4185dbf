"""Chroma reduced to what sRGB shows: lightness and hue stay, and no more is taken than must be."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from skimage import color

from tinct.color.gamut import max_chroma, reduce_chroma
from tinct.color.lab import lab_to_srgb, srgb_to_lab

lab_colours = st.tuples(st.floats(0, 100), st.floats(-128, 128), st.floats(-128, 128))


@given(lab_colours)
def test_every_reduced_colour_can_be_shown(lab: tuple[float, float, float]) -> None:
    srgb = lab_to_srgb(reduce_chroma(lab))
    assert srgb.min() > -1e-4
    assert srgb.max() < 1 + 1e-6


@given(lab_colours)
def test_lightness_and_hue_stay(lab: tuple[float, float, float]) -> None:
    lightness, a, b = reduce_chroma(lab)
    assert lightness == lab[0]
    assert abs(a * lab[2] - b * lab[1]) < 1e-6
    assert a * lab[1] >= 0
    assert b * lab[2] >= 0


def test_colours_of_srgb_are_left_alone() -> None:
    rgb = np.random.default_rng(3).random((2000, 3))
    lab = srgb_to_lab(rgb)
    np.testing.assert_allclose(reduce_chroma(lab), lab, atol=1e-3)


def test_the_limit_is_the_edge_of_srgb() -> None:
    rng = np.random.default_rng(4)
    lightness, hue = rng.uniform(2, 98, 500), rng.uniform(0, 360, 500)
    limit = max_chroma(lightness, hue)
    direction = np.stack([np.cos(np.radians(hue)), np.sin(np.radians(hue))], axis=-1)
    beyond = np.concatenate([lightness[:, None], direction * (limit + 0.5)[:, None]], axis=-1)
    srgb = lab_to_srgb(beyond)
    assert ((srgb < 0) | (srgb > 1)).any(axis=-1).all()


def test_no_colour_of_srgb_is_beyond_the_limit() -> None:
    rng = np.random.default_rng(5)
    rgb = rng.choice([0.004, 0.3, 0.7, 0.996], (3000, 3)) * rng.uniform(0.99, 1, (3000, 3))
    lab = color.rgb2lab(rgb)
    chroma, hue = np.hypot(lab[:, 1], lab[:, 2]), np.degrees(np.arctan2(lab[:, 2], lab[:, 1]))
    assert (max_chroma(lab[:, 0], hue) > chroma - 0.01).all()
