"""Words that another format keeps elsewhere come over: IPTC, long XMP, Photoshop's resources, MakerNotes."""

import io
import struct
from pathlib import Path

import pytest
from PIL import Image

from tinct.photo.metadata import tiff, xmp, xmp_segments
from tinct.photo.metadata.description import SENTENCE
from tinct.photo.metadata.provenance import strip_untrue

from ..hand_made import SOURCE_TYPE, jpeg_with_segment
from .exiftool import IPTC, PICTURE, coloured, exiftool, facts, needed, told

pytestmark = needed


@pytest.mark.parametrize("suffix", ["jpg", "tif", "png"])
@pytest.mark.parametrize("other", ["jpg", "tif", "png"])
def test_iptc_comes_over_as_iptc_where_there_is_a_place_for_it(
    tmp_path: Path, suffix: str, other: str
) -> None:
    path = tmp_path / f"in.{suffix}"
    Image.fromarray(PICTURE).save(path)
    after = facts(coloured(told(path, IPTC), tmp_path / f"out.{other}"))
    for name, value in IPTC.items():
        assert after[name] == value


@pytest.mark.parametrize("suffix", ["jpg", "tif", "png"])
@pytest.mark.parametrize("other", ["webp", "avif"])
def test_iptc_is_told_in_xmp_where_there_is_none(tmp_path: Path, suffix: str, other: str) -> None:
    path = tmp_path / f"in.{suffix}"
    Image.fromarray(PICTURE).save(path)
    more = {"IPTC:Keywords": "river", "IPTC:DateCreated": "1931:05:06", "IPTC:Headline": "A < B & é"}
    more |= {"IPTC:CodedCharacterSet": "UTF8"}
    after = facts(coloured(told(path, IPTC | more), tmp_path / f"out.{other}"))
    assert after["XMP-dc:Creator"] in ("Anna", ["Anna"])
    assert after["XMP-dc:Description"] == f"Caption {SENTENCE}"
    assert after["XMP-photoshop:City"] == "Wien"
    assert str(after["XMP-photoshop:DateCreated"]).startswith("1931:05:06")
    assert after["XMP-dc:Subject"] in ("river", ["river"])
    assert after["XMP-photoshop:Headline"] == "A < B & é"


def test_words_that_xmp_says_already_are_not_told_twice(tmp_path: Path) -> None:
    path = tmp_path / "in.jpg"
    Image.fromarray(PICTURE).save(path)
    told(path, {"IPTC:City": "Wien", "XMP-photoshop:City": "Vienna"})
    assert facts(coloured(path, tmp_path / "out.webp"))["XMP-photoshop:City"] == "Vienna"


@pytest.mark.parametrize(
    ("suffix", "other"), [("tif", "tif"), ("tif", "jpg"), ("jpg", "tif"), ("jpg", "jpg")]
)
def test_photoshop_s_resources_come_over_but_for_its_preview(tmp_path: Path, suffix: str, other: str) -> None:
    path = tmp_path / f"in.{suffix}"
    Image.fromarray(PICTURE).save(path)
    words = {"Photoshop:URL": "https://example.org", "Photoshop:CopyrightFlag": "True", "IPTC:City": "Wien"}
    told(path, words)
    preview = tmp_path / "preview.jpg"
    Image.fromarray(PICTURE[::4, ::4]).save(preview)
    exiftool("-q", "-overwrite_original", f"-PhotoshopThumbnail<={preview}", str(path))
    before, after = facts(path), facts(coloured(path, tmp_path / f"out.{other}"))
    assert any("Thumbnail" in name for name in before)
    for name in ("Photoshop:URL", "Photoshop:CopyrightFlag", "IPTC:City"):
        assert after[name] == before[name]
    assert not any("Thumbnail" in name for name in after)


def test_xmp_too_long_for_a_jpeg_goes_into_more_segments_and_comes_back(tmp_path: Path) -> None:
    path = tmp_path / "in.png"
    Image.fromarray(PICTURE).save(path)
    told(
        path, {"XMP-dc:Description": "long " * 25_000, "XMP-dc:Title": "Street", "XMP-photoshop:City": "Ölz"}
    )
    jpeg = coloured(path, tmp_path / "out.jpg")
    again = coloured(jpeg, tmp_path / "again.jpg")
    for written in (jpeg, again, coloured(again, tmp_path / "again.png")):
        after = facts(written)
        assert str(after["XMP-dc:Description"]).count("long") == 25_000
        assert (after["XMP-dc:Title"], after["XMP-photoshop:City"]) == ("Street", "Ölz")
        assert after["XMP-iptcExt:DigitalSourceType"] == SOURCE_TYPE
        assert after["XMP-tinct:Model"] == "tiny 1.0"
        assert "Warning" not in " ".join(after)
    assert "XMP-xmpNote:HasExtendedXMP" not in facts(tmp_path / "again.png")


def test_extended_xmp_of_exiftool_is_read_whole(tmp_path: Path) -> None:
    path = tmp_path / "in.jpg"
    Image.fromarray(PICTURE).save(path)
    told(path, {"XMP-dc:Description": "long " * 25_000, "XMP-dc:Title": "Street"})
    assert "XMP-xmpNote:HasExtendedXMP" in facts(path)
    after = facts(coloured(path, tmp_path / "out.png"))
    assert str(after["XMP-dc:Description"]).count("long") == 25_000
    assert after["XMP-dc:Title"] == "Street"


def test_pieces_of_xmp_that_do_not_fit_together_are_left_out() -> None:
    packet = strip_untrue(None)
    pointer, pieces = xmp_segments.extended_segments(
        xmp.add_description(packet, '<rdf:Description rdf:about=""/>' * 6000)
    )
    main = xmp.add_description(packet, pointer)
    assert len(pieces) == 3
    payloads = [payload for _, payload in pieces]
    assert len(xmp_segments.merge_extended(main, payloads)) > 100_000
    assert xmp_segments.merge_extended(main, payloads[::-1]) == xmp_segments.merge_extended(main, payloads)
    for broken in (payloads[1:], payloads[:-1], [*payloads, payloads[0]], [payloads[0][:60]], []):
        assert xmp_segments.merge_extended(main, broken) == main


def camera_s_notes(at: int) -> bytes:
    """MakerNotes as Canon has them: a directory whose long values lie at places counted from EXIF's start."""
    words = {6: "IMG:PowerShot S40 JPEG", 7: "Firmware Version 1.10", 9: "Anna"}
    heads, values = struct.pack("<H", len(words)), b""
    for tag, word in words.items():
        place = at + 2 + 12 * len(words) + 4 + len(values)
        heads += struct.pack("<HHII", tag, 2, 32, place)
        values += word.encode().ljust(32, b"\0")
    return heads + bytes(4) + values


def with_camera_s_notes(path: Path) -> Path:
    """A JPEG of a Canon, with MakerNotes."""

    def exif(at: int) -> bytes:
        notes = camera_s_notes(at)
        children = {tiff.EXIF: tiff.Directory({37500: tiff.Entry(7, len(notes), notes)})}
        return tiff.block(tiff.Directory({271: tiff.Entry(2, 6, b"Canon\0")}, children))

    where = exif(0).index(camera_s_notes(0)[:10])
    file = io.BytesIO()
    Image.fromarray(PICTURE).save(file, "JPEG")
    path.write_bytes(jpeg_with_segment(file.getvalue(), 0xE1, b"Exif\0\0" + exif(where)))
    return path


@pytest.mark.parametrize("suffix", ["jpg", "tif"])
@pytest.mark.parametrize("other", ["jpg", "tif", "png", "webp", "avif"])
def test_a_camera_s_maker_notes_can_still_be_read(tmp_path: Path, suffix: str, other: str) -> None:
    path = with_camera_s_notes(tmp_path / "in.jpg")
    if suffix == "tif":
        path = tmp_path / "in.tif"
        Image.fromarray(PICTURE).save(path)
        exiftool(
            "-q", "-overwrite_original", "-tagsfromfile", str(tmp_path / "in.jpg"), "-all:all", str(path)
        )
    before, after = facts(path), facts(coloured(path, tmp_path / f"out.{other}"))
    notes = {name: value for name, value in before.items() if name.startswith("Canon:")}
    assert len(notes) == 3
    for name, value in notes.items():
        assert after[name] == value


@pytest.mark.parametrize("suffix", ["png", "tif", "webp"])
@pytest.mark.parametrize("other", ["jpg", "png", "webp", "avif"])
def test_exif_beyond_64_kb_leaves_only_its_longest_values_behind(
    tmp_path: Path, suffix: str, other: str
) -> None:
    path = tmp_path / f"in.{suffix}"
    words = {315: tiff.Entry(2, 4, b"Ann\0"), 40091: tiff.Entry(1, 70_000, b"long" * 17_500)}
    exif = tiff.Directory({36867: tiff.Entry(2, 20, b"1931:05:06 07:08:09\0")})
    block = tiff.block(tiff.Directory(words, {tiff.EXIF: exif}))
    if suffix == "tif":
        Image.fromarray(PICTURE).save(path)
        with path.open("rb+") as file:
            tiff.graft(file, [tiff.Directory(words, {tiff.EXIF: exif})])
    else:
        Image.fromarray(PICTURE).save(path, exif=b"Exif\0\0" + block)
    after = facts(coloured(path, tmp_path / f"out.{other}"))
    assert after["IFD0:Artist"] == "Ann"
    assert after["ExifIFD:DateTimeOriginal"] == "1931:05:06 07:08:09"
    assert "IFD0:XPTitle" not in after


@pytest.mark.parametrize("suffix", ["jpg", "tif", "png"])
def test_iptc_calls_the_result_a_colour_picture_as_it_lies(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"in.{suffix}"
    Image.fromarray(PICTURE).save(path)
    told(path, IPTC | {"IPTC:ImageType": "1W", "IPTC:ImageOrientation": "L", "EXIF:Orientation#": "6"})
    for other in ("jpg", "tif", "png"):
        after = facts(coloured(path, tmp_path / f"out.{other}"))
        assert (after["IPTC:ImageType"], after["IPTC:ImageOrientation"]) == ("3F", "Portrait")
        assert after["IPTC:By-line"] == "Anna"
