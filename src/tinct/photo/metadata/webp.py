"""Chunks of a WebP (RFC 9649): read, replace."""

from __future__ import annotations

import io
import struct
from collections.abc import Iterator
from typing import BinaryIO

_MOST_CHUNKS = 100_000


def chunks(file: BinaryIO) -> Iterator[tuple[bytes, int, int]]:
    """(name, offset of the data, length) of each chunk."""
    end, at = file.seek(0, io.SEEK_END), 12
    for _ in range(_MOST_CHUNKS):
        file.seek(at)
        head = file.read(8)
        if len(head) < 8:
            return
        name, length = struct.unpack("<4sI", head)
        yield name, at + 8, min(length, end - at - 8)
        at += 8 + length + length % 2


def is_lossless(file: BinaryIO) -> bool:
    """Whether the picture, or the first of an animation, is lossless."""
    for name, at, _ in chunks(file):
        if name == b"ANMF":
            # Its frame has a header of 16 bytes; an alpha of its own may come first.
            file.seek(at + 16)
            head = file.read(8)
            if head[:4] == b"ALPH":
                return False
            name = head[:4]
        if name in (b"VP8L", b"VP8 "):
            return bool(name == b"VP8L")
    return False


def bare_exif(file: BinaryIO) -> None:
    """Remove the JPEG prefix of the EXIF chunk of a WebP open for reading and writing, as the standard
    requires.
    """
    end, at = file.seek(0, io.SEEK_END), 12
    while at + 8 <= end:
        file.seek(at)
        name, length = struct.unpack("<4sI", file.read(8))
        if name == b"EXIF" and file.read(6) == b"Exif\0\0":
            rest = file.read()
            file.seek(at)
            file.write(struct.pack("<4sI", name, length - 6) + rest)
            size = file.tell()
            file.truncate()
            file.seek(4)
            file.write(struct.pack("<I", size - 8))
            return
        at += 8 + length + length % 2
