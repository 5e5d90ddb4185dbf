"""Photos rotated by their EXIF orientation: small ones in memory, large ones streamed or tiled on disk."""

from __future__ import annotations

import threading
from collections.abc import Callable

import pyvips

from tinct.photo.picture.tiled_file import TiledFile

Opener = Callable[[], pyvips.Image]

# Marks an image of libvips that can be read from the top only.
SEQUENTIAL = "vips-sequential"
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
    copies: list[TiledFile] = []

    def turned() -> pyvips.Image:
        with lock:
            if not copies:
                copies.append(TiledFile(stream()))
        image = copies[0].opened()
        image.set_type(pyvips.GValue.gint_type, "orientation", orientation)
        return image.autorot()

    return turned
