"""Propagate user hints to similar regions."""

from __future__ import annotations

from dataclasses import dataclass

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
MAX_SAMPLES = 400
SWEEPS = 3
SAME_COLOUR = 1.0
# A step over a barrier; round a barrier paths wind more.
BARRIER_COST, BARRIER_SWEEPS = 1e3, 8
LEAST_REACH = 0.02


@dataclass(frozen=True, slots=True, eq=False)
class Samples:
    """Positions of a grid (h, w) whose colours are known.

    rows, columns: (n,), the position whose L and predicted ab stand for the sample. seeds: (h, w, n), all positions
    of it. ab: (2, n), its colour. noise: (n,), the variance of the colour, relative to an affinity of 1. reach: (n,),
    0..1, by which distances to it are divided: 0 keeps a colour where it is, 1 lets it spread to all that is alike.
    """

    rows: Places
    columns: Places
    seeds: NDArray[np.bool_]
    ab: Float32Array
    noise: Float32Array
    reach: Float32Array

    def __len__(self) -> int:
        return len(self.rows)


Blocked = tuple[NDArray[np.bool_], NDArray[np.bool_]]


def propagate_hints(ab: Float32Array, lightness: Float32Array, hints: Float32Array) -> Float32Array:
    """Colours ab (2, h, w) that follow `hints` (3, h, w): a, b in Lab units and a mask of 0 and 1; lightness
    (h, w), 0..100.

    Where the mask is 1 the result is the hint; elsewhere `propagate_samples` of the hints, taken in touches of at most
    3 x 3 positions. A mask of zeros returns `ab` unchanged.
    """
    samples = _samples(hints)
    if not len(samples):
        return ab
    return np.asarray(
        np.where(hints[2] > 0, hints[:2], propagate_samples(ab, lightness, samples)), np.float32
    )


def propagate_samples(
    ab: Float32Array, lightness: Float32Array, samples: Samples, blocked: Blocked | None = None
) -> Float32Array:
    """Colours ab (2, h, w) moved towards the samples at positions similar to theirs; lightness (h, w), 0..100.

    The residual, colour of the sample - ab, propagates in two steps. First a global colour cast and chroma scale: the
    mean of the residual and its slope against `ab`, both shrunk to zero if samples are few. The rest propagates to
    similar positions by kriging (Gaussian process regression, Rasmussen and Williams 2006, ch. 2). Two positions are
    similar if a short path without edges connects them, the geodesic distance of Criminisi et al. 2008 ("GeoS"), and
    if their L and predicted colours are near, as in Levin et al. 2004.
    blocked: steps to the next row (h - 1, w) and column (h, w - 1) that no path may take.
    """
    rows, columns = samples.rows, samples.columns
    guide = np.concatenate([lightness[None], ab]).astype(np.float32)
    distance = _geodesic_distance(
        guide / EDGE_SCALE, STEP_COST / min(guide.shape[1:]), samples.seeds, blocked
    )
    affinity = _affinity(guide, rows, columns, distance, samples.reach)
    between = affinity[rows, columns]
    between = np.asarray((between + between.T) / 2, np.float32)
    residual = samples.ab - ab[:, rows, columns]
    weight = samples.reach / (between**OVERLAP_POWER).sum(1).clip(min=1)
    base, residual = _global_shift(ab, ab[:, rows, columns], residual, weight)
    if blocked is not None:
        cut_off = distance.min(-1) >= BARRIER_COST
        base = np.where(cut_off, ab, base)
    result: Float32Array = base + _krige(affinity, between, residual, samples.noise)
    return result


def _samples(hints: Float32Array) -> Samples:
    """Centres of touches of one colour, and the positions of each, at most 3 x 3.

    Every hinted position belongs to one of them. Beyond MAX_SAMPLES touches, each joins the nearest of those kept.
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
    rows, columns = np.divmod(np.array(found, np.int64), width)
    kept, owner = thin(rows, columns, hints[:2, rows, columns])
    seeds = np.zeros((height + 2, width + 2, len(kept)), bool)
    for row, column, at in zip(rows, columns, owner, strict=True):
        seeds[row : row + 3, column : column + 3, at] |= same[:, row, column].reshape(3, 3)
    inside = seeds[1:-1, 1:-1]
    noise = NOISE * STROKE_SIZE / inside.sum((0, 1)).clip(max=STROKE_SIZE)
    rows, columns = rows[kept], columns[kept]
    return Samples(
        rows,
        columns,
        inside,
        hints[:2, rows, columns],
        noise.astype(np.float32),
        np.ones(len(kept), np.float32),
    )


def thin(rows: Places, columns: Places, ab: Float32Array) -> tuple[Places, Places]:
    """Which MAX_SAMPLES of n positions with colours ab (2, n) to keep, and for each position which of these is nearest.

    Near is what is near in colour before all, then in position.
    """
    if len(rows) <= MAX_SAMPLES:
        every = np.arange(len(rows))
        return every, every
    first = np.unique(np.rint(ab / SAME_COLOUR), axis=1, return_index=True)[1]
    rest = np.setdiff1d(np.arange(len(rows)), first)
    room = max(MAX_SAMPLES - len(first), 0)
    kept = np.sort(np.concatenate([_evenly(first, MAX_SAMPLES), _evenly(rest, room)]))
    place = np.stack([rows, columns, *(10 * ab)]).astype(np.float32)
    distance = ((place[:, :, None] - place[:, None, kept]) ** 2).sum(0)
    return kept, np.asarray(distance.argmin(1), np.int64)


def _evenly(places: Places, count: int) -> Places:
    """At most `count` of n places, evenly spaced."""
    if len(places) <= count:
        return places
    return places[np.linspace(0, len(places) - 1, count).astype(np.int64)] if count else places[:0]


def _affinity(
    guide: Float32Array, rows: Places, columns: Places, distance: Float32Array, reach: Float32Array
) -> Float32Array:
    """Affinity of each position to each sample, (h, w, n) in 0..1; guide: L and ab (3, h, w)."""
    exponent = distance / DISTANCE_SCALE
    scaled = guide / np.array([LIGHTNESS_SCALE, CHROMA_SCALE, CHROMA_SCALE], np.float32)[:, None, None]
    for channel in scaled:
        exponent += (channel[..., None] - channel[rows, columns]) ** 2
    exponent /= np.maximum(reach, LEAST_REACH) ** 2
    return np.asarray(np.exp(np.negative(exponent, out=exponent)), np.float32)


def _geodesic_distance(
    guide: Float32Array, step: float, seeds: NDArray[np.bool_], blocked: Blocked | None = None
) -> Float32Array:
    """Geodesic distance (h, w, n) from each seed: the least sum of `step` and the change of the guide (c, h,
    w) over 4-connected paths.

    Raster sweeps find all but winding paths (Toivanen 1996).
    """
    way = np.where(seeds, np.float32(0), np.float32(1e4))
    costs = [np.sqrt((np.diff(guide, axis=axis) ** 2).sum(0)) + np.float32(step) for axis in (1, 2)]
    for cost, closed in zip(costs, blocked or (), strict=False):
        cost[closed] = BARRIER_COST
    for _ in range(SWEEPS if blocked is None else BARRIER_SWEEPS):
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
