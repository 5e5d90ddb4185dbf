"""A libvips image whose rows a Python function computes when they are needed, strip by strip.

libvips has no such operation for Python. It can read an uncompressed tiled TIFF (TIFF 6.0, section 15; BigTIFF) through
callbacks, so that is what it is given: a header, and tiles that exist only while they are read.
"""

from __future__ import annotations

import struct
import threading
from collections import OrderedDict
from collections.abc import Callable
from typing import Any

import numpy as np
import pyvips
from numpy.typing import NDArray

from tinct.errors import PhotoError
from tinct.photo.picture.orientation import SEQUENTIAL

Rows = Callable[[int, int], NDArray[Any]]

# A strip is about a sixteenth of the image, between these many bytes.
_STRIP_BYTES = 1 << 18, 1 << 20
# When an image is read again threads may be some rows behind, or strips ahead.
_ROWS_BEHIND, _STRIPS_AHEAD = 272, 2
# libvips takes tiles up to 10,000 pixels wide, TIFF such as are multiples of 16.
_WIDEST_TILE, _UNIT = 8192, 16
_OF_ANY_IMAGE = (
    *("width", "height", "bands", "format", "coding", "interpretation"),
    *("xoffset", "yoffset", "xres", "yres", "filename"),
)
_TIFF_KINDS = {"u": 1, "f": 3}


def generated_image(
    width: int, height: int, bands: int, dtype: type[np.generic], rows: Rows, *, sequential: bool = False
) -> pyvips.Image:
    """An image of float32, uint8 or uint16 samples, lazy.

    rows: gives pixels (count, width, bands) of that dtype for (top, count). It is called from one thread at a time,
    for strips in order as long as the image is read in order; when the image is read again, again from the top. If
    it raises pyvips.Error or PhotoError, reading the image raises pyvips.Error. sequential: rows out of order are
    expensive, so libvips' threads are kept together, and what is above a crop is computed too.
    """
    tiles = _Tiles(width, height, bands, np.dtype(dtype), rows)
    source = pyvips.SourceCustom()
    source.signal_connect("read", tiles.read_into)
    source.signal_connect("seek", tiles.seek)
    # A tile that cannot be read would be black, with a mere warning.
    image = pyvips.Image.new_from_source(source, "", access="random", fail_on="warning")
    if sequential:
        image = image.sequential(tile_height=tiles.tile_height)
    image = image.copy()
    for name in image.get_fields():
        if name not in _OF_ANY_IMAGE:
            image.remove(name)
    return image


class RowReader:
    """Rows of a one-band image that may be readable from the top only; it is opened anew to go back."""

    def __init__(self, opener: Callable[[], pyvips.Image], dtype: type[np.generic] = np.float32) -> None:
        self._opener, self._dtype = opener, dtype
        self._image: pyvips.Image | None = None
        self._next = 0

    def read(self, top: int, count: int, left: int = 0, right: int | None = None) -> NDArray[Any]:
        """Pixels (count, right - left) in the image's dtype, by default of whole rows; pyvips.Error if they cannot be
        read.
        """
        if self._image is None or (top < self._next and self._image.get_typeof(SEQUENTIAL)):
            self._image = self._opener()
        image = self._image
        width = (image.width if right is None else right) - left
        # A region belongs to one thread, and the next rows may be wanted by another.
        data = pyvips.Region.new(image).fetch(left, top, width, count)
        self._next = top + count
        if self._next == image.height:
            self._image = None
        return np.frombuffer(data, self._dtype).reshape(count, width)


class _Tiles:
    """The file that libvips sees, at a position."""

    def __init__(self, width: int, height: int, bands: int, dtype: np.dtype[Any], rows: Rows) -> None:
        self._width, self._height, self._rows = width, height, rows
        self._across = -(-width // _WIDEST_TILE)
        self._tile_width = -(-width // (self._across * _UNIT)) * _UNIT
        row_bytes = self._tile_width * self._across * bands * dtype.itemsize
        strip_bytes = min(max(row_bytes * height // 16, _STRIP_BYTES[0]), _STRIP_BYTES[1])
        self.tile_height = min(max(1, strip_bytes // row_bytes // _UNIT), 8) * _UNIT
        self._down = -(-height // self.tile_height)
        shape = (self._across, self.tile_height, self._tile_width, bands)
        self._blank = np.zeros(shape, dtype)
        self._tile_bytes = self._blank[0].nbytes
        self._header = self._make_header(bands, dtype)
        self._size = len(self._header) + self._down * self._blank.nbytes
        self._position = 0
        self._strips: OrderedDict[int, NDArray[np.uint8]] = OrderedDict()
        self._next = 0
        self._lock = threading.Lock()

    def seek(self, offset: int, whence: int) -> int:
        self._position = {0: 0, 1: self._position, 2: self._size}[whence] + offset
        return self._position

    def read_into(self, buffer: Any) -> int:
        """Fill as much of a buffer as lies in one tile; -1 tells libvips that it failed."""
        with self._lock:
            try:
                found = self._at(self._position)[: len(buffer)]
            except (pyvips.Error, PhotoError):
                return -1
            buffer[: len(found)] = found
            self._position += len(found)
            return len(found)

    def _at(self, position: int) -> memoryview:
        if position < len(self._header):
            return memoryview(self._header)[position:]
        if position >= self._size:
            return memoryview(b"")
        tile, offset = divmod(position - len(self._header), self._tile_bytes)
        strip, column = divmod(tile, self._across)
        return memoryview(self._strip(strip)[column])[offset:]

    def _strip(self, number: int) -> NDArray[np.uint8]:
        """Bytes (tiles across, of one tile) of a strip."""
        if number not in self._strips:
            if not self._next <= number <= self._next + _STRIPS_AHEAD:
                self._next = number
            while self._next <= number:
                self._strips[self._next] = self._computed(self._next)
                self._next += 1
            while len(self._strips) > _STRIPS_AHEAD + _ROWS_BEHIND / self.tile_height:
                self._strips.popitem(last=False)
        return self._strips[number]

    def _computed(self, number: int) -> NDArray[np.uint8]:
        top = number * self.tile_height
        count = min(self.tile_height, self._height - top)
        tiles, pixels = self._blank.copy(), self._rows(top, count)
        for column, tile in enumerate(tiles):
            part = pixels[:, column * self._tile_width : (column + 1) * self._tile_width]
            tile[:count, : part.shape[1]] = part
        return tiles.reshape(self._across, -1).view(np.uint8)

    def _make_header(self, bands: int, dtype: np.dtype[Any]) -> bytes:
        count = self._across * self._down
        entries = [
            (256, 4, 1, self._width),
            (257, 4, 1, self._height),
            (258, 3, bands, sum(8 * dtype.itemsize << 16 * band for band in range(bands))),
            (259, 3, 1, 1),  # not compressed
            (262, 3, 1, 2),  # RGB
            (277, 3, 1, bands),
            (322, 4, 1, self._tile_width),
            (323, 4, 1, self.tile_height),
            (324, 16, count, 0),
            (325, 16, count, 0),
            (339, 3, bands, sum(_TIFF_KINDS[dtype.kind] << 16 * band for band in range(bands))),
        ]
        tables = 16 + 8 + 20 * len(entries) + 8
        places = {324: tables, 325: tables + 8 * count}
        header: bytes = struct.pack("<2s3HQQ", b"II", 43, 8, 0, 16, len(entries))
        for tag, kind, number, value in entries:
            # A table of one is in its entry.
            if tag in places:
                one = {324: tables + 16, 325: self._tile_bytes}[tag]
                value = one if count == 1 else places[tag]
            header += struct.pack("<HHQQ", tag, kind, number, value)
        offsets = tables + 16 * count + np.arange(count) * self._tile_bytes
        sizes = np.full(count, self._tile_bytes)
        tail: bytes = bytes(8) + np.concatenate([offsets, sizes]).astype("<u8").tobytes()
        return header + tail
