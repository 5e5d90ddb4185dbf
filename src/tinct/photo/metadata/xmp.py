"""XMP packets (ISO 16684-1) as XML trees: parse any encoding and prefix, search, extend, serialise."""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator
from typing import Any
from xml.dom import Node

# Nodes of xml.dom.minidom, which is imported for photos with XMP only.
Document = Any
Element = Any
Property = Any

RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
_BEGIN = '<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>\n'
_END = '\n<?xpacket end="w"?>'
_EMPTY = f'<x:xmpmeta xmlns:x="adobe:ns:meta/">\n<rdf:RDF xmlns:rdf="{RDF}">\n</rdf:RDF>\n</x:xmpmeta>'
EMPTY = f"{_BEGIN}{_EMPTY}{_END}".encode()
_CLOSING = b"</rdf:RDF>"
_LONGEST = 64 << 20
_MARKS = (
    (codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF32_LE, "utf-32-le"), (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"),
    (b"<\0\0\0", "utf-32-le"), (b"\0\0\0<", "utf-32-be"), (b"<\0", "utf-16-le"), (b"\0<\0", "utf-16-be"),
)  # fmt: skip
# Prefixes as everybody writes them, for packets that forget to declare one.
_USUAL = {
    "rdf": RDF,
    "tiff": "http://ns.adobe.com/tiff/1.0/",
    "exif": "http://ns.adobe.com/exif/1.0/",
    "xmp": "http://ns.adobe.com/xap/1.0/",
    "photoshop": "http://ns.adobe.com/photoshop/1.0/",
    "xmpNote": "http://ns.adobe.com/xmp/note/",
}
_RDF_ATTRIBUTES = ("about", "ID", "nodeID", "resource", "parseType", "datatype")
_FORBIDDEN = re.compile("[\0-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
_BARE_AMPERSAND = re.compile(r"&(?!(?:amp|lt|gt|quot|apos|#\d+|#x[0-9A-Fa-f]+);)")
_PACKET = re.compile(r"<((?:[\w.-]+:)?(?:xmpmeta|xapmeta|RDF))[\s>].*?</\1\s*>", re.S)
_OUTER = re.compile(r"<\?xpacket[^>]*\?>|^\s*<\?xml[^>]*\?>")


def parse(packet: bytes | None) -> Document | None:
    """Tree of a packet; None if it is not XML or has no rdf:RDF."""
    text = _FORBIDDEN.sub("", _OUTER.sub("", _text(packet or b""))).strip()
    if "RDF" not in text or "<!DOCTYPE" in text or len(text) > _LONGEST:
        return None
    from xml.dom import expatbuilder  # a photo without XMP need not wait for it
    from xml.parsers.expat import ExpatError

    escaped = _BARE_AMPERSAND.sub("&amp;", text)
    found = _PACKET.search(escaped)
    # The last for one between other data.
    for candidate in (text, escaped, found.group() if found is not None else ""):
        try:
            # Prefixes are looked up here, where those that are not declared do no harm.
            document = expatbuilder.parseString(candidate.encode(), namespaces=False)
        except (ExpatError, ValueError):
            continue
        return _with_usual_prefix(document) if root(document) is not None else None
    return None


def parsed_or_empty(packet: bytes | None) -> Document:
    """Tree of a packet; an empty one if it cannot be parsed."""
    return parse(packet) or parse(_EMPTY.encode())


def serialized(document: Document) -> bytes:
    """Serialise a tree in UTF-8."""
    body = document.documentElement.toxml()
    return f"{_BEGIN}{body}{_END}".encode()


def root(document: Document) -> Element | None:
    """The rdf:RDF of a tree."""
    elements = [document.documentElement]
    while elements:
        element = elements.pop(0)
        if element.tagName.rpartition(":")[2] == "RDF":
            return element
        elements += children(element)
    return None


def children(element: Element) -> list[Element]:
    """Child elements."""
    return [child for child in element.childNodes if child.nodeType == Node.ELEMENT_NODE]


def attributes(element: Element) -> dict[str, str]:
    """Attributes of an element by qualified name as written."""
    return dict(element.attributes.items())


def properties(document: Document) -> Iterator[tuple[Element, Property, str, str]]:
    """(description, attribute or element, namespace, name) of each top-level property of a packet."""
    top = root(document)
    for description in children(top) if top is not None else []:
        for name in attributes(description):
            if not name.startswith("xmlns") and name.rpartition(":")[2] not in ("about", "ID", "nodeID"):
                yield (description, description.getAttributeNode(name), *qualified(description, name))
        for element in children(description):
            yield (description, element, *qualified(element, element.tagName))


def qualified(element: Element, name: str) -> tuple[str, str]:
    """(namespace, local name) of a name in scope of an element; "" for an unknown prefix."""
    prefix, _, local = name.rpartition(":")
    declared = _declared(element, f"xmlns:{prefix}" if prefix else "xmlns")
    return _USUAL.get(prefix, "") if declared is None else declared, local


def value(found: Property) -> str:
    """Text of a simple property."""
    if found.nodeType == Node.ATTRIBUTE_NODE:
        return str(found.value)
    kinds = (Node.TEXT_NODE, Node.CDATA_SECTION_NODE)
    return "".join(child.data for child in found.childNodes if child.nodeType in kinds)


def set_value(found: Property, text: str) -> None:
    """Set the text of a simple property."""
    if found.nodeType == Node.ATTRIBUTE_NODE:
        found.value = text
        return
    while found.firstChild is not None:
        found.removeChild(found.firstChild)
    found.appendChild(found.ownerDocument.createTextNode(text))


def remove(description: Element, found: Property) -> None:
    """Remove a property from its description."""
    if found.nodeType == Node.ATTRIBUTE_NODE:
        description.removeAttributeNode(found)
    else:
        description.removeChild(found)


def names(packet: bytes) -> set[tuple[str, str]]:
    """(namespace, name) of all properties of a packet."""
    document = parse(packet)
    return {(space, name) for _, _, space, name in properties(document)} if document is not None else set()


def is_own(packet: bytes) -> bool:
    """Whether a packet is `EMPTY`, or that with descriptions added: all of it is written here."""
    return packet.startswith(EMPTY.partition(_CLOSING)[0])


def add_description(packet: bytes, description: str) -> bytes:
    """A packet with an rdf:Description added, which declares its namespaces but for rdf; "" changes nothing."""
    if not description:
        return packet
    if is_own(packet):
        # As most photos have none: the parser need not be imported for them.
        before, closing, after = packet.rpartition(_CLOSING)
        return b"%s%s\n%s%s" % (before, description.encode(), closing, after)
    document = parsed_or_empty(packet)
    added = parse(f'<rdf:RDF xmlns:rdf="{RDF}">{description}</rdf:RDF>'.encode())
    if added is None:
        return packet
    move_descriptions(added, document)
    return serialized(document)


def move_descriptions(source: Document, target: Document) -> None:
    """Move the descriptions of a tree into another, each with the namespaces in its scope."""
    above: Any = root(source)
    below: Any = root(target)
    spaces: dict[str, str] = {}
    at: Any = above
    while at is not None and at.nodeType == Node.ELEMENT_NODE:
        declared = {name: text for name, text in attributes(at).items() if name.startswith("xmlns")}
        spaces = declared | spaces
        at = at.parentNode
    for description in children(above):
        moved = target.importNode(description, True)
        for name, text in spaces.items():
            if not moved.hasAttribute(name) and _declared(below, name) != text:
                moved.setAttribute(name, text)
        below.appendChild(moved)
        below.appendChild(target.createTextNode("\n"))


def _with_usual_prefix(document: Document) -> Document:
    """A tree with the prefix rdf for RDF, as many readers expect."""
    top: Any = root(document)
    if top.tagName == "rdf:RDF":
        return document
    renamed: list[tuple[Element, str, str]] = []
    elements = [top]
    while elements:
        element = elements.pop()
        elements += children(element)
        for name in (element.tagName, *attributes(element)):
            space, local = qualified(element, name)
            # An attribute without a prefix is in no space, but RDF once allowed it.
            bare = name != element.tagName and ":" not in name
            if (space == RDF and not bare) or (bare and local in _RDF_ATTRIBUTES):
                renamed.append((element, name, f"rdf:{local}"))
    for element, name, usual in renamed:
        if name == element.tagName:
            element.tagName = element.nodeName = usual
        else:
            text = element.getAttribute(name)
            element.removeAttribute(name)
            element.setAttribute(usual, text)
    top.setAttribute("xmlns:rdf", RDF)
    return document


def _declared(element: Element, declaration: str) -> str | None:
    """The namespace that a declaration ("xmlns:x") on an element or an ancestor binds; None for none."""
    at: Any = element
    while at is not None and at.nodeType == Node.ELEMENT_NODE:
        if at.hasAttribute(declaration):
            return str(at.getAttribute(declaration))
        at = at.parentNode
    return None


def _text(packet: bytes) -> str:
    """Decode a packet, by byte order mark, first character or declaration."""
    packet = packet.lstrip(b" \t\r\n") if packet[:1].isspace() else packet
    for mark, encoding in _MARKS:
        if packet.startswith(mark):
            return packet.decode(encoding, "replace").removeprefix("\ufeff").rstrip("\0 \t\r\n")
    declared = re.match(rb"""<\?xml[^>]*encoding=["']([\w.-]+)""", packet)
    packet = packet.rstrip(b"\0 \t\r\n")
    try:
        return packet.decode(declared.group(1).decode() if declared else "utf-8")
    except (LookupError, UnicodeDecodeError):
        return packet.decode("utf-8", "replace")
