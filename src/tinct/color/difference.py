"""Perceptual colour difference: CIEDE2000."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from tinct.color.lab import Float64Array


def ciede2000(lab1: ArrayLike, lab2: ArrayLike) -> Float64Array:
    """ΔE00 between Lab arrays (..., 3), broadcast together (Sharma et al. 2005, k_L = k_C = k_H = 1)."""
    lightness1, a1, b1 = np.moveaxis(np.asarray(lab1, dtype=np.float64), -1, 0)
    lightness2, a2, b2 = np.moveaxis(np.asarray(lab2, dtype=np.float64), -1, 0)

    mean_chroma = (np.hypot(a1, b1) + np.hypot(a2, b2)) / 2
    stretch = 1.5 - 0.5 * _seventh(mean_chroma)
    chroma1, chroma2 = np.hypot(a1 * stretch, b1), np.hypot(a2 * stretch, b2)
    hue1, hue2 = np.arctan2(b1, a1 * stretch) % (2 * np.pi), np.arctan2(b2, a2 * stretch) % (2 * np.pi)

    coloured = chroma1 * chroma2 > 0
    turn = hue2 - hue1
    turn = np.where(turn > np.pi, turn - 2 * np.pi, np.where(turn < -np.pi, turn + 2 * np.pi, turn))
    turn = np.where(coloured, turn, 0.0)
    d_lightness = lightness2 - lightness1
    d_chroma = chroma2 - chroma1
    d_hue = 2 * np.sqrt(chroma1 * chroma2) * np.sin(turn / 2)

    mean_lightness = (lightness1 + lightness2) / 2
    mean_chroma = (chroma1 + chroma2) / 2
    total = hue1 + hue2
    apart = np.abs(hue1 - hue2) > np.pi
    mean_hue = np.where(apart, np.where(total < 2 * np.pi, total / 2 + np.pi, total / 2 - np.pi), total / 2)
    mean_hue = np.where(coloured, mean_hue, total)

    t = (
        1
        - 0.17 * np.cos(mean_hue - np.radians(30))
        + 0.24 * np.cos(2 * mean_hue)
        + 0.32 * np.cos(3 * mean_hue + np.radians(6))
        - 0.20 * np.cos(4 * mean_hue - np.radians(63))
    )
    off_middle = (mean_lightness - 50) ** 2
    s_lightness = 1 + 0.015 * off_middle / np.sqrt(20 + off_middle)
    s_chroma = 1 + 0.045 * mean_chroma
    s_hue = 1 + 0.015 * mean_chroma * t
    blue = np.radians(60) * np.exp(-(((np.degrees(mean_hue) - 275) / 25) ** 2))
    rotation = -2 * _seventh(mean_chroma) * np.sin(blue)

    lightness, chroma, hue = d_lightness / s_lightness, d_chroma / s_chroma, d_hue / s_hue
    squared = lightness**2 + chroma**2 + hue**2 + rotation * chroma * hue
    difference: Float64Array = np.sqrt(np.maximum(squared, 0.0))
    return difference


def _seventh(chroma: Float64Array) -> Float64Array:
    root: Float64Array = np.sqrt(chroma**7 / (chroma**7 + 25.0**7))
    return root
