"""Simulated user hints, drawn from the true chroma during training."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

SCALE = 100.0


def sample_hints(ab: Tensor, rng: np.random.Generator) -> Tensor:
    """Draw patches of the true chroma (2, h, w) as the three hint channels (3, h, w): a / 100, b / 100, mask.

    The number of patches is geometric with mean 8, their sides 1 to 3 positions (Zhang et al. 2017, section
    3.1).
    """
    height, width = ab.shape[1:]
    hints = torch.zeros(3, height, width)
    for _ in range(int(rng.geometric(1 / 8))):
        side = int(rng.integers(1, 4))
        top, left = int(rng.integers(0, height - side + 1)), int(rng.integers(0, width - side + 1))
        place = (slice(None), slice(top, top + side), slice(left, left + side))
        hints[:2][place] = ab[place].mean((1, 2), keepdim=True) / SCALE
        hints[2:][place] = 1
    return hints
