"""Photoshop image resources (Adobe Photoshop File Formats, 2019), which also hold the IPTC of a JPEG."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

HEADER = b"Photoshop 3.0\0"
IPTC = 1028

# The thumbnails and the profile of the input; EXIF and XMP have places of their own, where they are kept up.
_NOT_CARRIED = (1033, 1036, 1039, 1058, 1059, 1060)
_SIGNATURES = (b"8BIM", b"MeSa", b"AgHg", b"PHUT", b"DCSR")


@dataclass(frozen=True, slots=True)
class Resource:
    """One resource: number, name and data."""

    number: int
    data: bytes
    name: bytes = b"\0\0"
    signature: bytes = b"8BIM"


def resources(block: bytes) -> list[Resource]:
    """Resources of a JPEG segment or TIFF tag that a result may keep, as far as they can be parsed."""
    found = []
    at = len(HEADER) if block.startswith(HEADER) else 0
    while block[at : at + 4] in _SIGNATURES and at + 12 <= len(block):
        named = at + 6
        length = block[named] + 1
        start = named + length + length % 2
        size = int.from_bytes(block[start : start + 4], "big")
        data = block[start + 4 : start + 4 + size]
        if len(data) < size:
            break
        number = int.from_bytes(block[at + 4 : at + 6], "big")
        if number not in _NOT_CARRIED:
            found.append(Resource(number, data, block[named:start], block[at : at + 4]))
        at = start + 4 + size + size % 2
    return found


def pack(found: Iterable[Resource]) -> bytes:
    """Serialise resources as in a TIFF tag; a JPEG segment has HEADER before them."""
    return b"".join(
        each.signature
        + each.number.to_bytes(2, "big")
        + each.name
        + len(each.data).to_bytes(4, "big")
        + each.data
        + bytes(len(each.data) % 2)
        for each in found
    )
