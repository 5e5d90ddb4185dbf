"""Variants: distinct coherent colourings of one photo, the most likely first."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from tinct.color.decode import Decoding
from tinct.models.runtime import Prediction

Float32Array = NDArray[np.float32]

_DRAWN = 24
_SUBSAMPLING = 2
# Least mean distance in ab between two variants, if the drawn ones differ so much.
_APART = 5.0
# Variants are drawn at a higher temperature than the mean is taken at, or they would all be near it.
_WARMER = 1.5


def variants(prediction: Prediction, decoding: Decoding, count: int, seed: int) -> list[Float32Array]:
    """Colourings ab (2, h, w), of a prediction with a distribution, chosen among many drawn ones.

    The first is the automatic one. Each further one is, of those that differ enough from the ones chosen, that which
    brings all drawn ones nearest to a chosen one, as in greedy k-medoids: so that one of few is near whatever is true.
    Then they are ordered by their likelihood. The same seed gives the same ones.
    """
    rng = np.random.default_rng(seed)
    drawn = [prediction.colours(decoding)]
    warmer = replace(decoding, temperature=_WARMER * (decoding.temperature or 1.0))
    drawn += [prediction.sample(warmer, rng) for _ in range(max(_DRAWN, 4 * count))]
    small = np.stack([ab[:, ::_SUBSAMPLING, ::_SUBSAMPLING].reshape(2, -1) for ab in drawn])
    distance = np.stack([np.hypot(*(small - one).swapaxes(0, 1)).mean(-1) for one in small])
    chosen, nearest = [0], distance[0]
    while len(chosen) < count:
        gain = np.maximum(nearest - distance, 0).sum(1)
        apart = distance[chosen].min(0)
        gain = np.where(apart >= min(_APART, apart.max()), gain, -1)
        gain[chosen] = -2
        best = int(gain.argmax())
        chosen.append(best)
        nearest = np.minimum(nearest, distance[best])
    likelihood = {number: _log_likelihood(prediction, drawn[number]) for number in chosen}
    rest = sorted(chosen[1:], key=lambda number: -likelihood[number])
    return [drawn[0], *(drawn[number] for number in rest)]


def _log_likelihood(prediction: Prediction, ab: Float32Array) -> float:
    """Mean logarithm of the probability of the bin nearest to each colour."""
    assert prediction.log_probabilities is not None
    assert prediction.bins is not None
    logits = prediction.log_probabilities[:, ::_SUBSAMPLING, ::_SUBSAMPLING].reshape(len(prediction.bins), -1)
    colours = ab[:, ::_SUBSAMPLING, ::_SUBSAMPLING].reshape(2, -1)
    distance = ((prediction.bins.centres[:, :, None] - colours) ** 2).sum(1)
    nearest = distance.argmin(0)
    top = logits.max(0)
    total = np.log(np.exp(logits - top).sum(0)) + top
    return float((logits[nearest, np.arange(logits.shape[1])] - total).mean())
