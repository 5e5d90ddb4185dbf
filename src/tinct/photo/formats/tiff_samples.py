"""Sample types of a TIFF page (TIFF 6.0): converts or rejects what libvips would misread."""

from __future__ import annotations

import struct

import numpy as np
import pyvips

from tinct.color.lab import lightness_to_grey
from tinct.errors import PhotoError
from tinct.photo.metadata import tiff

BITS, PHOTOMETRIC, SAMPLES, EXTRA_SAMPLES, INK_SET, SAMPLE_FORMAT = 258, 262, 277, 338, 332, 339
COLOUR_FILTER_ARRAY, LINEAR_RAW = 32803, 34892
_PLANES, _COEFFICIENTS, _SUBSAMPLING, _REFERENCE = 284, 529, 530, 532
_JPEG, _OLD_JPEG = 7, 6
_WHITE_IS_ZERO, RGB, _PALETTE, _MASK, _CMYK, _YCBCR, _LAB, _ICC_LAB = 0, 2, 3, 4, 5, 6, 8, 9
_COLOURS = {0: 1, 1: 1, 2: 3, 3: 1, 4: 1, 5: 4, 6: 3, 8: 3, 9: 3}
# Colour spaces that libvips hands on as if they were RGB or grey, or scales in its own way.
_UNREAD_SPACES = {10: "ITULab", 32844: "LogL", 32845: "LogLuv"}
_UNSIGNED, _FLOAT = 1, 3

_READ_BITS = (1, 2, 4, 8, 16, 32)


def check_samples(name: str, directory: tiff.Directory) -> None:
    """PhotoError, with the colour space or channel count, for a page that libvips would misread."""
    photometric, samples = _number(directory, PHOTOMETRIC, -1), _number(directory, SAMPLES, 1)
    if photometric in _UNREAD_SPACES:
        space = _UNREAD_SPACES[photometric]
        raise PhotoError(
            f"{name}: its colour space is {space}, which tinct does not read; save it as grey or RGB"
        )
    if (photometric == _YCBCR and read_as_rgb(directory)) and (
        _numbers(directory, _SUBSAMPLING) != [1, 1] or _number(directory, tiff.COMPRESSION, 1) == _OLD_JPEG
    ):
        raise PhotoError(
            f"{name}: its colour space is subsampled YCbCr in planes or with alpha, which tinct does not read; "
            "save it as RGB"
        )
    if photometric == _WHITE_IS_ZERO and _number(directory, SAMPLE_FORMAT, _UNSIGNED) == _FLOAT:
        raise PhotoError(
            f"{name}: float samples in which 0 is white, which tinct does not read; save it with 0 as black"
        )
    if photometric == _CMYK and (samples < 4 or _number(directory, INK_SET, 1) != 1):
        raise PhotoError(f"{name}: its {samples} channels are inks, not CMYK; save it as grey, RGB or CMYK")
    if photometric not in _COLOURS and photometric != -1:
        raise PhotoError(f"{name}: its colour space (TIFF's number {photometric}) is not one that tinct reads; "
                         "save it as grey or RGB")  # fmt: skip
    more = samples - _COLOURS.get(photometric, samples)
    if more > 1:
        colours = samples - more
        raise PhotoError(
            f"{name}: {samples} channels, {more} more than its {colours} of colour; save it with alpha at most"
        )
    if more < 0:
        raise PhotoError(
            f"{name}: {samples} channels are too few for its colour space; save it as grey or RGB"
        )


def unspecified_channel(directory: tiff.Directory) -> bool:
    """Whether a page has one extra channel that ExtraSamples do not declare as alpha: infrared, a mask."""
    more = _number(directory, SAMPLES, 1) - _COLOURS.get(_number(directory, PHOTOMETRIC, -1), 99)
    kinds = _numbers(directory, EXTRA_SAMPLES)
    return more == 1 and bool(kinds) and kinds[0] not in (1, 2)


def read_as_rgb(directory: tiff.Directory) -> bool:
    """Whether libvips reads the samples of a page only if they are labelled RGB; `as_photo` knows what they are."""
    more = _number(directory, PHOTOMETRIC, -1) == _YCBCR and _number(directory, SAMPLES, 1) > 3
    return _is_lab_of_integers(directory) or _is_planar_ycbcr(directory) or more


def as_photo(image: pyvips.Image, directory: tiff.Directory) -> pyvips.Image:
    """Convert an image as libvips reads it to grey, RGB, CMYK or Lab, with alpha if it has one; lazy."""
    samples = _number(directory, SAMPLES, 1)
    if unspecified_channel(directory):
        image = image.extract_band(0, n=image.bands - 1)
    if _is_lab_of_integers(directory):
        return _grey_of_lab(image, icc=_number(directory, PHOTOMETRIC, -1) == _ICC_LAB)
    if _number(directory, PHOTOMETRIC, -1) != _YCBCR or _number(directory, tiff.COMPRESSION, 1) == _JPEG:
        through_rgba = _number(directory, tiff.COMPRESSION, 1) == _OLD_JPEG
        return image.extract_band(0, n=3) if through_rgba and samples < 4 < image.bands + 1 else image
    if image.bands > samples:  # subsampled: libtiff has converted it, and added an alpha
        return image.extract_band(0, n=3)
    return _rgb_of_ycbcr(image, directory) if image.format in ("uchar", "ushort") else image


def unread(directory: tiff.Directory) -> str | None:
    """What libvips may have no decoder for in an intact page; None if there is nothing."""
    bits, form = _number(directory, BITS, 1), _number(directory, SAMPLE_FORMAT, _UNSIGNED)
    if bits not in _READ_BITS or (form == _FLOAT and bits not in (16, 32)):
        return f"{bits}-bit{' float' if form == _FLOAT else ''} samples"
    return None


def _is_lab_of_integers(directory: tiff.Directory) -> bool:
    """Whether a page is CIELab of 8 bits or ICCLab; CIELab of 16 bits libvips reads itself."""
    photometric, bits = _number(directory, PHOTOMETRIC, -1), _number(directory, BITS, 1)
    return (photometric == _LAB and bits == 8) or (photometric == _ICC_LAB and bits in (8, 16))


def _is_planar_ycbcr(directory: tiff.Directory) -> bool:
    return _number(directory, PHOTOMETRIC, -1) == _YCBCR and _number(directory, _PLANES, 1) == 2


def _grey_of_lab(image: pyvips.Image, *, icc: bool) -> pyvips.Image:
    """Grey of the L of Lab samples (TIFF 6.0, section 23; ICC.1, 6.3.4.2), with further bands."""
    top, kind, space = (255, "u1", "b-w") if image.format == "uchar" else (65535, "u2", "grey16")
    white = 65280 if icc and top == 65535 else top
    steps = np.arange(top + 1).clip(max=white) * (100 / white)
    table = np.rint(lightness_to_grey(steps) * top).astype(kind)
    grey = image.extract_band(0).maplut(pyvips.Image.new_from_array(table[None]))
    if image.bands > 3:
        grey = grey.bandjoin(image.extract_band(3, n=image.bands - 3))
    return grey.copy(interpretation=space)


def _rgb_of_ycbcr(image: pyvips.Image, directory: tiff.Directory) -> pyvips.Image:
    """Unsubsampled YCbCr to RGB (TIFF 6.0, section 21), in integers; further bands stay."""
    top = 255 if image.format == "uchar" else 65535
    half = (top + 1) // 2
    red, green, blue = _ratios(directory, _COEFFICIENTS, 3) or [0.299, 0.587, 0.114]
    usual = [0.0, top, half, top, half, top]
    reference = _ratios(directory, _REFERENCE, 6) or usual
    if max(reference[1::2]) * 8 < top:  # counted in 8 bits beside samples of 16
        reference = usual
    blacks, whites = reference[::2], reference[1::2]
    if green <= 0 or any(white <= black for black, white in zip(blacks, whites, strict=True)):
        red, green, blue, blacks, whites = 0.299, 0.587, 0.114, usual[::2], usual[1::2]
    ranges = [top, top // 2, top // 2]
    gains = [each / (white - black) for each, black, white in zip(ranges, blacks, whites, strict=True)]
    offsets = [-gain * black for gain, black in zip(gains, blacks, strict=True)]
    to_red, to_blue = 2 - 2 * red, 2 - 2 * blue
    matrix = [[1, 0, to_red], [1, -blue * to_blue / green, -red * to_red / green], [1, to_blue, 0]]
    coded = image.extract_band(0, n=3).linear(gains, offsets)
    rgb = coded.recomb(pyvips.Image.new_from_array(matrix)).clamp(min=0, max=top).rint().cast(image.format)
    if image.bands > 3:
        rgb = rgb.bandjoin(image.extract_band(3, n=image.bands - 3))
    return rgb.copy(interpretation="srgb" if top == 255 else "rgb16")


def _numbers(directory: tiff.Directory, tag: int) -> list[int]:
    entry = directory.entries.get(tag)
    if entry is None or entry.kind not in (1, 3, 4):
        return []
    size = tiff.SIZES[entry.kind]
    return [int.from_bytes(entry.data[at : at + size], "little") for at in range(0, len(entry.data), size)]


def _number(directory: tiff.Directory, tag: int, missing: int) -> int:
    return (_numbers(directory, tag) or [missing])[0]


def _ratios(directory: tiff.Directory, tag: int, count: int) -> list[float]:
    """Values of a tag of rationals; [] if the count is wrong or one is undefined."""
    entry = directory.entries.get(tag)
    if entry is None or entry.kind != 5 or len(entry.data) != 8 * count:
        return []
    numbers = struct.unpack(f"<{2 * count}I", entry.data)
    if 0 in numbers[1::2]:
        return []
    return [above / below for above, below in zip(numbers[::2], numbers[1::2], strict=True)]
