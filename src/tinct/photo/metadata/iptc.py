"""IPTC records (IIM 4.2): read from their place in each format, mapped to XMP where a format has none."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from xml.sax.saxutils import escape

import numpy as np

from tinct.photo.metadata import photoshop

# Data sets of record 2 -> the property that stands for it (IPTC Photo Metadata Standard, IIM mapping), and
# whether it is one text, a text in a language, a list or a set.
_PROPERTIES = {
    5: ("dc:title", "Alt"),
    10: ("photoshop:Urgency", ""),
    15: ("photoshop:Category", ""),
    20: ("photoshop:SupplementalCategories", "Bag"),
    25: ("dc:subject", "Bag"),
    40: ("photoshop:Instructions", ""),
    80: ("dc:creator", "Seq"),
    85: ("photoshop:AuthorsPosition", ""),
    90: ("photoshop:City", ""),
    92: ("Iptc4xmpCore:Location", ""),
    95: ("photoshop:State", ""),
    100: ("Iptc4xmpCore:CountryCode", ""),
    101: ("photoshop:Country", ""),
    103: ("photoshop:TransmissionReference", ""),
    105: ("photoshop:Headline", ""),
    110: ("photoshop:Credit", ""),
    115: ("photoshop:Source", ""),
    116: ("dc:rights", "Alt"),
    120: ("dc:description", "Alt"),
    122: ("photoshop:CaptionWriter", ""),
}
_DATE = 55
_SPACES = {
    "dc": "http://purl.org/dc/elements/1.1/",
    "photoshop": "http://ns.adobe.com/photoshop/1.0/",
    "Iptc4xmpCore": "http://iptc.org/std/Iptc4xmpCore/1.0/xmlns/",
}
_SIDEWAYS = {b"P": b"L", b"L": b"P"}
_UTF8 = b"\x1b%G"


def records(block: bytes) -> bytes:
    """IPTC records of a JPEG's Photoshop segment, a PNG's profile or a TIFF's tag; b"" for none."""
    if block.startswith(b"\x1c"):
        return block
    if block[3:4] == b"\x1c" and len(block) % 4 == 0:
        # Written as whole numbers of four bytes, in the other order.
        return np.frombuffer(block, "<u4").byteswap().tobytes()
    return next((each.data for each in photoshop.resources(block) if each.number == photoshop.IPTC), b"")


def corrected(iptc: bytes, *, sideways: bool) -> bytes:
    """Records with the image type (2:130) of a colour picture and, if turned sideways, the orientation (2:131)."""
    result = bytearray(iptc)
    for kind, at, data in _placed_sets(iptc):
        if kind == (2, 130) and data[:1].isdigit() and len(data) == 2:
            result[at : at + 2] = b"3F"
        elif kind == (2, 131) and sideways:
            result[at : at + 1] = _SIDEWAYS.get(data[:1], data[:1])
    return bytes(result)


def to_xmp(iptc: bytes, present: Collection[tuple[str, str]]) -> str:
    """An rdf:Description of the IPTC records that an XMP packet lacks; "" for none.

    present: (namespace, name) of each property of the packet.
    """
    prefixed = {
        f"{prefix}:{name}" for prefix, space in _SPACES.items() for known, name in present if known == space
    }
    charset = next((data for kind, data in _data_sets(iptc) if kind == (1, 90)), b"")
    words: dict[int, list[str]] = {}
    for (record, number), data in _data_sets(iptc):
        if record == 2:
            words.setdefault(number, []).append(_text(data, charset == _UTF8))
    properties = [
        _property(name, form, words[number])
        for number, (name, form) in _PROPERTIES.items()
        if number in words and name not in prefixed
    ]
    date = words.get(_DATE, [""])[0]
    if len(date) == 8 and date.isdigit() and "photoshop:DateCreated" not in prefixed:
        properties.append(_property("photoshop:DateCreated", "", [f"{date[:4]}-{date[4:6]}-{date[6:]}"]))
    spaces = "".join(f' xmlns:{prefix}="{space}"' for prefix, space in _SPACES.items())
    return (
        f'<rdf:Description rdf:about=""{spaces}>{"".join(properties)}</rdf:Description>' if properties else ""
    )


def caption(iptc: bytes) -> str:
    """The caption (2:120) of IPTC records; "" without one."""
    sets = dict(reversed(list(_data_sets(iptc))))
    return _text(sets.get((2, 120), b""), sets.get((1, 90)) == _UTF8)


def _property(name: str, form: str, values: list[str]) -> str:
    if not form:
        return f"<{name}>{escape(values[0])}</{name}>"
    language = ' xml:lang="x-default"' if form == "Alt" else ""
    chosen = values[:1] if form == "Alt" else values
    items = "".join(f"<rdf:li{language}>{escape(value)}</rdf:li>" for value in chosen)
    return f"<{name}><rdf:{form}>{items}</rdf:{form}></{name}>"


def _text(data: bytes, utf8: bool) -> str:
    """Text as UTF-8 if declared or valid, else as Latin-1, without characters that XML forbids."""
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        text = data.decode("utf-8", "replace") if utf8 else data.decode("latin-1")
    return "".join(sign for sign in text if sign >= " " or sign in "\t\n\r")


def _data_sets(iptc: bytes) -> Iterator[tuple[tuple[int, int], bytes]]:
    """((record, number), data) of each data set, up to the first damaged one."""
    return ((kind, data) for kind, _, data in _placed_sets(iptc))


def _placed_sets(iptc: bytes) -> Iterator[tuple[tuple[int, int], int, bytes]]:
    """((record, number), offset of the data, data) of each data set, up to the first damaged one."""
    at = 0
    while iptc[at : at + 1] == b"\x1c" and at + 5 <= len(iptc):
        size = int.from_bytes(iptc[at + 3 : at + 5], "big")
        start = at + 5
        if size & 0x8000:
            wide = size & 0x7FFF
            size, start = int.from_bytes(iptc[start : start + wide], "big"), start + wide
        data = iptc[start : start + size]
        if len(data) < size:
            return
        yield (iptc[at + 1], iptc[at + 2]), start, data
        at = start + size
