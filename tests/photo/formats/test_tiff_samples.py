"""TIFF pages of unusual samples, channels and codecs: right L, or an error that names them."""

from __future__ import annotations

import io
import struct
import warnings

import numpy as np
import pytest
import tifffile
from PIL import Image

from tinct import photo
from tinct.errors import PhotoError, PhotoWarning
from tinct.photo.metadata import tiff as tiff_tags

from ..hand_made import lightness, lightness_of, picture, strip, tiff

GREY = picture()


@pytest.mark.parametrize(
    ("number", "word"), [(34712, "JPEG 2000"), (34933, "PNG"), (50002, "JPEG XL"), (4242, "4242")]
)
@pytest.mark.parametrize("layout", ["strips", "tiles"])
def test_a_codec_that_libtiff_has_not_is_named(number: int, word: str, layout: str) -> None:
    tags = strip(GREY) | {259: (3, number)}
    if layout == "tiles":
        tags = {tag: value for tag, value in tags.items() if tag not in (273, 278, 279)}
        tags |= {322: (3, 64), 323: (3, 64), 324: (4, [8] * 4), 325: (4, [4096] * 4)}
    with pytest.raises(PhotoError, match=rf"compression.* {word}.*does not read"):
        lightness_of(tiff(tags, GREY.tobytes()))


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16, np.float32])
def test_colours_that_are_multiplied_by_alpha_are_divided_by_it(dtype: type) -> None:
    top = 1 if dtype is np.float32 else np.iinfo(dtype).max
    alpha = np.broadcast_to(np.linspace(0.5, 1, GREY.shape[1]), GREY.shape)
    plain = np.dstack([GREY / 255] * 3 + [np.ones(GREY.shape)])
    samples = plain * alpha[..., None] * top
    pixels = (samples if top == 1 else np.rint(samples)).astype(dtype)
    for kind, expected in ((1, lightness(GREY)), (2, lightness(GREY * alpha))):
        opened = photo.read(tiff(strip(pixels, photometric=2) | {338: (3, kind)}, pixels.tobytes()))
        assert np.abs(opened.lightness.numpy() - expected).mean() < 0.5
        written = photo.to_bytes(opened, photo.join(opened, np.zeros((2, 4, 4), np.float32)))
        assert tiff_tags.directory_at(io.BytesIO(written), 0).entries[338].number() == 2
        _, kept = photo.read(written).lightness_and_alpha()
        assert np.abs(kept.numpy() - pixels[..., 3]).max() == 0


def test_float_samples_with_a_white_of_zero_are_refused() -> None:
    pixels = np.float32(1 - GREY / 255)
    with pytest.raises(PhotoError, match="0 is white"):
        lightness_of(tiff(strip(pixels, photometric=0), pixels.tobytes()))
    assert (
        np.abs(lightness_of(tiff(strip(GREY, photometric=0), (255 - GREY).tobytes())) - lightness(GREY)).max()
        < 0.02
    )


@pytest.mark.parametrize("photometric", [1, 2], ids=["grey", "RGB"])
def test_a_channel_that_is_no_alpha_is_left_out_with_a_word(photometric: int) -> None:
    colours = [GREY] * (1 if photometric == 1 else 3)
    pixels = np.dstack([*colours, GREY[::-1]])
    data = tiff(strip(pixels, photometric=photometric) | {338: (3, 0)}, pixels.tobytes())
    with pytest.warns(PhotoWarning, match="channel that is no alpha"):
        opened = photo.read(data)
    assert not opened.has_alpha
    assert np.abs(opened.lightness.numpy() - lightness(GREY)).max() < 0.02


@pytest.mark.parametrize(
    "extra", [{338: (3, 1)}, {338: (3, 2)}, {}], ids=["associated", "unassociated", "not said"]
)
def test_alpha_stays_alpha(extra: dict[int, tuple[int, int]]) -> None:
    pixels = np.dstack([GREY, GREY, GREY, GREY[::-1]])
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        opened = photo.read(tiff(strip(pixels, photometric=2) | extra, pixels.tobytes()))
    assert opened.has_alpha


@pytest.mark.parametrize(("colours", "photometric"), [(1, 1), (3, 2)])
def test_a_refusal_counts_the_channels(colours: int, photometric: int) -> None:
    pixels = np.dstack([GREY] * (colours + 2))
    with pytest.raises(PhotoError, match=rf"{colours + 2} channels, 2 more than its {colours} of colour"):
        lightness_of(tiff(strip(pixels, photometric=photometric) | {338: (3, [2, 0])}, pixels.tobytes()))


@pytest.mark.parametrize(
    ("array", "word"),
    [
        (GREY / 255.0, "64-bit float"),
        (GREY.astype(np.uint32), "32-bit whole"),
        (GREY.astype(np.int16), "signed 16-bit"),
        (GREY.astype(np.int8), "signed 8-bit"),
    ],
    ids=["double", "uint32", "int16", "int8"],
)
def test_samples_of_another_kind_are_named(array: np.ndarray, word: str) -> None:
    file = io.BytesIO()
    tifffile.imwrite(file, array, metadata=None)
    with pytest.raises(PhotoError, match=word):
        lightness_of(file.getvalue())


@pytest.mark.parametrize("bits", [6, 10, 12, 14, 24])
def test_a_depth_that_libvips_does_not_read_is_named(bits: int) -> None:
    with pytest.raises(PhotoError, match=f"{bits}-bit samples, which tinct does not read"):
        lightness_of(tiff(strip(GREY) | {258: (3, bits)}, bytes(4 * GREY.size)))


@pytest.mark.parametrize(
    ("marker", "word"),
    [(0xF7, "JPEG-LS"), (0xC3, "lossless JPEG"), (0xC5, "hierarchical"), (0xC1, "12-bit JPEG")],
)
def test_a_jpeg_of_another_kind_is_named(marker: int, word: str) -> None:
    file = io.BytesIO()
    Image.fromarray(GREY).save(file, "JPEG")
    frame = file.getvalue().index(b"\xff\xc0")
    bits = 12 if word.startswith("12") else 8
    data = (
        file.getvalue()[:frame] + struct.pack(">BBHB", 0xFF, marker, 11, bits) + file.getvalue()[frame + 5 :]
    )
    if marker == 0xC3:
        data = data.replace(
            b"\xff\xda\0\x08\x01\x01\0\0\x3f\0", b"\xff\xda\0\x08\x01\x01\0\x09\0\0"
        )  # no such predictor
    with pytest.raises(PhotoError, match=rf"{word}.*does not read"):
        lightness_of(data)
