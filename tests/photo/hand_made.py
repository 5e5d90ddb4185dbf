"""Photo files made byte by byte, of kinds that no encoder at hand writes; and the L that they stand for."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from tinct import photo
from tinct.color.lab import grey_to_lightness

Array = NDArray[np.generic]
_CODES = {1: "B", 2: "B", 3: "H", 4: "I", 5: "I", 7: "B", 12: "d"}
# IPTC's digital source type of a picture that an algorithm has altered.
SOURCE_TYPE = "http://cv.iptc.org/newscodes/digitalsourcetype/compositeWithTrainedAlgorithmicMedia"
Tags = Mapping[int, tuple[int, int | Sequence[int] | bytes]]


def picture(height: int = 96, width: int = 128) -> NDArray[np.uint8]:
    """A grey picture that is not its own mirror image, 18..238."""
    y, x = np.mgrid[:height, :width]
    grey = 128 + 80 * np.sin(x / 9) * np.cos(y / 7) + 30 * (x / width - y / height)
    grey[10:24, 12:30] = 230
    return np.round(grey).astype(np.uint8)


def lightness(grey: Array) -> NDArray[np.float64]:
    """L of 8-bit sRGB greys."""
    return grey_to_lightness(np.asarray(grey, float) / 255)


def lightness_of(data: bytes) -> NDArray[np.float32]:
    """L of a photo's bytes, once it has been coloured without colour and written."""
    opened = photo.read(data)
    photo.to_bytes(opened, photo.join(opened, np.zeros((2, 4, 4), np.float32)), "png")
    return opened.lightness.numpy()


def tiff(tags: Tags, data: bytes, *, order: str = "<", big: bool = False, following: int = 0) -> bytes:
    """A TIFF of one directory; the pixels, uncompressed or not, lie right after the header."""
    head = 16 if big else 8
    word, count, inline = ("Q", "Q", 8) if big else ("I", "H", 4)
    at = head + len(data) + len(data) % 2
    size = struct.calcsize(order + count) + len(tags) * (20 if big else 12) + struct.calcsize(word)
    entries, beyond = b"", b""
    for number, (kind, values) in sorted(tags.items()):
        listed = [values] if isinstance(values, int) else list(values)
        packed = struct.pack(f"{order}{len(listed)}{_CODES[kind]}", *listed)
        if len(packed) > inline:
            place = at + size + len(beyond)
            beyond += packed + b"\0" * (len(packed) % 2)
            packed = struct.pack(order + word, place)
        number_of = len(listed) // (2 if kind == 5 else 1)
        entries += struct.pack(f"{order}HH{word}", number, kind, number_of) + packed.ljust(inline, b"\0")
    mark = b"II" if order == "<" else b"MM"
    start = struct.pack(order + ("HHHQ" if big else "HI"), *((43, 8, 0, at) if big else (42, at)))
    table = struct.pack(order + count, len(tags)) + entries + struct.pack(order + word, following)
    return mark + start + data + b"\0" * (len(data) % 2) + table + beyond


def strip(pixels: Array, *, photometric: int = 1, big: bool = False) -> dict[int, tuple[int, object]]:
    """The tags of one strip of pixels (h, w) or (h, w, n), as `tiff` places it."""
    height, width = pixels.shape[:2]
    samples, bits = pixels[0, 0].size, 8 * pixels.dtype.itemsize
    tags: dict[int, tuple[int, object]] = {
        256: (4, width), 257: (4, height), 258: (3, [bits] * samples), 259: (3, 1), 262: (3, photometric),
        273: (4, 16 if big else 8), 277: (3, samples), 278: (4, height), 279: (4, pixels.nbytes),
    }  # fmt: skip
    if pixels.dtype.kind == "f":
        tags[339] = (3, [3] * samples)
    return tags


def jpeg_with_segment(jpeg: bytes, marker: int, payload: bytes) -> bytes:
    """A JPEG with a segment inserted first."""
    return jpeg[:2] + struct.pack(">BBH", 0xFF, marker, len(payload) + 2) + payload + jpeg[2:]


def chunk(name: bytes, data: bytes) -> bytes:
    """A whole PNG chunk."""
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def png(pixels: Array, before: Sequence[bytes] = (), after: Sequence[bytes] = ()) -> bytes:
    """A PNG of grey or RGB, 8 or 16 bits, with whole chunks before and after its IDAT."""
    bits = 8 * pixels.dtype.itemsize
    rows = b"".join(b"\0" + np.ascontiguousarray(row).astype(f">u{bits // 8}").tobytes() for row in pixels)
    kind = 2 if pixels.ndim == 3 else 0
    size = struct.pack(">IIBBBBB", pixels.shape[1], pixels.shape[0], bits, kind, 0, 0, 0)
    body = [chunk(b"IHDR", size), *before, chunk(b"IDAT", zlib.compress(rows)), *after, chunk(b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(body)
