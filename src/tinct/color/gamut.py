"""Where sRGB ends: chroma reduced at constant lightness and hue until a colour can be shown."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import ArrayLike, NDArray

from tinct.color.lab import Float64Array, lab_to_linear

Mask = NDArray[np.bool_]

# No sRGB colour has a chroma above 133.9 (blue).
_MOST_CHROMA = 140.0
_HALVINGS = 20
# Only colours lighter than this are left and entered again on a ray; how finely that is looked for.
_YELLOW, _YELLOW_STEPS = 88.0, 48
# Linear light this far outside 0..1 still counts as inside: a hundredth of a 16-bit step.
_SLACK = 1e-7


def reduce_chroma(lab: ArrayLike) -> Float64Array:
    """Lab (..., 3) with chroma cut to the edge of sRGB, L and hue unchanged; colours inside as they came."""
    lab = np.array(lab, dtype=np.float64)
    outside = ~_shown(lab_to_linear(lab))
    lightness, a, b = np.moveaxis(lab[outside], -1, 0)
    chroma = np.hypot(a, b)
    cos, sin = a / np.maximum(chroma, 1e-12), b / np.maximum(chroma, 1e-12)
    kept = _edge(lightness, cos, sin, np.zeros_like(chroma), chroma, _shown, 2 * _HALVINGS)
    lab[outside] = np.stack([np.clip(lightness, 0.0, 100.0), kept * cos, kept * sin], axis=-1)
    return lab


def max_chroma(lightness: ArrayLike, hue: ArrayLike) -> Float64Array:
    """Largest chroma that sRGB can show at L (0..100) and hue (degrees); the two are broadcast together.

    Near yellow a ray of constant L and hue leaves sRGB for a little (by at most 3 % of light) and comes
    back: there this is the far edge.
    """
    level, angle = np.broadcast_arrays(
        np.clip(np.asarray(lightness, np.float64), 0.0, 100.0), np.radians(hue)
    )
    cos, sin = np.cos(angle), np.sin(angle)
    nothing, most = np.zeros(angle.shape), np.full(angle.shape, _MOST_CHROMA)
    unnegative = _edge(level, cos, sin, nothing, most, lambda linear: _least(linear) >= -_SLACK)
    limit = _edge(level, cos, sin, nothing, unnegative, lambda linear: _most(linear) <= 1 + _SLACK)
    light = level > _YELLOW
    near, far = limit[light], unnegative[light]
    for share in np.linspace(0, 1, _YELLOW_STEPS):
        again = near + share * (far - near)
        near = np.where(_shown(_light(level[light], cos[light], sin[light], again)), again, near)
    limit[light] = near
    return limit


def _edge(
    lightness: Float64Array,
    cos: Float64Array,
    sin: Float64Array,
    low: Float64Array,
    high: Float64Array,
    inside: Callable[[Float64Array], Mask],
    halvings: int = _HALVINGS,
) -> Float64Array:
    """The chroma between `low`, inside, and `high` at which a ray of constant L and hue goes outside."""
    for _ in range(halvings):
        middle = (low + high) / 2
        within = inside(_light(lightness, cos, sin, middle))
        low, high = np.where(within, middle, low), np.where(within, high, middle)
    return low


def _light(
    lightness: Float64Array, cos: Float64Array, sin: Float64Array, chroma: Float64Array
) -> Float64Array:
    return lab_to_linear(np.stack([lightness, chroma * cos, chroma * sin], axis=-1))


def _shown(linear: Float64Array) -> Mask:
    shown: Mask = (_least(linear) >= -_SLACK) & (_most(linear) <= 1 + _SLACK)
    return shown


def _least(linear: Float64Array) -> Float64Array:
    # Many times faster than min(axis=-1) over an axis of three.
    return np.minimum(np.minimum(linear[..., 0], linear[..., 1]), linear[..., 2])


def _most(linear: Float64Array) -> Float64Array:
    return np.maximum(np.maximum(linear[..., 0], linear[..., 1]), linear[..., 2])
