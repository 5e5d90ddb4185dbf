"""Number of pictures in a photo file: animations, stereo pairs and albums, of which the first is read."""

from __future__ import annotations

import struct
from typing import BinaryIO

from tinct.photo.formats import isobmff
from tinct.photo.metadata import jpeg, png, tiff, webp

_COUNT_TAG, _ENTRIES_TAG = 0xB001, 0xB002
_ENTRY = 16


def count(kind: str, file: BinaryIO) -> int:
    """Number of pictures in a file of one of `registry.FORMATS`, by its structure; at least 1.

    Previews, gain maps and the pages of a TIFF do not count.
    """
    if kind == "webp":
        frames = sum(name == b"ANMF" for name, _, _ in webp.chunks(file))
    elif kind == "png":
        frames = _png_frames(file)
    elif kind == "jpeg":
        frames = _jpeg_pictures(file)
    else:
        frames = isobmff.sequence_length(file) if kind in ("avif", "heic") else 1
    return max(1, frames)


def _png_frames(file: BinaryIO) -> int:
    for name, at, length in png.chunks(file):
        if name == b"acTL" and length >= 8:
            file.seek(at)
            return int.from_bytes(file.read(4), "big")
        if name == b"IDAT":
            break
    return 1


def _jpeg_pictures(file: BinaryIO) -> int:
    """Pictures of a multi-picture index (CIPA DC-007) that are no previews of another."""
    for payload in jpeg.applications(file, jpeg.APP2):
        if not payload.startswith(b"MPF\0"):
            continue
        directory = tiff.directory_in(payload[4:])
        entries = directory.entries.get(_ENTRIES_TAG)
        if entries is None:
            continue
        order = ">" if payload[4:6] == b"MM" else "<"
        kinds = [struct.unpack_from(order + "I", entries.data, at)[0] & 0xFFFFFF
                 for at in range(0, len(entries.data) - _ENTRY + 1, _ENTRY)]  # fmt: skip
        return sum(kind >> 16 != 1 for kind in kinds)
    return 1
