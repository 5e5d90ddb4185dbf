"""Directories of TIFF tags (TIFF 6.0, BigTIFF, EXIF 2.32): read, serialise, graft onto a file.

libvips writes few of the tags of a TIFF; the others are restored here. Files are not trusted: offsets outside
the file and cycles are dropped.
"""

from __future__ import annotations

import io
import struct
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import BinaryIO

import numpy as np

from tinct.photo.metadata import maker_notes

EXIF, GPS, INTEROPERABILITY = 34665, 34853, 40965
XMP, IPTC, PHOTOSHOP, SUBIFDS, SUBFILE_TYPE, ORIENTATION = 700, 33723, 34377, 330, 254, 274
COMPRESSION, TILE_WIDTH, TILE_HEIGHT = 259, 322, 323
X_RESOLUTION, Y_RESOLUTION, RESOLUTION_UNIT = 282, 283, 296

_CHILDREN = (EXIF, GPS, INTEROPERABILITY)
# fmt: off
SIZES = {1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 6: 1, 7: 1, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8, 13: 4, 16: 8, 17: 8, 18: 8}
SIZES[129] = 1  # UTF-8 of EXIF 3.0
# Rationals are pairs of 4 bytes, whatever their size.
_UNITS = {**SIZES, 5: 4, 10: 4}
_MOST_BYTES = 64 << 20
_MOST_ENTRIES = 1_000_000


@dataclass(frozen=True)
class Entry:
    """Value of a tag: type, count and bytes, little-endian.

    place: byte order of its file and its offset there, if it does not fit into the directory.
    """

    kind: int
    count: int
    data: bytes
    place: tuple[str, int] | None = field(default=None, compare=False)

    def number(self) -> int:
        """First value of an integer type, else 0."""
        size = SIZES[self.kind]
        return int.from_bytes(self.data[:size], "little")

    def ratio(self) -> float:
        """First value of a rational, else 0."""
        if self.kind != 5 or len(self.data) < 8:
            return 0.0
        above, below = struct.unpack_from("<II", self.data)
        return float(above / below) if below else 0.0


@dataclass(frozen=True)
class Directory:
    """Tags of one picture, and its sub-directories (EXIF, GPS, interoperability)."""

    entries: Mapping[int, Entry] = field(default_factory=dict)
    children: Mapping[int, Directory] = field(default_factory=dict)

    def only(self, wanted: Callable[[int], bool]) -> Directory:
        """A copy without unwanted entries; sub-directories stay."""
        return replace(self, entries={tag: entry for tag, entry in self.entries.items() if wanted(tag)})


@dataclass(frozen=True)
class Layout:
    """Byte order and integer sizes of a file, and the offset of the pointer to its first directory."""

    order: str
    wide: bool
    pointer_at: int

    @property
    def offset_format(self) -> str:
        return self.order + ("Q" if self.wide else "I")

    @property
    def count_format(self) -> str:
        return self.order + ("Q" if self.wide else "H")

    @property
    def inline(self) -> int:
        """Bytes of a value that fit into the entry."""
        return 8 if self.wide else 4

    @property
    def entry_size(self) -> int:
        return 20 if self.wide else 12


def directory_at(file: BinaryIO, page: int) -> Directory | None:
    """Tags of a page of a TIFF file or EXIF block, as far as they can be read; None if there are none."""
    layout = layout_of(file)
    places = directory_offsets(file, layout) if layout else []
    if layout is None or page >= len(places):
        return None
    return _directory(file, layout, places[page][0], 0)


def place_of_value(file: BinaryIO, page: int, tag: int) -> int:
    """Offset of the value field of a tag in the directory of a page; -1 if it has no such tag."""
    layout = layout_of(file)
    places = directory_offsets(file, layout) if layout else []
    if layout is None or page >= len(places):
        return -1
    at = places[page][0]
    for index, (name, _) in enumerate(raw_entries(file, layout, at)):
        if name == tag:
            end = at + struct.calcsize(layout.count_format) + (index + 1) * layout.entry_size
            return end - layout.inline
    return -1


def block(directory: Directory, order: str = "<") -> bytes:
    """A directory as an EXIF block: a TIFF without pictures, in the byte order "<" or ">"."""
    layout = Layout(order, False, 4)
    body, at = _laid_out(directory, layout, 8, {}, 0)
    return struct.pack(order + "2sHI", b"II" if order == "<" else b"MM", 42, at) + body


def directory_in(data: bytes) -> Directory:
    """Tags of an EXIF block; none if it cannot be read."""
    return directory_at(io.BytesIO(data), 0) or Directory()


def graft(file: BinaryIO, additions: list[Directory], removed: frozenset[int] = frozenset()) -> None:
    """Add tags to the pages of a TIFF opened for reading and writing, replacing those of equal number.

    removed: tags to drop. New directories are appended and linked; picture data does not move.
    """
    layout = layout_of(file)
    if layout is None:
        raise ValueError("not a TIFF file")
    places = directory_offsets(file, layout)
    pointer = layout.pointer_at
    for (at, following), addition in zip(places, additions, strict=False):
        raw = {tag: entry for tag, entry in raw_entries(file, layout, at) if tag not in removed}
        end = file.seek(0, io.SEEK_END)
        padding = end % 2
        body, new_at = _laid_out(addition, layout, end + padding, raw, following)
        file.write(bytes(padding) + body)
        file.seek(pointer)
        file.write(struct.pack(layout.offset_format, new_at))
        entries = len(raw.keys() | addition.entries.keys() | addition.children.keys())
        pointer = new_at + struct.calcsize(layout.count_format) + entries * layout.entry_size


def layout_of(file: BinaryIO) -> Layout | None:
    """Layout of a TIFF, or None for another file."""
    head = _at(file, 0, 16)
    order = {b"II": "<", b"MM": ">"}.get(head[:2])
    if order is None or len(head) < 8:
        return None
    (version,) = struct.unpack(order + "H", head[2:4])
    if version == 42:
        return Layout(order, False, 4)
    return Layout(order, True, 8) if version == 43 and len(head) == 16 else None


def directory_offsets(file: BinaryIO, layout: Layout) -> list[tuple[int, int]]:
    """Offset of each directory of the main chain, and the offset of the next one (0: none)."""
    found: list[tuple[int, int]] = []
    seen: set[int] = set()
    total = 0
    (at,) = _numbers(file, layout.pointer_at, layout.offset_format)
    while at and at not in seen and total < _MOST_ENTRIES:
        seen.add(at)
        count = _entry_count(file, layout, at)
        total += count + 1
        after = at + struct.calcsize(layout.count_format) + count * layout.entry_size
        (following,) = _numbers(file, after, layout.offset_format)
        if count:
            found.append((at, following))
        at = following
    return found


def _directory(file: BinaryIO, layout: Layout, at: int, depth: int) -> Directory:
    entries: dict[int, Entry] = {}
    children: dict[int, Directory] = {}
    budget = _MOST_BYTES
    for tag, (kind, count, inline) in raw_entries(file, layout, at):
        size = SIZES.get(kind, 0) * count
        if not size or size > budget:
            continue
        place = None
        if size <= layout.inline:
            data = inline[:size]
        else:
            (offset,) = struct.unpack(layout.offset_format, inline)
            data, place = _at(file, offset, size), (layout.order, offset)
        if len(data) < size:
            continue
        budget -= size
        entry = Entry(kind, count, data if layout.order == "<" else _swapped(data, kind), place)
        if tag in _CHILDREN and depth < 2:
            children[tag] = _directory(file, layout, entry.number(), depth + 1)
        else:
            entries[tag] = entry
    return Directory(entries, children)


def raw_entries(file: BinaryIO, layout: Layout, at: int) -> list[tuple[int, tuple[int, int, bytes]]]:
    """(tag, (type, count, value-or-offset field)) of each entry of the directory at an offset."""
    count = _entry_count(file, layout, at)
    body = _at(file, at + struct.calcsize(layout.count_format), count * layout.entry_size)
    shape = layout.order + ("HHQ8s" if layout.wide else "HHI4s")
    whole = body[: len(body) // layout.entry_size * layout.entry_size]
    return [(tag, (kind, number, inline)) for tag, kind, number, inline in struct.iter_unpack(shape, whole)]


def _laid_out(
    directory: Directory,
    layout: Layout,
    start: int,
    raw: Mapping[int, tuple[int, int, bytes]],
    following: int,
) -> tuple[bytes, int]:
    """Serialised directory with sub-directories and values, to be placed at `start`, and its offset."""
    body = bytearray()
    fields = dict(raw)
    for tag, child in directory.children.items():
        child_body, child_at = _laid_out(child, layout, start + len(body), {}, 0)
        body += child_body
        fields[tag] = (16 if layout.wide else 4, 1, struct.pack(layout.offset_format, child_at))
    for tag, entry in directory.entries.items():
        data = entry.data if layout.order == "<" else _swapped(entry.data, entry.kind)
        if len(data) <= layout.inline:
            inline = data.ljust(layout.inline, b"\0")
        else:
            body += bytes(-(start + len(body)) % 8)
            inline = struct.pack(layout.offset_format, start + len(body))
            if tag == maker_notes.TAG and entry.place is not None:
                data = maker_notes.relocate(data, *entry.place, start + len(body))
            body += data
        fields[tag] = (entry.kind, entry.count, inline)
    body += bytes(-(start + len(body)) % 8)
    at = start + len(body)
    shape = layout.order + ("HHQ8s" if layout.wide else "HHI4s")
    body += struct.pack(layout.count_format, len(fields))
    for tag in sorted(fields):
        body += struct.pack(shape, tag, *fields[tag])
    body += struct.pack(layout.offset_format, following)
    return bytes(body), at


def _entry_count(file: BinaryIO, layout: Layout, at: int) -> int:
    (count,) = _numbers(file, at, layout.count_format)
    return count if count <= 0xFFFF else 0


def _numbers(file: BinaryIO, at: int, shape: str) -> tuple[int, ...]:
    data = _at(file, at, struct.calcsize(shape))
    return struct.unpack(shape, data) if len(data) == struct.calcsize(shape) else (0,)


def _at(file: BinaryIO, offset: int, size: int) -> bytes:
    if offset >= 1 << 62:
        return b""
    file.seek(offset)
    return file.read(size)


def _swapped(data: bytes, kind: int) -> bytes:
    unit = _UNITS[kind]
    return data if unit == 1 else np.frombuffer(data, f"<u{unit}").byteswap().tobytes()
