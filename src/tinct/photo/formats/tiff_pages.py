"""Append the pages of one TIFF to another, for results of many pages whose sizes may differ."""

from __future__ import annotations

import io
import shutil
import struct
from typing import BinaryIO

from tinct.photo.metadata import tiff

# Tags whose values are places in the file: strips, tiles, directories, old-style JPEG.
_PLACES = frozenset([273, 288, 324, 330, tiff.EXIF, tiff.GPS, tiff.INTEROPERABILITY, 513, 519, 520, 521])
_NESTED = frozenset([330, tiff.EXIF, tiff.GPS, tiff.INTEROPERABILITY])
_CLASSIC_END = 0xFFFFFFFF


def append_pages(file: BinaryIO, other: BinaryIO) -> None:
    """Put the pages of `other` after those of `file`, a TIFF open for reading and writing of the same layout.

    ValueError if the two are laid out differently, or a classic TIFF would pass 4 GB.
    """
    layout = tiff.layout_of(file)
    if layout is None or tiff.layout_of(other) != layout:
        raise ValueError("both must be TIFF files of the same byte order and width")
    last, _ = tiff.directory_offsets(file, layout)[-1]
    link = _after_entries(file, layout, last)
    end = file.seek(0, io.SEEK_END)
    base = end + (-end) % 16
    size = other.seek(0, io.SEEK_END)
    if not layout.wide and base + size > _CLASSIC_END:
        raise ValueError("the pages together pass 4 GB")
    file.write(bytes(base - end))
    other.seek(0)
    shutil.copyfileobj(other, file, 1 << 20)
    pages = [at for at, _ in tiff.directory_offsets(other, layout)]
    for at in pages:
        _moved(file, layout, at + base, base, 0)
        place = _after_entries(file, layout, at + base)
        following = _read(file, layout.offset_format, place)
        if following:
            _write(file, layout.offset_format, place, following + base)
    _write(file, layout.offset_format, link, pages[0] + base)


def _moved(file: BinaryIO, layout: tiff.Layout, at: int, base: int, depth: int) -> None:
    """Add `base` to every place that the directory at `at`, already copied there, speaks of."""
    head = struct.calcsize(layout.count_format)
    for index, (tag, (kind, count, inline)) in enumerate(tiff.raw_entries(file, layout, at)):
        field = at + head + index * layout.entry_size + layout.entry_size - layout.inline
        size = tiff.SIZES.get(kind, 0) * count
        values_at = field
        if size > layout.inline:
            values_at = struct.unpack(layout.offset_format, inline)[0] + base
            _write(file, layout.offset_format, field, values_at)
        if tag not in _PLACES or kind not in (3, 4, 13, 16, 18):
            continue
        shape = f"{layout.order}{count}{ {2: 'H', 4: 'I', 8: 'Q'}[tiff.SIZES[kind]] }"
        file.seek(values_at)
        places = [place + base for place in struct.unpack(shape, file.read(size))]
        file.seek(values_at)
        file.write(struct.pack(shape, *places))
        if tag in _NESTED and depth < 3:
            for place in places:
                _moved(file, layout, place, base, depth + 1)


def _after_entries(file: BinaryIO, layout: tiff.Layout, at: int) -> int:
    count = _read(file, layout.count_format, at)
    return at + struct.calcsize(layout.count_format) + count * layout.entry_size


def _read(file: BinaryIO, shape: str, at: int) -> int:
    file.seek(at)
    (value,) = struct.unpack(shape, file.read(struct.calcsize(shape)))
    return int(value)


def _write(file: BinaryIO, shape: str, at: int, value: int) -> None:
    file.seek(at)
    file.write(struct.pack(shape, value))
