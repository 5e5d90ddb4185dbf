"""XMP packets (ISO 16684-1) that are too long for a segment of a JPEG, written and read in pieces (part 3)."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence

from tinct.photo.metadata import containers

_NAME = b"http://ns.adobe.com/xmp/extension/\0"
_MAIN_NAME = b"http://ns.adobe.com/xap/1.0/\0"
LONGEST_MAIN = containers.LONGEST_SEGMENT - len(_MAIN_NAME)
_PIECE = 65_400
_LONGEST = 64 << 20
_APP1 = 0xE1
_HAS = (r'\s[\w.-]+:HasExtendedXMP\s*=\s*("[^"]*"|\'[^\']*\')', r"<([\w.-]+:HasExtendedXMP)\b[^>]*>.*?</\1>")


def add_description(packet: bytes, description: str) -> bytes:
    """The packet with one rdf:Description more."""
    before, after = packet.decode("utf-8", "ignore").rsplit("</rdf:RDF>", 1)
    return f"{before}{description}</rdf:RDF>{after}".encode()


def extended_segments(extended: bytes) -> tuple[str, list[tuple[int, bytes]]]:
    """The description by which the packet in the first segment points to the rest, and the rest in segments."""
    body = re.sub(rb"<\?xpacket[^>]*\?>", b"", extended).strip()
    name = hashlib.md5(body, usedforsecurity=False).hexdigest().upper()
    pointer = (
        '<rdf:Description rdf:about="" xmlns:xmpNote="http://ns.adobe.com/xmp/note/"'
        f' xmpNote:HasExtendedXMP="{name}"/>\n'
    )
    head = _NAME + name.encode() + len(body).to_bytes(4, "big")
    pieces = [
        (_APP1, head + at.to_bytes(4, "big") + body[at : at + _PIECE]) for at in range(0, len(body), _PIECE)
    ]
    return pointer, pieces


def merge_extended(packet: bytes, pieces: Sequence[bytes]) -> bytes:
    """The packet of the first segment with all that other APP1 segments of the file say in its name."""
    text = packet.decode("utf-8", "ignore")
    named = re.search(r'HasExtendedXMP\s*(?:=\s*["\']|>)([0-9A-Fa-f]{32})', text)
    if named is None or "</rdf:RDF>" not in text:
        return packet
    start = _NAME + named.group(1).encode()
    ours = [piece[len(start) :] for piece in pieces if piece.startswith(start)]
    parts = sorted((int.from_bytes(piece[4:8], "big"), piece[8:]) for piece in ours)
    length = int.from_bytes(ours[0][:4], "big") if ours else 0
    body = b"".join(data for _, data in parts)
    if (
        not parts
        or length != len(body)
        or length > _LONGEST
        or any(at != sum(len(data) for _, data in parts[:place]) for place, (at, _) in enumerate(parts))
    ):
        return packet
    other = re.search(r"<rdf:RDF\b([^>]*)>(.*)</rdf:RDF>", body.decode("utf-8", "ignore"), re.S)
    if other is None:
        return packet
    for pattern in _HAS:
        text = re.sub(pattern, "", text, flags=re.S)
    spaces = "".join(
        declared
        for declared, prefix in re.findall(
            r'(\sxmlns:([\w.-]+)\s*=\s*(?:"[^"]*"|\'[^\']*\'))', other.group(1)
        )
        if f"xmlns:{prefix}" not in text
    )
    text = re.sub(r"<rdf:RDF\b", lambda found: found.group(0) + spaces, text, count=1)
    return add_description(text.encode(), other.group(2))
