"""EXIF of a result, read by Pillow: tags without a name in libexif, late chunks, and what is corrected."""

from __future__ import annotations

import io
import struct
import zlib
from fractions import Fraction

import numpy as np
import pytest
from PIL import Image

from tinct import photo
from tinct.photo.metadata import jpeg, tiff

from ..hand_made import chunk, lightness, picture, png, strip
from ..hand_made import tiff as tiff_file

GREY = picture()
FORMATS = ["jpeg", "png", "webp", "avif"]
TEXT, SHORT, RATIONAL = 2, 3, 5
IFD0 = {
    tiff.ORIENTATION: (SHORT, 1, struct.pack("<H", 6)),
    315: (TEXT, 7, b"Nobody\0"),
    269: (TEXT, 7, b"Box 12\0"),
    285: (TEXT, 6, b"recto\0"),
    316: (TEXT, 5, b"host\0"),
    18246: (SHORT, 1, struct.pack("<H", 4)),
}
DETAILS = {
    37888: (10, 1, struct.pack("<ii", 215, 10)),
    40962: (4, 1, struct.pack("<I", 128)),
    42032: (TEXT, 6, b"owner\0"),
    0xA46C: (129, 3, "é\0".encode()),
}


def block(order: str = "<", orientation: int = 6, **children: object) -> bytes:
    entries = {tag: tiff.Entry(*entry) for tag, entry in IFD0.items()}
    entries[tiff.ORIENTATION] = tiff.Entry(SHORT, 1, struct.pack("<H", orientation))
    details = tiff.Directory(
        {tag: tiff.Entry(*entry) for tag, entry in DETAILS.items()}, children.get("below", {})
    )
    return tiff.block(tiff.Directory(entries, {tiff.EXIF: details}), order)


def encoded(kind: str, exif: bytes) -> bytes:
    file = io.BytesIO()
    Image.fromarray(GREY).save(file, kind, exif=b"Exif\0\0" + exif)
    return file.getvalue()


def result(data: bytes, kind: str) -> bytes:
    opened = photo.read(data)
    return photo.to_bytes(opened, photo.join(opened, np.full((2, 8, 8), 6, np.float32)), kind)


def seen(data: bytes) -> tuple[dict[int, object], dict[int, object]]:
    """The tags of the first directory and of EXIF's own."""
    exif = Image.open(io.BytesIO(data)).getexif()
    return dict(exif), dict(exif.get_ifd(tiff.EXIF))


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("source", ["jpeg", "png", "webp"])
@pytest.mark.parametrize("target", [*FORMATS, "tiff"])
def test_every_tag_comes_over_whatever_libexif_knows(source: str, target: str, order: str) -> None:
    first, details = seen(result(encoded(source, block(order)), target))
    assert {tag: first.get(tag) for tag in (315, 269, 285, 316, 18246)} == {
        315: "Nobody", 269: "Box 12", 285: "recto", 316: "host", 18246: 4,
    }  # fmt: skip
    assert details[37888] == Fraction(215, 10)
    assert details[42032] == "owner"
    assert details[40962] == 96  # as wide as the turned photo
    assert first.get(tiff.ORIENTATION, 1) == 1


@pytest.mark.parametrize("target", FORMATS)
def test_the_tags_of_a_tiff_come_over(target: str) -> None:
    tags = strip(GREY) | {269: (2, b"Box 12\0"), 337: (2, b"printer\0")}
    first, _ = seen(result(tiff_file(tags, GREY.tobytes()), target))
    assert (first[269], first[337]) == ("Box 12", "printer")


def test_the_texts_of_a_tiff_page_stay() -> None:
    names = {
        269: b"Box 12\0",
        270: b"a\0",
        285: b"recto\0",
        316: b"host\0",
        337: b"printer\0",
        42112: b"<x/>\0",
    }
    tags = strip(GREY) | {tag: (2, text) for tag, text in names.items()}
    first, _ = seen(result(tiff_file(tags, GREY.tobytes()), "tiff"))
    assert {tag: str(first[tag]).encode() + b"\0" for tag in names} == names


@pytest.mark.parametrize("target", FORMATS)
def test_a_photo_without_exif_gets_none(target: str) -> None:
    file = io.BytesIO()
    Image.fromarray(GREY).save(file, "PNG")
    assert seen(result(file.getvalue(), target)) == ({}, {})


RAW = block()
RAW_PROFILE = b"\nexif\n%8d\n" % (len(RAW) + 6) + (b"Exif\0\0" + RAW).hex().encode() + b"\n"


@pytest.mark.parametrize(
    "late",
    [
        chunk(b"eXIf", RAW),
        chunk(b"eXIf", b"Exif\0\0" + RAW),
        chunk(b"zTXt", b"Raw profile type exif\0\0" + zlib.compress(RAW_PROFILE)),
        chunk(b"iTXt", b"Raw profile type exif\0\0\0\0\0" + RAW_PROFILE),
    ],
    ids=["eXIf", "eXIf as in a JPEG", "ImageMagick's raw profile", "raw profile in iTXt"],
)
@pytest.mark.parametrize("where", ["before", "after"])
@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_exif_of_a_png_counts_wherever_it_stands(late: bytes, where: str, dtype: type) -> None:
    pixels = GREY.astype(dtype) * (257 if dtype == np.uint16 else 1)
    opened = photo.read(png(pixels, **{where: [late]}))
    assert np.abs(opened.lightness.numpy() - lightness(np.rot90(GREY, -1))).max() < 0.02
    written = result(png(pixels, **{where: [late]}), "png")
    assert seen(written)[0][315] == "Nobody"
    assert written.index(b"eXIf") < written.index(b"IDAT")
    assert written.count(b"Raw profile type exif") == 0


def test_xmp_of_a_png_counts_wherever_it_stands() -> None:
    packet = b'<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
    packet += b'<rdf:Description xmlns:d="d" d:e="box 12"/></rdf:RDF>'
    for data in (b"\0\0\0\0" + packet, b"\1\0\0\0" + zlib.compress(packet)):
        late = chunk(b"iTXt", b"XML:com.adobe.xmp\0" + data)
        written = photo.read(result(png(GREY, after=[late]), "png")).metadata.xmp or b""
        assert b'd:e="box 12"' in written


def test_an_untrue_colour_space_is_corrected() -> None:
    below = {tiff.INTEROPERABILITY: tiff.Directory({1: tiff.Entry(2, 4, b"R03\0")})}
    DETAILS[40961] = (SHORT, 1, struct.pack("<H", 0xFFFF))
    try:
        exif = Image.open(io.BytesIO(result(encoded("jpeg", block(below=below)), "jpeg"))).getexif()
    finally:
        del DETAILS[40961]
    assert exif.get_ifd(tiff.EXIF)[40961] == 1
    assert exif.get_ifd(tiff.INTEROPERABILITY) == {1: "R98"}


def test_places_in_a_photo_that_is_turned_are_left_out() -> None:
    DETAILS[37396] = (SHORT, 2, struct.pack("<HH", 10, 20))
    try:
        assert 37396 not in seen(result(encoded("jpeg", block(orientation=6)), "jpeg"))[1]
        assert seen(result(encoded("jpeg", block(orientation=1)), "jpeg"))[1][37396] == (10, 20)
    finally:
        del DETAILS[37396]


def test_a_jpeg_without_exif_is_jfif() -> None:
    file = io.BytesIO()
    Image.fromarray(GREY).save(file, "JPEG", dpi=(300, 300))
    written = Image.open(io.BytesIO(result(file.getvalue(), "jpeg")))
    assert (written.info["jfif"], written.info["dpi"]) == (258, (300, 300))
    markers = (marker for marker, _, _ in jpeg.segments(io.BytesIO(result(file.getvalue(), "jpeg"))))
    assert next(markers) == jpeg.APP0


def test_components_of_grey_become_those_of_colour() -> None:
    details = tiff.Directory({37121: tiff.Entry(7, 4, b"\1\0\0\0")})
    grey = tiff.block(tiff.Directory({}, {tiff.EXIF: details}))
    assert seen(result(encoded("jpeg", grey), "jpeg"))[1][37121] == b"\1\2\3\0"
