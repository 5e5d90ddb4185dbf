"""Exactly the requested colour under a hint, fading with distance and with differences of lightness."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tinct.color.gamut import max_chroma
from tinct.color.resample import resize_area, resize_planes
from tinct.errors import PhotoWarning
from tinct.guidance.hints import Hint
from tinct.guidance.strokes import distance_to, line_of

Float32Array = NDArray[np.float32]

# In pixels of the thumbnail: half the bilinear support of a pixel of the photo, and the fall of what lies beyond.
_CORE, _FALL = 1.5, 4.0
# Differences of L that count as none, and the fall of larger ones.
_SAME_L, _FALL_L = 3.0, 5.0
# A share of the chroma from which nothing is said.
_SHOWN = 0.95
_SMALL, _BRUSHES_KEPT = 10_000, 1000


@dataclass(frozen=True, slots=True, eq=False)
class Brush:
    """A hint on a canvas: the part that it covers, its weight (h, w) there, and the core (h, w) that has its colour."""

    part: tuple[slice, slice]
    weight: Float32Array
    core: NDArray[np.bool_]


# Brushes of hints, by the size of the canvas and how much finer than the grid each is followed.
Brushes = dict[tuple[Hint, int, int, int], Brush]


def paint(
    guided: Float32Array,
    automatic: Float32Array,
    thumbnail: Float32Array,
    hints: Sequence[Hint],
    zooms: Sequence[int] | None = None,
    kept: Brushes | None = None,
) -> Float32Array:
    """Coefficients (4, H, W) of ab = slope * L + offset that give each hint its colour exactly.

    guided, automatic: coefficients (4, h, w) with and without hints, over the whole photo; thumbnail: L (H, W), 0..100.
    Under a hint the slope is 0 and the offset its colour; for kind keep both are the automatic ones. zooms: how much
    finer than the grid each hint was followed, by which its colour fades sooner. kept: brushes for the same thumbnail.
    """
    height, width = (int(side) for side in np.maximum(thumbnail.shape, guided.shape[1:]))
    lightness = resize_area(thumbnail, height, width)
    painted, before = resize_planes(guided, height, width), None
    kept = {} if kept is None else kept
    cores = []
    for hint, zoom in zip(hints, zooms or [1] * len(hints), strict=True):
        if hint.kind == "barrier":
            continue
        key = hint, zoom, height, width
        brush = kept.get(key) or _brush(hint, zoom, lightness)
        if brush.weight.size <= _SMALL:
            if len(kept) >= _BRUSHES_KEPT:
                kept.clear()
            kept[key] = brush
        if hint.kind == "keep":
            before = resize_planes(automatic, height, width) if before is None else before
            target = before[(slice(None), *brush.part)]
        else:
            target = np.array([0, 0, *hint.ab], np.float32)[:, None, None]
        inside = painted[(slice(None), *brush.part)]
        inside += brush.weight * (target - inside)
        cores.append((brush, target))
    # What fades from a later hint must not reach the middle of an earlier one.
    for brush, target in cores:
        inside = painted[(slice(None), *brush.part)]
        np.copyto(inside, target, where=brush.core)
    return painted


def _brush(hint: Hint, zoom: int, lightness: Float32Array) -> Brush:
    height, width = lightness.shape
    fall = _FALL / zoom
    line = line_of(hint.points, width, height)
    at = np.minimum(line, (width - 1, height - 1)).astype(int)
    line = line[np.append(True, (np.diff(at, axis=0) != 0).any(1))]
    radius = max(hint.radius * min(height, width), _CORE)
    part, distance, nearest = distance_to(line, height, width, radius + 3 * fall)
    columns, rows = np.minimum(line, (width - 1, height - 1)).astype(int).T
    levels = lightness[rows, columns][nearest]
    off = np.maximum(np.abs(lightness[part] - levels) - _SAME_L, 0) / _FALL_L
    away = np.maximum(distance - radius, 0) / fall
    weight = np.exp(-(away**2 + off**2) / 2).astype(np.float32)
    return Brush(part, weight, distance <= _CORE)


def warn_of_gamut(name: str, thumbnail: Float32Array, hints: Sequence[Hint]) -> None:
    """Warn of hints whose colour sRGB cannot show at the lightness of their place; the result has less chroma there."""
    height, width = thumbnail.shape
    numbered = [(number, hint) for number, hint in enumerate(hints, 1) if np.hypot(*hint.ab) > 1]
    if not numbered:
        return
    x, y = np.array([hint.points[0] for _, hint in numbered]).T
    a, b = np.array([hint.ab for _, hint in numbered]).T
    levels = thumbnail[
        (y * height).astype(int).clip(0, height - 1), (x * width).astype(int).clip(0, width - 1)
    ]
    shares = max_chroma(levels, np.degrees(np.arctan2(b, a))) / np.hypot(a, b)
    for (number, hint), level, share in zip(numbered, levels, shares, strict=True):
        if share < _SHOWN:
            warnings.warn(
                f"{name}: hint {number}: sRGB has no {hint.color} at a lightness of {level:.0f}; "
                f"the nearest of the same hue is taken, with {100 * share:.0f} % of its chroma",
                PhotoWarning,
                stacklevel=3,
            )
