"""Results in the depth, layout and coding that their photos and formats ask for."""

import io
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import pyvips
from PIL import Image
from skimage import data

from tinct import photo
from tinct.photo.metadata import jpeg
from tinct.photo.writing import prepared, tiff_options

from .test_writing import COLOUR, PICTURE, joined


def test_16_bits_are_rounded_to_8_not_cut() -> None:
    ramp = np.repeat(np.arange(65536, dtype=np.uint16).reshape(256, 256, 1), 3, axis=2)
    deep = pyvips.Image.new_from_array(ramp).copy(interpretation="rgb16")
    np.testing.assert_array_equal(prepared(deep, "jpeg").numpy(), np.rint(ramp / 257).astype(np.uint8))


def test_an_avif_of_a_deep_photo_has_12_bits() -> None:
    opened, image = joined(PICTURE.astype(np.uint16) * 257)
    written = pyvips.Image.new_from_buffer(photo.to_bytes(opened, image, "avif"), "")
    assert written.get("heif-bitdepth") == 12


def test_what_is_transparent_is_white_in_a_jpeg() -> None:
    clear = np.zeros((16, 16, 2), np.uint8)
    opened, image = joined(clear)
    assert np.array(Image.open(io.BytesIO(photo.to_bytes(opened, image, "jpeg")))).min() > 250


@pytest.mark.parametrize("white", [1.0, 200.0])
def test_the_white_of_float_samples_is_white_in_16_bits(white: float) -> None:
    samples = pyvips.Image.new_from_array(np.array([[0.0, white / 2, white, 2 * white]], np.float32))
    deep = prepared(samples, "png", white).numpy().ravel()
    np.testing.assert_allclose(deep, [0, 32767.5, 65535, 65535], atol=1)


@pytest.mark.parametrize(
    ("side", "depth", "big"), [(100, "uchar", False), (40_000, "uchar", True), (24_000, "ushort", True)]
)
def test_a_tiff_that_may_pass_4_gigabytes_is_a_bigtiff(side: int, depth: str, big: bool) -> None:
    opened = photo.read(PICTURE)
    assert tiff_options(opened, pyvips.Image.black(side, side, bands=3).cast(depth))["bigtiff"] is big


def test_the_exif_and_gps_of_every_page_of_a_tiff_can_be_read(tmp_path: Path) -> None:
    def pages() -> Iterator[tuple[photo.Photo, pyvips.Image]]:
        for name in ("a lens with a long name", "another lens with a longer name"):
            tags = Image.Exif()
            tags.get_ifd(0x8769)[0xA434] = name
            tags.get_ifd(0x8825)[29] = "1936:08:01"
            source = tmp_path / "in.jpg"
            Image.fromarray(PICTURE).save(source, exif=tags)
            yield joined(source)

    photo.write_pages(pages(), tmp_path / "out.tif")
    with Image.open(tmp_path / "out.tif") as written:
        for number, name in enumerate(("a lens with a long name", "another lens with a longer name")):
            written.seek(number)
            tags = written.getexif()
            assert tags.get_ifd(0x8769)[0xA434] == name
            assert tags.get_ifd(0x8825)[29] == "1936:08:01"


@pytest.mark.parametrize("lossless", [True, False])
def test_an_avif_is_as_lossless_as_it_was(lossless: bool) -> None:
    colour = pyvips.Image.new_from_array(data.astronaut()[:64, :64])
    opened, image = joined(colour.heifsave_buffer(compression="av1", lossless=lossless, Q=50))
    assert opened.metadata.lossless is lossless
    written = photo.to_array(photo.join(photo.read(photo.to_bytes(opened, image)), COLOUR))
    difference = np.abs(written.astype(int) - photo.to_array(photo.join(opened, COLOUR))).mean()
    assert bool(difference < 0.6) is lossless


def test_an_avif_whose_header_names_another_matrix_is_not_lossless() -> None:
    file = io.BytesIO()
    Image.fromarray(data.astronaut()[:64, :64]).save(file, "AVIF", quality=60)
    assert b"colrnclx" in file.getvalue()
    assert not photo.read(file.getvalue()).metadata.lossless


def test_a_jpeg_longer_than_what_is_moved_at_once_comes_out_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    source = io.BytesIO()
    Image.fromarray(data.camera()).save(source, "JPEG", quality=95)
    opened, image = joined(source.getvalue())
    expected = photo.to_bytes(opened, image)
    monkeypatch.setattr(jpeg, "_PIECE", 999)
    assert photo.to_bytes(opened, image) == expected
