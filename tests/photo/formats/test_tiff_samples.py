"""TIFF pages of unusual samples, colour spaces and codecs: right L, or an error that names them."""

from __future__ import annotations

import io
import struct
import warnings
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import tifffile
from PIL import Image

from tinct import photo
from tinct.errors import PhotoError, PhotoWarning
from tinct.photo.metadata import tiff as tiff_tags

from ..hand_made import lightness, picture, strip, tiff

GREY = picture()
NEUTRAL = np.full_like(GREY, 128)


def seen(data: bytes) -> np.ndarray:
    """L of a photo's bytes, once it has been coloured without colour and written."""
    opened = photo.read(data)
    photo.to_bytes(opened, photo.join(opened, np.zeros((2, 4, 4), np.float32)), "png")
    return opened.lightness.numpy()


def tiled(byteorder: str = "<", **options: object) -> bytes:
    file = io.BytesIO()
    tifffile.imwrite(file, GREY, tile=(32, 32), byteorder=byteorder, metadata=None, **options)
    return file.getvalue()


def with_damaged_tile(
    data: bytes, number: int = 5, damage: Callable[[bytes], bytes] = lambda old: bytes(len(old))
) -> bytes:
    with tifffile.TiffFile(io.BytesIO(data)) as file:
        at, size = file.pages[0].dataoffsets[number], file.pages[0].databytecounts[number]
    return data[:at] + damage(data[at : at + size]) + data[at + size :]


@pytest.mark.parametrize("bigtiff", [False, True], ids=["classic", "BigTIFF"])
@pytest.mark.parametrize("byteorder", ["<", ">"])
@pytest.mark.parametrize("part", [0.4, 0.7, 0.95])
def test_a_tiled_tiff_that_is_cut_short_is_refused(part: float, byteorder: str, bigtiff: bool) -> None:
    whole = tiled(byteorder, bigtiff=bigtiff)
    assert np.abs(seen(whole) - lightness(GREY)).max() < 0.02
    with tifffile.TiffFile(io.BytesIO(whole)) as file:
        first = min(file.pages[0].dataoffsets)
    with pytest.raises(PhotoError, match=r"too early|damaged"):
        seen(whole[: first + int((len(whole) - first) * part)])


@pytest.mark.parametrize("compression", ["deflate", "lzw", "jpeg"])
def test_a_tile_that_cannot_be_decoded_is_no_black_square(compression: str) -> None:
    if compression != "deflate":
        file = io.BytesIO()
        import pyvips

        image = pyvips.Image.new_from_array(GREY)
        file.write(image.tiffsave_buffer(tile=True, tile_width=32, tile_height=32, compression=compression))
        whole = file.getvalue()
    else:
        whole = tiled(compression="deflate")
    seen(whole)
    with pytest.raises(PhotoError, match=r"too early|damaged"):
        seen(with_damaged_tile(whole, damage=lambda old: b"\xff" * len(old)))


def test_a_damaged_tile_of_a_large_photo_is_met_when_it_is_coloured() -> None:
    large = np.tile(GREY, (90, 75))  # 83 MB, more than is decoded at once
    file = io.BytesIO()
    tifffile.imwrite(file, large, tile=(512, 512), compression="deflate", metadata=None)
    with pytest.raises(PhotoError, match=r"too early|damaged"):
        seen(with_damaged_tile(file.getvalue(), 60))


@pytest.mark.parametrize("layout", ["strips", "tiles"])
def test_a_sloppy_text_is_no_damage(layout: str) -> None:
    tags = strip(GREY) | {305: (2, b"Scanner 9"), 271: (3, [7, 7])}  # no closing zero; numbers for a text
    if layout == "tiles":
        rows = [GREY[y : y + 32, x : x + 32] for y in range(0, 96, 32) for x in range(0, 128, 32)]
        tags = {tag: value for tag, value in tags.items() if tag not in (273, 278, 279)}
        tags |= {
            322: (3, 32),
            323: (3, 32),
            324: (4, [8 + 1024 * n for n in range(12)]),
            325: (4, [1024] * 12),
        }
        assert (
            np.abs(seen(tiff(tags, b"".join(row.tobytes() for row in rows))) - lightness(GREY)).max() < 0.02
        )
    else:
        assert np.abs(seen(tiff(tags, GREY.tobytes())) - lightness(GREY)).max() < 0.02


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
        seen(tiff(tags, GREY.tobytes()))


def ycbcr(top: int, dtype: type) -> np.ndarray:
    """A colour picture as YCbCr (h, w, 3), whose RGB is (GREY, 255 - GREY, 128) in 8 bits."""
    rgb = np.dstack([GREY, 255 - GREY, NEUTRAL]) / 255
    luma = rgb @ [0.299, 0.587, 0.114]
    half = (top + 1) // 2
    planes = [
        luma * top,
        (rgb[..., 2] - luma) / 1.772 * 2 * (top // 2) + half,
        (rgb[..., 0] - luma) / 1.402 * 2 * (top // 2) + half,
    ]
    return np.rint(np.dstack(planes)).clip(0, top).astype(dtype)


RGB_LIGHTNESS = photo.read(np.dstack([GREY, 255 - GREY, NEUTRAL])).lightness.numpy()


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("big", [False, True], ids=["classic", "BigTIFF"])
@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_ycbcr_without_subsampling_is_read_as_what_it_is(dtype: type, big: bool, order: str) -> None:
    pixels = ycbcr(np.iinfo(dtype).max, dtype)
    tags = strip(pixels, photometric=6, big=big) | {530: (3, [1, 1])}
    data = tiff(tags, pixels.astype(np.dtype(dtype).newbyteorder(order)).tobytes(), order=order, big=big)
    assert np.abs(seen(data) - RGB_LIGHTNESS).max() < 1


def test_the_coefficients_and_the_reference_of_ycbcr_are_heeded() -> None:
    luma = (16 + GREY / 255 * 219).round().astype(np.uint8)  # as video has it
    pixels = np.dstack([luma, NEUTRAL, NEUTRAL])
    tags = strip(pixels, photometric=6) | {530: (3, [1, 1])}
    tags |= {
        529: (5, [2126, 10000, 7152, 10000, 722, 10000]),
        532: (5, [16, 1, 235, 1, 128, 1, 240, 1, 128, 1, 240, 1]),
    }
    assert np.abs(seen(tiff(tags, pixels.tobytes())) - lightness(GREY)).max() < 0.6


def test_subsampled_ycbcr_has_three_channels() -> None:
    blocks = GREY.reshape(48, 2, 64, 2).transpose(0, 2, 1, 3).reshape(48, 64, 4)
    data = np.concatenate([blocks, np.full((48, 64, 2), 128, np.uint8)], 2).tobytes()
    tags = strip(np.dstack([GREY] * 3), photometric=6) | {279: (4, len(data)), 530: (3, [2, 2])}
    opened = photo.read(tiff(tags, data))
    assert not opened.has_alpha
    assert np.abs(opened.lightness.numpy() - lightness(GREY)).max() < 1


@pytest.mark.parametrize(
    ("photometric", "word"),
    [(10, "ITULab"), (32844, "LogL"), (32845, "LogLuv"), (99, "99")],
)
def test_a_colour_space_that_libvips_would_take_for_rgb_is_refused_by_name(
    photometric: int, word: str
) -> None:
    pixels = np.dstack([GREY, NEUTRAL, NEUTRAL])
    with pytest.raises(PhotoError, match=rf"colour space.*{word}"):
        seen(tiff(strip(pixels, photometric=photometric), pixels.tobytes()))


def lab_file(pixels: np.ndarray, photometric: int, **options: object) -> bytes:
    """Lab samples (h, w, n) as tifffile writes them, whatever photometric says."""
    file = io.BytesIO()
    planar = options.get("planarconfig") == "separate"
    array = np.moveaxis(pixels, -1, 0).copy() if planar else pixels
    options = {"planarconfig": "contig", "metadata": None} | options
    tifffile.imwrite(file, array, photometric="cielab", **options)
    data = bytearray(file.getvalue())
    at = tiff_tags.place_of_value(io.BytesIO(data), 0, 262)
    data[at : at + 2] = photometric.to_bytes(2, "big" if data[:2] == b"MM" else "little")
    return bytes(data)


LAYOUTS = [
    {}, {"tile": (32, 32), "compression": "zlib"}, {"byteorder": ">"}, {"bigtiff": True},
    {"planarconfig": "separate"},
]  # fmt: skip


@pytest.mark.parametrize("layout", LAYOUTS, ids=["strips", "tiles", "big-endian", "BigTIFF", "planes"])
@pytest.mark.parametrize("photometric", [8, 9], ids=["CIELab", "ICCLab"])
def test_lab_of_8_bits_is_coloured_from_its_l(photometric: int, layout: dict[str, object]) -> None:
    levels = np.rint(lightness(GREY) * 2.55).astype(np.uint8)
    data = lab_file(np.dstack([levels, NEUTRAL + 70, NEUTRAL - 90]), photometric, **layout)
    opened = photo.read(data)
    assert opened.depth == 8
    assert np.abs(opened.lightness.numpy() - lightness(GREY)).max() < 0.45
    written = photo.to_bytes(opened, photo.join(opened, np.zeros((2, 4, 4), np.float32)))
    assert np.abs(photo.read(written).lightness.numpy() - lightness(GREY)).max() < 0.5
    assert tiff_tags.directory_at(io.BytesIO(written), 0).entries[262].number() == 2


def test_icclab_of_16_bits_counts_to_65280() -> None:
    levels = np.rint(lightness(GREY) * 652.8).astype(np.uint16)
    pixels = np.dstack([levels, 0 * levels, 0 * levels])
    data = tiff(strip(pixels, photometric=9), pixels.tobytes())
    assert np.abs(seen(data) - lightness(GREY)).max() < 0.01


def test_lab_on_a_second_page_keeps_its_alpha(tmp_path: Path) -> None:
    levels = np.rint(lightness(GREY) * 2.55).astype(np.uint8)
    with tifffile.TiffWriter(tmp_path / "in.tif") as file:
        file.write(GREY, metadata=None)
        file.write(
            np.dstack([levels, NEUTRAL, NEUTRAL, GREY[::-1]]), photometric="cielab", planarconfig="contig",
            extrasamples=["unassalpha"], metadata=None,
        )  # fmt: skip
    opened = photo.read(tmp_path / "in.tif", page=1)
    seen_here, alpha = opened.lightness_and_alpha()
    assert np.abs(seen_here.numpy() - lightness(GREY)).max() < 0.45
    assert alpha is not None
    assert (alpha.numpy() == GREY[::-1]).all()


@pytest.mark.parametrize("options", [{}, {"compression": "zlib"}, {"byteorder": ">"}])
def test_ycbcr_in_planes_is_read_as_what_it_is(options: dict[str, object]) -> None:
    file = io.BytesIO()
    planes = np.moveaxis(ycbcr(255, np.uint8), -1, 0).copy()
    tifffile.imwrite(
        file,
        planes,
        photometric="ycbcr",
        planarconfig="separate",
        subsampling=(1, 1),
        metadata=None,
        **options,
    )
    assert np.abs(seen(file.getvalue()) - RGB_LIGHTNESS).max() < 1


def test_tiles_in_planes_are_no_damage() -> None:
    file = io.BytesIO()
    tifffile.imwrite(
        file, np.stack([GREY] * 3), photometric="rgb", planarconfig="separate", tile=(32, 32), metadata=None
    )
    with pytest.raises(PhotoError, match=r"does not read \(tiled separate planes"):
        seen(file.getvalue())


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
        seen(tiff(strip(pixels, photometric=0), pixels.tobytes()))
    assert (
        np.abs(seen(tiff(strip(GREY, photometric=0), (255 - GREY).tobytes())) - lightness(GREY)).max() < 0.02
    )


def test_ycbcr_with_alpha_is_read_as_what_it_is() -> None:
    pixels = np.dstack([ycbcr(255, np.uint8), GREY[::-1]])
    opened = photo.read(
        tiff(strip(pixels, photometric=6) | {530: (3, [1, 1]), 338: (3, 2)}, pixels.tobytes())
    )
    seen_here, alpha = opened.lightness_and_alpha()
    assert np.abs(seen_here.numpy() - RGB_LIGHTNESS).max() < 1
    assert (alpha.numpy() == GREY[::-1]).all()
    with pytest.raises(PhotoError, match="subsampled YCbCr"):
        seen(tiff(strip(pixels, photometric=6) | {530: (3, [2, 2]), 338: (3, 2)}, pixels.tobytes()))


def test_three_inks_are_no_rgb() -> None:
    pixels = np.dstack([GREY] * 3)
    with pytest.raises(PhotoError, match="inks"):
        seen(tiff(strip(pixels, photometric=5), pixels.tobytes()))


@pytest.mark.parametrize("order", ["<", ">"])
def test_cielab_of_16_bits_keeps_its_l(order: str) -> None:
    levels = np.rint(lightness(GREY) * 655.35).astype(np.uint16)
    pixels = np.dstack([levels, 0 * levels, 0 * levels])
    data = tiff(strip(pixels, photometric=8), pixels.astype(f"{order}u2").tobytes(), order=order)
    assert np.abs(seen(data) - lightness(GREY)).max() < 0.01


def test_cielab_of_16_bits_keeps_its_alpha() -> None:
    levels = np.rint(lightness(GREY) * 655.35).astype(np.uint16)
    pixels = np.dstack([levels, 0 * levels, 0 * levels, levels[::-1]])
    opened = photo.read(tiff(strip(pixels, photometric=8) | {338: (3, 2)}, pixels.tobytes()))
    _, alpha = opened.lightness_and_alpha()
    assert alpha is not None
    assert (alpha.numpy() == levels[::-1]).all()


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
        seen(tiff(strip(pixels, photometric=photometric) | {338: (3, [2, 0])}, pixels.tobytes()))


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
        seen(file.getvalue())


@pytest.mark.parametrize("bits", [6, 10, 12, 14, 24])
def test_a_depth_that_libvips_does_not_read_is_named(bits: int) -> None:
    with pytest.raises(PhotoError, match=f"{bits}-bit samples, which tinct does not read"):
        seen(tiff(strip(GREY) | {258: (3, bits)}, bytes(4 * GREY.size)))


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
        seen(data)
