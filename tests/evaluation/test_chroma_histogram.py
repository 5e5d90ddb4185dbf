from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import wasserstein_distance

from tinct.evaluation.chroma_histogram import chroma_distance

seeds = st.integers(0, 2**32 - 1)


def colours(seed: int, count: int = 600) -> np.ndarray:
    rng = np.random.default_rng(seed)
    return rng.normal(rng.uniform(-30, 30, 2), rng.uniform(1, 20, 2), (count, 2))


@settings(max_examples=25, deadline=None)
@given(seeds, seeds)
def test_it_is_scipys_distance_along_the_directions_and_symmetric(seed: int, other: int) -> None:
    one, two = colours(seed), colours(other)
    angles = np.arange(8) * np.pi / 8
    rays = np.stack([np.cos(angles), np.sin(angles)])
    by_scipy = np.mean([wasserstein_distance(one @ ray, two @ ray) for ray in rays.T]) * np.pi / 2
    assert chroma_distance(one, two) == pytest.approx(by_scipy, abs=0.5)
    assert chroma_distance(one, two) == pytest.approx(chroma_distance(two, one))


@settings(max_examples=25, deadline=None)
@given(seeds, st.floats(3, 40), st.floats(0, 2 * np.pi))
def test_colours_that_are_all_moved_are_as_far_apart_as_they_were_moved(
    seed: int, far: float, way: float
) -> None:
    one = colours(seed)
    moved = one + far * np.array([np.cos(way), np.sin(way)])
    assert chroma_distance(one, moved) == pytest.approx(far, rel=0.04, abs=0.2)


@given(seeds)
def test_places_do_not_matter(seed: int) -> None:
    one = colours(seed)
    assert chroma_distance(one.reshape(20, 30, 2), np.random.default_rng(seed).permutation(one)) == 0
