"""XMP in any encoding and under any prefix is kept; what is not true of a result, or promises a payload, goes."""

from __future__ import annotations

import io
import struct
import warnings
from xml.etree import ElementTree

import numpy as np
import pytest
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from tinct import photo
from tinct.errors import PhotoWarning
from tinct.photo.metadata import jpeg, tiff, xmp
from tinct.photo.metadata.provenance import add_provenance, strip_untrue

from ..hand_made import SOURCE_TYPE, jpeg_with_segment, picture

GREY = picture()
RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
DC, TIFF = "http://purl.org/dc/elements/1.1/", "http://ns.adobe.com/tiff/1.0/"
PHOTOSHOP, EXIF = "http://ns.adobe.com/photoshop/1.0/", "http://ns.adobe.com/exif/1.0/"
GAIN_MAP, CAMERA = "http://ns.adobe.com/hdr-gain-map/1.0/", "http://ns.google.com/photos/1.0/camera/"
CONTAINER = "http://ns.google.com/photos/1.0/container/"


def packet(attributes: str = "", inside: str = "", rdf: str = "rdf") -> str:
    return (
        '<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?><x:xmpmeta xmlns:x="adobe:ns:meta/">'
        f'<{rdf}:RDF xmlns:{rdf}="{RDF}"><{rdf}:Description {rdf}:about="" xmlns:dc="{DC}" dc:source="Köln 12" '
        f'{attributes}>{inside}</{rdf}:Description></{rdf}:RDF></x:xmpmeta><?xpacket end="w"?>'
    )


def properties(data: bytes) -> dict[tuple[str, str], str]:
    """(namespace, name) -> text of each property, as ElementTree reads them."""
    tree = ElementTree.fromstring(data.decode().split("?>", 1)[1].rsplit("<?xpacket", 1)[0])
    found = {}
    for description in tree.iter(f"{{{RDF}}}Description"):
        for name, value in [
            *description.attrib.items(),
            *((child.tag, child.text or "") for child in description),
        ]:
            space, _, local = name.removeprefix("{").partition("}")
            found[space, local] = value
    return found


def with_xmp(data: bytes, *segments: tuple[int, bytes]) -> bytes:
    file = io.BytesIO()
    Image.fromarray(GREY).save(file, "JPEG", quality=95)
    whole = jpeg_with_segment(file.getvalue(), jpeg.APP1, b"http://ns.adobe.com/xap/1.0/\0" + data)
    for marker, payload in segments:
        whole = jpeg_with_segment(whole, marker, payload)
    return whole


def result(data: bytes, kind: str = "jpeg") -> photo.Photo:
    opened = photo.read(data)
    return photo.read(photo.to_bytes(opened, photo.join(opened, np.full((2, 8, 8), 6, np.float32)), kind))


ENCODINGS = ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-32-le", "utf-32-be"]


@pytest.mark.parametrize("encoding", ENCODINGS)
@pytest.mark.parametrize("kind", ["jpeg", "png", "tiff", "webp", "avif"])
def test_a_packet_is_read_in_every_encoding(encoding: str, kind: str) -> None:
    written = properties(result(with_xmp(packet().encode(encoding)), kind).metadata.xmp or b"")
    assert written[DC, "source"] == "Köln 12"
    assert written["http://iptc.org/std/Iptc4xmpExt/2008-02-29/", "DigitalSourceType"] == SOURCE_TYPE


@pytest.mark.parametrize(
    "text",
    [
        packet(rdf="r"),
        packet().replace("</rdf:RDF>", "</rdf:RDF  >"),
        packet().replace('"', "'"),
        packet().replace('<x:xmpmeta xmlns:x="adobe:ns:meta/">', "").replace("</x:xmpmeta>", ""),
        packet().replace("></rdf:Description>", "/>"),
        packet().replace("</rdf:RDF>", "</rdf:RDF><!-- </rdf:RDF> -->"),
        packet(inside="<dc:title><![CDATA[a </rdf:RDF> b]]></dc:title>"),
        packet(inside="<dc:title>Salt & Pepper \x07</dc:title>"),
        packet() + " " * 2000 + "\0\0",
        packet().replace("xmpmeta", "xapmeta"),
    ],
    ids=["prefix", "space", "quotes", "bare", "closed", "comment", "CDATA", "ampersand", "padding", "old"],
)
def test_a_packet_is_read_however_it_is_written(text: str) -> None:
    written = add_provenance(text.encode(), {"model": "a"})
    assert properties(written)[DC, "source"] == "Köln 12"
    assert properties(written)["urn:tinct:provenance:1/", "model"] == "a"


def test_a_packet_says_its_encoding_itself() -> None:
    text = '<?xml version="1.0" encoding="ISO-8859-1"?>' + packet().split("?>", 1)[1].rsplit("<?", 1)[0]
    assert properties(add_provenance(text.encode("latin-1"), {}))[DC, "source"] == "Köln 12"


def test_no_document_type_is_followed() -> None:
    bomb = '<!DOCTYPE r [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;">]>' + packet(
        inside="<dc:title>&b;</dc:title>"
    )
    assert xmp.parse(bomb.encode()) is None


STALE = {
    (PHOTOSHOP, "ColorMode"): "1", (PHOTOSHOP, "ICCProfile"): "Dot Gain 20%", (TIFF, "SamplesPerPixel"): "1",
    (TIFF, "PhotometricInterpretation"): "1", (TIFF, "ImageWidth"): "128", (EXIF, "PixelXDimension"): "128",
    (EXIF, "ColorSpace"): "65535",
}  # fmt: skip


@pytest.mark.parametrize("form", ["attributes", "elements"])
@pytest.mark.parametrize("kind", ["jpeg", "png", "tiff"])
def test_what_is_not_true_of_the_result_goes_under_any_prefix(form: str, kind: str) -> None:
    spaces = f'xmlns:ps="{PHOTOSHOP}" xmlns:t="{TIFF}" xmlns:e="{EXIF}" xmlns:mine="urn:mine"'
    prefixes = {PHOTOSHOP: "ps", TIFF: "t", EXIF: "e"}
    named = {f"{prefixes[space]}:{name}": text for (space, name), text in STALE.items()}
    named |= {"t:Orientation": "6", "t:Make": "Agfa", "mine:ColorMode": "1"}
    if form == "attributes":
        text = packet(spaces + "".join(f' {name}="{value}"' for name, value in named.items()))
    else:
        text = packet(spaces, "".join(f"<{name}>{value}</{name}>" for name, value in named.items()))
    written = properties(result(with_xmp(text.encode()), kind).metadata.xmp or b"")
    assert not STALE.keys() & written.keys()
    assert written[TIFF, "Orientation"] == "1"
    assert (written[TIFF, "Make"], written["urn:mine", "ColorMode"]) == ("Agfa", "1")


def test_regions_go_where_the_photo_is_turned() -> None:
    regions = '<mwg:Regions xmlns:mwg="http://www.metadataworkinggroup.com/schemas/regions/">x</mwg:Regions>'
    exif = tiff.block(tiff.Directory({tiff.ORIENTATION: tiff.Entry(3, 1, struct.pack("<H", 8))}))
    lying = with_xmp(packet(inside=regions).encode(), (jpeg.APP1, b"Exif\0\0" + exif))
    assert b"Regions" not in (result(lying).metadata.xmp or b"")
    assert b"Regions" in (result(with_xmp(packet(inside=regions).encode())).metadata.xmp or b"")


def test_the_format_is_that_of_the_result() -> None:
    written = result(with_xmp(packet('dc:format="image/jpeg"').encode()), "png").metadata.xmp or b""
    assert properties(written)[DC, "format"] == "image/png"


PARTS = (
    f'<C:Directory xmlns:C="{CONTAINER}" xmlns:I="{CONTAINER}item/"><rdf:Seq><rdf:li rdf:parseType="Resource">'
    '<C:Item I:Semantic="Primary"/></rdf:li></rdf:Seq></C:Directory>'
)


@pytest.mark.parametrize(
    ("text", "word"),
    [
        (packet(f'xmlns:g="{GAIN_MAP}" g:Version="1.0"', PARTS), "gain map"),
        (packet(inside=f'<g:Version xmlns:g="{GAIN_MAP}">1.0</g:Version>'), "gain map"),
        (packet('xmlns:a="http://ns.apple.com/HDRGainMap/1.0/" a:HDRGainMapVersion="65536"'), "gain map"),
        (packet(f'xmlns:c="{CAMERA}" c:MicroVideo="1" c:MicroVideoOffset="5000"'), "film"),
        (packet(f'xmlns:GCamera="{CAMERA}" GCamera:MotionPhoto="1"', PARTS), "film"),
        (packet('xmlns:O="http://ns.oplus.com/photos/1.0/camera/" O:OLivePhotoVersion="2"'), "film"),
        (packet(inside=PARTS), "further picture"),
    ],
    ids=["Ultra HDR", "elements", "Apple", "MicroVideo", "MotionPhoto", "OLivePhoto", "container"],
)
@pytest.mark.parametrize("kind", ["jpeg", "png"])
def test_a_payload_is_told_of_and_promised_no_more(text: str, word: str, kind: str) -> None:
    with pytest.warns(PhotoWarning, match=f"{word} behind its picture is left out"):
        written = (
            result(with_xmp(text.encode(), (jpeg.APP2, b"MPF\0MM\0*" + bytes(20))), kind).metadata.xmp or b""
        )
    assert properties(written)[DC, "source"] == "Köln 12"
    for promise in (
        b"GainMap",
        b"hdr-gain-map",
        b"Motion",
        b"MicroVideo",
        b"OLive",
        b"container",
        b"photos/1.0",
    ):
        assert promise not in written


def test_provenance_is_replaced_and_not_repeated() -> None:
    once = add_provenance(packet().encode(), {"model": "a"})
    assert strip_untrue(once).count(b"tinct:") == 0
    assert add_provenance(once, {"model": "b"}).count(b"tinct:model") == 1


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "TIFF", "WEBP"])
@pytest.mark.parametrize("broken", ["<x:xmpmeta", packet()[:150], packet().replace("</rdf:RDF>", "")])
def test_the_loss_of_a_packet_that_cannot_be_parsed_is_told(broken: str, kind: str) -> None:
    file = io.BytesIO()
    image = Image.fromarray(GREY)
    if kind == "PNG":
        text = PngInfo()
        text.add_itxt("XML:com.adobe.xmp", broken)
        image.save(file, kind, pnginfo=text)
    elif kind == "TIFF":
        image.save(file, kind, tiffinfo={700: broken.encode()})
    else:
        image.save(file, kind, xmp=broken.encode())
    with pytest.warns(PhotoWarning, match="an XMP packet that cannot be parsed is left out"):
        written = result(file.getvalue())
    assert SOURCE_TYPE.encode() in (written.metadata.xmp or b"")


def test_a_blank_packet_is_no_loss() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        result(with_xmp(b" \n\0"))


UNUSUAL = {
    "RDF without a prefix": packet("", rdf="rdf").replace("<rdf:", "<").replace("</rdf:", "</")
    .replace("xmlns:rdf", "xmlns").replace("rdf:about", "about"),
    "data before and after": f"\0\0{packet()}\0 rest of something",
    "a second packet behind": packet() + packet(),
}  # fmt: skip


@pytest.mark.parametrize("name", UNUSUAL)
def test_a_packet_of_unusual_form_is_kept(name: str) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        written = result(with_xmp(UNUSUAL[name].encode())).metadata.xmp or b""
    found = properties(written)
    assert found[DC, "source"] == "Köln 12"
    assert b"<rdf:RDF" in written
    assert written.count(SOURCE_TYPE.encode()) == 1


def test_an_order_to_show_the_picture_in_grey_goes() -> None:
    settings = "http://ns.adobe.com/camera-raw-settings/1.0/"
    written = result(
        with_xmp(packet(f'xmlns:crs="{settings}" crs:ConvertToGrayscale="True" crs:Sharpness="25"').encode())
    )
    found = properties(written.metadata.xmp or b"")
    assert (settings, "ConvertToGrayscale") not in found
    assert found[settings, "Sharpness"] == "25"
