"""A photo at another size: for previews and tiles, which are rendered as the photo itself is."""

from __future__ import annotations

from dataclasses import replace

import pyvips

from tinct.photo.picture.orientation import SEQUENTIAL
from tinct.photo.reading import Photo
from tinct.photo.vips_errors import translate_vips_errors

# A copy of at most this many pixels is kept in memory; a larger one is computed in strips at each use.
_KEPT_PIXELS = 4_000_000


def scaled(photo: Photo, width: int, height: int) -> Photo:
    """The photo resampled to width x height, for `render` with the coefficients of the photo itself."""
    if width * height > _KEPT_PIXELS:
        return replace(photo, width=width, height=height, pixels=lambda: _resized(photo, width, height))
    with translate_vips_errors(photo.name):
        kept = _resized(photo, width, height).copy_memory().copy()
    kept.remove(SEQUENTIAL)
    return replace(photo, width=width, height=height, pixels=lambda: kept)


def _resized(photo: Photo, width: int, height: int) -> pyvips.Image:
    image = photo.pixels()
    if (image.width, image.height) == (width, height):
        return image
    return image.resize(width / image.width, vscale=height / image.height, kernel="linear")
