"""From a distribution over ab bins to one colour for each place."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from tinct.color.bins import Bins

PART = 0.2
WAVES = 24
REGIONS = 1.5
SAME_COLOUR = 12.0


def annealed_mean(
    log_probabilities: NDArray[np.float32], bins: Bins, temperature: float = 1.0
) -> NDArray[np.float32]:
    """The mean colour of the distribution sharpened by `temperature` (Zhang et al. 2016, eq. 5).

    `log_probabilities` (n, h, w), not necessarily normalised; returns ab (2, h, w). At 1 it is the expected colour;
    toward 0 the most probable bin's.
    """
    weight = _sharpened(log_probabilities, temperature)
    mean = _mean(weight, bins.centres)
    return np.asarray(mean.reshape(2, *log_probabilities.shape[1:]), np.float32)


def sample_colouring(
    log_probabilities: NDArray[np.float32], bins: Bins, temperature: float, rng: np.random.Generator
) -> NDArray[np.float32]:
    """One of the colourings, ab (2, h, w), that the distribution holds possible, drawn region by region.

    The bins are put in order along a direction drawn at random, and each place takes the mean of the part of its
    distribution, a fifth of it, about a rank between 0 and 1. The rank is smooth in place and in the annealed
    mean: the places of one object get nearly the same, other objects another. So a colour is drawn as often as the
    network holds it likely, and where it is sure all draws agree. `log_probabilities` as for `annealed_mean`.
    """
    turn = rng.uniform(0, 2 * np.pi)
    order = np.argsort(bins.centres @ np.array([np.cos(turn), np.sin(turn)]), kind="stable")
    _, height, width = log_probabilities.shape
    weight = _sharpened(log_probabilities, temperature)
    rank = _coherent_rank(_mean(weight, bins.centres), height, width, rng)
    weight = weight[order]
    above = np.cumsum(weight, 0)
    middle = PART / 2 + (1 - PART) * rank
    kept = np.minimum(above, middle + PART / 2) - np.maximum(above - weight, middle - PART / 2)
    np.maximum(kept, 0, out=kept)
    drawn = _mean(kept / kept.sum(0), bins.centres[order])
    return np.asarray(drawn.reshape(2, height, width), np.float32)


def _sharpened(log_probabilities: NDArray[np.float32], temperature: float) -> NDArray[np.float32]:
    """Probabilities (n, p), which add up to 1 at each place, at this temperature."""
    scaled = log_probabilities.reshape(len(log_probabilities), -1) * np.float32(1 / temperature)
    scaled -= scaled.max(0)
    weight: NDArray[np.float32] = np.exp(scaled, out=scaled)
    weight /= weight.sum(0)
    return weight


def _mean(weight: NDArray[np.float32], values: NDArray[np.float32]) -> NDArray[np.float32]:
    """The expectation (c, p) of values (n, c) under probabilities (n, p)."""
    # Not as a product of matrices: BLAS' threads would spin on, and take the cores from what follows.
    return np.asarray(np.einsum("np,nc->cp", weight, values))


def _coherent_rank(
    mean: NDArray[np.float32], height: int, width: int, rng: np.random.Generator
) -> NDArray[np.float32]:
    """A field (p,) nearly uniform in 0..1 over many draws, smooth in place and in the colour `mean` (2, p).

    A sum of random waves, nearly normal (Rahimi and Recht 2007), through the logistic curve nearest to the normal one.
    """
    y, x = (np.mgrid[0:height, 0:width].reshape(2, -1) + 0.5) / min(height, width)
    place = np.stack([x * REGIONS, y * REGIONS, *(mean / SAME_COLOUR)])
    waves = np.cos(
        np.einsum("kf,fp->kp", rng.standard_normal((WAVES, len(place))), place)
        + rng.uniform(0, 2 * np.pi, (WAVES, 1))
    )
    field = np.einsum("k,kp->p", rng.standard_normal(WAVES), waves) * np.sqrt(2 / WAVES)
    return np.asarray(1 / (1 + np.exp(-1.702 * field)), np.float32)


def scale_chroma(ab: NDArray[np.float32], vividness: float) -> NDArray[np.float32]:
    """Colours ab (2, h, w) made more vivid, or paler below 1; at 0 all is grey.

    Above 1 each place's departure from the photo's mean colour is multiplied, the mean only by the square root: what
    sets things apart is where an unsure network says too little, and the mean times the same gain would lay one hue
    over everything (measured: docs/training-log.md).
    """
    mean = ab.mean((1, 2), keepdims=True)
    return np.asarray(mean * min(vividness, vividness**0.5) + (ab - mean) * vividness, np.float32)
