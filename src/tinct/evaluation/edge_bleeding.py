"""Edge bleeding: chroma that crosses the edges of objects."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Float64Array = NDArray[np.float64]

SMALLEST = 2
EDGES = 0.05
LEAST_SLOPE = 1.0
LEAST_STEP, SHARP, NOTHING = 10.0, 0.8, 1e-9
NEAR, FAR = 1 / 128, 1 / 32


def edge_bleeding(lab: Float64Array, true: Float64Array) -> float:
    """Share of the colour change at edges that lies beyond them, from Lab (h, w, 3) of a result and of the
    truth: 0 to 1.

    Edges are those of the 5 % of positions with the steepest true L at which the true colour changes as well:
    by 10 units of ab between 1/32 of the short side to either side, and by four fifths of that within 1/128
    (2 pixels of 256). The change of the result within 1/128, as a share of its change within 1/32, is
    subtracted from 1. A constant gain on the colours has no effect. It is 0 without such edges, and where the
    result is equal on both sides, as in a grey photo: that is a wrong colour, which `ciede2000` measures.
    """
    if min(true.shape[:2]) < SMALLEST:
        return 0.0
    down, across = (np.gradient(true[..., 0], axis=axis) for axis in (0, 1))
    slope: Float64Array = np.asarray(np.hypot(down, across))
    edge = (slope >= np.quantile(slope, 1 - EDGES)) & (slope >= LEAST_SLOPE)
    place = np.stack(np.nonzero(edge))
    towards = np.stack([down[edge], across[edge]]) / slope[edge]
    short_side = min(true.shape[:2])
    away = [towards * max(least, share * short_side) for share, least in ((NEAR, 1), (FAR, 4))]
    near, far = (_step(true[..., 1:], place, far_off) for far_off in away)
    whole = (far**2).sum(1)
    sharp = (whole >= LEAST_STEP**2) & ((near * far).sum(1) >= SHARP * whole)
    near, far = (_step(lab[..., 1:], place[:, sharp], far_off[:, sharp]) for far_off in away)
    changed = float((far**2).sum())
    return 0.0 if changed < NOTHING else float(np.clip(1 - (near * far).sum() / changed, 0, 1))


def _step(ab: Float64Array, place: NDArray[np.int64], away: Float64Array) -> Float64Array:
    """Colour (m, 2) at `place + away` minus that at `place - away`, clipped to the photo."""
    sides = []
    for end in (place + away, place - away):
        row, column = (
            np.clip(np.rint(where).astype(np.int64), 0, size - 1)
            for where, size in zip(end, ab.shape[:2], strict=True)
        )
        sides.append(ab[row, column])
    return np.asarray(sides[0] - sides[1])
