"""Kinds of JPEG that libvips has no decoder for (ISO/IEC 10918-1, table B.1; 14495-1), told by the frame's header."""

from __future__ import annotations

from typing import BinaryIO

from tinct.photo.metadata import jpeg

_LOSSLESS, _HIERARCHICAL, _ARITHMETIC, _JPEG_LS = (0xC3,), (0xC5, 0xC6, 0xC7), (0xC9, 0xCA, 0xCB), (0xF7,)
_ARITHMETIC_HIERARCHICAL = (0xCD, 0xCE, 0xCF)
_FRAMES = (0xC0, 0xC1, 0xC2, *_LOSSLESS, *_HIERARCHICAL, *_ARITHMETIC, *_ARITHMETIC_HIERARCHICAL, *_JPEG_LS)


def unread(file: BinaryIO) -> str | None:
    """What is unusual in a JPEG that could not be decoded, in words; None for one of the common kind."""
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
