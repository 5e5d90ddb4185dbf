"""Structural similarity of photos."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Pixels = NDArray[np.uint8]

WINDOW, SIGMA = 11, 1.5
K1, K2 = 0.01, 0.03
BLOCK = 64


def ssim(one: Pixels, other: Pixels) -> float:
    """Mean structural similarity of sRGB pixels (h, w, 3), -1 to 1: the mean over channels; 1 for equal
    photos.

    Wang et al. 2004: Gaussian window of 11 x 11, σ 1.5, K 0.01 and 0.03, where the window lies inside the
    photo; a photo smaller than the window has one window of its own size.
    """
    x, y = (np.moveaxis(pixels, -1, 0).astype(np.float32) / np.float32(255) for pixels in (one, other))
    mean_x, mean_y, mean_squares, mean_product = _windowed(np.stack([x, y, x * x + y * y, x * y]))
    squares, product = mean_x**2 + mean_y**2, mean_x * mean_y
    c1, c2 = K1**2, K2**2
    likeness = (2 * product + c1) * (2 * (mean_product - product) + c2)
    likeness /= (squares + c1) * (mean_squares - squares + c2)
    return float(likeness.mean(dtype=np.float64))


def _windowed(planes: NDArray[np.float32]) -> NDArray[np.float32]:
    """Means of planes (..., h, w) under the Gaussian window, where it lies inside: (..., h - 10, w - 10)."""
    return _along_last(np.swapaxes(_along_last(np.swapaxes(planes, -1, -2)), -1, -2))


def _along_last(planes: NDArray[np.float32]) -> NDArray[np.float32]:
    length = planes.shape[-1]
    size = min(WINDOW, length - 1 + length % 2)
    weight = np.exp(-((np.arange(size) - size // 2) ** 2) / (2 * SIGMA**2))
    # One matrix product per block, which is far faster than one sum per position.
    band = np.zeros((BLOCK + size - 1, BLOCK), np.float32)
    for place in range(BLOCK):
        band[place : place + size, place] = weight / weight.sum()
    blocks = []
    for start in range(0, length - size + 1, BLOCK):
        seen = planes[..., start : start + BLOCK + size - 1]
        blocks.append(seen @ band[: seen.shape[-1], : seen.shape[-1] - size + 1])
    return np.concatenate(blocks, -1)
