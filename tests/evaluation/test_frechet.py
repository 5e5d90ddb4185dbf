from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.linalg import sqrtm

from tinct.errors import TinctError
from tinct.evaluation.frechet import frechet_distance

seeds = st.integers(0, 2**32 - 1)


@settings(max_examples=15, deadline=None)
@given(seeds, st.integers(8, 60), st.integers(8, 60))
def test_it_is_the_formula_with_scipys_square_root(seed: int, n: int, m: int) -> None:
    rng = np.random.default_rng(seed)
    mix = rng.normal(size=(5, 5))
    one, other = rng.normal(size=(n, 5)) @ mix, rng.normal(rng.uniform(-2, 2), 1, (m, 5))
    first, second = np.cov(one.T), np.cov(other.T)
    root = sqrtm(first @ second).real
    by_formula = np.square(one.mean(0) - other.mean(0)).sum() + np.trace(first + second - 2 * root)
    assert frechet_distance(one, other) == pytest.approx(by_formula, rel=1e-6, abs=1e-6)
    assert frechet_distance(one, other) == pytest.approx(frechet_distance(other, one))


@settings(max_examples=15, deadline=None)
@given(seeds, st.floats(0, 9))
def test_the_same_pictures_are_no_distance_apart_and_moved_ones_their_move_squared(
    seed: int, far: float
) -> None:
    rows = np.random.default_rng(seed).normal(size=(12, 40))
    assert frechet_distance(rows, rows[::-1]) == pytest.approx(0, abs=1e-9)
    assert frechet_distance(rows, rows + far / np.sqrt(40)) == pytest.approx(far**2, abs=1e-8)


def test_one_photo_is_too_few() -> None:
    with pytest.raises(TinctError, match="two photos or more"):
        frechet_distance(np.zeros((1, 3)), np.zeros((4, 3)))
