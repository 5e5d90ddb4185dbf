"""A sheet of photos before and after colouring."""

from __future__ import annotations

import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tinct.photo.drawing import sheet
from tinct.photo.reading import read
from tinct.photo.vips_errors import translate_vips_errors
from tinct.photo.writing import atomic_write

SIDE = 240
_QUALITY = 90
_LAYERED = "mergedimage.png"


def write_before_after(pairs: Sequence[tuple[Path, Path]], target: Path) -> None:
    """Draw photos and their results in pairs, two to a row, as PNG or JPEG by the suffix; replaces `target`.

    Raises PhotoError for a file that cannot be read, or a target that cannot be written.
    """
    tiles = []
    for before, after in pairs:
        tiles += [(before.name, _small(before)), ("", _small(after))]
    image = sheet(tiles, columns=2 if len(pairs) == 1 else 4, side=SIDE)
    with atomic_write(target, overwrite=True) as partial, translate_vips_errors(str(target), target):
        if target.suffix.lower() == ".png":
            image.pngsave(str(partial))
        else:
            image.jpegsave(str(partial), Q=_QUALITY)


def _small(path: Path) -> NDArray[Any]:
    """sRGB pixels (h, w, 3) of a photo or a result, at most `SIDE` wide and high."""
    source: Path | bytes = path
    if path.suffix.lower() == ".ora":
        with zipfile.ZipFile(path) as archive:
            source = archive.read(_LAYERED)
    opened = read(source, max_megapixels=1e6)
    with translate_vips_errors(opened.name):
        pixels = opened.pixels()
        if opened.white != 1.0:
            pixels = pixels / opened.white
        image = pixels.resize(min(1.0, SIDE / max(pixels.width, pixels.height))).colourspace("srgb")
        if image.hasalpha():
            image = image.flatten(background=255)
        return np.asarray(image.cast("uchar").numpy()[..., :3])
