"""MakerNotes (EXIF tag 37500): with many cameras, a directory with offsets from the start of the EXIF block."""

from __future__ import annotations

import struct

TAG = 37500

# What stands before the directory; other makers count from within the notes, which may lie anywhere.
_HEADS = {b"Panasonic\0\0\0": 12, b"SONY DSC \0\0\0": 12, b"SONY CAM \0\0\0": 12}
_WIDTHS = {1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 6: 1, 7: 1, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8, 13: 4}
_MOST_ENTRIES = 500


def relocate(notes: bytes, order: str, before: int, after: int) -> bytes:
    """MakerNotes with offsets corrected for a move from `before` to `after`, both relative to the start of
    EXIF.

    order: "<" or ">", of the source block. Notes stay unchanged unless all of their offsets are consistent
    with it.
    """
    start = next((length for head, length in _HEADS.items() if notes.startswith(head)), 0)
    if len(notes) < start + 2:
        return notes
    (count,) = struct.unpack_from(order + "H", notes, start)
    if not 0 < count <= _MOST_ENTRIES or len(notes) < start + 2 + 12 * count:
        return notes
    shifted = bytearray(notes)
    for at in range(start + 2, start + 2 + 12 * count, 12):
        _, kind, number, place = struct.unpack_from(order + "HHII", notes, at)
        size = _WIDTHS.get(kind, 0) * number
        if kind not in _WIDTHS or (size > 4 and not before <= place <= before + len(notes) - size):
            return notes
        if size > 4:
            if place - before + after > 0xFFFFFFFF:
                return notes
            struct.pack_into(order + "I", shifted, at + 8, place - before + after)
    return bytes(shifted)
