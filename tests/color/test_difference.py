"""CIEDE2000 as published and as scikit-image has it."""

import numpy as np
import pytest
from skimage import color

from tinct.color.difference import ciede2000

# From table 1 of Sharma, Wu and Dalal (2005): the pairs that trip implementations up.
PAIRS = [
    ((50, 2.6772, -79.7751), (50, 0, -82.7485), 2.0425),
    ((50, 0, 0), (50, -1, 2), 2.3669),
    ((50, 2.49, -0.001), (50, -2.49, 0.0009), 7.1792),
    ((50, 2.49, -0.001), (50, -2.49, 0.0011), 7.2195),
    ((50, 2.5, 0), (73, 25, -18), 27.1492),
    ((2.0776, 0.0795, -1.135), (0.9033, -0.0636, -0.5514), 0.9082),
]


@pytest.mark.parametrize(("first", "second", "expected"), PAIRS)
def test_published_pairs(first: tuple[float, ...], second: tuple[float, ...], expected: float) -> None:
    assert ciede2000(first, second) == pytest.approx(expected, abs=1e-4)


def test_random_colours_as_in_scikit_image() -> None:
    rng = np.random.default_rng(0)
    first, second = (rng.uniform([0, -100, -100], [100, 100, 100], (5000, 3)) for _ in range(2))
    np.testing.assert_allclose(ciede2000(first, second), color.deltaE_ciede2000(first, second), atol=1e-9)


def test_it_is_symmetric_and_nothing_for_the_same_colour() -> None:
    lab = np.random.default_rng(1).uniform([0, -80, -80], [100, 80, 80], (200, 3))
    np.testing.assert_allclose(ciede2000(lab, lab[::-1]), ciede2000(lab[::-1], lab))
    assert ciede2000(lab, lab).max() == 0
