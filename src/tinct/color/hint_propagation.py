"""A few places' colours, asked for by a person, carried to all places that look alike."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Float32Array = NDArray[np.float32]
Places = NDArray[np.int64]

# Likeness falls by e for so much: of the way between two places (see `_way`), of L, of ab as it was predicted.
WAY, LIKE_L, LIKE_AB = 6.1, 16.2, 29.0
# The way of a step in place over the short side, and how many units of L and ab are one unit of it.
STEP, EDGE = 2.0, 10.0
# The variance of what a touch of TOUCH places says; a smaller one, or what others left of it, says it less surely.
NOISE, TOUCH = 0.04, 9.0
# What is alike is taken along all the way as far as likeness is above 1/GAIN.
GAIN = 5.0
# For the cast: of one hint no more ab units than CLIP count, and it takes SHY hints to bring half of what they say.
CLIP, SHY, SHY_SLOPE = 11.7, 7.1, 161.0
# Hints alike to this power count as one.
ONCE = 8
MOST = 100
SWEEPS = 3
SAME = 1.0


def propagate_hints(ab: Float32Array, lightness: Float32Array, hints: Float32Array) -> Float32Array:
    """Colours ab (2, h, w) that follow `hints` (3, h, w): a, b in Lab units and a mask of 0 and 1; L (h, w), 0..100.

    Where the mask is 1 the result is what was asked for. What was asked for, less `ab`, is carried on in two steps.
    First the cast and the vividness of the whole: the mean of it and its slope against `ab`, both shrunk to nothing
    where hints are few. What is left goes to the places that are alike, by kriging (Gaussian process regression,
    Rasmussen and Williams 2006, ch. 2), where two places are alike if a short way that crosses no edge joins them,
    as in Criminisi et al. 2008 ("GeoS"), and if their L and their predicted colours are near, as in Levin et al. 2004.
    A mask of zeros gives back `ab` itself.
    """
    rows, columns, seeds = _samples(hints)
    if not len(rows):
        return ab
    guide = np.concatenate([lightness[None], ab]).astype(np.float32)
    alike = _alike(guide, rows, columns, seeds)
    between = alike[rows, columns]
    between = np.asarray((between + between.T) / 2, np.float32)
    rest = (hints[:2] - ab)[:, rows, columns]
    noise = NOISE * TOUCH / seeds.sum((0, 1))
    base, rest = _cast(ab, ab[:, rows, columns], rest, 1 / (between**ONCE).sum(1))
    result = base + _carried(alike, between, rest, noise)
    return np.asarray(np.where(hints[2] > 0, hints[:2], result), np.float32)


def _samples(hints: Float32Array) -> tuple[Places, Places, NDArray[np.bool_]]:
    """Rows and columns (n,) of the middles of touches of one colour, and the places (h, w, n) of each, at most 3 x 3.

    Every hinted place is in one of them, unless there are more than MOST touches, of which so many are kept.
    """
    height, width = hints.shape[1:]
    padded = np.pad(hints, ((0, 0), (1, 1), (1, 1)))
    near = np.stack([padded[:, r : r + height, c : c + width] for r in range(3) for c in range(3)])
    same = (near[:, 2] > 0) & (hints[2] > 0) & (np.abs(near[:, :2] - hints[:2]).max(1) < SAME)
    free = np.pad(hints[2] > 0, 1)
    found = []
    for place in np.argsort(-same.sum(0), axis=None, kind="stable")[: int((hints[2] > 0).sum())]:
        row, column = divmod(int(place), width)
        if free[row + 1, column + 1]:
            window = free[row : row + 3, column : column + 3]
            window &= ~same[:, row, column].reshape(3, 3)
            found.append(place)
    if len(found) > MOST:
        found = [found[at] for at in np.linspace(0, len(found) - 1, MOST).astype(int)]
    rows, columns = np.divmod(np.array(found, np.int64), width)
    seeds = np.zeros((height + 2, width + 2, len(found)), bool)
    for at, (row, column) in enumerate(zip(rows, columns, strict=True)):
        seeds[row : row + 3, column : column + 3, at] = same[:, row, column].reshape(3, 3)
    return rows, columns, seeds[1:-1, 1:-1]


def _alike(guide: Float32Array, rows: Places, columns: Places, seeds: NDArray[np.bool_]) -> Float32Array:
    """How alike each place is to each sample, (h, w, n) in 0..1; guide: L and ab (3, h, w)."""
    exponent = _way(guide / EDGE, STEP / min(guide.shape[1:]), seeds) / WAY
    scaled = guide / np.array([LIKE_L, LIKE_AB, LIKE_AB], np.float32)[:, None, None]
    for channel in scaled:
        exponent += (channel[..., None] - channel[rows, columns]) ** 2
    return np.asarray(np.exp(np.negative(exponent, out=exponent)), np.float32)


def _way(guide: Float32Array, step: float, seeds: NDArray[np.bool_]) -> Float32Array:
    """The least sum (h, w, n), over steps up, down, left and right from a place of each seed (h, w, n), of `step` and
    the change of the guide (c, h, w). Sweeps back and forth find all but winding ways (Toivanen 1996).
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


def _cast(
    ab: Float32Array, here: Float32Array, rest: Float32Array, weight: Float32Array
) -> tuple[Float32Array, Float32Array]:
    """ab (2, h, w) with the cast and the vividness that hints tell of, and what is then left of `rest` (2, n).

    here: ab (2, n) at the hints; weight: what each counts.
    """
    trusted = rest * np.minimum(1, CLIP / np.maximum(np.hypot(*rest), CLIP / 2))
    shift = ((weight * trusted).sum(1) / (weight.sum() + SHY))[:, None]
    middle = ab.mean((1, 2))[:, None]
    off = here - middle
    slope = (weight * off * (trusted - shift)).sum() / ((weight * off**2).sum() + SHY_SLOPE)
    cast = ab + shift[..., None] + slope * (ab - middle[..., None])
    return cast, rest - shift - slope * off


def _carried(
    alike: Float32Array, between: Float32Array, rest: Float32Array, noise: Float32Array
) -> Float32Array:
    """`rest` (2, n) at the samples, each with a variance `noise` (n,), carried to all places (2, h, w).

    Kriging takes less along the less places are alike. Here it is divided by what it makes of a rest of 1 everywhere,
    down to 1/GAIN, so that all is taken along: who colours a tree means the tree.
    """
    values, vectors = np.linalg.eigh(between.astype(np.float64) + np.diag(noise))
    # A way along edges is no Euclidean distance, so that an eigenvalue may be below zero.
    inverse = (vectors / np.maximum(np.abs(values), NOISE)) @ vectors.T
    asked = np.concatenate([rest, np.ones_like(rest[:1])])
    carried = alike @ (inverse @ asked.T).astype(np.float32)
    all_the_way = carried[..., :2] / np.maximum(np.abs(carried[..., 2:]), 1 / GAIN)
    return np.asarray(np.moveaxis(all_the_way, -1, 0), np.float32)
