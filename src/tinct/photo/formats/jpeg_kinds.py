"""Kinds of JPEG without a decoder in libvips (ISO/IEC 10918-1, table B.1; 14495-1), by frame header."""

from __future__ import annotations

import io
from typing import BinaryIO

from tinct.photo.metadata import jpeg

_LOSSLESS, _HIERARCHICAL, _ARITHMETIC, _JPEG_LS = (0xC3,), (0xC5, 0xC6, 0xC7), (0xC9, 0xCA, 0xCB), (0xF7,)
_ARITHMETIC_HIERARCHICAL = (0xCD, 0xCE, 0xCF)
_PROGRESSIVE, _SCAN, _END = (0xC2,), b"\xff\xda", b"\xff\xd9"
# As far from the end as data of other kinds usually go.
_TAIL = 64 << 10
_FRAMES = (0xC0, 0xC1, 0xC2, *_LOSSLESS, *_HIERARCHICAL, *_ARITHMETIC, *_ARITHMETIC_HIERARCHICAL, *_JPEG_LS)


def unread(file: BinaryIO) -> str | None:
    """What is unusual about a JPEG that could not be decoded; None for a common one."""
    for marker, at, length in jpeg.segments(file):
        if marker not in _FRAMES or length < 6:
            continue
        file.seek(at)
        if not (precision := file.read(1)):
            return None
        bits = precision[0]
        if marker in _JPEG_LS:
            return "JPEG-LS"
        if marker in _LOSSLESS:
            return f"lossless JPEG of {bits} bits"
        if marker in _HIERARCHICAL or marker in _ARITHMETIC_HIERARCHICAL:
            return "hierarchical JPEG"
        if bits != 8:
            return f"{bits}-bit JPEG"
        return "JPEG with arithmetic coding" if marker in _ARITHMETIC else None
    return None


def lacks_end(file: BinaryIO) -> bool:
    """Whether nothing behind the first scan of a JPEG is an end marker."""
    scan = _first_scan(file)
    end = file.seek(0, io.SEEK_END)
    for start in (max(scan, end - _TAIL), scan):
        file.seek(start)
        if _END in file.read():
            return False
    return True


def has_all_scans(file: BinaryIO) -> bool:
    """Whether the scans of a progressive JPEG refine every coefficient to its last bit; True for a baseline one."""
    frames = [(marker, at) for marker, at, _ in jpeg.segments(file) if marker in _FRAMES]
    if not frames or frames[0][0] not in _PROGRESSIVE:
        return True
    file.seek(frames[0][1] + 5)
    count = file.read(1)[0]
    components = file.read(3 * count)[::3]
    missing = {(component, coefficient) for component in components for coefficient in range(64)}
    file.seek(_first_scan(file))
    data = file.read()
    at = data.find(_SCAN)
    while at >= 0 and at + 5 <= len(data):
        count = data[at + 4]
        named = data[at + 5 : at + 5 + 2 * count : 2]
        rest = data[at + 5 + 2 * count : at + 8 + 2 * count]
        if len(rest) == 3 and rest[2] & 0x0F == 0:
            done = range(rest[0], min(rest[1], 63) + 1)
            missing -= {(component, coefficient) for component in named for coefficient in done}
        at = data.find(_SCAN, at + 2)
    return not missing


def _first_scan(file: BinaryIO) -> int:
    """Where the first scan begins."""
    at = 2
    for _, start, length in jpeg.segments(file):
        at = start + length
    return at
