"""Statements of XMP packets that do not hold for a coloured result, and payloads that they announce."""

from __future__ import annotations

import re

from tinct.photo.metadata import xmp
from tinct.photo.metadata.xmp import Document, Element

_TIFF, _EXIF = "http://ns.adobe.com/tiff/1.0/", "http://ns.adobe.com/exif/1.0/"
_EXIF_EX, _XMP = "http://cipa.jp/exif/1.0/", "http://ns.adobe.com/xap/1.0/"
_PHOTOSHOP, _DC = "http://ns.adobe.com/photoshop/1.0/", "http://purl.org/dc/elements/1.1/"
_IPTC = "http://iptc.org/std/Iptc4xmpExt/2008-02-29/"
_GOOGLE = "http://ns.google.com/photos/1.0/"
PROVENANCE = "urn:tinct:provenance:1/"

# Of the pixels, their layout and their colours.
_STALE = {
    _TIFF: {
        *("ImageWidth", "ImageLength", "BitsPerSample", "Compression", "PhotometricInterpretation"),
        *(
            "SamplesPerPixel",
            "PlanarConfiguration",
            "YCbCrSubSampling",
            "YCbCrPositioning",
            "YCbCrCoefficients",
        ),
        *("ReferenceBlackWhite", "TransferFunction", "WhitePoint", "PrimaryChromaticities", "NativeDigest"),
    },
    _EXIF: {
        *("PixelXDimension", "PixelYDimension", "ColorSpace", "ComponentsConfiguration"),
        *("CompressedBitsPerPixel", "Gamma", "NativeDigest"),
    },
    _EXIF_EX: {"Gamma", "InteroperabilityIndex"},
    _PHOTOSHOP: {"ColorMode", "ICCProfile"},
    _XMP: {"Thumbnails"},
    f"{_XMP}t/pg/": {"PlateNames", "Colorants"},
    # An order to show it in grey.
    "http://ns.adobe.com/camera-raw-settings/1.0/": {"ConvertToGrayscale"},
}
# Places in the picture as it lay before it was turned upright.
_PLACES = {
    _EXIF: {"SubjectArea", "SubjectLocation"},
    _IPTC: {"ImageRegion"},
    "http://ns.microsoft.com/photo/1.2/": {"RegionInfo"},
}
_PLACES_OF_SPACES = (
    "http://www.metadataworkinggroup.com/schemas/regions/",
    f"{_GOOGLE}panorama/",
    f"{_GOOGLE}depthmap/",
    f"{_GOOGLE}image/",
)
# A second picture or a film behind the photo, by make.
_GAIN_MAP = ("http://ns.adobe.com/hdr-gain-map/1.0/", "http://ns.apple.com/HDRGainMap/1.0/")
_FILM = ("http://ns.oplus.com/photos/1.0/camera/", "http://ns.xiaomi.com/photos/1.0/camera/")
_PARTS = (
    f"{_GOOGLE}container/",
    "http://ns.google.com/photos/dd/1.0/",
    "http://ns.apple.com/pixeldatainfo/1.0/",
)
_FILM_NAMES = re.compile("MotionPhoto|MicroVideo|OLivePhoto")


def promised(document: Document | None) -> list[str]:
    """Payloads behind the picture that a packet announces: a gain map, a film, or others."""
    kinds = [_payload(space, name) for _, _, space, name in xmp.properties(document)] if document else []
    named: list[str] = [kind for kind in ("gain map", "film") if kind in kinds]
    return named or (["further picture"] if "part" in kinds else [])


def remove_untrue(document: Document, *, turned: bool, mime: str) -> None:
    """Remove from a tree, or correct, what does not hold for a coloured result of that MIME type.

    turned: whether the photo had to be rotated. Announced payloads and earlier provenance are removed as
    well.
    """
    remove_provenance(document)
    for description, found, space, name in list(xmp.properties(document)):
        if (space, name) == (_TIFF, "Orientation"):
            xmp.set_value(found, "1")
        elif (space, name) == (_DC, "format"):
            xmp.set_value(found, mime)
        elif (
            name in _STALE.get(space, ())
            or _payload(space, name)
            or (turned and (name in _PLACES.get(space, ()) or space.startswith(_PLACES_OF_SPACES)))
        ):
            xmp.remove(description, found)
    _tidy(document)


def remove_provenance(document: Document) -> None:
    """Remove provenance of tinct, and claims about the source of the picture."""
    for description, found, space, name in list(xmp.properties(document)):
        if space == PROVENANCE or name == "DigitalSourceType":
            xmp.remove(description, found)
    _tidy(document)


def _payload(space: str, name: str) -> str:
    """The payload that a property announces; "" for none."""
    if space.startswith(_GAIN_MAP):
        return "gain map"
    if space.startswith(_FILM) or _FILM_NAMES.match(name):
        return "film"
    return "part" if space.startswith(_PARTS) else ""


def _tidy(document: Document) -> None:
    """Remove empty descriptions and unused namespaces of payloads."""
    top = xmp.root(document)
    for description in xmp.children(top) if top is not None else []:
        statements = [
            name for name in xmp.attributes(description) if not re.match(r"xmlns|([\w.-]+:)?about$", name)
        ]
        if top is not None and not statements and not xmp.children(description):
            top.removeChild(description)
    used: set[str] = set()
    declared: list[tuple[Element, str]] = []
    elements = [document.documentElement]
    while elements:
        element = elements.pop()
        elements += xmp.children(element)
        spoken = [element.tagName, *xmp.attributes(element)]
        used |= {name.partition(":")[0] for name in spoken if ":" in name and not name.startswith("xmlns:")}
        declared += [(element, name) for name in xmp.attributes(element) if name.startswith("xmlns:")]
    for element, name in declared:
        space = element.getAttribute(name)
        if space.startswith((*_GAIN_MAP, *_FILM, *_PARTS, f"{_GOOGLE}camera/")) and name[6:] not in used:
            element.removeAttribute(name)
