"""A resolution comes back as the photo has it: without a unit, without any, exactly."""

from __future__ import annotations

import io
import struct

import numpy as np
import pytest
import tifffile
from PIL import Image

from tinct import photo
from tinct.photo.metadata import tiff

from ..hand_made import chunk, picture, png, strip
from ..hand_made import tiff as tiff_file

GREY = picture()


def result(data: bytes, kind: str) -> bytes:
    opened = photo.read(data)
    return photo.to_bytes(opened, photo.join(opened, np.zeros((2, 4, 4), np.float32)), kind)


def scanned(across: tuple[int, int], down: tuple[int, int], unit: int, orientation: int = 1) -> bytes:
    tags = strip(GREY) | {282: (5, across), 283: (5, down), 296: (3, unit), 274: (3, orientation)}
    return tiff_file(tags, GREY.tobytes())


def tags_of(data: bytes) -> list[object]:
    with tifffile.TiffFile(io.BytesIO(data)) as file:
        tags = file.pages[0].tags
        return [tags[number].value if number in tags else None for number in (282, 283, 296)]


@pytest.mark.parametrize(
    ("across", "down", "unit"),
    [
        ((360, 1), (360, 1), 2),
        ((11811, 100), (11811, 100), 1),
        ((11811, 100), (11811, 100), 3),
        ((600, 1), (300, 1), 2),
    ],
)
def test_a_tiff_has_the_very_same(across: tuple[int, int], down: tuple[int, int], unit: int) -> None:
    assert tags_of(result(scanned(across, down, unit), "tiff")) == [across, down, unit]


def test_it_is_turned_with_the_photo() -> None:
    assert tags_of(result(scanned((600, 1), (300, 1), 2, orientation=6), "tiff")) == [(300, 1), (600, 1), 2]


@pytest.mark.parametrize("source", ["TIFF", "WEBP", "JPEG", "PNG", "AVIF"])
@pytest.mark.parametrize("target", ["tiff", "webp", "jpeg", "png", "avif"])
def test_none_stays_none(source: str, target: str) -> None:
    file = io.BytesIO()
    Image.fromarray(GREY).save(file, source)
    written = result(file.getvalue(), target)
    if target == "tiff":
        assert tags_of(written) == [None] * 3
    opened = Image.open(io.BytesIO(written))
    assert "dpi" not in opened.info or target == "tiff"
    assert not {282, 283, 296} & set(opened.getexif())


@pytest.mark.parametrize("source", ["TIFF", "JPEG", "PNG"])
@pytest.mark.parametrize("target", ["tiff", "jpeg", "png"])
@pytest.mark.parametrize("dpi", [300, 360])
def test_whole_numbers_per_inch_stay_whole(source: str, target: str, dpi: int) -> None:
    file = io.BytesIO()
    Image.fromarray(GREY).save(file, source, dpi=(dpi, dpi))
    opened = Image.open(io.BytesIO(result(file.getvalue(), target)))
    assert opened.info["dpi"] == pytest.approx((dpi, dpi), abs=0.01 if target == "png" else 0)


def test_a_ratio_is_no_resolution() -> None:
    written = result(png(GREY, before=[chunk(b"pHYs", struct.pack(">IIB", 4, 3, 0))]), "png")
    assert Image.open(io.BytesIO(written)).info["aspect"] == (4, 3)
    file = io.BytesIO()
    Image.fromarray(GREY).save(file, "JPEG")
    data = bytearray(file.getvalue())
    at = data.index(b"JFIF\0") + 7
    data[at : at + 5] = struct.pack(">BHH", 0, 4, 3)
    assert Image.open(io.BytesIO(result(bytes(data), "jpeg"))).info["jfif_density"] == (4, 3)


@pytest.mark.parametrize("target", ["jpeg", "webp"])
def test_what_is_no_whole_number_goes_into_exif(target: str) -> None:
    exif = Image.open(io.BytesIO(result(scanned((11811, 100), (11811, 100), 1), target))).getexif()
    assert (float(exif[tiff.X_RESOLUTION]), exif[tiff.RESOLUTION_UNIT]) == (118.11, 1)
