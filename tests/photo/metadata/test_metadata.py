"""What a photo carries comes back, read by exiftool; what must differ does, and nothing else."""

from pathlib import Path

import numpy as np
import pytest
import tifffile
from PIL import Image

from tinct import photo
from tinct.photo.metadata.provenance import add_provenance

from ..hand_made import SOURCE_TYPE
from .exiftool import IPTC, PICTURE, PROVENANCE, coloured, exiftool, facts, needed, told

pytestmark = needed

WORDS = {
    "EXIF:Artist": "Anna Müller",
    "EXIF:Copyright": "(c) 1931 Archive",
    "EXIF:ModifyDate": "1931:05:06 07:08:09",
    "EXIF:ImageDescription": "A street",
    "EXIF:Make": "Agfa",
    "EXIF:Model": "Box",
    "EXIF:Software": "Scan 1",
    "EXIF:DateTimeOriginal": "1931:05:06 07:08:09",
    "EXIF:OffsetTimeOriginal": "+01:00",
    "EXIF:UserComment": "a comment in EXIF",
    "EXIF:LensModel": "Lens X",
    "EXIF:ISO": "100",
    "EXIF:FNumber": "8",
    "EXIF:XPTitle": "Title for Windows",
    "EXIF:SerialNumber": "77",
    "EXIF:GPSLatitude": "48.1",
    "EXIF:GPSLatitudeRef": "N",
    "XMP-dc:Title": "Street",
    "XMP-dc:Creator": "Anna",
    "XMP-xmpRights:UsageTerms": "Free",
}
FORMATS = ["jpg", "png", "webp", "tif", "avif"]
# Of the pixels, of the file, or of the profile and the note that tinct adds: these may differ.
OF_THE_FILE = (
    "ExifTool:",
    "System:",
    "ICC",
    "Composite:",
    "JFIF:",
    "XMP-tinct:",
    "XMP-iptcExt:DigitalSourceType",
    "XMP-x:",
)
OF_THE_PIXELS = {
    *("File:ColorComponents", "File:YCbCrSubSampling", "File:FileSize", "PNG:ColorType", "PNG:ProfileName"),
    *("IFD0:BitsPerSample", "IFD0:PhotometricInterpretation", "IFD0:SamplesPerPixel", "IFD0:SampleFormat"),
    *("IFD0:StripByteCounts", "IFD0:StripOffsets", "IFD0:RowsPerStrip", "IFD0:Predictor", "RIFF:WebP_Flags"),
    *("PNG-pHYs:PixelsPerUnitX", "PNG-pHYs:PixelsPerUnitY", "PNG-pHYs:PixelUnits", "PNG:SRGBRendering"),
    *("QuickTime:MediaDataOffset", "QuickTime:MediaDataSize", "QuickTime:ChromaFormat", "IFD0:Compression"),
    *(
        "QuickTime:ChromaSamplePosition",
        "QuickTime:CompatibleBrands",
        "QuickTime:ColorProfiles",
        "QuickTime:ImagePixelDepth",
        "QuickTime:MonochromeProfile",
        "QuickTime:AverageBitrate",
    ),
    # The profile takes the place of these numbers.
    *("QuickTime:ColorPrimaries", "QuickTime:TransferCharacteristics", "QuickTime:MatrixCoefficients"),
    "QuickTime:VideoFullRangeFlag",
    *("RIFF:ImageWidth", "RIFF:ImageHeight", "RIFF:VP8Version", "RIFF:HorizontalScale", "RIFF:VerticalScale"),
}


@pytest.fixture(params=FORMATS)
def source(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    path = tmp_path / f"in.{request.param}"
    Image.fromarray(PICTURE).save(path)
    with_iptc = IPTC if request.param in ("jpg", "tif", "png") else {}
    resolution = {"EXIF:XResolution": "600", "EXIF:YResolution": "600", "EXIF:ResolutionUnit": "inches"}
    return told(path, WORDS | with_iptc | resolution)


def test_input_and_output_differ_only_in_what_must(source: Path) -> None:
    before, after = facts(source), facts(coloured(source, source.with_name("out" + source.suffix)))
    for name, value in before.items():
        if name in OF_THE_PIXELS or name.startswith(OF_THE_FILE) or name == "SourceFile":
            continue
        assert after.get(name) == value, name
    new = {name for name in after.keys() - before.keys() if not name.startswith(OF_THE_FILE)}
    tiff_of_libvips = {"IFD0:Orientation", "IFD0:PlanarConfiguration", "IFD0:ResolutionUnit"}
    exif_of_libvips = {"ExifIFD:ExifImageWidth", "ExifIFD:ExifImageHeight"}
    assert new <= OF_THE_PIXELS | tiff_of_libvips | exif_of_libvips | {"XMP-dc:Description"}


@pytest.mark.parametrize("suffix", FORMATS)
def test_words_come_over_into_every_other_format(source: Path, suffix: str) -> None:
    after = facts(coloured(source, source.with_name(f"out.{suffix}")))
    by_name = {
        name.split(":")[-1]: value
        for name, value in after.items()
        if not name.startswith(("Composite", "XMP-tinct"))
    }
    for name, value in WORDS.items():
        seen = str(by_name.get(name.split(":")[-1]))
        if "GPSLatitude" in name:
            assert seen.startswith(("48 deg", "North"))
        else:
            assert seen in (value, f"{value}.0", f"[{value!r}]"), name


def test_exiftool_has_nothing_to_warn_of(source: Path) -> None:
    after = facts(coloured(source, source.with_name("out" + source.suffix)))
    # The texts of a PNG stand after its pixels, so that a large file need not be moved for them.
    assert "after PNG IDAT" in str(after.get("ExifTool:Warning", "after PNG IDAT"))
    assert after["IFD0:Artist"] == WORDS["EXIF:Artist"]


def test_the_note_says_how_the_colour_came(source: Path) -> None:
    after = facts(coloured(source, source.with_name("out" + source.suffix)))
    assert after["XMP-iptcExt:DigitalSourceType"] == SOURCE_TYPE
    assert after["XMP-tinct:Tool"] == "tinct"
    for name, value in PROVENANCE.items():
        assert str(after[f"XMP-tinct:{name.capitalize()}"]) == str(value)


@pytest.mark.parametrize("suffix", ["jpg", "tif", "png", "webp"])
def test_orientation_is_turned_and_reset(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"in.{suffix}"
    Image.fromarray(PICTURE).save(path)
    told(path, {"EXIF:Orientation#": "6", "XMP-tiff:Orientation#": "6", "EXIF:Artist": "Ann"})
    after = facts(coloured(path, tmp_path / f"out.{suffix}"))
    size = "File" if suffix == "jpg" else {"tif": "IFD0", "png": "PNG", "webp": "RIFF"}[suffix]
    assert (after[f"{size}:ImageWidth"], after[f"{size}:ImageHeight"]) == (100, 160)
    assert after.get("IFD0:Orientation", "Horizontal (normal)") == "Horizontal (normal)"
    assert after["XMP-tiff:Orientation"] == "Horizontal (normal)"


def test_comments_and_texts_come_back(tmp_path: Path) -> None:
    jpeg, png = tmp_path / "in.jpg", tmp_path / "in.png"
    for path in (jpeg, png):
        Image.fromarray(PICTURE).save(path)
    told(jpeg, {"Comment": "scanned by hand"})
    told(
        png,
        {"PNG:Author": "Jürgen", "PNG:Comment": "scanned by hand", "PNG:ModifyDate": "1931:05:06 07:08:09"},
    )
    assert facts(coloured(jpeg, tmp_path / "out.jpg"))["File:Comment"] == "scanned by hand"
    after = facts(coloured(png, tmp_path / "out.png"))
    assert (after["PNG:Author"], after["PNG:Comment"]) == ("Jürgen", "scanned by hand")
    assert after["PNG:ModifyDate"] == "1931:05:06 07:08:09"


def test_the_grey_preview_does_not_stay(tmp_path: Path) -> None:
    path = tmp_path / "in.jpg"
    Image.fromarray(PICTURE).save(path)
    preview = tmp_path / "preview.jpg"
    Image.fromarray(PICTURE[::4, ::4]).save(preview)
    exiftool("-q", "-overwrite_original", f"-ThumbnailImage<={preview}", str(path))
    assert "IFD1:ThumbnailImage" in facts(path)
    assert not [name for name in facts(coloured(path, tmp_path / "out.jpg")) if "Thumbnail" in name]


@pytest.mark.parametrize("big", [False, True], ids=["classic", "BigTIFF"])
@pytest.mark.parametrize("order", ["<", ">"], ids=["little-endian", "big-endian"])
def test_tags_of_every_kind_of_tiff_come_back(tmp_path: Path, big: bool, order: str) -> None:
    path = tmp_path / "in.tif"
    tags = [
        (315, "s", 0, "Ann", True),
        (33432, "s", 0, "(c) Ann", True),
        (65000, "d", 3, (1.5, 2.5, 3.5), True),
    ]
    tags += [(65001, "H", 5, (1, 2, 3, 4, 500), True), (33550, "d", 3, (0.5, 0.5, 0.0), True)]
    tifffile.imwrite(
        path, PICTURE, photometric="minisblack", bigtiff=big, byteorder=order, extratags=tags, description="A"
    )
    opened = photo.read(path)
    photo.write(opened, photo.join(opened, np.zeros((2, 8, 8), np.float32)), tmp_path / "out.tif")
    with tifffile.TiffFile(tmp_path / "out.tif") as file:
        assert file.is_bigtiff == big
        written = file.pages[0].tags
        for number, _, _, value, _ in tags:
            assert written[number].value == value
        assert np.abs(file.pages[0].asarray().astype(int) - PICTURE[..., None]).max() <= 1
    warnings = exiftool(
        "-validate", "-a", "-warning", "-error", "-s", "-s", "-s", str(tmp_path / "out.tif")
    ).splitlines()
    # exiftool would have a BigTIFF end in .btf.
    assert all("minor" in line or "extension" in line or line == "1 Warning" for line in warnings)


def test_a_new_note_takes_the_place_of_an_old_one() -> None:
    once = add_provenance(None, {"model": "a"})
    twice = add_provenance(once, {"model": "b"}).decode()
    assert twice.count("DigitalSourceType") == 1
    assert 'tinct:model="b"' in twice
    assert 'tinct:model="a"' not in twice


@pytest.mark.parametrize(
    "old",
    [
        '<rdf:Description rdf:about="" xmlns:e="u" e:DigitalSourceType="http://x/digitalCapture"/>',
        '<rdf:Description xmlns:e="u"><e:DigitalSourceType>x</e:DigitalSourceType></rdf:Description>',
        '<rdf:Description rdf:about="" xmlns:e="u"><e:DigitalSourceType rdf:resource="x"/></rdf:Description>',
    ],
)
def test_an_original_s_claim_to_be_one_is_taken_back(old: str) -> None:
    packet = f'<x:xmpmeta><rdf:RDF xmlns:rdf="r">{old}</rdf:RDF></x:xmpmeta>'.encode()
    text = add_provenance(packet, {}).decode()
    assert text.count("DigitalSourceType") == 1
    assert SOURCE_TYPE in text


def test_xmp_that_is_none_is_replaced() -> None:
    for garbage in (b"", b"\xff\xfe" * 50, b"<x:xmpmeta>", b"\0" * 9):
        assert SOURCE_TYPE.encode() in add_provenance(garbage, {})
