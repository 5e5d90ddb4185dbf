"""The note in a result's XMP that tells it from an original: coloured by tinct, with what, how."""

from __future__ import annotations

import re
from collections.abc import Mapping
from xml.sax.saxutils import quoteattr

from tinct.photo.metadata.xmp import add_description
from tinct.version import __version__

Provenance = Mapping[str, str | int | float]

# IPTC's term for a picture that an algorithm has altered ("Algorithmically-altered media").
SOURCE_TYPE = "http://cv.iptc.org/newscodes/digitalsourcetype/algorithmicallyEnhanced"

_EMPTY = (
    '<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>\n'
    '<x:xmpmeta xmlns:x="adobe:ns:meta/">\n'
    '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">\n'
    "</rdf:RDF>\n</x:xmpmeta>\n"
    '<?xpacket end="w"?>'
)
# What a packet says that the note replaces, or that is not true of the result any more.
_REPLACED = [
    (r'\s[\w.-]+:DigitalSourceType\s*=\s*("[^"]*"|\'[^\']*\')', ""),
    (r"<([\w.-]+:DigitalSourceType)\b[^>]*(?<!/)>.*?</\1>", ""),
    (r"<[\w.-]+:DigitalSourceType\b[^>]*/>", ""),
    (r"<([\w.-]+:Thumbnails)\b[^>]*(?<!/)>.*?</\1>", ""),
    (r"<rdf:Description[^>]*xmlns:tinct=[^>]*/>\n?", ""),
    (r'(tiff:Orientation\s*=\s*["\'])[^"\']*', r"\g<1>1"),
    (r"(<tiff:Orientation>)[^<]*", r"\g<1>1"),
]


def add_provenance(packet: bytes | None, provenance: Provenance) -> bytes:
    """An XMP packet (ISO 16684-1) with the note in it; a new one if there was none that can be read.

    The note holds IPTC's DigitalSourceType, tool and version, and every item of `provenance` under its name.
    """
    facts = {"tool": "tinct", "version": __version__, **provenance}
    said = "".join(f"\n  tinct:{_name(name)}={quoteattr(str(value))}" for name, value in facts.items())
    note = (
        '<rdf:Description rdf:about=""'
        '\n  xmlns:Iptc4xmpExt="http://iptc.org/std/Iptc4xmpExt/2008-02-29/"'
        '\n  xmlns:tinct="urn:tinct:provenance:1/"'
        f'\n  Iptc4xmpExt:DigitalSourceType="{SOURCE_TYPE}"{said}/>\n'
    )
    return add_description(strip_provenance(packet), note)


def strip_provenance(packet: bytes | None) -> bytes:
    """An XMP packet without a note, and without what is not true of a coloured result; a new one for None."""
    text = (packet or b"").decode("utf-8", "ignore").rstrip("\0")
    if "</rdf:RDF>" not in text:
        text = _EMPTY
    for pattern, replacement in _REPLACED:
        text = re.sub(pattern, replacement, text, flags=re.S)
    return text.encode()


def _name(word: str) -> str:
    """The word as XML allows it for a name."""
    name = re.sub(r"[^\w.-]", "_", word, flags=re.A)
    return name if re.match(r"[A-Za-z_]", name) else f"_{name}"
