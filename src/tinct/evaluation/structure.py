"""Measures of where colours lie: structural similarity, and colour that runs over the edges of things."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Pixels = NDArray[np.uint8]
Floats = NDArray[np.float64]

WINDOW, SIGMA = 11, 1.5
K1, K2 = 0.01, 0.03
BLOCK = 64
SMALLEST = 2
EDGES = 0.05
LEAST_SLOPE = 1.0
NEAR, FAR = 1 / 128, 1 / 32


def ssim(one: Pixels, other: Pixels) -> float:
    """Mean structural similarity of sRGB pixels (h, w, 3), -1 to 1, 1 for equal ones: the mean of the channels'.

    Wang et al. 2004: a Gaussian window of 11 x 11, σ 1.5, K 0.01 and 0.03, where the whole window lies inside; a
    photo smaller than the window is seen through one window as large as it is.
    """
    x, y = (np.moveaxis(pixels, -1, 0).astype(np.float32) / np.float32(255) for pixels in (one, other))
    mean_x, mean_y, mean_squares, mean_product = _windowed(np.stack([x, y, x * x + y * y, x * y]))
    squares, product = mean_x**2 + mean_y**2, mean_x * mean_y
    c1, c2 = K1**2, K2**2
    likeness = (2 * product + c1) * (2 * (mean_product - product) + c2)
    likeness /= (squares + c1) * (mean_squares - squares + c2)
    return float(likeness.mean(dtype=np.float64))


def edge_bleeding(lab: Floats) -> float:
    """How much colour runs over the strong edges of L in a photo, Lab (h, w, 3): 0 none, 1 all of it.

    Edges are the 5 % of places where L changes most. The colour on one side less that on the other, taken 1/32 of the
    short side away from the edge, is how far it should change there; what of this has not changed within 1/128 of it
    (2 pixels of 256) has run over. A constant gain on the colours leaves it as it is. It is 0 where no colour
    differs across an edge, as in a grey photo: colour that is the same on both sides is a wrong colour, and
    `ciede2000` sees that.
    """
    if min(lab.shape[:2]) < SMALLEST:
        return 0.0
    down, across = (np.gradient(lab[..., 0], axis=axis) for axis in (0, 1))
    slope: Floats = np.asarray(np.hypot(down, across))
    edge = (slope >= np.quantile(slope, 1 - EDGES)) & (slope >= LEAST_SLOPE)
    place = np.stack(np.nonzero(edge))
    if not place.size:
        return 0.0
    towards = np.stack([down[edge], across[edge]]) / slope[edge]
    short_side = min(lab.shape[:2])
    near, far = (
        _step(lab[..., 1:], place, towards * max(least, share * short_side))
        for share, least in ((NEAR, 1), (FAR, 4))
    )
    whole = float((far * far).sum())
    return 0.0 if whole < 1e-9 else float(np.clip(1 - (near * far).sum() / whole, 0, 1))


def _step(ab: Floats, place: NDArray[np.int64], away: Floats) -> Floats:
    """The colour (m, 2) at `place + away` less that at `place - away`, the nearest pixels' inside the photo."""
    sides = []
    for end in (place + away, place - away):
        row, column = (
            np.clip(np.rint(where).astype(np.int64), 0, size - 1)
            for where, size in zip(end, ab.shape[:2], strict=True)
        )
        sides.append(ab[row, column])
    return np.asarray(sides[0] - sides[1])


def _windowed(planes: NDArray[np.float32]) -> NDArray[np.float32]:
    """Means of planes (..., h, w) under the Gaussian window, where it lies inside: (..., h - 10, w - 10)."""
    return _along_last(np.swapaxes(_along_last(np.swapaxes(planes, -1, -2)), -1, -2))


def _along_last(planes: NDArray[np.float32]) -> NDArray[np.float32]:
    length = planes.shape[-1]
    size = min(WINDOW, length - 1 + length % 2)
    weight = np.exp(-((np.arange(size) - size // 2) ** 2) / (2 * SIGMA**2))
    # A block's places are all weighed by one product of matrices, which is far faster than place by place.
    band = np.zeros((BLOCK + size - 1, BLOCK), np.float32)
    for place in range(BLOCK):
        band[place : place + size, place] = weight / weight.sum()
    blocks = []
    for start in range(0, length - size + 1, BLOCK):
        seen = planes[..., start : start + BLOCK + size - 1]
        blocks.append(seen @ band[: seen.shape[-1], : seen.shape[-1] - size + 1])
    return np.concatenate(blocks, -1)
