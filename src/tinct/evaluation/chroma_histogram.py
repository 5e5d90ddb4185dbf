"""Which colours a photo has, wherever they lie: how far the chroma histograms of two photos are apart."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Float64Array = NDArray[np.float64]

DIRECTIONS = 8
REACH = 192


def chroma_distance(one: Float64Array, other: Float64Array) -> float:
    """How far, in ab units, the colours of one photo have to be moved to be those of another, place not regarded.

    one, other: ab (..., 2). The sliced Wasserstein distance of order 1 (Rabin et al. 2011) between their histograms
    of one unit a step along 8 directions, times π / 2: so that all colours moved by d are about d apart.
    """
    angles = np.arange(DIRECTIONS) * np.pi / DIRECTIONS
    gaps = [
        float(np.abs(_running_share(one, angle) - _running_share(other, angle)).sum()) for angle in angles
    ]
    return float(np.mean(gaps) * np.pi / 2)


def _running_share(ab: Float64Array, angle: float) -> Float64Array:
    """The share of colours that lie at most so far along a direction, for each whole number from -192."""
    along = ab[..., 0] * np.cos(angle) + ab[..., 1] * np.sin(angle)
    step = np.clip(np.rint(along) + REACH, 0, 2 * REACH).astype(np.int64).ravel()
    counts = np.bincount(step, minlength=2 * REACH + 1)
    return np.asarray(np.cumsum(counts) / step.size)
