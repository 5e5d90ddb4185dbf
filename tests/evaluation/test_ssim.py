from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.ndimage import gaussian_filter
from skimage.metrics import structural_similarity

from tinct.evaluation.ssim import ssim

seeds = st.integers(0, 2**32 - 1)


def noisy(seed: int, height: int = 40, width: int = 52) -> np.ndarray:
    rng = np.random.default_rng(seed)
    soft = gaussian_filter(rng.uniform(0, 255, (height, width, 3)), (3, 3, 0))
    return np.clip(soft + rng.normal(0, 12, soft.shape), 0, 255).astype(np.uint8)


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
