"""The sentence in a result's description (dc:description) that its colours are plausible, not evidence."""

from __future__ import annotations

import re
from xml.dom import Node
from xml.sax.saxutils import escape

from tinct.photo.metadata import xmp
from tinct.photo.metadata.xmp import Property

SENTENCE = "Coloured by tinct: the colours are plausible, not evidence."
_DC = "http://purl.org/dc/elements/1.1/"
_OWN = re.compile(rf"\s*{re.escape(SENTENCE)}")


def add_sentence(packet: bytes, caption: str = "") -> bytes:
    """The packet with the sentence behind its description, in each language.

    caption: the photo's description where XMP has none, so that the sentence does not hide it.
    """
    packet = remove_sentence(packet)
    if xmp.is_own(packet) and b"dc:description" not in packet:
        return xmp.add_description(packet, _description(caption))
    document = xmp.parsed_or_empty(packet)
    found = [each for each in _descriptions(document) if xmp.value(each).strip()]
    if not found:
        return xmp.add_description(xmp.serialized(document), _description(caption))
    for each in found:
        xmp.set_value(each, f"{xmp.value(each).rstrip()} {SENTENCE}")
    return xmp.serialized(document)


def remove_sentence(packet: bytes) -> bytes:
    """The packet without the sentence; a description that says nothing else goes with it."""
    if SENTENCE.encode() not in packet:
        return packet
    document = xmp.parsed_or_empty(packet)
    for each in _descriptions(document):
        xmp.set_value(each, _OWN.sub("", xmp.value(each)))
    for description, found, space, name in list(xmp.properties(document)):
        if (space, name) == (_DC, "description") and not any(xmp.value(each) for each in _texts(found)):
            xmp.remove(description, found)
    return xmp.serialized(document)


def _description(caption: str) -> str:
    text = escape(
        "".join(sign for sign in f"{caption.strip()} {SENTENCE}".strip() if sign >= " " or sign in "\n\t")
    )
    return (
        f'<rdf:Description rdf:about="" xmlns:dc="{_DC}"><dc:description><rdf:Alt>'
        f'<rdf:li xml:lang="x-default">{text}</rdf:li></rdf:Alt></dc:description></rdf:Description>'
    )


def _descriptions(document: xmp.Document) -> list[Property]:
    """The texts of dc:description, one for each language."""
    found = [
        each for _, each, space, name in xmp.properties(document) if (space, name) == (_DC, "description")
    ]
    return [text for each in found for text in _texts(each)]


def _texts(found: Property) -> list[Property]:
    """The items of a property, or the property itself where it is a plain text."""
    if found.nodeType == Node.ATTRIBUTE_NODE or not xmp.children(found):
        return [found]
    return [item for container in xmp.children(found) for item in xmp.children(container)]
