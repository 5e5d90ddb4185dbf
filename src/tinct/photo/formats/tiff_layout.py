"""Which directories of a TIFF are pages, and which are sizes of a pyramid, thumbnails, masks or a camera's raw data."""

from __future__ import annotations

import io
import struct
from dataclasses import dataclass, replace
from typing import BinaryIO

from tinct.photo.metadata import tiff

_WIDTH, _HEIGHT, _OLD_SUBFILE_TYPE, _PHOTOMETRIC, _DNG_VERSION = 256, 257, 255, 262, 50706
_LAYERS = 37724
_LAYER_KEYS = (b"Layr", b"Lr16", b"Lr32")
_COLOUR_FILTER_ARRAY, _LINEAR_RAW = 32803, 34892
_REDUCED, _MASK, _TRANSPARENCY_MASK = 1, 4, 4
_MOST_BYTES = 64 << 20
_MOST_SUBDIRECTORIES = 64

_Raw = dict[int, tuple[int, int, bytes]]


@dataclass(frozen=True)
class Page:
    """A page of a TIFF: its number among the directories, how many sizes of a pyramid it holds, how many masks.

    layers: whether Photoshop's layers hang on it.
    """

    number: int
    levels: int = 1
    masks: int = 0
    layers: bool = False


def find_pages(file: BinaryIO) -> list[Page]:
    """The pages of a TIFF, in order; thumbnails are none.

    ValueError if the tags together claim far more than the file holds: libtiff would read for hours.
    """
    layout = tiff.layout_of(file)
    pages: list[Page] = []
    sizes: list[tuple[int, int]] = []
    most, claimed = 4 * file.seek(0, io.SEEK_END) + _MOST_BYTES, 0
    offsets = tiff.directory_offsets(file, layout) if layout else []
    thumbnails = masks_before = 0
    for number, (at, _) in enumerate(offsets):
        assert layout is not None
        entries = dict(tiff.raw_entries(file, layout, at))
        claimed += sum(tiff.SIZES.get(kind, 0) * count for kind, count, _ in entries.values())
        if claimed > most:
            raise ValueError("its tags claim more than the file holds")
        purpose, size = _purpose(entries, layout), _size(entries, layout)
        if purpose & _MASK:
            if pages:
                pages[-1] = replace(pages[-1], masks=pages[-1].masks + 1)
            else:
                masks_before += 1
        elif purpose & _REDUCED and len(offsets) > 1:
            if pages and tiff.TILE_WIDTH in entries and _is_reduction(size, sizes[-1]):
                pages[-1] = replace(pages[-1], levels=pages[-1].levels + 1)
                sizes[-1] = size
            else:
                thumbnails += 1
        else:
            levels = 1 + _pyramid_below(file, layout, entries, size)
            masks = masks_before + _masks_below(file, layout, entries)
            pages.append(Page(number, levels, masks, _has_layers(file, layout, entries)))
            masks_before = 0
            sizes.append(size)
    return pages or ([Page(0)] if thumbnails else [])


def camera_raw(file: BinaryIO) -> str | None:
    """The kind of a camera raw file that is built on TIFF, wherever its raw data lie; None for all else."""
    layout = tiff.layout_of(file)
    if layout is None:
        return None
    file.seek(8)
    mark = file.read(4)
    if mark[:2] == b"CR":
        return "Canon CR2"
    if mark in (b"IIII", b"MMMM"):
        return "Phase One IIQ"
    for at, _ in tiff.directory_offsets(file, layout):
        entries = dict(tiff.raw_entries(file, layout, at))
        if _DNG_VERSION in entries:
            return "DNG"
        below = [
            dict(tiff.raw_entries(file, layout, each)) for each in _subdirectories(file, layout, entries)
        ]
        if any(
            _value(each, _PHOTOMETRIC, layout) in (_COLOUR_FILTER_ARRAY, _LINEAR_RAW)
            for each in (entries, *below)
        ):
            return "a sensor's mosaic"
    return None


def _purpose(entries: _Raw, layout: tiff.Layout) -> int:
    """NewSubfileType, or what the older SubfileType says in its terms."""
    old = {2: _REDUCED}.get(_value(entries, _OLD_SUBFILE_TYPE, layout), 0)
    told = _value(entries, tiff.SUBFILE_TYPE, layout) if tiff.SUBFILE_TYPE in entries else old
    return told | _MASK if _value(entries, _PHOTOMETRIC, layout) == _TRANSPARENCY_MASK else told


def _masks_below(file: BinaryIO, layout: tiff.Layout, entries: _Raw) -> int:
    """How many transparency masks hang below a page."""
    below = [dict(tiff.raw_entries(file, layout, at)) for at in _subdirectories(file, layout, entries)]
    return sum(bool(_purpose(each, layout) & _MASK) for each in below)


def _has_layers(file: BinaryIO, layout: tiff.Layout, entries: _Raw) -> bool:
    """Whether ImageSourceData (Adobe Photoshop TIFF Technical Notes, 2002) hold layers."""
    _, count, inline = entries.get(_LAYERS, (7, 0, b""))
    if count <= layout.inline:
        return False
    if count > _MOST_BYTES:
        return True
    file.seek(struct.unpack(layout.offset_format, inline)[0])
    data = file.read(count)
    return any(key in data or key[::-1] in data for key in _LAYER_KEYS)


def _pyramid_below(file: BinaryIO, layout: tiff.Layout, entries: _Raw, size: tuple[int, int]) -> int:
    """How many smaller sizes of a pyramid hang below a tiled page."""
    if tiff.TILE_WIDTH not in entries:
        return 0
    levels = 0
    for at in _subdirectories(file, layout, entries):
        smaller = dict(tiff.raw_entries(file, layout, at))
        if tiff.TILE_WIDTH not in smaller or not _is_reduction(_size(smaller, layout), size):
            break
        levels, size = levels + 1, _size(smaller, layout)
    return levels


def _subdirectories(file: BinaryIO, layout: tiff.Layout, entries: _Raw) -> list[int]:
    """Where the directories that hang on a page begin."""
    kind, count, inline = entries.get(tiff.SUBIFDS, (4, 0, b""))
    size = tiff.SIZES.get(kind, 0)
    if not 0 < count <= _MOST_SUBDIRECTORIES or size not in (4, 8):
        return []
    data = inline
    if size * count > layout.inline:
        file.seek(struct.unpack(layout.offset_format, inline)[0])
        data = file.read(size * count)
    if len(data) < size * count:
        return []
    return list(struct.unpack(f"{layout.order}{count}{'I' if size == 4 else 'Q'}", data[: size * count]))


def _is_reduction(smaller: tuple[int, int], larger: tuple[int, int]) -> bool:
    """Whether both sides are the same whole part of another's, a half to an eighth, rounded in either way."""
    if not all(smaller) or not all(larger):
        return False
    factor = round(larger[0] / smaller[0])
    fits = all(abs(factor * small - large) <= factor for small, large in zip(smaller, larger, strict=True))
    return 2 <= factor <= 8 and fits


def _size(entries: _Raw, layout: tiff.Layout) -> tuple[int, int]:
    return _value(entries, _WIDTH, layout), _value(entries, _HEIGHT, layout)


def _value(entries: _Raw, tag: int, layout: tiff.Layout) -> int:
    """The first number of a short or long; 0 without one."""
    kind, _, inline = entries.get(tag, (0, 0, b""))
    shape = {3: "H", 4: "I"}.get(kind)
    return int(struct.unpack_from(layout.order + shape, inline)[0]) if shape else 0
