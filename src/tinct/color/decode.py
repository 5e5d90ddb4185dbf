"""Decoding: from a distribution over ab bins to one colour per position."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tinct.color.bins import Bins

RANK_WINDOW = 0.2
FOURIER_FEATURES = 24
POSITION_SCALE = 0.4
COLOUR_SCALE = 25.0
# Positions whose distributions are worked on together: few enough for the processor's cache.
_AT_ONCE = 1 << 11


def annealed_mean(
    log_probabilities: NDArray[np.float32], bins: Bins, temperature: float = 1.0
) -> NDArray[np.float32]:
    """Annealed mean of the distribution at `temperature` (Zhang et al. 2016, eq. 5).

    log_probabilities: (n, h, w), not necessarily normalised. Returns ab (2, h, w): the expected colour at
    temperature 1, the most probable bin towards 0.
    """
    flat = log_probabilities.reshape(len(log_probabilities), -1)
    mean = np.empty((2, flat.shape[1]), np.float32)
    for start in range(0, flat.shape[1], _AT_ONCE):
        part = slice(start, start + _AT_ONCE)
        mean[:, part] = _expectation(_softmax(flat[:, part], temperature), bins.centres)
    return mean.reshape(2, *log_probabilities.shape[1:])


def mean_entropy(log_probabilities: NDArray[np.float32]) -> float:
    """Mean of `entropy` over the positions of `log_probabilities` (n, h, w)."""
    return float(entropy(log_probabilities).mean())


def entropy(log_probabilities: NDArray[np.float32]) -> NDArray[np.float32]:
    """Entropy (h, w) of `log_probabilities` (n, h, w), as a fraction of that of n equal bins."""
    bins = len(log_probabilities)
    scaled = log_probabilities.reshape(bins, -1) - log_probabilities.max(0).ravel()
    weight = np.exp(scaled)
    total = weight.sum(0)
    scaled *= weight
    nats = np.log(total) - scaled.sum(0) / total
    shares = nats / np.log(bins) if bins > 1 else np.zeros_like(nats)
    return np.asarray(shares.reshape(log_probabilities.shape[1:]), np.float32)


def sample_colouring(
    log_probabilities: NDArray[np.float32], bins: Bins, temperature: float, rng: np.random.Generator
) -> NDArray[np.float32]:
    """Sample one spatially coherent colouring, ab (2, h, w).

    The bins are sorted along a random direction, and each position takes the mean of the fifth of its
    distribution around a rank between 0 and 1. The rank is a smooth function of position and annealed mean:
    positions of one object have nearly equal ranks, other objects others. A colour is sampled as often as the
    network considers it likely; where it is certain, all samples agree. `log_probabilities` as for
    `annealed_mean`.
    """
    turn = rng.uniform(0, 2 * np.pi)
    order = np.argsort(bins.centres @ np.array([np.cos(turn), np.sin(turn)]), kind="stable")
    _, height, width = log_probabilities.shape
    weight = _softmax(log_probabilities, temperature)
    rank = _coherent_rank(_expectation(weight, bins.centres), height, width, rng)
    weight = weight[order]
    above = np.cumsum(weight, 0)
    middle = RANK_WINDOW / 2 + (1 - RANK_WINDOW) * rank
    kept = np.minimum(above, middle + RANK_WINDOW / 2) - np.maximum(above - weight, middle - RANK_WINDOW / 2)
    np.maximum(kept, 0, out=kept)
    drawn = _expectation(kept / kept.sum(0), bins.centres[order])
    return np.asarray(drawn.reshape(2, height, width), np.float32)


def _softmax(log_probabilities: NDArray[np.float32], temperature: float) -> NDArray[np.float32]:
    """Softmax (n, p) of log-probabilities at this temperature."""
    scaled = log_probabilities.reshape(len(log_probabilities), -1) * np.float32(1 / temperature)
    scaled -= scaled.max(0)
    weight: NDArray[np.float32] = np.exp(scaled, out=scaled)
    weight /= weight.sum(0)
    return weight


def _expectation(weight: NDArray[np.float32], values: NDArray[np.float32]) -> NDArray[np.float32]:
    """Expectation (c, p) of values (n, c) under probabilities (n, p)."""
    # No matrix product: the threads of BLAS would keep spinning and take the cores from what follows.
    return np.asarray(np.einsum("np,nc->cp", weight, values))


def _coherent_rank(
    mean: NDArray[np.float32], height: int, width: int, rng: np.random.Generator
) -> NDArray[np.float32]:
    """A random field (p,), nearly uniform in 0..1 over many samples, smooth in position and in the colour
    `mean` (2, p).

    A sum of random Fourier features (Rahimi and Recht 2007), nearly normal, through a logistic approximation
    of the normal distribution function.
    """
    y, x = (np.mgrid[0:height, 0:width].reshape(2, -1) + 0.5) / min(height, width)
    place = np.stack([x * POSITION_SCALE, y * POSITION_SCALE, *(mean / COLOUR_SCALE)])
    waves = np.cos(
        np.einsum("kf,fp->kp", rng.standard_normal((FOURIER_FEATURES, len(place))), place)
        + rng.uniform(0, 2 * np.pi, (FOURIER_FEATURES, 1))
    )
    field = np.einsum("k,kp->p", rng.standard_normal(FOURIER_FEATURES), waves) * np.sqrt(2 / FOURIER_FEATURES)
    return np.asarray(1 / (1 + np.exp(-1.702 * field)), np.float32)


@dataclass(frozen=True, slots=True)
class Decoding:
    """Settings that turn predicted chroma into the chroma of the result.

    temperature: of the annealed mean over bins (`annealed_mean`), or None for a network that predicts ab.
    gain: tuned to the network, applied by `scale_chroma`. limit: (knee, span) of `limit_chroma`, or None.
    vividness: what the user asks for relative to the tuned result: 1 is as tuned, 0 is grey.
    """

    temperature: float | None = None
    gain: float = 1.0
    limit: tuple[float, float] | None = None
    vividness: float = 1.0

    def apply(self, ab: NDArray[np.float32], mean: NDArray[np.float32] | None = None) -> NDArray[np.float32]:
        """Chroma of the result, ab (2, h, w), from the predicted mean ab (2, h, w).

        mean: ab (2,) in place of the photo's own mean colour, such as that of a shot of which it is one frame.
        """
        tuned = scale_chroma(ab, self.gain, mean)
        limited = tuned if self.limit is None else limit_chroma(tuned, *self.limit)
        scaled = None if mean is None else mean * min(self.gain, self.gain**0.5)
        return scale_chroma(limited, self.vividness, scaled)


def scale_chroma(
    ab: NDArray[np.float32], gain: float, mean: NDArray[np.float32] | None = None
) -> NDArray[np.float32]:
    """Scale the chroma of ab (2, h, w) by `gain`; 0 is grey. mean: ab (2,) in place of that of `ab`.

    Above 1, deviations from the photo's mean colour are multiplied, the mean only by the square root:
    uncertain networks understate differences between objects, and an equal gain on the mean would tint the
    whole photo (see docs/training-log.md).
    """
    centre = ab.mean((1, 2), keepdims=True) if mean is None else mean.reshape(2, 1, 1)
    return np.asarray(centre * min(gain, gain**0.5) + (ab - centre) * gain, np.float32)


def limit_chroma(ab: NDArray[np.float32], knee: float, span: float) -> NDArray[np.float32]:
    """Compress the chroma of ab (2, h, w) above `knee`, at constant hue, towards `knee` + `span`.

    Chroma c above the knee becomes knee + span (1 - exp(-(c - knee) / span)): the slope is 1 at the knee and
    falls to 0, so that no single region stands out.
    """
    chroma = np.hypot(*ab)
    above = np.maximum(chroma - knee, 0)
    limited = np.minimum(chroma, knee) + span * -np.expm1(-above / span)
    return np.asarray(ab * (limited / np.maximum(chroma, 1e-6)), np.float32)
