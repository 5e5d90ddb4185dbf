"""Limits on the size of a photo and on the memory of decoding it."""

from __future__ import annotations

from tinct.errors import PhotoError

# Megabytes for decoding that nobody has to ask for.
_ALLOWED = 500.0
# What their libraries hold while they decode: bytes for each sample of a progressive JPEG, for each byte of an
# interlaced PNG, for each pixel of 8 bits or more of the others. JPEG, PNG, WebP and AVIF as measured by
# benchmarks/photo_streaming.py --whole; HEIC and JPEG XL of 8 bits on one photo each, their deep ones doubled.
_PROGRESSIVE_JPEG, _INTERLACED_PNG = 3.0, 1.7
_WHOLE = {
    "webp": (10.0, 10.0),
    "avif": (15.0, 25.0),
    "heic": (8.0, 16.0),
    "jxl": (13.0, 26.0),
    "bmp": (10.0, 10.0),
}
_SPOKEN = {"jpeg": "progressive JPEG", "png": "interlaced PNG", "webp": "WebP", "avif": "AVIF"}
_SPOKEN |= {"heic": "HEIC", "jxl": "JPEG XL", "bmp": "BMP"}


def check_size(name: str, width: int, height: int, max_megapixels: float) -> None:
    """PhotoError when a photo has more than `max_megapixels` million pixels."""
    if width * height > max_megapixels * 1e6:
        raise PhotoError(
            f"{name}: {width} x {height} is {width * height / 1e6:.0f} megapixels, above the limit of "
            f"{max_megapixels:g}; raise max_megapixels if you trust this file"
        )


def check_memory(
    name: str, kind: str, megapixels: float, samples: int, depth: int, max_megapixels: float
) -> None:
    """PhotoError when a file that must be decoded whole would take more MB than 500 and `max_megapixels`.

    kind: jpeg and png mean progressive and interlaced ones; others of them, and TIFF, stream. samples: of a
    pixel; depth: bits of each.
    """
    if kind == "jpeg":
        each = _PROGRESSIVE_JPEG * samples
    elif kind == "png":
        each = _INTERLACED_PNG * samples * depth / 8
    else:
        each = _WHOLE[kind][depth > 8]
    needed = megapixels * each
    if needed > max(_ALLOWED, max_megapixels):
        raise PhotoError(
            f"{name}: {megapixels:.0f} megapixels of {_SPOKEN[kind]}, which is decoded whole, take about "
            f"{needed:.0f} MB; raise max_megapixels to {needed + 1:.0f} if you have them, or save it as TIFF"
        )
