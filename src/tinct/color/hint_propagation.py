"""Propagate user hints to similar regions."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tinct.color.geodesic import BARRIER_COST, Blocked, Guide
from tinct.color.resample import resize_window

Float32Array = NDArray[np.float32]
Places = NDArray[np.int64]

# Length scales of the affinity: geodesic distance, L, predicted ab.
DISTANCE_SCALE, LIGHTNESS_SCALE, CHROMA_SCALE = 3.9, 17.5, 12.2
# Distance from which a sample has no influence.
FARTHEST = 8 * DISTANCE_SCALE
# Noise variance of a hint of STROKE_SIZE positions; smaller strokes have more.
NOISE, STROKE_SIZE = 0.04, 9.0
# Similar positions follow a hint fully as long as the affinity is above 1/GAIN. What is improbable of it they follow as
# long as it is above 1/GAIN_SHARP; from there on it falls with this power of the affinity.
GAIN, GAIN_SHARP, SHARPNESS = 6.0, 16.2, 4.5
# Half of a residual of this length is improbable. If other hints have longer ones than USUAL, which counts as PRIOR
# hints, it may be as much longer, up to MOST_UNUSUAL times.
IMPROBABLE, STEEPNESS = 17.0, 12.0
USUAL, PRIOR, MOST_UNUSUAL = 8.0, 2.0, 2.0
# Global cast: so many hints give half of their residual; deviations of a slope of 1 that give half of theirs.
CAST_SHRINKAGE, SLOPE_SHRINKAGE = 8.0, 150.0
# Hints whose affinity to this power is near 1 count as one.
OVERLAP_POWER = 6
MAX_SAMPLES = 400
SAME_COLOUR = 1.0
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


@dataclass(frozen=True, slots=True, eq=False)
class Propagation:
    """Colours ab (2, h, w) that follow samples on a grid, and what a finer grid needs to follow them alike.

    here: (3, n), L and predicted ab that stand for each sample. distance: (h, w, n). between: (n, n), the affinity of
    the samples to one another. cast: shift (2, 1) and slope of `_global_cast`.
    """

    ab: Float32Array
    samples: Samples
    here: Float32Array
    distance: Float32Array
    between: Float32Array
    cast: tuple[Float32Array, float]


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
        np.where(hints[2] > 0, hints[:2], propagate_samples(Guide(ab, lightness), samples).ab), np.float32
    )


def propagate_samples(guide: Guide, samples: Samples, blocked: Blocked | None = None) -> Propagation:
    """Predicted colours of the guide moved towards the samples at positions similar to theirs.

    The residual, colour of the sample - predicted ab, propagates in two steps. First a global colour cast and chroma
    scale, both shrunk to none if samples are few. The rest propagates to similar positions by kriging (Gaussian process
    regression, Rasmussen and Williams 2006, ch. 2). Two positions are similar if a short path without edges connects
    them, the geodesic distance of Criminisi et al. 2008 ("GeoS"), and if their L and predicted colours are near, as in
    Levin et al. 2004.
    """
    ab, rows, columns = guide.ab, samples.rows, samples.columns
    distance = guide.distances(samples.seeds, blocked)
    here = guide.planes[:, rows, columns]
    affinity = _affinity(guide.planes, here, distance, samples.reach)
    between = _symmetric(affinity[rows, columns])
    weight = samples.reach * _distinct(between)
    cast = _global_cast(here[1:], samples.ab - here[1:], weight, between)
    base = _shifted(ab, cast)
    if blocked is not None:
        base = np.where(distance.min(-1) >= BARRIER_COST, ab, base)
    residual = samples.ab - _shifted(here[1:, None], cast)[:, 0]
    result = base + _krige(affinity, between, residual, samples.noise)
    return Propagation(np.asarray(result, np.float32), samples, here, distance, between, cast)


def propagate_finer(
    whole: Propagation,
    others: NDArray[np.bool_],
    box: tuple[float, float, float, float],
    guide: Guide,
    ab: Float32Array,
    samples: Samples,
    blocked: Blocked | None = None,
) -> Float32Array:
    """Colours ab (2, h, w) as by `propagate_samples` on a finer grid that covers a box of the whole one.

    others: (n,), which samples of the whole reach into the box from outside; box: top, left, height and width of it as
    fractions of the whole. samples: those inside, on the finer grid.
    """
    away = resize_window(whole.distance[..., others], box, *guide.ab.shape[1:], axis=0)
    distance = np.concatenate([away, guide.distances(samples.seeds, blocked)], -1)
    here = np.concatenate([whole.here[:, others], guide.planes[:, samples.rows, samples.columns]], 1)
    before = np.concatenate([whole.here[1:, others], ab[:, samples.rows, samples.columns]], 1)
    reach = np.concatenate([whole.samples.reach[others], samples.reach])
    affinity = _affinity(guide.planes, here, distance, reach)
    count, inside = int(others.sum()), affinity[samples.rows, samples.columns]
    between = np.empty((len(reach), len(reach)), np.float32)
    between[:count, :count] = whole.between[np.ix_(others, others)]
    between[count:] = inside
    between[:count, count:] = inside[:, :count].T
    asked = np.concatenate([whole.samples.ab[:, others], samples.ab], 1)
    noise = np.concatenate([whole.samples.noise[others], samples.noise])
    residual = asked - _shifted(before[:, None], whole.cast)[:, 0]
    base = _shifted(ab, whole.cast)
    if blocked is not None:
        base = np.where(distance.min(-1) >= BARRIER_COST, ab, base)
    return np.asarray(base + _krige(affinity, _symmetric(between), residual, noise), np.float32)


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
    planes: Float32Array, here: Float32Array, distance: Float32Array, reach: Float32Array
) -> Float32Array:
    """Affinity of each position to each sample, (h, w, n) in 0..1; planes: L and ab (3, h, w); here: those of the
    samples (3, n).
    """
    exponent = distance / np.float32(DISTANCE_SCALE)
    scale = np.array([LIGHTNESS_SCALE, CHROMA_SCALE, CHROMA_SCALE], np.float32)
    off = np.empty_like(exponent)
    for channel, at in zip(planes / scale[:, None, None], here / scale[:, None], strict=True):
        np.subtract(channel[..., None], at, out=off)
        off *= off
        exponent += off
    exponent /= -(np.maximum(reach, np.float32(LEAST_REACH)) ** 2)
    return np.asarray(np.exp(exponent, out=exponent), np.float32)


def _symmetric(matrix: Float32Array) -> Float32Array:
    return np.asarray((matrix + matrix.T) / 2, np.float32)


def _global_cast(
    here: Float32Array, residual: Float32Array, weight: Float32Array, between: Float32Array
) -> tuple[Float32Array, float]:
    """Colour cast (2, 1) and slope of chroma that account for the residual (2, n), by ridge regression (Hoerl and
    Kennard 1970).

    here: ab (2, n) at the samples; weight: of each; between: affinity (n, n). What is improbable does not count.
    """
    trusted = residual * _probable(residual, between)
    sums = (weight * here).sum(1)
    normal = np.diag([(weight * here**2).sum() + SLOPE_SHRINKAGE, *2 * [weight.sum() + CAST_SHRINKAGE]])
    normal[0, 1:] = normal[1:, 0] = sums
    slope, *shift = np.linalg.solve(normal, [(weight * here * trusted).sum(), *(weight * trusted).sum(1)])
    return np.array(shift, np.float32)[:, None], float(slope)


def _distinct(between: Float32Array) -> Float32Array:
    """Weights (n,) of samples with this affinity (n, n) to one another, by which alike ones count as one."""
    return np.asarray(1 / (between**OVERLAP_POWER).sum(1).clip(min=1), np.float32)


def _probable(residual: Float32Array, between: Float32Array) -> Float32Array:
    """The probable share (n,) of residuals (2, n): 1 of short ones, none of long ones.

    between: affinity (n, n) of the samples; what is long shows in those of samples that are unlike.
    """
    square = (residual**2).sum(0)
    others = _distinct(between) * (1 - GAIN_SHARP * between).clip(0)
    usual = (PRIOR * USUAL**2 + others @ square) / (PRIOR + others.sum(1))
    half = IMPROBABLE * (np.sqrt(usual) / USUAL).clip(1, MOST_UNUSUAL)
    return np.asarray(1 / (1 + (np.sqrt(square) / half) ** STEEPNESS), np.float32)


def _shifted(ab: Float32Array, cast: tuple[Float32Array, float]) -> Float32Array:
    """ab (2, h, w) with a colour cast and slope of chroma."""
    shift, slope = cast
    return np.asarray((1 + slope) * ab + shift[..., None], np.float32)


def _krige(
    affinity: Float32Array, between: Float32Array, residual: Float32Array, noise: Float32Array
) -> Float32Array:
    """Kriging of the residual (2, n) at the samples, with variances `noise` (n,), to all positions (2, h, w).

    Plain kriging decays with distance. Here it is divided by its own response to a residual of 1 everywhere, bounded
    from below, so that a whole object follows its hint. A probable residual fades beyond it; an improbable one, which
    tells nothing about others, ends there.
    """
    values, vectors = np.linalg.eigh(between.astype(np.float64) + np.diag(noise))
    # Geodesic distances are not Euclidean: an eigenvalue may be negative.
    inverse = (vectors / np.maximum(np.abs(values), NOISE)) @ vectors.T
    probable = residual * _probable(residual, between)
    asked = np.concatenate([probable, residual - probable, np.ones_like(residual[:1])])
    carried = affinity @ (inverse @ asked.T).astype(np.float32)
    response = np.abs(carried[..., 4:])
    far = carried[..., :2] / np.maximum(response, 1 / GAIN)
    within = np.minimum(GAIN_SHARP * response, 1) ** (SHARPNESS - 1)
    near = carried[..., 2:4] / np.maximum(response, 1 / GAIN_SHARP) * within
    return np.asarray(np.moveaxis(far + near, -1, 0), np.float32)
