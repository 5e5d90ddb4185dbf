"""Provenance in the XMP of a result: coloured by tinct, with which model and settings."""

from __future__ import annotations

import re
from collections.abc import Mapping
from xml.sax.saxutils import quoteattr

from tinct.photo.metadata import xmp, xmp_rules
from tinct.photo.metadata.description import remove_sentence
from tinct.version import __version__

Provenance = Mapping[str, str | int | float]

# IPTC's term for an existing picture that a trained model has augmented ("Edited using Generative AI" since 2024).
# "algorithmicallyEnhanced" is for minor corrections such as the removal of noise.
SOURCE_TYPE = "http://cv.iptc.org/newscodes/digitalsourcetype/compositeWithTrainedAlgorithmicMedia"


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
    packet = xmp.EMPTY if packet is None else packet
    if xmp.is_own(packet) and b"DigitalSourceType" not in packet:
        return xmp.add_description(packet, note)
    document = xmp.parsed_or_empty(packet)
    xmp_rules.remove_provenance(document)
    return xmp.add_description(xmp.serialized(document), note)


def strip_untrue(packet: bytes | None, *, turned: bool = False, mime: str = "image/jpeg") -> bytes:
    """An XMP packet without statements that do not hold for a coloured result, including earlier provenance.

    A new packet for None. turned: whether the photo had to be rotated. mime: MIME type of the result.
    """
    if packet is None:
        return xmp.EMPTY
    document = xmp.parsed_or_empty(remove_sentence(packet))
    xmp_rules.remove_untrue(document, turned=turned, mime=mime)
    return xmp.serialized(document)


def recorded_provenance(packet: bytes | None) -> dict[str, str] | None:
    """The items of the note in an XMP packet, by name; None without one."""
    document = xmp.parse(packet)
    if document is None:
        return None
    facts = {
        name: xmp.value(found)
        for _, found, space, name in xmp.properties(document)
        if space == xmp_rules.PROVENANCE
    }
    return facts or None


def _name(word: str) -> str:
    """The word as a valid XML name."""
    name = re.sub(r"[^\w.-]", "_", word, flags=re.A)
    return name if re.match(r"[A-Za-z_]", name) else f"_{name}"
