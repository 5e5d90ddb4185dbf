"""Codecs for HEIC and JPEG XL from plugins of Pillow (extra `formats`), which decode in memory."""

from __future__ import annotations

import importlib
import io
from types import ModuleType
from typing import Any, BinaryIO

import numpy as np
import pyvips
from numpy.typing import NDArray

from tinct.errors import PhotoError
from tinct.photo import arrays
from tinct.photo.formats import isobmff
from tinct.photo.formats.limits import check_memory, check_size
from tinct.photo.vips_errors import first_line

KINDS = ("heic", "jxl")

_EXIF_MARK = b"Exif\0\0"
_BLOBS = {"exif": "exif-data", "xmp": "xmp-data", "icc_profile": "icc-profile-data"}
_FAULTS = (OSError, ValueError, RuntimeError, EOFError, SyntaxError)


def decode(kind: str, file: BinaryIO, name: str, max_megapixels: float) -> pyvips.Image:
    """The picture of a HEIC or JPEG XL file, upright, with its metadata under the names of libvips.

    PhotoError if the plugin is missing, the picture too large or the file damaged.
    """
    try:
        picture = _plugin(kind).open_heif(file, convert_hdr_to_8bit=False) if kind == "heic" else _jxl(file)
        width, height = picture.size
        check_size(name, width, height, max_megapixels)
        depth = 16 if ";16" in picture.mode else 8
        check_memory(name, kind, width * height / 1e6, 3, depth, max_megapixels)
        known = kind == "heic" or picture.mode in ("L", "LA", "RGB", "RGBA", "I;16")
        pixels: NDArray[Any] = np.asarray(picture if known else picture.convert("RGB"))
    except ModuleNotFoundError:
        raise _missing(name, kind) from None
    except _FAULTS as fault:
        remedy = "copy it again or save it anew with another program"
        raise PhotoError(
            f"{name}: the file is damaged or cut short ({first_line(fault)}); {remedy}"
        ) from None
    image = arrays.image_from_array(pixels).copy()
    blobs = {ours: picture.info[theirs] for theirs, ours in _BLOBS.items() if picture.info.get(theirs)}
    if kind == "jxl" and (packet := isobmff.content(file, b"xml ")):
        blobs["xmp-data"] = packet
    image.set_type(pyvips.GValue.gint_type, "n-pages", len(picture) if kind == "heic" else 1)
    for field, value in blobs.items():
        image.set_type(pyvips.GValue.blob_type, field, bytes(value))
    return image


def encode(image: pyvips.Image, kind: str, quality: int | None, name: str) -> bytes:
    """Encode an image with its metadata as HEIC, with 10 of 16 bits, or JPEG XL."""
    words = {ours: bytes(image.get(field)) for ours, field in _BLOBS.items() if image.get_typeof(field)}
    pixels: NDArray[Any] = image.numpy()
    file = io.BytesIO()
    try:
        plugin = _plugin(kind)
        if kind == "heic":
            mode = ("RGB" if image.bands == 3 else "RGBA") + (";16" if pixels.dtype == np.uint16 else "")
            picture = plugin.from_bytes(mode, (image.width, image.height), pixels.tobytes())
            picture.info.update(words)
            picture.save(file, quality=quality or 90, chroma=444)
        else:
            words["exif"] = words.get("exif", b"").removeprefix(_EXIF_MARK)
            pillow = importlib.import_module("PIL.Image")
            pillow.fromarray(pixels).save(file, "JXL", quality=quality or 92, **words)
    except ModuleNotFoundError:
        raise _missing(name, kind) from None
    return file.getvalue()


def _jxl(file: BinaryIO) -> Any:
    _plugin("jxl")
    return importlib.import_module("PIL.Image").open(file, formats=["JXL"])


def _plugin(kind: str) -> ModuleType:
    return importlib.import_module({"heic": "pillow_heif", "jxl": "pillow_jxl"}[kind])


def _missing(name: str, kind: str) -> PhotoError:
    spoken = {"heic": "HEIC", "jxl": "JPEG XL (JXL)"}[kind]
    return PhotoError(f"{name}: {spoken} needs more than the base install; run pip install 'tinct[formats]'")
