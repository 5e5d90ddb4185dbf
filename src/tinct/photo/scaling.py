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
    """The photo resampled to width x height, for `render` with the coefficients of the photo itself.

    Of a photo that is kept at smaller sizes too, the nearest larger one is resampled; one of that size, give or take a
    pixel, is taken as it is.
    """
    if (width, height) == (photo.width, photo.height):
        return photo
    number = _fitting(photo, width, height)
    opened = photo.pixels if number < 0 else photo.halves[number]

    def resized() -> pyvips.Image:
        return _resized(opened(), width, height)

    if width * height > _KEPT_PIXELS or (number >= 0 and _nearly(opened(), width, height)):
        return replace(photo, width=width, height=height, pixels=resized, halves=())
    with translate_vips_errors(photo.name):
        kept = resized().copy_memory().copy()
    kept.remove(SEQUENTIAL)
    return replace(photo, width=width, height=height, pixels=lambda: kept, halves=())


def _fitting(photo: Photo, width: int, height: int) -> int:
    """The number of the smallest half that is large enough, give or take a pixel; -1 for the photo itself."""
    large = [
        number
        for number in range(len(photo.halves))
        if photo.width >> (number + 1) >= width - 1 and photo.height >> (number + 1) >= height - 1
    ]
    return large[-1] if large else -1


def _nearly(image: pyvips.Image, width: int, height: int) -> bool:
    return bool(abs(image.width - width) <= 1 and abs(image.height - height) <= 1)


def _resized(image: pyvips.Image, width: int, height: int) -> pyvips.Image:
    if (image.width, image.height) == (width, height):
        return image
    if _nearly(image, width, height) and min(image.width, image.height) > 1:
        return image.embed(0, 0, width, height, extend="copy")
    return image.resize(width / image.width, vscale=height / image.height, kernel="linear")
