"""The ab bins: a grid over the sRGB gamut, and the soft encoding of colours (Zhang et al. 2016)."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from tinct.color.lab import lab_to_srgb

STEP = 10
NEIGHBOURS = 5
SIGMA = 5.0


@dataclass(frozen=True, eq=False)
class Bins:
    """Centres of the bins, float32 (n, 2), in CIE ab units."""

    centres: NDArray[np.float32]

    def __len__(self) -> int:
        return len(self.centres)


@lru_cache
def srgb_bins(step: int = STEP) -> Bins:
    """Grid points `step` apart that are in the sRGB gamut at some lightness."""
    axis = np.arange(-110, 111, step, dtype=np.float64)
    a, b, lightness = np.meshgrid(axis, axis, np.arange(1.0, 100.0), indexing="ij")
    rgb = lab_to_srgb(np.stack([lightness, a, b], -1))
    inside = ((rgb >= 0) & (rgb <= 1)).all(-1).any(-1)
    return Bins(np.stack([a[..., 0][inside], b[..., 0][inside]], -1).astype(np.float32))


def soft_encode(ab: NDArray[np.floating], bins: Bins) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
    """Soft encoding of colours (..., 2): indices of the five nearest bins and Gaussian weights (σ 5) with sum
    1, each (..., 5).
    """
    distance = ((ab[..., None, :] - bins.centres) ** 2).sum(-1)
    nearest = np.argsort(distance, axis=-1, kind="stable")[..., :NEIGHBOURS]
    squared = np.take_along_axis(distance, nearest, -1)
    weight = np.exp((squared[..., :1] - squared) / (2 * SIGMA**2))
    return nearest, (weight / weight.sum(-1, keepdims=True)).astype(np.float32)


@lru_cache
def soft_encoding_table(bins_step: int = STEP) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
    """Soft encoding of every whole-numbered colour, row (a + 128) * 256 + b + 128; each (65536, 5)."""
    axis = np.arange(-128, 128, dtype=np.float32)
    rows = [soft_encode(np.stack([np.full_like(axis, a), axis], -1), srgb_bins(bins_step)) for a in axis]
    return np.concatenate([row[0] for row in rows]), np.concatenate([row[1] for row in rows])
