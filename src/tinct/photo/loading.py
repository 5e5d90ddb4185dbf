"""Loaders: how each format is opened by libvips or Pillow, and what a result of it will lack."""

from __future__ import annotations

import io
import warnings
from collections.abc import Callable
from dataclasses import replace
from functools import lru_cache
from typing import BinaryIO, Literal

import pyvips

from tinct.errors import PhotoError, PhotoWarning
from tinct.photo.formats import (
    isobmff,
    jpeg_kinds,
    jpeg_xl,
    other_kinds,
    pictures,
    pillow_codecs,
    registry,
    tiff_layout,
    tiff_samples,
)
from tinct.photo.formats.tiff_layout import Page
from tinct.photo.metadata import tiff, webp, xmp, xmp_rules
from tinct.photo.metadata.encoding import Encoding, of_code_points
from tinct.photo.metadata.record import Metadata
from tinct.photo.sources import ByteSource, byte_source, camera_raw_error, left_out

_MOST_COPIED = 500_000_000


def find_pages(opened: ByteSource) -> list[Page]:
    """The pages of a TIFF; PhotoError for a camera raw file, of which they would be previews."""
    if opened.path is None:
        return _find_pages(opened)
    known = opened.path.stat()
    return list(_pages_of_file(opened.name, known.st_dev, known.st_ino, known.st_mtime_ns, known.st_size))


@lru_cache(maxsize=8)
def _pages_of_file(name: str, *_: int) -> tuple[Page, ...]:
    """Pages of a file with these facts; each page of a long one would have all of them parsed again."""
    return tuple(_find_pages(byte_source(name)))


def _find_pages(opened: ByteSource) -> list[Page]:
    try:
        with opened.open() as file:
            raw = tiff_layout.camera_raw(file)
            pages = tiff_layout.find_pages(file) or [Page(0)]
    except ValueError as fault:
        raise PhotoError(
            f"{opened.name}: the file is damaged ({fault}); save it anew with another program"
        ) from None
    if raw is None and opened.path is not None and opened.path.suffix.lower() in other_kinds.RAW_SUFFIXES:
        raw = opened.path.suffix[1:].upper()
    if raw is not None:
        raise camera_raw_error(opened.name, raw)
    return pages


def loader_of(
    opened: ByteSource, kind: str, place: int, max_megapixels: float
) -> Callable[[str], pyvips.Image]:
    """A function that opens the picture as grey, RGB, CMYK or Lab, with alpha if it has one, for an access
    mode.
    """
    if kind in pillow_codecs.KINDS:
        with opened.open() as file:
            picture = pillow_codecs.decode(kind, file, opened.name, max_megapixels)
            if kind == "jxl":
                _warn_of_jxl(opened.name, file, picture)
        return lambda _: picture
    loader = registry.READABLE[kind].loader
    if kind == "jpeg" and (ended := _with_end(opened)) is not None:
        return lambda access: ended.load(loader, access=access, fail_on="error")
    if kind != "tiff":
        return lambda access: opened.load(loader, access=access, fail_on="error")
    with opened.open() as file:
        directory = tiff.directory_at(file, place) or tiff.Directory()
    tiff_samples.check_samples(opened.name, directory)
    source = _labelled_rgb(opened, place) if tiff_samples.read_as_rgb(directory) else opened
    if tiff_samples.unspecified_channel(directory):
        left_out(opened.name, "a channel that is no alpha (of infrared or the like)")
    # Of a tile that cannot be decoded libvips tells only so; of a strip it would tell mere sloppiness as well.
    fail_on = "warning" if tiff.TILE_WIDTH in directory.entries else "error"

    def load(access: str) -> pyvips.Image:
        image = source.load(loader, access=access, fail_on=fail_on, page=place)
        return tiff_samples.as_photo(image, directory)

    return load


def _labelled_rgb(opened: ByteSource, place: int) -> ByteSource:
    """A copy of a TIFF in memory of which one page says that it is RGB."""
    with opened.open() as file:
        if (size := file.seek(0, io.SEEK_END)) > _MOST_COPIED:
            raise PhotoError(
                f"{opened.name}: {size / 1e6:.0f} MB in a colour space that is read in memory; save it as grey or RGB"
            )
        at, layout = tiff.place_of_value(file, place, tiff_samples.PHOTOMETRIC), tiff.layout_of(file)
        file.seek(0)
        data = bytearray(file.read())
    order: Literal["big", "little"] = "big" if layout is not None and layout.order == ">" else "little"
    data[at : at + 2] = tiff_samples.RGB.to_bytes(2, order)
    return replace(opened, data=bytes(data))


def _warn_of_jxl(name: str, file: BinaryIO, picture: pyvips.Image) -> None:
    """Warn of what the decoder of JPEG XL leaves out."""
    header = jpeg_xl.read_header(file)
    if header.animated:
        warnings.warn(
            f"{name}: an animation, of which only one picture is coloured", PhotoWarning, stacklevel=3
        )
    if header.bits > 8 and picture.format == "uchar":
        warnings.warn(f"{name}: its {header.bits}-bit samples are read as 8-bit", PhotoWarning, stacklevel=3)
    for kind in jpeg_xl.compressed_metadata(file):
        left_out(name, f"its compressed {kind}")


def _with_end(opened: ByteSource) -> ByteSource | None:
    """A JPEG that is whole but for its end marker, with one; None for all that have one."""
    with opened.open() as file:
        if not jpeg_kinds.lacks_end(file):
            return None
        whole = jpeg_kinds.has_all_scans(file)
        file.seek(0)
        data = file.read()
    # Whatever follows the last scan of a whole one has no part in its picture.
    one, other = (
        replace(opened, data=data + more + b"\xff\xd9").load("jpegload", access="sequential", fail_on="none")
        for more in (b"", bytes(range(1, 250)))
    )
    if not whole or (one - other).abs().max() > 0:
        raise PhotoError(f"{opened.name}: the file ends too early; copy it again from where it came")
    return replace(opened, data=data + b"\xff\xd9")


def missing_decoder(opened: ByteSource, kind: str, place: int) -> str | None:
    """What libvips may have no decoder for in a source that it cannot read."""
    with opened.open() as file:
        if kind == "jpeg":
            return jpeg_kinds.unread(file)
        directory = tiff.directory_at(file, place) if kind == "tiff" else None
    return tiff_samples.unread(directory) if directory else None


def encoding_of(opened: ByteSource) -> Encoding | None:
    """How an AVIF or HEIC says its samples stand for light, beside an ICC profile."""
    with opened.open() as file:
        return of_code_points(*isobmff.code_points(file))


def is_lossless(opened: ByteSource, kind: str) -> bool:
    """Whether a WebP, AVIF or JPEG XL is lossless."""
    tests = {"webp": webp.is_lossless, "avif": isobmff.is_lossless, "jxl": jpeg_xl.is_lossless}
    if kind not in tests:
        return False
    with opened.open() as file:
        return tests[kind](file)


def warn_of_payloads(opened: ByteSource, kind: str, header: pyvips.Image, metadata: Metadata) -> None:
    """Warn of payloads and metadata of the picture that a result will lack."""
    document = xmp.parse(metadata.xmp)
    if document is None and (metadata.xmp or b"").strip(b"\0\t\r\n "):
        left_out(opened.name, "an XMP packet that cannot be parsed")
    payloads = xmp_rules.promised(document)
    for payload in payloads:
        left_out(opened.name, f"the {payload} behind its picture")
    if kind == "tiff":
        return
    with opened.open() as file:
        count = pictures.count(kind, file)
    if header.get_typeof("n-pages"):
        count = max(count, int(header.get("n-pages")))
    which = "the main one" if kind == "heic" else "the first"
    if count > 1 and not payloads:
        warnings.warn(
            f"{opened.name}: of its {count} pictures only {which} is coloured", PhotoWarning, stacklevel=3
        )
