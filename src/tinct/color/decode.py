"""From a distribution over ab bins to one colour for each place."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from tinct.color.bins import Bins


def annealed_mean(
    log_probabilities: NDArray[np.float32], bins: Bins, temperature: float = 1.0
) -> NDArray[np.float32]:
    """The mean colour of the distribution sharpened by `temperature` (Zhang et al. 2016, eq. 5).

    `log_probabilities` (n, h, w), not necessarily normalised; returns ab (2, h, w). At 1 it is the expected colour;
    toward 0 the most probable bin's.
    """
    n, height, width = log_probabilities.shape
    scaled = log_probabilities.reshape(n, -1) * np.float32(1 / temperature)
    scaled -= scaled.max(0)
    weight = np.exp(scaled, out=scaled)
    # Not as a product of matrices: BLAS' threads would spin on, and take the cores from what follows.
    mean = np.einsum("np,nc->cp", weight, bins.centres) / weight.sum(0)
    return np.asarray(mean.reshape(2, height, width), np.float32)
