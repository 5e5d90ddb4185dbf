"""Boxes of ISO base media files (ISO/IEC 14496-12), such as AVIF and HEIC: number of pictures, encoding."""

from __future__ import annotations

import io
import struct
from collections.abc import Iterator
from typing import BinaryIO

_PARENTS = (b"moov", b"trak", b"mdia", b"minf", b"stbl", b"meta", b"iprp", b"ipco")
_MOST_BOXES = 10_000
_MOST_BYTES = 64 << 20
_IDENTITY = 0


def sequence_length(file: BinaryIO) -> int:
    """Pictures in the longest track of an image sequence; 0 without one."""
    found = [0]
    for name, at, size in boxes(file):
        if name == b"stsz" and size >= 12:
            file.seek(at + 8)
            found.append(int.from_bytes(file.read(4), "big"))
    return max(found)


def is_lossless(file: BinaryIO) -> bool:
    """Whether a picture stores RGB without a matrix to YCbCr, as only lossless ones do."""
    for name, at, size in boxes(file):
        if name == b"colr" and size >= 11:
            file.seek(at)
            data = file.read(11)
            if data[:4] == b"nclx" and int.from_bytes(data[8:10], "big") == _IDENTITY:
                return True
    return False


def code_points(file: BinaryIO) -> tuple[int, int]:
    """Colour primaries and transfer characteristics (ITU-T H.273) of the first picture; 2, 2 where none are told."""
    for name, at, size in boxes(file):
        if name == b"colr" and size >= 8:
            file.seek(at)
            data = file.read(8)
            if data[:4] == b"nclx":
                return int.from_bytes(data[4:6], "big"), int.from_bytes(data[6:8], "big")
    return 2, 2


def content(file: BinaryIO, wanted: bytes) -> bytes:
    """Content of the first box of that name, at most 64 MB; b"" without one."""
    for name, at, size in boxes(file):
        if name == wanted and size <= _MOST_BYTES:
            file.seek(at)
            return file.read(size)
    return b""


def boxes(file: BinaryIO) -> Iterator[tuple[bytes, int, int]]:
    """(name, offset of the content, length) of each box, nested ones included."""
    stack, count = [(0, file.seek(0, io.SEEK_END))], 0
    while stack and count < _MOST_BOXES:
        at, end = stack.pop()
        if at + 8 > end:
            continue
        count += 1
        file.seek(at)
        head = file.read(16)
        if len(head) < 8:
            continue
        size, name = struct.unpack(">I4s", head[:8])
        start = 8
        if size == 1 and len(head) == 16:
            size, start = int.from_bytes(head[8:], "big"), 16
        size = size or end - at
        if size < start or at + size > end:
            continue
        stack.append((at + size, end))
        yield name, at + start, size - start
        if name in _PARENTS:
            # meta is a full box: four bytes of version and flags come first.
            stack.append((at + start + 4 * (name == b"meta"), at + size))
