"""Distance between the chroma histograms of two photos."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Float64Array = NDArray[np.float64]

DIRECTIONS = 8
REACH = 192


def chroma_distance(one: Float64Array, other: Float64Array) -> float:
    """Distance, in ab units, by which chroma has to move to match the other photo, regardless of position.

    one, other: ab (..., 2). Sliced Wasserstein distance of order 1 (Rabin et al. 2011) between histograms of
    one unit per step along 8 directions, times π / 2: moving all colours by d gives about d.
    """
    angles = np.arange(DIRECTIONS) * np.pi / DIRECTIONS
    gaps = [
        float(np.abs(_running_share(one, angle) - _running_share(other, angle)).sum()) for angle in angles
    ]
    return float(np.mean(gaps) * np.pi / 2)


def _running_share(ab: Float64Array, angle: float) -> Float64Array:
    """Cumulative share of colours along a direction, for each whole number from -192."""
    along = ab[..., 0] * np.cos(angle) + ab[..., 1] * np.sin(angle)
    step = np.clip(np.rint(along) + REACH, 0, 2 * REACH).astype(np.int64).ravel()
    counts = np.bincount(step, minlength=2 * REACH + 1)
    return np.asarray(np.cumsum(counts) / step.size)
