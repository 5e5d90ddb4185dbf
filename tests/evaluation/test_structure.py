from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.ndimage import gaussian_filter
from skimage.metrics import structural_similarity

from tinct.evaluation.structure import edge_bleeding, ssim

seeds = st.integers(0, 2**32 - 1)


def noisy(seed: int, height: int = 40, width: int = 52) -> np.ndarray:
    rng = np.random.default_rng(seed)
    soft = gaussian_filter(rng.uniform(0, 255, (height, width, 3)), (3, 3, 0))
    return np.clip(soft + rng.normal(0, 12, soft.shape), 0, 255).astype(np.uint8)


def discs(blur: float) -> np.ndarray:
    """Lab (128, 128, 3): a bright red disc on a dark green ground, its colour blurred by so many pixels."""
    y, x = np.mgrid[0:128, 0:128] - 64
    inside = (np.hypot(x, y) < 40).astype(float)
    share = gaussian_filter(inside, blur) if blur else inside
    return np.stack([30 + 40 * inside, -30 + 80 * share, 40 - 20 * share], -1)


@settings(max_examples=20, deadline=None)
@given(seeds, seeds)
def test_ssim_is_scikit_images(seed: int, other_seed: int) -> None:
    one, other = noisy(seed), noisy(other_seed)
    theirs = structural_similarity(
        one, other, gaussian_weights=True, sigma=1.5, use_sample_covariance=False, channel_axis=-1
    )
    assert ssim(one, other) == pytest.approx(theirs, abs=2e-5)
    assert ssim(one, other) == pytest.approx(ssim(other, one), abs=1e-6)
    assert ssim(one, one) == pytest.approx(1, abs=1e-6)


@pytest.mark.parametrize("shape", [(1, 1), (2, 30), (10, 11)])
def test_ssim_of_the_smallest_photos_is_a_number(shape: tuple[int, int]) -> None:
    one = np.random.default_rng(0).integers(0, 256, (*shape, 3)).astype(np.uint8)
    assert ssim(one, one) == pytest.approx(1)
    assert -1 <= ssim(one, 255 - one) < 1


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
