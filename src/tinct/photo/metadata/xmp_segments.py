"""Extended XMP of a JPEG, in several segments (ISO 16684-3, 1.1.3.1)."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence

from tinct.photo.metadata import jpeg, xmp

_NAME = b"http://ns.adobe.com/xmp/extension/\0"
_MAIN_NAME = b"http://ns.adobe.com/xap/1.0/\0"
LONGEST_MAIN = jpeg.LONGEST_SEGMENT - len(_MAIN_NAME)
_NOTE = "http://ns.adobe.com/xmp/note/"
_PIECE = 65_400
_LONGEST = 64 << 20


def extended_segments(extended: bytes) -> tuple[str, list[tuple[int, bytes]]]:
    """The description that points from the first segment to the rest, and the rest as segments."""
    body = re.sub(rb"<\?xpacket[^>]*\?>", b"", extended).strip()
    name = hashlib.md5(body, usedforsecurity=False).hexdigest().upper()
    pointer = f'<rdf:Description rdf:about="" xmlns:xmpNote="{_NOTE}" xmpNote:HasExtendedXMP="{name}"/>'
    head = _NAME + name.encode() + len(body).to_bytes(4, "big")
    pieces = [
        (jpeg.APP1, head + at.to_bytes(4, "big") + body[at : at + _PIECE])
        for at in range(0, len(body), _PIECE)
    ]
    return pointer, pieces


def merge_extended(packet: bytes, pieces: Sequence[bytes]) -> bytes:
    """The packet of the first segment merged with the extended ones."""
    if not any(piece.startswith(_NAME) for piece in pieces):
        return packet
    document = xmp.parse(packet)
    if document is None:
        return packet
    pointers = [
        (description, found, xmp.value(found).strip())
        for description, found, space, name in xmp.properties(document)
        if (space, name) in ((_NOTE, "HasExtendedXMP"), ("", "HasExtendedXMP"))
    ]
    if not pointers or not (rest := _joined(pointers[0][2], pieces)):
        return packet
    extension = xmp.parse(rest)
    if extension is None:
        return packet
    for description, found, _ in pointers:
        xmp.remove(description, found)
    xmp.move_descriptions(extension, document)
    return xmp.serialized(document)


def _joined(name: str, pieces: Sequence[bytes]) -> bytes:
    """The extended packet of that name; b"" if its segments do not fit together."""
    start = _NAME + name.encode()
    ours = [piece[len(start) :] for piece in pieces if piece.startswith(start)]
    parts = sorted((int.from_bytes(piece[4:8], "big"), piece[8:]) for piece in ours)
    length = int.from_bytes(ours[0][:4], "big") if ours else 0
    at = 0
    for place, data in parts:
        if place != at:
            return b""
        at += len(data)
    return b"".join(data for _, data in parts) if at == length <= _LONGEST else b""
