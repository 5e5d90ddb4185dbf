"""Segments of a JPEG (ISO/IEC 10918-1, B.1.1.4): read, insert, replace."""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from typing import BinaryIO

# A segment says its length, itself included, in two bytes.
LONGEST_SEGMENT = 65533

COMMENT, APP0, APP1, APP2 = 0xFE, 0xE0, 0xE1, 0xE2
_TABLES = 0xDB
# The sum of the luminance table of ISO/IEC 10918-1, K.1, which is quality 50.
_LUMINANCE_SUM = 3688
_STANDALONE = {0x01, *range(0xD0, 0xD8)}
_MOST_BYTES = 64 << 20
_PIECE = 1 << 20


def comments(file: BinaryIO) -> tuple[bytes, ...]:
    """Comments (COM) before the first scan of a JPEG."""
    found = []
    for marker, at, length in segments(file):
        if marker == COMMENT:
            file.seek(at)
            found.append(file.read(length))
    return tuple(found)


def quality(file: BinaryIO) -> int | None:
    """Quality 1..100 of a JPEG, estimated from its first quantization table; None without one."""
    for marker, at, length in segments(file):
        if marker == _TABLES and length >= 65:
            file.seek(at)
            wide, *table = file.read(129)
            values = table[:64]
            if wide >> 4:
                values = [high * 256 + low for high, low in zip(table[:128:2], table[1:128:2], strict=False)]
            percent = 100 * sum(values) / _LUMINANCE_SUM
            return round(max(1.0, min(100.0, (200 - percent) / 2 if percent <= 100 else 5000 / percent)))
    return None


def applications(file: BinaryIO, marker: int) -> list[bytes]:
    """Payloads of the segments of that marker before the first scan of a JPEG, at most 64 MB."""
    found, budget = [], _MOST_BYTES
    for name, at, length in segments(file):
        if name == marker and length <= budget:
            file.seek(at)
            found.append(file.read(length))
            budget -= length
    return found


def add_segments(file: BinaryIO, added: Sequence[tuple[int, bytes]]) -> None:
    """Insert (marker, payload) after the application segments of a JPEG open for reading and writing.

    JFIF precedes all others, as it must.
    """
    if not added:
        return
    place = 2
    for marker, at, length in segments(file):
        if not 0xE0 <= marker <= 0xEF or added[0][0] == APP0:
            break
        place = at + length
    inserted = b"".join(_segment(marker, payload) for marker, payload in added)
    _make_room(file, place, len(inserted))
    file.seek(place)
    file.write(inserted)


def segments(file: BinaryIO) -> Iterator[tuple[int, int, int]]:
    """(marker, offset of the payload, length) of each segment up to the first scan."""
    at = 2
    while True:
        file.seek(at)
        head = file.read(4)
        if len(head) < 4 or head[0] != 0xFF:
            return
        marker = head[1]
        if marker == 0xFF or marker in _STANDALONE:
            at += 1 if marker == 0xFF else 2
            continue
        if marker in (0xDA, 0xD9):
            return
        length = int.from_bytes(head[2:4], "big")
        if length < 2:
            return
        yield marker, at + 4, length - 2
        at += 2 + length


def _segment(marker: int, payload: bytes) -> bytes:
    payload = payload[:LONGEST_SEGMENT]
    return bytes([0xFF, marker]) + (len(payload) + 2).to_bytes(2, "big") + payload


def _make_room(file: BinaryIO, place: int, size: int) -> None:
    """Move everything from `place` on by `size` bytes."""
    end = file.seek(0, io.SEEK_END)
    while end > place:
        start = max(place, end - _PIECE)
        file.seek(start)
        piece = file.read(end - start)
        file.seek(start + size)
        file.write(piece)
        end = start
