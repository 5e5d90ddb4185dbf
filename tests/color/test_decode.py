from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import softmax
from scipy.stats import entropy

from tinct.color.bins import srgb_bins
from tinct.color.decode import (
    Decoding,
    annealed_mean,
    limit_chroma,
    mean_entropy,
    sample_colouring,
    scale_chroma,
)

BINS = srgb_bins()
seeds = st.integers(0, 2**32 - 1)


def normal(mean: tuple[float, float], covariance: list[list[float]], height: int, width: int) -> np.ndarray:
    """Log-probabilities (n, h, w) of one normal distribution over the bins, the same everywhere."""
    gap = BINS.centres - np.array(mean)
    logarithm = -0.5 * np.einsum("ni,ij,nj->n", gap, np.linalg.inv(covariance), gap)
    return np.broadcast_to(logarithm.astype(np.float32)[:, None, None], (len(BINS), height, width)).copy()


@settings(max_examples=20, deadline=None)
@given(seeds, st.floats(0.2, 3))
def test_the_annealed_mean_is_the_expectation_written_out(seed: int, temperature: float) -> None:
    logits = np.random.default_rng(seed).normal(0, 3, (len(BINS), 2, 3)).astype(np.float32)
    share = np.exp(logits.astype(np.float64) / temperature)
    expected = np.einsum("nhw,nc->chw", share / share.sum(0), BINS.centres)
    np.testing.assert_allclose(annealed_mean(logits, BINS, temperature), expected, atol=1e-3)


def test_the_same_seed_draws_the_same_colours_and_another_seed_others() -> None:
    logits = np.random.default_rng(0).normal(0, 2, (len(BINS), 12, 16)).astype(np.float32)
    before = logits.copy()
    one, again, other = (
        sample_colouring(logits, BINS, 0.8, np.random.default_rng(seed)) for seed in (1, 1, 2)
    )
    assert (one == again).all()
    assert np.abs(one - other).mean() > 1
    assert (logits == before).all()


def test_over_many_draws_colours_vary_most_where_the_distribution_does() -> None:
    logits = normal((0, 10), [[220.0, 90.0], [90.0, 130.0]], 1, 2)
    rng = np.random.default_rng(3)
    draws = np.array([sample_colouring(logits, BINS, 1.0, rng)[:, 0, 0] for _ in range(600)])
    np.testing.assert_allclose(draws.mean(0), (0, 10), atol=2)
    found = np.cov(draws.T)
    assert 220 * 0.2 < found[0, 0] < 220
    assert 130 * 0.2 < found[1, 1] < found[0, 0]
    assert found[0, 1] > 20


def test_a_colour_is_drawn_about_as_often_as_it_is_likely() -> None:
    logits = np.full((len(BINS), 1, 1), -60, np.float32)
    blue, red = (int(np.argmin(np.abs(BINS.centres - colour).sum(1))) for colour in ((0, -50), (50, 30)))
    logits[blue], logits[red] = np.log(0.8), np.log(0.2)
    rng = np.random.default_rng(4)
    share = np.mean([sample_colouring(logits, BINS, 1.0, rng)[0, 0, 0] > 25 for _ in range(600)])
    assert 0.08 < share < 0.25


@settings(max_examples=20, deadline=None)
@given(seeds)
def test_where_the_network_is_sure_every_draw_says_the_same(seed: int) -> None:
    logits = np.full((len(BINS), 3, 4), -60, np.float32)
    logits[40] = 0
    drawn = sample_colouring(logits, BINS, 1.0, np.random.default_rng(seed))
    np.testing.assert_allclose(drawn, np.broadcast_to(BINS.centres[40][:, None, None], drawn.shape), atol=0.5)


@settings(max_examples=20, deadline=None)
@given(seeds)
def test_a_draw_is_coherent_and_within_what_bins_can_say(seed: int) -> None:
    logits = normal((5, 5), [[150.0, 0.0], [0.0, 150.0]], 40, 60)
    drawn = sample_colouring(logits, BINS, 1.0, np.random.default_rng(seed))
    steps = np.abs(np.diff(drawn, axis=2)).max(), np.abs(np.diff(drawn, axis=1)).max()
    assert max(steps) < 8
    assert np.abs(drawn).max() <= np.abs(BINS.centres).max() + 1e-3
    assert np.isfinite(drawn).all()


def test_objects_of_one_colour_are_drawn_alike_and_those_of_others_for_themselves() -> None:
    wide = [[150.0, 0.0], [0.0, 150.0]]
    logits = np.concatenate([normal((-40, 30), wide, 4, 4), normal((40, -20), wide, 4, 4)], 2)
    rng = np.random.default_rng(5)
    draws = np.array([sample_colouring(logits, BINS, 1.0, rng)[0, 2] for _ in range(400)])
    left, beside, right = draws[:, 2], draws[:, 3], draws[:, 4]
    assert np.corrcoef(left, beside)[0, 1] > 0.9
    assert abs(np.corrcoef(beside, right)[0, 1]) < 0.3


@pytest.mark.parametrize("size", [(1, 1), (1, 7)])
def test_the_smallest_grids_are_drawn_too(size: tuple[int, int]) -> None:
    logits = np.zeros((len(BINS), *size), np.float32)
    assert sample_colouring(logits, BINS, 1.0, np.random.default_rng(0)).shape == (2, *size)


@settings(max_examples=20, deadline=None)
@given(seeds, st.floats(0, 5))
def test_vividness_spreads_colours_about_their_mean_which_it_moves_less(seed: int, gain: float) -> None:
    ab = np.random.default_rng(seed).normal(8, 20, (2, 5, 6)).astype(np.float32)
    result = scale_chroma(ab, gain)
    assert result.dtype == np.float32
    np.testing.assert_allclose(result.std((1, 2)), gain * ab.std((1, 2)), rtol=1e-4, atol=1e-4)
    np.testing.assert_allclose(
        result.mean((1, 2)), min(gain, gain**0.5) * ab.mean((1, 2)), rtol=1e-3, atol=1e-3
    )


def test_a_vividness_of_one_changes_nothing_and_of_zero_leaves_nothing() -> None:
    ab = np.random.default_rng(0).normal(8, 20, (2, 5, 6)).astype(np.float32)
    np.testing.assert_allclose(scale_chroma(ab, 1), ab, atol=1e-5)
    assert not scale_chroma(ab, 0).any()


@settings(max_examples=20, deadline=None)
@given(seeds)
def test_the_limit_keeps_hue_and_what_lies_below_the_knee_and_never_reaches_its_end(seed: int) -> None:
    ab = np.random.default_rng(seed).normal(0, 40, (2, 9, 9)).astype(np.float32)
    limited = limit_chroma(ab, 18, 20)
    before, after = np.hypot(*ab), np.hypot(*limited)
    assert after.max() < 38
    np.testing.assert_allclose(np.arctan2(*limited), np.arctan2(*ab), atol=1e-4)
    np.testing.assert_allclose(limited[:, before <= 18], ab[:, before <= 18], rtol=1e-5, atol=1e-5)
    order = np.argsort(before, axis=None)
    assert (np.diff(after.ravel()[order]) >= -1e-4).all()


def test_vividness_is_relative_to_the_tuned_result() -> None:
    ab = np.random.default_rng(0).normal(0, 20, (2, 5, 6)).astype(np.float32)
    tuned = Decoding(0.6, gain=1.6, limit=(16, 18))
    np.testing.assert_allclose(tuned.apply(ab), limit_chroma(scale_chroma(ab, 1.6), 16, 18), rtol=1e-5)
    half = replace(tuned, vividness=0.5)
    np.testing.assert_allclose(half.apply(ab), 0.5 * tuned.apply(ab), rtol=1e-4, atol=1e-5)
    assert not replace(tuned, vividness=0).apply(ab).any()


def test_mean_entropy_is_that_of_scipy_as_a_fraction_of_equal_bins() -> None:
    logits = np.random.default_rng(3).normal(0, 2, (9, 6, 5)).astype(np.float32)
    expected = (entropy(softmax(logits.reshape(9, -1), 0), axis=0) / np.log(9)).mean()
    assert mean_entropy(logits) == pytest.approx(expected, rel=1e-5)
    assert mean_entropy(np.zeros((9, 2, 2), np.float32)) == pytest.approx(1)
    assert mean_entropy(np.stack([np.full((2, 2), 50.0), np.zeros((2, 2))]).astype(np.float32)) < 1e-6
