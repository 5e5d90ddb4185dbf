"""Codecs for HEIC, JPEG XL and BMP from Pillow and its plugins (extra `formats`), which decode in memory."""

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
from tinct.photo.formats import isobmff, jpeg_xl
from tinct.photo.formats.limits import check_memory, check_size
from tinct.photo.vips_errors import first_line

KINDS = ("heic", "jxl", "bmp")

_EXIF_MARK = b"Exif\0\0"
_BLOBS = {"exif": "exif-data", "xmp": "xmp-data", "icc_profile": "icc-profile-data"}
_FAULTS = (OSError, ValueError, RuntimeError, EOFError, SyntaxError)


def decode(kind: str, file: BinaryIO, name: str, max_megapixels: float) -> pyvips.Image:
    """The picture of a HEIC or JPEG XL file, upright, with its metadata under the names of libvips.

    PhotoError if the plugin is missing, the picture too large or the file damaged.
    """
    try:
        return {"heic": _heic, "jxl": _jxl, "bmp": _bmp}[kind](file, name, max_megapixels)
    except ModuleNotFoundError:
        raise _missing(name, kind) from None
    except _FAULTS as fault:
        remedy = "copy it again or save it anew with another program"
        raise PhotoError(
            f"{name}: the file is damaged or cut short ({first_line(fault)}); {remedy}"
        ) from None


def encode(
    image: pyvips.Image, kind: str, quality: int | None, name: str, *, lossless: bool = False
) -> bytes:
    """Encode an image with its metadata as HEIC, with 10 of 16 bits, or JPEG XL, which has no profile then.

    lossless: the source is, and so is a JPEG XL, unless a quality below 100 is asked for.
    """
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
            exactly = lossless and quality in (None, 100)
            pillow.fromarray(pixels).save(file, "JXL", quality=quality or 92, lossless=exactly, **words)
    except ModuleNotFoundError:
        raise _missing(name, kind) from None
    return file.getvalue()


def _heic(file: BinaryIO, name: str, max_megapixels: float) -> pyvips.Image:
    picture = _plugin("heic").open_heif(file, convert_hdr_to_8bit=False)
    width, height = picture.size
    check_size(name, width, height, max_megapixels)
    depth = 16 if ";16" in picture.mode else 8
    check_memory(name, "heic", width * height / 1e6, 3, depth, max_megapixels)
    pixels: NDArray[Any] = np.asarray(picture)
    blobs = {ours: picture.info[theirs] for theirs, ours in _BLOBS.items() if picture.info.get(theirs)}
    return _with_blobs(arrays.image_from_array(pixels), blobs, len(picture))


def _jxl(file: BinaryIO, name: str, max_megapixels: float) -> pyvips.Image:
    plugin, header = _plugin("jxl"), jpeg_xl.read_header(file)
    check_size(name, header.width, header.height, max_megapixels)
    check_memory(name, "jxl", header.width * header.height / 1e6, 3, header.bits, max_megapixels)
    file.seek(0)
    # Not by its Pillow plugin, which takes samples of other sizes for bytes.
    recompressed, info, data, profile, boxes = plugin.Decoder(num_threads=-1)(file.read())
    blobs = {"icc-profile-data": profile} if profile else {}
    for box in boxes:
        if box.box_type == b"Exif" and len(box.data) > 4:
            blobs.setdefault("exif-data", _tiff_of(box.data))
    if packet := isobmff.content(file, b"xml "):
        blobs["xmp-data"] = packet
    if recompressed:  # its metadata and orientation are those of the JPEG
        return _with_blobs(pyvips.Image.jpegload_buffer(data, fail_on="error"), {}, 1)
    channels = info.num_channels + info.has_alpha_channel
    kind = {1: "u1", 2: "f2" if header.is_float else "u2", 4: "f4"}[
        len(data) // (info.width * info.height * channels)
    ]
    samples = np.frombuffer(data, kind).reshape(info.height, info.width, channels)
    if kind == "f2":
        samples = samples.astype(np.float32)
    return _with_blobs(arrays.image_from_samples(samples), blobs, 1)


def _bmp(file: BinaryIO, name: str, max_megapixels: float) -> pyvips.Image:
    # Not by PIL.Image.open, which has a limit of its own on the size.
    picture = _plugin("bmp").BmpImageFile(file)
    check_size(name, picture.width, picture.height, max_megapixels)
    check_memory(name, "bmp", picture.width * picture.height / 1e6, 3, 8, max_megapixels)
    pixels: NDArray[Any] = np.asarray(picture if picture.mode == "L" else picture.convert("RGB"))
    return _with_blobs(arrays.image_from_array(pixels), {}, 1)


def _tiff_of(data: bytes) -> bytes:
    """The TIFF of an Exif box, which begins with an offset, but not as every encoder writes it."""
    bare = data.startswith((b"II*\0", b"MM\0*"))
    return data if bare else data[4 + int.from_bytes(data[:4], "big") :]


def _with_blobs(image: pyvips.Image, blobs: dict[str, Any], pictures: int) -> pyvips.Image:
    image = image.copy()
    image.set_type(pyvips.GValue.gint_type, "n-pages", pictures)
    for field, value in blobs.items():
        if value:
            image.set_type(pyvips.GValue.blob_type, field, bytes(value))
    return image


def _plugin(kind: str) -> ModuleType:
    return importlib.import_module(
        {"heic": "pillow_heif", "jxl": "pillow_jxl", "bmp": "PIL.BmpImagePlugin"}[kind]
    )


def _missing(name: str, kind: str) -> PhotoError:
    spoken = {"heic": "HEIC", "jxl": "JPEG XL (JXL)", "bmp": "BMP"}[kind]
    return PhotoError(f"{name}: {spoken} needs more than the base install; run pip install 'tinct[formats]'")
