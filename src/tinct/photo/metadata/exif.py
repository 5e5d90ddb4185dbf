"""EXIF of a result (CIPA DC-008): every tag of the photo that still holds.

libvips writes EXIF tag by tag, by the names of libexif, and loses all others. It gets a placeholder of equal
length instead, which is replaced by the true block once the file is written.
"""

from __future__ import annotations

import io
import struct
from collections.abc import Iterator
from dataclasses import replace
from typing import BinaryIO

from tinct.photo.metadata import jpeg, png, tiff
from tinct.photo.metadata.resolution import TAGS as RESOLUTION_TAGS
from tinct.photo.metadata.resolution import Resolution

MARK = b"Exif\0\0"
_UPRIGHT = struct.pack("<H", 1)
_COLOUR_SPACE, _PIXEL_WIDTH, _PIXEL_HEIGHT, _GAMMA = 40961, 40962, 40963, 42240
_COMPRESSED_BITS, _SUBJECT_AREA, _SUBJECT_LOCATION, _XIAOMI_FILM = 37122, 37396, 41492, 34967
_INTEROPERABILITY_INDEX = 1
_COMPONENTS, _YCBCR = 37121, b"\1\2\3\0"
_SRGB, _UNCALIBRATED = 1, 0xFFFF
# Tags of the first directory that say how the pixels of a file lie and what its colours are.
_PIXELS = frozenset(
    [*range(254, 267), 273, 277, 278, 279, 284, 301, 318, 319, 320, *range(322, 331), 338, 339]
)
_COLOURS = frozenset([512, 513, 514, 529, 530, 532, tiff.XMP, tiff.IPTC, tiff.PHOTOSHOP, 34675])

_MAKER_NOTE = 37500
# What libvips writes beside the placeholder.
_OVERHEAD = 600
LONGEST = jpeg.LONGEST_SEGMENT - len(MARK) - _OVERHEAD
_FILLER = b"place for the EXIF of the photo "
_PIECE = 1 << 20


def block_for(
    source: tiff.Directory,
    order: str,
    *,
    size: tuple[int, int],
    turned: bool,
    resolution: Resolution | None,
    srgb: bool,
) -> bytes:
    """EXIF block of a result; b"" if the photo has none and there is nothing to write.

    source: the tags of the photo. size: width and height of the result. turned: whether the photo had to be
    rotated. The longest values are dropped if the block exceeds a segment of a JPEG, which libvips requires
    of all formats.
    """
    directory = _true(source, size, turned, srgb)
    if not directory.entries and not directory.children and resolution is None:
        return b""
    entries = dict(directory.entries) | (resolution.entries() if resolution is not None else {})
    whole = tiff.Directory(entries, directory.children)
    longest = sorted((len(entry.data) for entry in _entries(whole)), reverse=True)
    for limit in [1 << 40, *longest]:
        block = tiff.block(_shorter_than(whole, limit), order)
        if len(block) <= LONGEST:
            return block
    return b""


def details_for(
    source: tiff.Directory, size: tuple[int, int], *, turned: bool, srgb: bool
) -> dict[int, tiff.Directory]:
    """Sub-directories of a photo (EXIF, GPS, ...), corrected for a result; see `block_for`."""
    children = dict(source.children)
    if tiff.EXIF in children:
        children[tiff.EXIF] = _true_details(children[tiff.EXIF], size, turned, srgb)
    return children


def placeholder(length: int) -> bytes:
    """An EXIF block with room for one of that length."""
    room = max(length, len(_FILLER))
    filler = (_FILLER * (room // len(_FILLER) + 1))[:room]
    notes = {tiff.EXIF: tiff.Directory({_MAKER_NOTE: tiff.Entry(7, len(filler), filler)})}
    return tiff.block(tiff.Directory({}, notes))


def put_in_place(file: BinaryIO, block: bytes) -> bool:
    """Replace the placeholder in a written file (open for reading and writing); returns whether there was
    one.
    """
    at = _find(file, _FILLER)
    if at < 0:
        return False
    before = max(0, at - _OVERHEAD)
    file.seek(before)
    head = file.read(at - before)
    start = max(head.rfind(b"II*\0"), head.rfind(b"MM\0*"))
    if start < 0:
        return False
    file.seek(before + start)
    file.write(block.ljust(at - before - start + max(len(block), len(_FILLER)), b"\0"))
    return True


def source_of_png(file: BinaryIO) -> bytes:
    """EXIF of a PNG, from an eXIf chunk or from a raw profile of ImageMagick."""
    profiles = []
    for name, at, length in png.chunks(file):
        if name in (b"eXIf", b"tEXt", b"zTXt", b"iTXt") and length <= 16 << 20:
            file.seek(at)
            data = file.read(length)
            if name == b"eXIf":
                data = data.removeprefix(MARK)
            if name == b"eXIf" and data[:2] in (b"II", b"MM"):
                return data
            profiles.append(png.chunk(name, data))
    found = png.raw_profile(profiles, "exif") or png.raw_profile(profiles, "APP1")
    return found.removeprefix(MARK) if found.removeprefix(MARK)[:2] in (b"II", b"MM") else b""


def _true(source: tiff.Directory, size: tuple[int, int], turned: bool, srgb: bool) -> tiff.Directory:
    """Tags that hold for a result, corrected if possible; without the resolution."""
    left_out = _PIXELS | _COLOURS | RESOLUTION_TAGS | {_XIAOMI_FILM}
    entries = {tag: entry for tag, entry in source.entries.items() if tag not in left_out}
    if tiff.ORIENTATION in entries:
        entries[tiff.ORIENTATION] = tiff.Entry(3, 1, _UPRIGHT)
    return tiff.Directory(entries, details_for(source, size, turned=turned, srgb=srgb))


def _true_details(source: tiff.Directory, size: tuple[int, int], turned: bool, srgb: bool) -> tiff.Directory:
    """The EXIF directory, corrected for the result."""
    left_out = {_COMPRESSED_BITS, _XIAOMI_FILM}
    gamma = source.entries.get(_GAMMA)
    if gamma is not None and not 2.1 < gamma.ratio() < 2.5:
        left_out.add(_GAMMA)
    if turned:
        left_out |= {_SUBJECT_AREA, _SUBJECT_LOCATION}
    entries = {tag: entry for tag, entry in source.entries.items() if tag not in left_out}
    for tag, side in zip((_PIXEL_WIDTH, _PIXEL_HEIGHT), size, strict=True):
        if tag in entries:
            entries[tag] = tiff.Entry(4, 1, struct.pack("<I", side))
    if _COMPONENTS in entries:
        entries[_COMPONENTS] = tiff.Entry(7, 4, _YCBCR)
    children = dict(source.children)
    adobe = _is_adobe_rgb(source)
    if adobe:
        named = dict(children[tiff.INTEROPERABILITY].entries)
        named[_INTEROPERABILITY_INDEX] = tiff.Entry(2, 4, b"R98\0")
        children[tiff.INTEROPERABILITY] = replace(children[tiff.INTEROPERABILITY], entries=named)
    space = entries.get(_COLOUR_SPACE)
    # Uncalibrated refers to the profile, and so is true of all; unless it stands for Adobe RGB.
    if space is not None and (space.number() != _UNCALIBRATED or adobe):
        entries[_COLOUR_SPACE] = tiff.Entry(3, 1, struct.pack("<H", _SRGB if srgb else _UNCALIBRATED))
    return tiff.Directory(entries, children)


def _is_adobe_rgb(source: tiff.Directory) -> bool:
    """Whether the interoperability index of EXIF declares Adobe RGB (DCF 2.0)."""
    index = source.children.get(tiff.INTEROPERABILITY, tiff.Directory()).entries.get(_INTEROPERABILITY_INDEX)
    return index is not None and index.data.startswith(b"R03")


def _entries(directory: tiff.Directory) -> Iterator[tiff.Entry]:
    yield from directory.entries.values()
    for child in directory.children.values():
        yield from _entries(child)


def _shorter_than(directory: tiff.Directory, limit: int) -> tiff.Directory:
    entries = {tag: entry for tag, entry in directory.entries.items() if len(entry.data) < limit}
    children = {tag: _shorter_than(child, limit) for tag, child in directory.children.items()}
    return tiff.Directory(entries, children)


def _find(file: BinaryIO, wanted: bytes) -> int:
    """Offset of the first occurrence of some bytes in a file; -1 for none."""
    end, at, kept = file.seek(0, io.SEEK_END), 0, b""
    file.seek(0)
    while at < end:
        piece = kept + file.read(_PIECE)
        found = piece.find(wanted)
        if found >= 0:
            return at - len(kept) + found
        at += _PIECE
        kept = piece[-len(wanted) :]
    return -1
