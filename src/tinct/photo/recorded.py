"""What results of tinct record of their making, read from their XMP without decoding them."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pyvips

from tinct.errors import PhotoError
from tinct.photo.formats import isobmff, pillow_codecs, registry
from tinct.photo.metadata.provenance import recorded_provenance
from tinct.photo.sources import ByteSource, byte_source, format_of_source

_LAYERED = "mergedimage.png"


def read_provenance(path: Path) -> dict[str, str] | None:
    """The items that tinct recorded in the metadata of a result, by name; None for all else.

    PhotoError, naming the file and the remedy, for what is no photo and no OpenRaster file.
    """
    merged = _merged_image(path)
    return recorded_provenance(_packet(byte_source(path if merged is None else merged)))


def _packet(source: ByteSource) -> bytes | None:
    kind = format_of_source(source)
    with source.open() as file:
        if kind == "jxl":
            return isobmff.content(file, b"xml ")
        if kind in pillow_codecs.KINDS:
            image = pillow_codecs.decode(kind, file, source.name, 1e6)
        else:
            try:
                image = source.load(registry.READABLE[kind].loader, access="sequential")
            except pyvips.Error:
                return None  # damaged, which is told when it is opened as a photo
    return bytes(image.get("xmp-data")) if image.get_typeof("xmp-data") else None


def _merged_image(path: Path) -> bytes | None:
    """The flattened picture in an OpenRaster file; None for other files."""
    if path.suffix.lower() != ".ora":
        return None
    try:
        with zipfile.ZipFile(path) as archive:
            return archive.read(_LAYERED)
    except FileNotFoundError:
        raise PhotoError(f"{path}: there is no such file; check the name") from None
    except (OSError, zipfile.BadZipFile, KeyError) as fault:
        raise PhotoError(f"{path}: is no OpenRaster file ({fault}); copy it again") from None
