"""Lightness of the photo + ab of the network -> the coloured photo, lazily, at full size and depth."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pyvips
from numpy.typing import NDArray

from tinct.color.gamut import chroma_limits
from tinct.color.resample import resize_area
from tinct.photo.picture import borders, guided_upsampling, profiles, vignettes
from tinct.photo.reading import THUMBNAIL, Photo
from tinct.photo.vips_errors import translate_vips_errors

_LIGHTNESS_STEPS = 128
_HUE_STEPS = 180
# (L, chroma, hue) -> (x, y) in the table of limits: hue across, lightness down.
_TABLE_PLACE = [[0, 0, _HUE_STEPS / 360], [_LIGHTNESS_STEPS / 100, 0, 0]]
# Of scRGB as libvips has it.
_LUMINANCE = [0.2126, 0.7152, 0.0722]


def network_input(photo: Photo, short_side: int, multiple: int) -> guided_upsampling.Float32Array:
    """L (h, w) float32, 0..100, area-averaged to the network's size: sides rounded to a multiple.

    Nothing is cropped but the flat border of a scan or a mount, which `photo.content_box` tells; the darkness of a
    heavy vignette is evened out.
    """
    height, width = content_shape(photo)
    return network_input_of_size(photo, *guided_upsampling.network_size(width, height, short_side, multiple))


def content_shape(photo: Photo) -> tuple[int, int]:
    """(h, w), at some scale, of what `network_input` shows of the photo: all but the flat border of a scan."""
    if photo.content_box.whole:
        return photo.height, photo.width
    height, width = photo.thumbnail[photo.content_box.slices(*photo.thumbnail.shape)].shape
    return height, width


def network_input_of_size(photo: Photo, height: int, width: int) -> guided_upsampling.Float32Array:
    """L (height, width) as by `network_input`, of exactly that size."""
    short_side = min(height, width)
    small = photo.thumbnail if short_side <= THUMBNAIL else photo.resized_to(2 * short_side)
    if not photo.content_box.whole:
        small = small[photo.content_box.slices(*small.shape)]
    strength = vignettes.vignette_strength(small)
    return resize_area(vignettes.correct_vignette(small, strength) if strength else small, height, width)


def join(photo: Photo, ab: guided_upsampling.Float32Array, *, profile: str | Path = "srgb") -> pyvips.Image:
    """The photo in colour: RGB or RGBA, in the photo's depth, lazy.

    ab: (2, h, w) at any smaller size, in Lab units, of what `network_input` shows: the border of a scan stays grey. L
    stays the photo's own; where sRGB cannot show a colour its chroma is reduced at constant L and hue.
    profile: srgb, p3, keep (the photo's own, if RGB) or an ICC file.
    """
    ab = borders.expand_to_frame(ab, photo.content_box)
    chosen = profiles.output_profile(profile, photo.profile)
    with translate_vips_errors(photo.name):
        lightness, alpha = photo.lightness_and_alpha()
        coefficients = guided_upsampling.coefficients(photo.thumbnail, ab)
        line = guided_upsampling.upsample(coefficients, photo.width, photo.height)
        chroma = lightness * line.extract_band(0, n=2) + line.extract_band(2, n=2)
        lab = lightness.bandjoin(_within_srgb(lightness, chroma)).copy(interpretation="lab")
        image = _encoded(lab, photo.depth, chosen, photo.white)
        return image if alpha is None else image.bandjoin(alpha.cast(image.format))


def grey_like(photo: Photo, image: pyvips.Image) -> pyvips.Image:
    """The photo without colour, in the depth, profile and channels of its joined image; lazy."""
    lightness, alpha = photo.lightness_and_alpha()
    neutral = lightness.linear([1, 0, 0], [0, 0, 0]).copy(interpretation="lab")
    grey = _encoded(neutral, photo.depth, bytes(image.get("icc-profile-data")), photo.white)
    return grey if alpha is None else grey.bandjoin(alpha.cast(grey.format))


def to_array(image: pyvips.Image) -> NDArray[Any]:
    """Pixels (h, w, 3), or 4 with alpha, of a joined image: uint8, uint16 or float32 as it is deep."""
    pixels: NDArray[Any] = image.numpy()
    return pixels


def _within_srgb(lightness: pyvips.Image, chroma: pyvips.Image) -> pyvips.Image:
    polar = lightness.bandjoin(chroma).copy(interpretation="lab").colourspace("lch")
    limit = _limits().mapim(
        polar.recomb(pyvips.Image.new_from_array(_TABLE_PLACE)),
        interpolate=pyvips.Interpolate.new("bilinear"),
        extend="copy",
    )
    # libvips gives 0 for x / 0, and a grey keeps its chroma of 0 at any gain.
    gain = (limit / polar.extract_band(1)).clamp(min=0, max=1)
    return chroma * gain


@cache
def _limits() -> pyvips.Image:
    table = chroma_limits(_LIGHTNESS_STEPS, _HUE_STEPS).astype(np.float32)
    return pyvips.Image.new_from_memory(table.tobytes(), table.shape[1], table.shape[0], 1, "float")


def _encoded(lab: pyvips.Image, depth: int, profile: bytes, white: float) -> pyvips.Image:
    """Lab -> samples of that depth in an RGB profile, which is attached; float with white at `white`."""
    srgb = profiles.is_srgb(profile)
    if depth == 8 and srgb:
        return _attached(lab.colourspace("srgb"), profile)
    image = _srgb_encoded(lab.colourspace("scrgb"))
    if depth < 32 or not srgb:
        image = (image * 65535).rint().cast("ushort").copy(interpretation="rgb16")
    if not srgb:
        image = profiles.convert_profile(image, profile, 8 if depth == 8 else 16)
    if depth == 32:
        image = (image * (white if srgb else white / 65535)).cast("float").copy(interpretation="srgb")
    return _attached(image, profile)


def _srgb_encoded(linear: pyvips.Image) -> pyvips.Image:
    # libvips' own way to 16 bits goes over a table of whole numbers, in which neighbouring greys can meet.
    linear = _at_same_luminance(linear).clamp(min=0, max=1)
    return (linear <= 0.0031308).ifthenelse(linear * 12.92, 1.055 * linear ** (1 / 2.4) - 0.055)


def _at_same_luminance(linear: pyvips.Image) -> pyvips.Image:
    """The little that the table of limits leaves outside 0..1 mixed with grey until inside, at constant L."""
    luminance = linear.recomb(pyvips.Image.new_from_array([_LUMINANCE]))
    red, green, blue = linear.bandsplit()
    above = red.maxpair(green).maxpair(blue) - luminance
    below = luminance - red.minpair(green).minpair(blue)
    # libvips gives 0 for x / 0, and a grey is as far from grey at any gain.
    gain = ((1 - luminance) / above).minpair(luminance / below).clamp(min=0, max=1)
    return (linear - luminance) * gain + luminance


def _attached(image: pyvips.Image, profile: bytes) -> pyvips.Image:
    image = image.copy()
    image.set_type(pyvips.GValue.blob_type, "icc-profile-data", profile)
    return image
