"""Where sRGB ends: chroma reduced at constant lightness and hue until a colour can be shown."""

from __future__ import annotations

from functools import cache

import numpy as np
from numpy.typing import ArrayLike

from tinct.color.lab import Floats, lab_to_linear

# No sRGB colour has a chroma above 133.9 (blue).
_MOST_CHROMA = 140.0
_HALVINGS = 40
# Linear light this far outside 0..1 still counts as inside: a hundredth of a 16-bit step.
_SLACK = 1e-7


def reduce_chroma(lab: ArrayLike) -> Floats:
    """Lab (..., 3) with chroma cut to the edge of sRGB, L and hue unchanged; colours inside sRGB as they came."""
    lab = np.array(lab, dtype=np.float64)
    outside = ~_shown(lab)
    lightness, a, b = np.moveaxis(lab[outside], -1, 0)
    chroma = np.hypot(a, b)
    limit = max_chroma(lightness, np.degrees(np.arctan2(b, a)))
    gain = np.minimum(limit / np.maximum(chroma, 1e-12), 1.0)
    lab[outside] = np.stack([lightness, a * gain, b * gain], axis=-1)
    return lab


def max_chroma(lightness: ArrayLike, hue: ArrayLike) -> Floats:
    """Largest chroma that sRGB can show at L (0..100) and hue (degrees); the two are broadcast together."""
    lightness, hue = np.broadcast_arrays(np.asarray(lightness, np.float64), np.asarray(hue, np.float64))
    lightness = np.clip(lightness, 0.0, 100.0)
    cos, sin = np.cos(np.radians(hue)), np.sin(np.radians(hue))
    low, high = np.zeros(hue.shape), np.full(hue.shape, _MOST_CHROMA)
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        shown = _shown(np.stack([lightness, middle * cos, middle * sin], axis=-1))
        low, high = np.where(shown, middle, low), np.where(shown, high, middle)
    return low


@cache
def chroma_limits(lightness_steps: int = 256, hue_steps: int = 360) -> Floats:
    """Table of `max_chroma`, (lightness_steps + 1, hue_steps + 1): L 0..100 down, hue 0..360 degrees across."""
    table = max_chroma(np.linspace(0, 100, lightness_steps + 1)[:, None], np.linspace(0, 360, hue_steps + 1))
    table.setflags(write=False)
    return table


def _shown(lab: Floats) -> np.ndarray[tuple[int, ...], np.dtype[np.bool_]]:
    linear = lab_to_linear(lab)
    shown: np.ndarray[tuple[int, ...], np.dtype[np.bool_]] = np.all(
        (linear >= -_SLACK) & (linear <= 1 + _SLACK), axis=-1
    )
    return shown
