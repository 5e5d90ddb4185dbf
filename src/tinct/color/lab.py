"""sRGB (IEC 61966-2-1) to CIE 1976 L*a*b* under D65 and back, exact at the neutral axis."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

Float64Array = NDArray[np.float64]

# Linear sRGB to XYZ for the primaries of BT.709 and D65 (0.3127, 0.3290).
RGB_TO_XYZ: Float64Array = np.array(
    [
        [0.4124564, 0.3575761, 0.1804375],
        [0.2126729, 0.7151522, 0.0721750],
        [0.0193339, 0.1191920, 0.9503041],
    ]
)
XYZ_TO_RGB: Float64Array = np.asarray(np.linalg.inv(RGB_TO_XYZ), dtype=np.float64)
# The row sums, not the usual rounded numbers: so that R = G = B means a = b = 0.
WHITE: Float64Array = RGB_TO_XYZ.sum(axis=1)

EPSILON = 216 / 24389
KAPPA = 24389 / 27


def srgb_to_lab(rgb: ArrayLike) -> Float64Array:
    """Lab (..., 3) of sRGB values (..., 3) in 0..1: L in 0..100, greys with |a|, |b| < 1e-10 (CIE 15)."""
    return linear_to_lab(srgb_to_linear(rgb))


def lab_to_srgb(lab: ArrayLike) -> Float64Array:
    """sRGB (..., 3) of Lab (..., 3), not clipped: a colour that sRGB cannot show leaves 0..1."""
    return linear_to_srgb(lab_to_linear(lab))


def grey_to_lightness(value: ArrayLike) -> Float64Array:
    """L (0..100) of sRGB-encoded grey values in 0..1, any shape."""
    return luminance_to_lightness(srgb_to_linear(value))


def lightness_to_grey(lightness: ArrayLike) -> Float64Array:
    """sRGB-encoded grey values in 0..1 of L (0..100), any shape; the inverse of `grey_to_lightness`."""
    return linear_to_srgb(lightness_to_luminance(lightness))


def linear_to_lab(linear: ArrayLike) -> Float64Array:
    """Lab (..., 3) of linear-light sRGB (..., 3) with white at 1."""
    xyz = np.asarray(linear, dtype=np.float64) @ RGB_TO_XYZ.T / WHITE
    fx, fy, fz = np.moveaxis(_f(xyz), -1, 0)
    return np.stack([116 * fy - 16, 500 * (fx - fy), 200 * (fy - fz)], axis=-1)


def lab_to_linear(lab: ArrayLike) -> Float64Array:
    """Linear-light sRGB (..., 3), white at 1 and not clipped, of Lab (..., 3)."""
    lightness, a, b = np.moveaxis(np.asarray(lab, dtype=np.float64), -1, 0)
    fy = (lightness + 16) / 116
    xyz = _f_inverse(np.stack([fy + a / 500, fy, fy - b / 200], axis=-1)) * WHITE
    linear: Float64Array = xyz @ XYZ_TO_RGB.T
    return linear


def luminance_to_lightness(luminance: ArrayLike) -> Float64Array:
    """L (0..100) of relative luminance Y (white at 1)."""
    return 116 * _f(np.asarray(luminance, dtype=np.float64)) - 16


def lightness_to_luminance(lightness: ArrayLike) -> Float64Array:
    """Relative luminance Y (white at 1) of L (0..100)."""
    return _f_inverse((np.asarray(lightness, dtype=np.float64) + 16) / 116)


def srgb_to_linear(encoded: ArrayLike) -> Float64Array:
    """Linear light of sRGB-encoded values; odd about zero, so that values below 0 keep their order."""
    value = np.asarray(encoded, dtype=np.float64)
    size = np.abs(value)
    linear: Float64Array = np.sign(value) * np.where(
        size <= 0.04045, size / 12.92, ((size + 0.055) / 1.055) ** 2.4
    )
    return linear


def linear_to_srgb(linear: ArrayLike) -> Float64Array:
    """sRGB-encoded values of linear light; odd about zero."""
    value = np.asarray(linear, dtype=np.float64)
    size = np.abs(value)
    encoded: Float64Array = np.sign(value) * np.where(
        size <= 0.0031308, size * 12.92, 1.055 * size ** (1 / 2.4) - 0.055
    )
    return encoded


def _f(t: Float64Array) -> Float64Array:
    bent: Float64Array = np.where(t > EPSILON, np.cbrt(t), (KAPPA * t + 16) / 116)
    return bent


def _f_inverse(f: Float64Array) -> Float64Array:
    straight: Float64Array = np.where(f > 6 / 29, f * f * f, (116 * f - 16) / KAPPA)
    return straight
