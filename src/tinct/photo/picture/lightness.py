"""Lightness of any photo: grey or colour, 1 to 32 bits, with or without a profile -> L in float."""

from __future__ import annotations

import numpy as np
import pyvips
from numpy.typing import NDArray

from tinct.color import lab
from tinct.photo.picture import profiles

_INTEGER_STEPS = {"uchar": 256, "ushort": 65536}
_CONVERTED = ("lab", "labq", "labs", "xyz", "lch", "yxy", "hsv", "oklab", "oklch")


def lightness_of(image: pyvips.Image, profile: bytes | None) -> pyvips.Image:
    """L (0..100, float, one band) of an image without alpha, lazily.

    A profile (ICC, or None) is honoured by relative colorimetry; without one grey and RGB count as
    sRGB-encoded, CMYK as libvips' generic press. Float samples count as sRGB-encoded with white at 1.
    """
    if image.interpretation in _CONVERTED:
        return image.colourspace("lab").extract_band(0).cast("float")
    if image.bands < 3 and profile is not None and profiles.color_space(profile) == "RGB ":
        space = {"uchar": "srgb", "ushort": "rgb16"}.get(image.format, "srgb")
        image = image.extract_band(0).bandjoin([image.extract_band(0)] * 2).copy(interpretation=space)
    if image.bands < 3:
        return _grey(image.extract_band(0), profile)
    if image.bands == 4:
        return _by_icc(image, profile or profiles.builtin_profile("cmyk"))
    image = image.extract_band(0, n=3)
    if profile is not None and not profiles.is_srgb(profile):
        return _by_icc(image, profile)
    if image.format in ("uchar", "ushort"):
        space = "srgb" if image.format == "uchar" else "rgb16"
        return image.copy(interpretation=space).colourspace("lab").extract_band(0)
    linear = _linear(image.cast("float"))
    weights = pyvips.Image.new_from_array([lab.RGB_TO_XYZ[1].tolist()])
    return _from_luminance(linear.recomb(weights))


def code_lightness(image: pyvips.Image, profile: bytes | None) -> NDArray[np.float32] | None:
    """L (256,) of the codes of an 8-bit grey image without alpha, as by `lightness_of`; None for any other image."""
    if image.bands != 1 or image.format != "uchar" or image.interpretation in _CONVERTED:
        return None
    ramp = pyvips.Image.new_from_array(np.arange(256, dtype=np.uint8)[None]).copy(
        interpretation=image.interpretation
    )
    lightness: NDArray[np.float32] = np.array(lightness_of(ramp, profile).numpy(), np.float32).reshape(256)
    return lightness


def _grey(image: pyvips.Image, profile: bytes | None) -> pyvips.Image:
    if profile is not None and profiles.is_grey(profile):
        steps = _INTEGER_STEPS.get(image.format, 65536)
        table = profiles.grey_lightness(profile, steps)
    elif image.format in _INTEGER_STEPS:
        steps = _INTEGER_STEPS[image.format]
        table = lab.grey_to_lightness(np.linspace(0, 1, steps))
    else:
        return _from_luminance(_linear(image.cast("float")))
    if image.format not in _INTEGER_STEPS:
        image = (image.clamp(min=0, max=1) * 65535).rint().cast("ushort")
    return image.maplut(_row(table))


def _by_icc(image: pyvips.Image, profile: bytes) -> pyvips.Image:
    if image.format not in _INTEGER_STEPS:
        image = (image.clamp(min=0, max=1) * 65535).rint().cast("ushort")
        image = image.copy(interpretation="rgb16")
    image = image.copy()
    image.set_type(pyvips.GValue.blob_type, "icc-profile-data", profile)
    return image.icc_import(embedded=True, pcs="lab", intent="relative").extract_band(0)


def _linear(encoded: pyvips.Image) -> pyvips.Image:
    encoded = encoded.clamp(min=0, max=1)
    return (encoded <= 0.04045).ifthenelse(encoded / 12.92, ((encoded + 0.055) / 1.055) ** 2.4)


def _from_luminance(luminance: pyvips.Image) -> pyvips.Image:
    bright = 116 * luminance ** (1 / 3) - 16
    return (luminance > lab.EPSILON).ifthenelse(bright, lab.KAPPA * luminance).cast("float")


def _row(table: NDArray[np.float64]) -> pyvips.Image:
    return pyvips.Image.new_from_memory(table.astype(np.float32).tobytes(), len(table), 1, 1, "float")
