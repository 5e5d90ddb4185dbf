"""Lightness of the photo + ab of the network -> the coloured photo, lazily, at full size and depth."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pyvips
from numpy.typing import NDArray

from tinct.color.resample import resize_area
from tinct.photo import strips
from tinct.photo.picture import borders, guided_upsampling, orientation, profiles, vignettes
from tinct.photo.picture.generated_image import generated_image
from tinct.photo.reading import THUMBNAIL, Photo
from tinct.photo.vips_errors import translate_vips_errors

Float32Array = NDArray[np.float32]
Window = strips.Window

_FORMATS = {8: "uchar", 16: "ushort", 32: "float"}
_KINDS: dict[int, type[Any]] = {8: np.uint8, 16: np.uint16, 32: np.float32}


def network_input(photo: Photo, short_side: int, multiple: int) -> Float32Array:
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


def join(photo: Photo, ab: Float32Array, *, profile: str | Path = "srgb") -> pyvips.Image:
    """The photo in colour: RGB or RGBA, in the photo's depth, lazy.

    ab: (2, h, w) at any smaller size, in Lab units, of what `network_input` shows: the border of a scan stays grey. L
    stays the photo's own; where sRGB cannot show a colour its chroma is reduced at constant L and hue.
    profile: srgb, p3, keep (the photo's own, if RGB) or an ICC file.
    """
    return render(photo, chroma_coefficients(photo, ab), profile=profile)


def chroma_coefficients(photo: Photo, ab: Float32Array) -> Float32Array:
    """Coefficients (4, h, w) of ab = slope * L + offset over the whole photo, border included; `ab` as for `join`."""
    return guided_upsampling.coefficients(photo.thumbnail, borders.expand_to_frame(ab, photo.content_box))


def render(photo: Photo, coefficients: Float32Array, *, profile: str | Path = "srgb") -> pyvips.Image:
    """The photo with the chroma of `coefficients` (4, h, w), as `join` makes it."""
    chosen = profiles.output_profile(profile, photo.profile)
    return _rendered(photo, coefficients, chosen)


def window(photo: Photo, coefficients: Float32Array) -> Window:
    """Computes rectangles of the photo with the chroma of `coefficients`, in sRGB and the photo's depth.

    (left, top, width, height) -> (height, width, 3), or 4 with alpha: the same pixels as those of `render`. Of a photo
    that can be read from the top only each rectangle takes a pass. For one thread at a time.
    """
    colours = strips.window_renderer(photo, coefficients, _KINDS[photo.depth])
    image = photo.lightness_and_alpha()[1] if photo.has_alpha else None

    def rectangle(left: int, top: int, width: int, height: int) -> NDArray[Any]:
        with translate_vips_errors(photo.name):
            pixels = colours(left, top, width, height)
            if image is None:
                return pixels
            alpha = image.crop(left, top, width, height).cast(_FORMATS[photo.depth]).numpy()
            return np.concatenate([pixels, alpha.reshape(height, width, 1)], -1)

    return rectangle


def grey_like(photo: Photo, image: pyvips.Image) -> pyvips.Image:
    """The photo without colour, in the depth, profile and channels of its joined image; lazy."""
    return _rendered(photo, np.zeros((4, 1, 1), np.float32), bytes(image.get("icc-profile-data")))


def to_array(image: pyvips.Image) -> NDArray[Any]:
    """Pixels (h, w, 3), or 4 with alpha, of a joined image: uint8, uint16 or float32 as it is deep."""
    pixels: NDArray[Any] = image.numpy()
    return pixels


def _rendered(photo: Photo, coefficients: Float32Array, profile: bytes) -> pyvips.Image:
    """The photo with ab = slope * L + offset, of coefficients (4, h, w), in an RGB profile, which is attached."""
    srgb = profiles.is_srgb(profile)
    kind = _KINDS[photo.depth] if srgb else np.uint16
    rows = strips.renderer(photo, coefficients, kind)
    with translate_vips_errors(photo.name):
        alpha = photo.lightness_and_alpha()[1] if photo.has_alpha else None
        sequential = photo.lightness.get_typeof(orientation.SEQUENTIAL) != 0
        image = generated_image(photo.width, photo.height, 3, kind, rows, sequential=sequential)
        if not srgb:
            image = profiles.convert_profile(image, profile, 8 if photo.depth == 8 else 16)
        if photo.depth == 32:
            image = image if srgb else (image * (photo.white / 65535)).cast("float")
            image = image.copy(interpretation="srgb")
        image = image if alpha is None else image.bandjoin(alpha.cast(image.format))
        return _attached(image, profile)


def _attached(image: pyvips.Image, profile: bytes) -> pyvips.Image:
    image = image.copy()
    image.set_type(pyvips.GValue.blob_type, "icc-profile-data", profile)
    return image
