"""Photos rotated by their EXIF orientation: small ones in memory, large ones streamed or tiled on disk."""

from __future__ import annotations

import tempfile
import threading
from collections.abc import Callable
from pathlib import Path

import pyvips

Opener = Callable[[], pyvips.Image]

# Marks an image of libvips that can be read from the top only.
SEQUENTIAL = "vips-sequential"
_TILE = 256
# Those that a photo read from the top can be turned to as it comes: none, and the mirror.
_STREAMED = (0, 1, 2)


def upright(stream: Opener, orientation: int, *, kept: bool) -> Opener:
    """Opens the image of `stream`, which is read from the top, upright; each call starts a pass.

    kept: decode it now and hold it in memory. Otherwise one that must be turned is decoded once, when it is
    first needed, into tiles in a file of the system's temporary folder, which goes with the function: a strip
    of the turned image is a column of tiles, where a copy in rows would have to be in memory as a whole.
    """
    if kept:
        image = stream().copy_memory().autorot().copy()
        image.remove(SEQUENTIAL)
        return lambda: image
    if orientation in _STREAMED:
        return lambda: stream().autorot()
    lock = threading.Lock()
    copies: list[_Tiles] = []

    def turned() -> pyvips.Image:
        with lock:
            if not copies:
                copies.append(_Tiles(stream()))
        image = copies[0].opened()
        image.set_type(pyvips.GValue.gint_type, "orientation", orientation)
        return image.autorot()

    return turned


class _Tiles:
    """An image on disk, in tiles, removed with the last reference to it."""

    def __init__(self, image: pyvips.Image) -> None:
        self._interpretation = image.interpretation
        self._folder = tempfile.TemporaryDirectory(prefix="tinct-", ignore_cleanup_errors=True)
        self._path = str(Path(self._folder.name) / "tiles.tif")
        # As mere numbers, so that no colour space is converted on the way.
        image.copy(interpretation="multiband").tiffsave(
            self._path, tile=True, tile_width=_TILE, tile_height=_TILE, bigtiff=True, keep="none"
        )

    def opened(self) -> pyvips.Image:
        # By a descriptor, which the image keeps: it may be needed longer than this.
        with open(self._path, "rb") as file:
            source = pyvips.Source.new_from_descriptor(file.fileno())
        image = pyvips.Image.tiffload_source(source, access="random")
        return image.copy(interpretation=self._interpretation)
