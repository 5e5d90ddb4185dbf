"""Variants: distinct coherent colourings of one photo, the most likely first."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from tinct.color.decode import Decoding
from tinct.models.runtime import Prediction

Float32Array = NDArray[np.float32]

_DRAWN, _TIMES = 40, 2
_SUBSAMPLING = 4
# Least mean distance between the first members of two groups, if the drawn ones differ so much.
_APART = 4.0
_ROUNDS = 8
# Variants are drawn at a higher temperature than the mean is taken at, or they would all be near it.
_WARMER = 2.0
# What no network sees in a grey photo: the mean and deviation of how vivid it was, beside tuned results, and of the a
# and b of its colour cast.
_VIVIDNESS, _LEAST_VIVIDNESS = (0.65, 0.35), 0.1
_CAST = (1.0, 1.5), (3.0, 4.5)
# By which differences count less at high chroma, as in CIE94.
_CHROMA_WEIGHT = 0.045


def variants(prediction: Prediction, decoding: Decoding, count: int, seed: int) -> list[Float32Array]:
    """Colourings ab (2, h, w), of a prediction with a distribution, that stand for many drawn ones.

    The first is the automatic one. The others are the means of groups of drawn ones, by k-means (Lloyd 1982), so that
    one of few is near whatever is true; that of the largest group comes first. The same seed gives the same ones.
    """
    rng = np.random.default_rng(seed)
    automatic = prediction.colours(decoding)
    drawn = _drawn(prediction, decoding, max(_DRAWN, 2 * count), rng)
    every = _even(np.stack([automatic, *drawn]))
    small = _subsampled(every)
    middles = every[_covering(_distances(small, small), count)]
    for _ in range(_ROUNDS):
        nearest = _distances(small[1:], _subsampled(middles)).argmin(1)
        for number in range(1, count):
            if (nearest == number).any():
                middles[number] = every[1:][nearest == number].mean(0)
    members = np.bincount(nearest, minlength=count)
    order = sorted(range(1, count), key=lambda number: -members[number])
    return [automatic, *_uneven(middles[order])]


def _drawn(
    prediction: Prediction, decoding: Decoding, count: int, rng: np.random.Generator
) -> list[Float32Array]:
    """Coherent colourings ab (2, h, w), `count` from the distribution, each in several strengths and casts."""
    warmer = replace(decoding, temperature=_WARMER * (decoding.temperature or 1.0))
    found = []
    for _ in range(count):
        ab = prediction.sample(warmer, rng)
        for _ in range(_TIMES):
            vividness = max(rng.normal(*_VIVIDNESS), _LEAST_VIVIDNESS)
            cast = decoding.vividness * rng.normal(*_CAST)[:, None, None]
            found.append((vividness * ab + cast).astype(np.float32))
    return found


def _covering(distance: Float32Array, count: int) -> list[int]:
    """The first, and those far enough from it and one another that bring all nearest to one of them, as in greedy
    k-medoids; distance (n, n) is that between each two.
    """
    chosen, nearest = [0], distance[0]
    while len(chosen) < count:
        gain = np.maximum(nearest - distance, 0).sum(1)
        apart = distance[chosen].min(0)
        gain = np.where(apart >= min(_APART, apart.max()), gain, -1)
        gain[chosen] = -2
        chosen.append(int(gain.argmax()))
        nearest = np.minimum(nearest, distance[chosen[-1]])
    return chosen


def _subsampled(ab: Float32Array) -> Float32Array:
    return ab[:, :, ::_SUBSAMPLING, ::_SUBSAMPLING]


def _distances(some: Float32Array, others: Float32Array) -> Float32Array:
    """Mean distance (n, m) of colourings (n, 2, h, w) from others (m, 2, h, w)."""
    return np.stack([np.hypot(*(some - one).swapaxes(0, 1)).mean((1, 2)) for one in others], 1)


def _even(ab: Float32Array) -> Float32Array:
    """ab (n, 2, h, w) with chroma on a scale on which differences look alike."""
    chroma = np.hypot(ab[:, 0], ab[:, 1])[:, None]
    return np.asarray(ab * (np.log1p(_CHROMA_WEIGHT * chroma) / np.maximum(_CHROMA_WEIGHT * chroma, 1e-6)))


def _uneven(even: Float32Array) -> Float32Array:
    """The inverse of `_even`."""
    chroma = np.hypot(even[:, 0], even[:, 1])[:, None]
    return np.asarray(even * (np.expm1(_CHROMA_WEIGHT * chroma) / np.maximum(_CHROMA_WEIGHT * chroma, 1e-6)))
