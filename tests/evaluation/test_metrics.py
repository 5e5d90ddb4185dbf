from __future__ import annotations

import numpy as np
from skimage.metrics import peak_signal_noise_ratio

from tinct.evaluation.metrics import colourfulness, interval, measure, psnr


def test_psnr_is_scikit_images() -> None:
    rng = np.random.default_rng(0)
    one, other = (rng.integers(0, 256, (20, 30, 3)).astype(np.uint8) for _ in range(2))
    assert (
        abs(psnr(one / 255.0, other / 255.0, 1.0) - peak_signal_noise_ratio(one, other, data_range=255))
        < 1e-9
    )
    assert psnr(one / 255.0, one / 255.0, 1.0) == 100


def test_colourfulness_is_nought_for_grey_and_as_published_by_hand() -> None:
    assert colourfulness(np.full((8, 8, 3), 77, np.uint8)) == 0
    pixels = np.zeros((2, 2, 3), np.uint8)
    pixels[0] = (200, 100, 0)
    red_green, yellow_blue = np.array([100, 100, 0, 0]), np.array([150, 150, 0, 0])
    by_hand = np.hypot(red_green.std(), yellow_blue.std()) + 0.3 * np.hypot(50, 75)
    assert abs(colourfulness(pixels) - by_hand) < 1e-9


def test_a_perfect_result_has_no_error_and_its_truth_s_colourfulness() -> None:
    pixels = np.random.default_rng(1).integers(0, 256, (16, 16, 3)).astype(np.uint8)
    figures = measure(pixels, pixels)
    assert figures.ciede2000 == figures.chroma_distance == 0
    assert figures.ssim == 1
    assert figures.edge_bleeding == 0
    assert figures.colourfulness == figures.true_colourfulness > 0


def test_interval_holds_the_mean_and_narrows_with_more_photos() -> None:
    rng = np.random.default_rng(2)
    few, many = rng.normal(5, 1, 20), rng.normal(5, 1, 2000)
    (low, high), (lower, higher) = interval(few, rng), interval(many, rng)
    assert low < few.mean() < high
    assert higher - lower < (high - low) / 3
