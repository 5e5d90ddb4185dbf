"""What a photo carries beside its pixels, and the note that a result was coloured by tinct."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from xml.sax.saxutils import quoteattr

import pyvips

import tinct

Provenance = Mapping[str, str | int | float]

# IPTC's term for a picture that an algorithm has altered ("Algorithmically-altered media").
SOURCE_TYPE = "http://cv.iptc.org/newscodes/digitalsourcetype/algorithmicallyEnhanced"

_BLOBS = ("exif-data", "xmp-data", "iptc-data", "photoshop-data")
# The previews and dimensions of the input would be wrong beside the result.
_STALE = ("jpeg-thumbnail-data",)
_EMPTY_XMP = (
    '<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>\n'
    '<x:xmpmeta xmlns:x="adobe:ns:meta/">\n'
    '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">\n'
    "</rdf:RDF>\n</x:xmpmeta>\n"
    '<?xpacket end="w"?>'
)


@dataclass(frozen=True)
class Metadata:
    """Fields of an image as libvips names them: EXIF, XMP and IPTC as bytes, resolution and comments as they are."""

    fields: Mapping[str, Any] = field(default_factory=dict)
    per_millimetre: tuple[float, float] | None = None


def metadata_of(image: pyvips.Image) -> Metadata:
    """All that an opened image carries."""
    names = [name for name in image.get_fields() if _is_carried(name)]
    return Metadata({name: image.get(name) for name in names}, (image.xres, image.yres))


def with_metadata(image: pyvips.Image, metadata: Metadata, provenance: Provenance | None) -> pyvips.Image:
    """The image carrying the metadata, upright orientation, and in its XMP the note of where its colour came from."""
    image = image.copy(xres=metadata.per_millimetre[0], yres=metadata.per_millimetre[1]) if metadata.per_millimetre else image.copy()
    for name in image.get_fields():
        if _is_carried(name) or name in _STALE or name == "orientation":
            image.remove(name)
    for name, value in metadata.fields.items():
        kind = pyvips.GValue.blob_type if name in _BLOBS else pyvips.GValue.gstr_type
        if isinstance(value, int):
            kind = pyvips.GValue.gint_type
        image.set_type(kind, name, value)
    if provenance is not None:
        packet = noted(metadata.fields.get("xmp-data"), provenance)
        image.set_type(pyvips.GValue.blob_type, "xmp-data", packet)
    return image


def noted(packet: bytes | None, provenance: Provenance) -> bytes:
    """An XMP packet (ISO 16684-1) with the note added to it; a new packet when there is none that can be read."""
    text = (packet or b"").decode("utf-8", "ignore").rstrip("\0")
    if "</rdf:RDF>" not in text:
        text = _EMPTY_XMP
    text = re.sub(r'\s[\w.-]+:DigitalSourceType\s*=\s*("[^"]*"|\'[^\']*\')', "", text)
    text = re.sub(r"<([\w.-]+:DigitalSourceType)\b[^>]*?(/>|>.*?</\1>)", "", text, flags=re.S)
    text = re.sub(r"<rdf:Description[^>]*xmlns:tinct=[^>]*/>\n?", "", text)
    facts = {"tool": "tinct", "version": tinct.__version__, **provenance}
    said = "".join(f"\n  tinct:{name}={quoteattr(str(value))}" for name, value in facts.items())
    note = (
        '<rdf:Description rdf:about=""'
        '\n  xmlns:Iptc4xmpExt="http://iptc.org/std/Iptc4xmpExt/2008-02-29/"'
        '\n  xmlns:tinct="urn:tinct:provenance:1/"'
        f'\n  Iptc4xmpExt:DigitalSourceType="{SOURCE_TYPE}"{said}/>\n'
    )
    before, after = text.rsplit("</rdf:RDF>", 1)
    return f"{before}{note}</rdf:RDF>{after}".encode()


def _is_carried(name: str) -> bool:
    return name in _BLOBS or name.startswith(("exif-ifd", "png-comment", "jpeg-comment", "image-description"))
