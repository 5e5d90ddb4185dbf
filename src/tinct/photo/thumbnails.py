"""Thumbnails of photo files, for pages and contact sheets."""

from __future__ import annotations

from pathlib import Path

import pyvips

from tinct.errors import PhotoError

_QUALITY = 80


def thumbnail_jpeg(file: Path, side: int) -> bytes:
    """A JPEG of a photo, upright, in sRGB, at most `side` pixels wide and high.

    Raises PhotoError if libvips cannot read it; OSError.
    """
    try:
        with file.open("rb") as opened:
            source = pyvips.Source.new_from_descriptor(opened.fileno())
        image = pyvips.Image.thumbnail_source(source, side, height=side, size="down", output_profile="srgb")
        if image.hasalpha():
            image = image.flatten(background=255)
        return bytes(image.jpegsave_buffer(Q=_QUALITY, keep="none"))
    except pyvips.Error as error:
        raise PhotoError(f"{file}: has no thumbnail; it cannot be read") from error
