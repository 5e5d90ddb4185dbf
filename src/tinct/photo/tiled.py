"""A photo's pixels in tiles on disk, at full size and at halves of it: any part of any size is read at once."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pyvips

from tinct.photo.reading import Photo
from tinct.photo.vips_errors import translate_vips_errors

_TILE = 256


def tiled(photo: Photo, folder: Path) -> Photo:
    """The photo with its pixels in a file in `folder`, which is removed with the last use of them.

    They are the same pixels, so results are the same. PhotoError for a photo that cannot be decoded to its end, or a
    disk that is full.
    """
    with translate_vips_errors(photo.name, folder):
        kept = _Pyramid(photo.pixels(), folder)
    halves = tuple(kept.opener(number) for number in range(1, kept.count))
    return replace(photo, pixels=kept.opener(0), halves=halves)


class _Pyramid:
    """A tiled TIFF, not compressed, that goes with the last reference to it."""

    def __init__(self, image: pyvips.Image, folder: Path) -> None:
        self._interpretation = image.interpretation
        self._folder = tempfile.TemporaryDirectory(prefix="pixels-", dir=folder, ignore_cleanup_errors=True)
        self._path = str(Path(self._folder.name) / "tiles.tif")
        # As mere numbers, so that no colour space is converted on the way.
        image.copy(interpretation="multiband").tiffsave(
            self._path,
            tile=True,
            tile_width=_TILE,
            tile_height=_TILE,
            pyramid=True,
            depth="onetile",
            region_shrink="mean",
            bigtiff=True,
            keep="none",
        )
        header = pyvips.Image.tiffload(self._path)
        self.count = int(header.get("n-pages")) if header.get_typeof("n-pages") else 1

    def opener(self, number: int) -> Callable[[], pyvips.Image]:
        """Opens the pixels of a size: 0 is full size, 1 half of it."""

        def opened() -> pyvips.Image:
            # By a descriptor, which the image keeps: it may be needed longer than this.
            with open(self._path, "rb") as file:
                source = pyvips.Source.new_from_descriptor(file.fileno())
            image = pyvips.Image.tiffload_source(source, access="random", page=number)
            return image.copy(interpretation=self._interpretation)

        return opened
