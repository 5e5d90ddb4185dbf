"""Files of several pictures: each is coloured, or it is said how many there are. Lossless ones stay so."""

from __future__ import annotations

import io
import struct
import warnings
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tinct import photo
from tinct.colorizer import Colorizer
from tinct.errors import PhotoError, PhotoWarning
from tinct.options import Options
from tinct.photo.formats import pictures
from tinct.photo.metadata import jpeg, tiff
from tinct.photo.metadata.xmp import EMPTY

from ..hand_made import lightness, picture

GREY = picture()
ALPHA = np.uint8(np.indices(GREY.shape)[1])


def album(kind: str, count: int = 3, **options: object) -> bytes:
    file = io.BytesIO()
    first, *others = [Image.fromarray(np.roll(GREY, 9 * number, 1)) for number in range(count)]
    first.save(file, kind, save_all=True, append_images=others, **options)
    return file.getvalue()


@pytest.mark.parametrize("kind", ["WEBP", "AVIF", "PNG", "MPO"])
def test_a_word_says_how_many_pictures_there_are(kind: str) -> None:
    with pytest.warns(PhotoWarning, match="of its 3 pictures only the first is coloured"):
        opened = photo.read(album(kind))
    assert np.abs(opened.lightness.numpy() - lightness(GREY)).mean() < 2


@pytest.mark.parametrize("kind", ["WEBP", "AVIF", "PNG", "JPEG"])
def test_one_picture_needs_no_word(kind: str) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        photo.read(album(kind, 1) if kind != "JPEG" else encoded("JPEG"))


def encoded(kind: str, pixels: np.ndarray = GREY, **options: object) -> bytes:
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, kind, **options)
    return file.getvalue()


def test_a_preview_in_a_multi_picture_index_does_not_count() -> None:
    data = album("MPO", 2)
    index = next(each for each in jpeg.applications(io.BytesIO(data), jpeg.APP2) if each.startswith(b"MPF"))
    entries = tiff.directory_in(index[4:]).entries[0xB002].data
    preview = data.replace(entries, entries[:16] + struct.pack("<I", 0x010001) + entries[20:])
    assert pictures.count("jpeg", io.BytesIO(data)) == 2
    assert pictures.count("jpeg", io.BytesIO(preview)) == 1


def test_all_pages_of_a_tiff_given_as_bytes_are_coloured(tiny_model: Path) -> None:
    colorizer = Colorizer(tiny_model)
    with Image.open(io.BytesIO(colorizer.colorize(album("TIFF")))) as written:
        assert written.n_frames == 3
        assert written.mode == "RGB"
    with pytest.raises(PhotoError, match="3 pages"):
        colorizer.colorize(album("TIFF"), Options(format="png"))
    one = Image.open(io.BytesIO(colorizer.colorize(album("TIFF"), Options(page=2, format="png"))))
    assert one.format == "PNG"


def result(data: bytes, quality: int | None = None) -> bytes:
    opened = photo.read(data)
    image = photo.join(opened, np.full((2, 8, 8), 6, np.float32))
    written = photo.to_bytes(opened, image, quality=quality)
    exact = photo.to_bytes(opened, image, "png")
    difference = np.asarray(Image.open(io.BytesIO(written)), int) - np.asarray(
        Image.open(io.BytesIO(exact)), int
    )
    return written if not difference.any() else b"lossy"


@pytest.mark.parametrize("metadata", [{}, {"exif": b"Exif\0\0II*\0\x08\0\0\0\0\0\0\0\0\0", "xmp": EMPTY}])
@pytest.mark.parametrize("alpha", [False, True])
def test_a_lossless_webp_stays_lossless(metadata: dict[str, bytes], alpha: bool) -> None:
    pixels = np.dstack([GREY] * 3 + [ALPHA]) if alpha else GREY
    data = encoded("WEBP", pixels, lossless=True, exact=True, **metadata)
    for quality in (None, 100):
        written = result(data, quality)
        assert b"VP8L" in written
    assert result(data, 80) == b"lossy"


def test_a_lossy_webp_stays_lossy() -> None:
    for pixels in (GREY, np.dstack([GREY] * 3 + [ALPHA])):
        opened = photo.read(encoded("WEBP", pixels, quality=80))
        assert b"VP8L" not in photo.to_bytes(opened, photo.join(opened, np.zeros((2, 4, 4), np.float32)))


def test_a_lossless_avif_stays_lossless() -> None:
    import pyvips

    rgb = pyvips.Image.new_from_array(np.dstack([GREY] * 3)).copy(interpretation="srgb")
    assert result(rgb.heifsave_buffer(compression="av1", lossless=True, effort=2)) != b"lossy"
