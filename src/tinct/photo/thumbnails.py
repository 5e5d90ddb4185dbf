"""Small pictures of photos, for pages and contact sheets."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pyvips
from numpy.typing import NDArray

from tinct.errors import PhotoError
from tinct.photo.picture import float_samples

_QUALITY = 80
_TILE_QUALITY = 90


def thumbnail_jpeg(file: Path, side: int) -> bytes:
    """A JPEG of a photo, upright, in sRGB, at most `side` pixels wide and high.

    Raises PhotoError if libvips cannot read it; OSError.
    """
    try:
        with file.open("rb") as opened:
            source = pyvips.Source.new_from_descriptor(opened.fileno())
            header = pyvips.Image.new_from_source(source, "")
            if header.format in ("float", "double") and header.interpretation != "lab":
                image = _float_as_bytes(str(file), header).thumbnail_image(side, height=side, size="down")
            else:
                image = pyvips.Image.thumbnail_source(
                    source, side, height=side, size="down", output_profile="srgb"
                )
            if image.hasalpha():
                image = image.flatten(background=255)
            return bytes(image.jpegsave_buffer(Q=_QUALITY, keep="none"))
    except pyvips.Error as error:
        raise PhotoError(f"{file}: has no thumbnail; it cannot be read") from error


def encode_for_browser(pixels: NDArray[Any], white: float = 1.0) -> tuple[bytes, str]:
    """sRGB pixels (h, w, 3), or 4 with alpha, as a JPEG, or a PNG if they have alpha; and the media type.

    pixels: uint8, uint16, or float from 0 to `white`.
    """
    if pixels.dtype != np.uint8:
        scale = 1 / 257 if pixels.dtype == np.uint16 else 255 / white
        pixels = np.rint(np.clip(pixels * scale, 0, 255)).astype(np.uint8)
    image = pyvips.Image.new_from_array(np.ascontiguousarray(pixels)).copy(interpretation="srgb")
    if image.bands == 4:
        return bytes(image.pngsave_buffer(compression=1, keep="none")), "image/png"
    return bytes(image.jpegsave_buffer(Q=_TILE_QUALITY, subsample_mode="off", keep="none")), "image/jpeg"


def _float_as_bytes(name: str, image: pyvips.Image) -> pyvips.Image:
    """Float samples as bytes, which libvips itself would take for 0..255."""
    image = float_samples.finite(image)
    scaled = (image * (255 / float_samples.white_of(name, image))).cast("uchar")
    return scaled.copy(interpretation="srgb" if image.bands > 2 else "b-w")
