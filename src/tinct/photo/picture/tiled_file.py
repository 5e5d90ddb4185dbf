"""Pixels in tiles on disk, from which any part is read at once."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

import pyvips

_TILE = 256
_PYRAMID: dict[str, Any] = {"pyramid": True, "depth": "onetile", "region_shrink": "mean"}


class TiledFile:
    """The pixels of an image in a tiled TIFF, not compressed, that goes with the last reference to it.

    folder: where it lies, by default the system's for temporary files. pyramid: whether it also holds halves, quarters
    and so on; count: of its sizes. Raises pyvips.Error for an image that cannot be read, or a disk that is full.
    """

    def __init__(self, image: pyvips.Image, folder: Path | None = None, *, pyramid: bool = False) -> None:
        self._interpretation = image.interpretation
        self._folder = tempfile.TemporaryDirectory(prefix="tinct-", dir=folder, ignore_cleanup_errors=True)
        self._path = str(Path(self._folder.name) / "tiles.tif")
        # As mere numbers, so that no colour space is converted on the way.
        image.copy(interpretation="multiband").tiffsave(
            self._path,
            tile=True,
            tile_width=_TILE,
            tile_height=_TILE,
            bigtiff=True,
            keep="none",
            **(_PYRAMID if pyramid else {}),
        )
        header = pyvips.Image.tiffload(self._path)
        self.count = int(header.get("n-pages")) if header.get_typeof("n-pages") else 1

    def opened(self, number: int = 0) -> pyvips.Image:
        """The pixels of a size: 0 is full size, 1 half of it."""
        # By a descriptor, which the image keeps: it may be needed longer than this.
        with open(self._path, "rb") as file:
            source = pyvips.Source.new_from_descriptor(file.fileno())
        image = pyvips.Image.tiffload_source(source, access="random", page=number)
        return image.copy(interpretation=self._interpretation)
