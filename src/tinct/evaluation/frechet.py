"""Fréchet distance between the features of two sets of photos."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from tinct.errors import TinctError

Rows = NDArray[np.floating]
MIN_PHOTOS = 2


def frechet_distance(one: Rows, other: Rows) -> float:
    """Fréchet distance between the normal distributions of two sets of features (n, d) and (m, d).

    |μ₁ - μ₂|² + tr(C₁ + C₂ - 2 (C₁ C₂)^½) (Dowson and Landau 1982; with Inception features FID, Heusel et al.
    2017). It depends on the number of photos: compare values of equal numbers only. TinctError below two
    rows.
    """
    if min(len(one), len(other)) < MIN_PHOTOS:
        raise TinctError("A Fréchet distance needs two photos or more; give more photos")
    first, second = (np.asarray(rows, np.float64) for rows in (one, other))
    gap = first.mean(0) - second.mean(0)
    # With centred rows C = XᵀX / (n - 1), tr (C₁ C₂)^½ is the sum of the singular values of X₁ X₂ᵀ, scaled: no
    # square root of a matrix, and exact where there are fewer photos than features.
    centred = [(rows - rows.mean(0)) / np.sqrt(len(rows) - 1) for rows in (first, second)]
    common = np.linalg.svd(centred[0] @ centred[1].T, compute_uv=False).sum()
    spread = sum(float((rows**2).sum()) for rows in centred)
    return float(max(gap @ gap + spread - 2 * common, 0.0))
