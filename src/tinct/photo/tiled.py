"""A photo's pixels in tiles on disk, at full size and at halves of it: any part of any size is read at once."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from pathlib import Path

from tinct.photo.picture.tiled_file import TiledFile
from tinct.photo.reading import Photo
from tinct.photo.vips_errors import translate_vips_errors


def tiled(photo: Photo, folder: Path) -> Photo:
    """The photo with its pixels in a file in `folder`, which is removed with the last use of them.

    They are the same pixels, so results are the same. PhotoError for a photo that cannot be decoded to its end, or a
    disk that is full.
    """
    with translate_vips_errors(photo.name, folder):
        kept = TiledFile(photo.pixels(), folder, pyramid=True)
    halves = tuple(partial(kept.opened, number) for number in range(1, kept.count))
    return replace(photo, pixels=kept.opened, halves=halves)
