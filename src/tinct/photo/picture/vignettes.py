"""Detection and correction of vignettes."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from tinct.color.lab import lightness_to_luminance, luminance_to_lightness
from tinct.color.resample import resize_area

Float32Array = NDArray[np.float32]
Float64Array = NDArray[np.float64]

_SIDE = 64
_DARKEST = 0.002
# No correction below the first, full above the second: photos without a vignette vary as much.
_LIGHT, _HEAVY = 0.3, 0.6


def vignette_strength(lightness: Float32Array) -> float:
    """Strength s of the vignette 1 / (1 + s r²)² on the light of a photo; 0 for none or a light one.

    lightness: L (h, w); r is 0 in the centre and 1 in the corners. As in Zheng et al., "Single-image
    vignetting correction using radial gradient symmetry" (2008), radial gradients of natural scenes are
    symmetric: what the gradients of log light along r have in common is the vignette. Here that is the median
    of the s that each gradient alone implies.
    """
    scale = _SIDE / min(lightness.shape)
    height, width = (max(8, round(side * scale)) for side in lightness.shape)
    small = resize_area(lightness, height, width).astype(np.float64)
    light = np.log(np.maximum(lightness_to_luminance(small), _DARKEST))
    y, x = _axis(height)[:, None], _axis(width)[None]
    down, across = np.gradient(light)
    square = x * x + y * y
    # Of log light by r², which is half of `square`.
    slope = (y * down * height / 2 + x * across * width / 2) / np.maximum(square, 1e-6)
    outer = square > 0.2
    # No slope below -1.9 counts, so that the median stays below 1.5.
    slope, r2 = np.clip(slope[outer], -1.9, 8.0), square[outer] / 2
    strength = float(np.median(-slope / (2 + slope * r2)))
    return strength * float(np.clip((strength - _LIGHT) / (_HEAVY - _LIGHT), 0, 1))


def correct_vignette(lightness: Float32Array, strength: float) -> Float32Array:
    """L (h, w) without a vignette of that strength, for the network."""
    height, width = lightness.shape
    r2 = (_axis(height)[:, None] ** 2 + _axis(width)[None] ** 2) / 2
    light = lightness_to_luminance(lightness.astype(np.float64)) * (1 + strength * r2) ** 2
    even: Float32Array = luminance_to_lightness(np.minimum(light, 1.0)).astype(np.float32)
    return even


def _axis(count: int) -> Float64Array:
    """Centres of `count` pixels, from -1 to 1."""
    axis: Float64Array = (np.arange(count) + 0.5) / count * 2 - 1
    return axis
