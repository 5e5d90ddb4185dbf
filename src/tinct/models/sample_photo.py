"""The photo on which a new model is tried: a landscape made by code, with a sky, hills, trees and a field."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from tinct.color.resample import resize_area

Float32Array = NDArray[np.float32]
Mask = NDArray[np.bool_]

# Heights where the sky ends, and where the field begins.
SKY_END, FIELD_START = 0.36, 0.64
_SEED = 1


def sample_lightness(height: int, width: int) -> Float32Array:
    """L (h, w), 0..100, of the landscape; the same at each call."""
    rng = np.random.default_rng(_SEED)
    size = (height, width)
    y = np.mgrid[0:height, 0:width][0] / height
    clouds = np.clip(_noise(rng, size, 6, 0.6, 3) * 2.2 - 0.1, 0, 1)
    sky = 62 + 56 * y
    lightness = sky + (96 - sky) * clouds * 0.8
    hills = y > 0.42 + 0.05 * _noise(rng, size, 4, 0.5, 2)[0]
    lightness[hills] = (52 + 6 * _noise(rng, size, 6, 0.7, 4))[hills]
    tops = 0.50 - 0.10 * np.abs(_noise(rng, size, 5, 0.6, 4)[5 % height])
    trees = (y > tops) & (y < 0.60)
    lightness[trees] = (26 + 22 * _noise(rng, size, 8, 0.85, 8))[trees]
    field = y > 0.58 + 0.015 * _noise(rng, size, 3, 0.5, 3)[2 % height]
    lightness[field] = (44 + 26 * _noise(rng, size, 9, 0.95, 4) * (0.5 + y) + 8 * (y - 0.6))[field]
    return np.asarray(np.clip(lightness, 2, 98), np.float32)


def sky_and_field(height: int, width: int) -> tuple[Mask, Mask]:
    """Where (h, w) the landscape is surely sky, and surely field."""
    y = np.broadcast_to((np.arange(height)[:, None] + 0.5) / height, (height, width))
    return y < SKY_END, y > FIELD_START


def _noise(
    rng: np.random.Generator, size: tuple[int, int], octaves: int, fall: float, start: int
) -> Float32Array:
    """Fractal noise (h, w), within -1..1: octaves from `start` cells, each `fall` as strong as the last."""
    height, width = size
    total, weight, weights = np.zeros(size, np.float32), 1.0, 0.0
    for octave in range(octaves):
        cells = start * 2**octave
        values = rng.uniform(-1, 1, (cells, max(2, cells * width // height))).astype(np.float32)
        total += np.float32(weight) * resize_area(values, height, width)
        weights += weight
        weight *= fall
    return np.asarray(total / weights, np.float32)
