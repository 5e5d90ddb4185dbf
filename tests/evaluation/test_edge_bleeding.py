from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.ndimage import gaussian_filter

from tinct.evaluation.edge_bleeding import edge_bleeding


def discs(blur: float) -> np.ndarray:
    """Lab (128, 128, 3): a bright red disc on a dark green ground, its colour blurred by so many pixels."""
    y, x = np.mgrid[0:128, 0:128] - 64
    inside = (np.hypot(x, y) < 40).astype(float)
    share = gaussian_filter(inside, blur) if blur else inside
    return np.stack([30 + 40 * inside, -30 + 80 * share, 40 - 20 * share], -1)


def test_colour_that_ends_at_the_edge_does_not_bleed_and_wider_colour_bleeds_more() -> None:
    sharp, little, much, most = (edge_bleeding(discs(blur), discs(0)) for blur in (0, 1.5, 3, 6))
    assert sharp < 0.02
    assert sharp < little - 0.1
    assert little < much - 0.1
    assert much < most - 0.05
    assert most < 1


def test_only_edges_at_which_the_true_colour_changes_are_looked_at() -> None:
    truth = discs(0)
    truth[..., 1:] = 20
    assert edge_bleeding(discs(4), truth) == 0


@settings(max_examples=20, deadline=None)
@given(st.floats(0.1, 3), st.floats(0, 2 * np.pi), st.floats(0, 5))
def test_bleeding_does_not_depend_on_how_vivid_the_colours_are_nor_on_their_hue(
    gain: float, turn: float, blur: float
) -> None:
    lab = discs(blur)
    turned = lab.copy()
    turn_by = np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])
    turned[..., 1:] = gain * lab[..., 1:] @ turn_by
    assert edge_bleeding(turned, discs(0)) == pytest.approx(edge_bleeding(lab, discs(0)), abs=1e-9)


@pytest.mark.parametrize("shape", [(1, 1), (1, 9), (16, 16)])
def test_a_grey_or_flat_photo_has_nothing_to_bleed(shape: tuple[int, int]) -> None:
    flat = np.full((*shape, 3), 50.0)
    assert edge_bleeding(flat, flat) == 0
    grey = discs(0)
    grey[..., 1:] = 0
    assert edge_bleeding(grey, discs(0)) == 0
