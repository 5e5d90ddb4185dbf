"""Propagate user hints to similar regions."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Float32Array = NDArray[np.float32]
Places = NDArray[np.int64]

# Length scales of the affinity: geodesic distance, L, predicted ab.
DISTANCE_SCALE, LIGHTNESS_SCALE, CHROMA_SCALE = 6.1, 16.2, 29.0
# Cost of a step across the short side; units of L and ab per unit of distance.
STEP_COST, EDGE_SCALE = 2.0, 10.0
# Noise variance of a hint of STROKE_SIZE positions; smaller strokes have more.
NOISE, STROKE_SIZE = 0.04, 9.0
# Similar positions follow a hint fully as long as the affinity is above 1/GAIN.
GAIN = 5.0
# Global shift: the residual of one hint counts up to MAX_RESIDUAL ab units; SHIFT_SHRINKAGE hints give half of it.
MAX_RESIDUAL, SHIFT_SHRINKAGE, SLOPE_SHRINKAGE = 11.7, 7.1, 161.0
# Hints whose affinity to this power is near 1 count as one.
OVERLAP_POWER = 8
MAX_SAMPLES = 100
SWEEPS = 3
SAME_COLOUR = 1.0


def propagate_hints(ab: Float32Array, lightness: Float32Array, hints: Float32Array) -> Float32Array:
    """Colours ab (2, h, w) that follow `hints` (3, h, w): a, b in Lab units and a mask of 0 and 1; lightness
    (h, w), 0..100.

    Where the mask is 1 the result is the hint. The residual, hint - ab, propagates in two steps. First a
    global colour cast and chroma scale: the mean of the residual and its slope against `ab`, both shrunk to
    zero if hints are few. The rest propagates to similar positions by kriging (Gaussian process regression,
    Rasmussen and Williams 2006, ch. 2). Two positions are similar if a short path without edges connects
    them, the geodesic distance of Criminisi et al. 2008 ("GeoS"), and if their L and predicted colours are
    near, as in Levin et al. 2004. A mask of zeros returns `ab` unchanged.
    """
    rows, columns, seeds = _samples(hints)
    if not len(rows):
        return ab
    guide = np.concatenate([lightness[None], ab]).astype(np.float32)
    affinity = _affinity(guide, rows, columns, seeds)
    between = affinity[rows, columns]
    between = np.asarray((between + between.T) / 2, np.float32)
    residual = (hints[:2] - ab)[:, rows, columns]
    noise = NOISE * STROKE_SIZE / seeds.sum((0, 1))
    base, residual = _global_shift(ab, ab[:, rows, columns], residual, 1 / (between**OVERLAP_POWER).sum(1))
    result = base + _krige(affinity, between, residual, noise)
    return np.asarray(np.where(hints[2] > 0, hints[:2], result), np.float32)


def _samples(hints: Float32Array) -> tuple[Places, Places, NDArray[np.bool_]]:
    """Rows and columns (n,) of the centres of strokes of one colour, and the positions (h, w, n) of each, at
    most 3 x 3.

    Every hinted position belongs to one of them, unless there are more than MAX_SAMPLES strokes, which are
    then thinned.
    """
    height, width = hints.shape[1:]
    padded = np.pad(hints, ((0, 0), (1, 1), (1, 1)))
    near = np.stack([padded[:, r : r + height, c : c + width] for r in range(3) for c in range(3)])
    same = (near[:, 2] > 0) & (hints[2] > 0) & (np.abs(near[:, :2] - hints[:2]).max(1) < SAME_COLOUR)
    free = np.pad(hints[2] > 0, 1)
    found = []
    for place in np.argsort(-same.sum(0), axis=None, kind="stable")[: int((hints[2] > 0).sum())]:
        row, column = divmod(int(place), width)
        if free[row + 1, column + 1]:
            window = free[row : row + 3, column : column + 3]
            window &= ~same[:, row, column].reshape(3, 3)
            found.append(place)
    if len(found) > MAX_SAMPLES:
        found = [found[at] for at in np.linspace(0, len(found) - 1, MAX_SAMPLES).astype(int)]
    rows, columns = np.divmod(np.array(found, np.int64), width)
    seeds = np.zeros((height + 2, width + 2, len(found)), bool)
    for at, (row, column) in enumerate(zip(rows, columns, strict=True)):
        seeds[row : row + 3, column : column + 3, at] = same[:, row, column].reshape(3, 3)
    return rows, columns, seeds[1:-1, 1:-1]


def _affinity(guide: Float32Array, rows: Places, columns: Places, seeds: NDArray[np.bool_]) -> Float32Array:
    """Affinity of each position to each sample, (h, w, n) in 0..1; guide: L and ab (3, h, w)."""
    exponent = (
        _geodesic_distance(guide / EDGE_SCALE, STEP_COST / min(guide.shape[1:]), seeds) / DISTANCE_SCALE
    )
    scaled = guide / np.array([LIGHTNESS_SCALE, CHROMA_SCALE, CHROMA_SCALE], np.float32)[:, None, None]
    for channel in scaled:
        exponent += (channel[..., None] - channel[rows, columns]) ** 2
    return np.asarray(np.exp(np.negative(exponent, out=exponent)), np.float32)


def _geodesic_distance(guide: Float32Array, step: float, seeds: NDArray[np.bool_]) -> Float32Array:
    """Geodesic distance (h, w, n) from each seed: the least sum of `step` and the change of the guide (c, h,
    w) over 4-connected paths.

    Raster sweeps find all but winding paths (Toivanen 1996).
    """
    way = np.where(seeds, np.float32(0), np.float32(1e4))
    costs = [np.sqrt((np.diff(guide, axis=axis) ** 2).sum(0)) + np.float32(step) for axis in (1, 2)]
    for _ in range(SWEEPS):
        for lines, cost in ((way, costs[0]), (way.swapaxes(0, 1), costs[1].T)):
            for at in range(len(cost)):
                np.minimum(lines[at + 1], lines[at] + cost[at, :, None], out=lines[at + 1])
            for at in reversed(range(len(cost))):
                np.minimum(lines[at], lines[at + 1] + cost[at, :, None], out=lines[at])
    return way


def _global_shift(
    ab: Float32Array, here: Float32Array, residual: Float32Array, weight: Float32Array
) -> tuple[Float32Array, Float32Array]:
    """ab (2, h, w) with the colour cast and chroma scale of the hints, and the remaining residual (2, n).

    here: ab (2, n) at the hints; weight: of each hint.
    """
    trusted = residual * np.minimum(1, MAX_RESIDUAL / np.maximum(np.hypot(*residual), MAX_RESIDUAL / 2))
    shift = ((weight * trusted).sum(1) / (weight.sum() + SHIFT_SHRINKAGE))[:, None]
    middle = ab.mean((1, 2))[:, None]
    off = here - middle
    slope = (weight * off * (trusted - shift)).sum() / ((weight * off**2).sum() + SLOPE_SHRINKAGE)
    cast = ab + shift[..., None] + slope * (ab - middle[..., None])
    return cast, residual - shift - slope * off


def _krige(
    affinity: Float32Array, between: Float32Array, residual: Float32Array, noise: Float32Array
) -> Float32Array:
    """Kriging of the residual (2, n) at the samples, with variances `noise` (n,), to all positions (2, h, w).

    Plain kriging decays with distance. Here it is divided by its own response to a residual of 1 everywhere,
    bounded by 1/GAIN, so that a whole object follows its hint.
    """
    values, vectors = np.linalg.eigh(between.astype(np.float64) + np.diag(noise))
    # Geodesic distances are not Euclidean: an eigenvalue may be negative.
    inverse = (vectors / np.maximum(np.abs(values), NOISE)) @ vectors.T
    asked = np.concatenate([residual, np.ones_like(residual[:1])])
    carried = affinity @ (inverse @ asked.T).astype(np.float32)
    all_the_way = carried[..., :2] / np.maximum(np.abs(carried[..., 2:]), 1 / GAIN)
    return np.asarray(np.moveaxis(all_the_way, -1, 0), np.float32)
