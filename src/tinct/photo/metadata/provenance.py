"""Provenance in the XMP of a result: coloured by tinct, with which model and settings."""

from __future__ import annotations

import re
from collections.abc import Mapping
from xml.sax.saxutils import quoteattr

from tinct.photo.metadata import xmp, xmp_rules
from tinct.version import __version__

Provenance = Mapping[str, str | int | float]

# IPTC's term for a picture that an algorithm has altered ("Algorithmically-altered media").
SOURCE_TYPE = "http://cv.iptc.org/newscodes/digitalsourcetype/algorithmicallyEnhanced"


def add_provenance(packet: bytes | None, provenance: Provenance) -> bytes:
    """An XMP packet (ISO 16684-1) with provenance; a new one if there is none that can be parsed.

    It holds the IPTC DigitalSourceType, tool and version, and every item of `provenance` under its name.
    """
    facts = {"tool": "tinct", "version": __version__, **provenance}
    attributes = "".join(f"\n  tinct:{_name(name)}={quoteattr(str(fact))}" for name, fact in facts.items())
    note = (
        '<rdf:Description rdf:about=""'
        '\n  xmlns:Iptc4xmpExt="http://iptc.org/std/Iptc4xmpExt/2008-02-29/"'
        f'\n  xmlns:tinct="{xmp_rules.PROVENANCE}"'
        f'\n  Iptc4xmpExt:DigitalSourceType="{SOURCE_TYPE}"{attributes}/>'
    )
    if packet is None or packet == xmp.EMPTY:
        return xmp.add_description(xmp.EMPTY, note)
    document = xmp.parsed_or_empty(packet)
    xmp_rules.remove_provenance(document)
    return xmp.add_description(xmp.serialized(document), note)


def strip_untrue(packet: bytes | None, *, turned: bool = False, mime: str = "image/jpeg") -> bytes:
    """An XMP packet without statements that do not hold for a coloured result, including earlier provenance.

    A new packet for None. turned: whether the photo had to be rotated. mime: MIME type of the result.
    """
    if packet is None:
        return xmp.EMPTY
    document = xmp.parsed_or_empty(packet)
    xmp_rules.remove_untrue(document, turned=turned, mime=mime)
    return xmp.serialized(document)


def _name(word: str) -> str:
    """The word as a valid XML name."""
    name = re.sub(r"[^\w.-]", "_", word, flags=re.A)
    return name if re.match(r"[A-Za-z_]", name) else f"_{name}"
