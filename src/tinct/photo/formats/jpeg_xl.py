"""Header of a JPEG XL codestream (ISO/IEC 18181-1, annex D), for what the decoder does not expose."""

from __future__ import annotations

from dataclasses import dataclass
from typing import BinaryIO

from tinct.photo.formats import isobmff

_SIGNATURE = b"\xff\x0a"
_MOST_BYTES = 4096
_ALPHA, _SPOT, _FILTER_ARRAY = 0, 2, 5
_RATIOS = ((1, 1), (1, 1), (12, 10), (4, 3), (3, 2), (16, 9), (5, 4), (2, 1))
_SPOKEN = {b"Exif": "EXIF", b"xml ": "XMP"}


@dataclass(frozen=True)
class Header:
    """Size before orientation, bits of a sample and whether it is a float, whether there is an animation.

    xyb: the samples are stored in the XYB colour space, as only lossy encoders do.
    """

    width: int
    height: int
    bits: int = 8
    is_float: bool = False
    animated: bool = False
    xyb: bool = True


def read_header(file: BinaryIO) -> Header:
    """Header of a bare codestream or of one in a container; ValueError if it cannot be read."""
    bits = _Bits(_codestream(file))
    height, width = _size(bits)
    if bits.flag():  # all defaults
        return Header(width, height)
    animated = False
    if bits.flag():  # extra fields
        bits.number(3)  # orientation, which the decoder applies
        if bits.flag():
            _size(bits)
        if bits.flag():
            _preview_size(bits)
        animated = bits.flag()
        if animated:
            bits.choice((0, 100), (0, 1000), (10, 1), (30, 1))
            bits.choice((0, 1), (0, 1001), (8, 1), (10, 1))
            bits.choice((0, 0), (3, 0), (16, 0), (32, 0))
            bits.flag()
    is_float, depth = _depth(bits)
    bits.flag()  # whether 16-bit buffers suffice
    for _ in range(bits.choice((0, 0), (0, 1), (4, 2), (12, 1))):
        _skip_channel(bits)
    return Header(width, height, depth, is_float, animated, bits.flag())


def is_lossless(file: BinaryIO) -> bool:
    """Whether a file stores its samples as they were; False for a recompressed JPEG and a damaged header."""
    if _is_jpeg(file):
        return False
    try:
        return not read_header(file).xyb
    except ValueError:
        return False


def compressed_metadata(file: BinaryIO) -> list[str]:
    """Kinds of metadata in boxes compressed by Brotli; none for a recompressed JPEG, which has its own."""
    found: list[str] = []
    if _is_jpeg(file):
        return found
    for name, at, size in isobmff.boxes(file):
        if name == b"brob" and size > 4:
            file.seek(at)
            found.append(_SPOKEN.get(file.read(4), "metadata"))
    return found


def _is_jpeg(file: BinaryIO) -> bool:
    """Whether it is a JPEG that can be had back byte for byte."""
    return any(name == b"jbrd" for name, _, _ in isobmff.boxes(file))


class _Bits:
    """Bits of a codestream, the lowest of each byte first."""

    def __init__(self, data: bytes) -> None:
        self._number = int.from_bytes(data, "little")
        self._left = 8 * len(data)

    def number(self, count: int) -> int:
        """An unsigned integer of `count` bits; ValueError behind the end."""
        if count > self._left:
            raise ValueError("the header ends too early")
        value = self._number & ((1 << count) - 1)
        self._number >>= count
        self._left -= count
        return value

    def flag(self) -> bool:
        return self.number(1) == 1

    def choice(self, *forms: tuple[int, int]) -> int:
        """U32 of the standard: one of four (bits, offset)."""
        count, offset = forms[self.number(2)]
        return self.number(count) + offset


def _codestream(file: BinaryIO) -> bytes:
    """The first bytes of the codestream, after its signature."""
    file.seek(0)
    data = file.read(_MOST_BYTES)
    if not data.startswith(_SIGNATURE):
        data = b""
        for name, at, size in isobmff.boxes(file):
            skipped = 4 if name == b"jxlp" else 0  # the number of the part
            if name in (b"jxlc", b"jxlp") and len(data) < _MOST_BYTES:
                file.seek(at + skipped)
                data += file.read(min(max(0, size - skipped), _MOST_BYTES))
    if not data.startswith(_SIGNATURE):
        raise ValueError("there is no codestream")
    return data[len(_SIGNATURE) :]


def _size(bits: _Bits) -> tuple[int, int]:
    """(height, width) of a SizeHeader."""
    eighths = bits.flag()

    def side() -> int:
        return 8 * (bits.number(5) + 1) if eighths else bits.choice((9, 1), (13, 1), (18, 1), (30, 1))

    height = side()
    ratio = bits.number(3)
    return height, height * _RATIOS[ratio][0] // _RATIOS[ratio][1] if ratio else side()


def _preview_size(bits: _Bits) -> None:
    forms = ((0, 2), (0, 4), (5, 1), (9, 33)) if bits.flag() else ((6, 1), (8, 65), (10, 321), (12, 1345))
    bits.choice(*forms)
    if bits.number(3) == 0:
        bits.choice(*forms)


def _depth(bits: _Bits) -> tuple[bool, int]:
    """Whether samples are floats, and their bits."""
    if not bits.flag():
        return False, bits.choice((0, 8), (0, 10), (0, 12), (6, 1))
    depth = bits.choice((0, 32), (0, 16), (0, 24), (6, 1))
    bits.number(4)
    return True, depth


def _skip_channel(bits: _Bits) -> None:
    """Skip the description of an extra channel."""
    if bits.flag():
        return
    kind = bits.choice((0, 0), (0, 1), (4, 2), (6, 18))
    _depth(bits)
    bits.choice((0, 0), (0, 3), (0, 4), (3, 1))
    for _ in range(bits.choice((0, 0), (4, 0), (5, 16), (10, 48))):
        bits.number(8)
    if kind == _ALPHA:
        bits.flag()
    elif kind == _SPOT:
        bits.number(64)
    elif kind == _FILTER_ARRAY:
        bits.choice((0, 1), (2, 0), (4, 3), (8, 19))
