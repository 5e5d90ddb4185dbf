"""Colours smoothed inside things and not over their edges, so that one thing does not get two colours."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]

# How far colours mix, over the short side; and how many units of L stop them as much as all that way.
REACH, CONTRAST = 0.25, 4.0
PASSES = 2


def smoothed(ab: Floats, lightness: Floats, reach: float = REACH, contrast: float = CONTRAST) -> Floats:
    """Colours ab (2, h, w), each mixed with those about it that no edge of L (h, w), 0..100, parts from it.

    The recursive filter of the domain transform (Gastal and Oliveira 2011, "Domain transform for edge-aware image and
    video processing", section 4.2): rows and columns by turns, forth and back, where a step costs as much more as L
    changes on it. reach: the filter's σ in place over the short side, 0 for none; contrast: its σ in L.
    """
    sigma = reach * min(lightness.shape)
    if not sigma:
        return ab
    mixed = np.moveaxis(ab, 0, -1).astype(np.float32)
    costs = [1 + sigma / contrast * np.abs(np.diff(lightness, axis=axis)) for axis in (0, 1)]
    for number in range(PASSES):
        shorter = sigma * 3**0.5 * 2 ** (PASSES - number - 1) / (4**PASSES - 1) ** 0.5
        kept = [np.exp(-(2**0.5) / shorter * cost).astype(np.float32)[..., None] for cost in costs]
        _along(mixed.swapaxes(0, 1), kept[1].swapaxes(0, 1))
        _along(mixed, kept[0])
    return np.ascontiguousarray(np.moveaxis(mixed, -1, 0))


def _along(lines: Floats, kept: Floats) -> None:
    """Mix each of `lines` (n, m, 2) with the one before it, then with the one after; kept: how much (n - 1, m, 1)."""
    for at in range(len(kept)):
        lines[at + 1] += kept[at] * (lines[at] - lines[at + 1])
    for at in reversed(range(len(kept))):
        lines[at] += kept[at] * (lines[at + 1] - lines[at])
