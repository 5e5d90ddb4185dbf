"""TIFFs in YCbCr, CIELab and ICCLab: right L, or an error that names the colour space."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pytest
import tifffile

from tinct import photo
from tinct.errors import PhotoError
from tinct.photo.metadata import tiff as tiff_tags

from ..hand_made import lightness, lightness_of, picture, strip, tiff

GREY = picture()
NEUTRAL = np.full_like(GREY, 128)
RGB_LIGHTNESS = photo.read(np.dstack([GREY, 255 - GREY, NEUTRAL])).lightness.numpy()
LAYOUTS = [
    {}, {"tile": (32, 32), "compression": "zlib"}, {"byteorder": ">"}, {"bigtiff": True},
    {"planarconfig": "separate"},
]  # fmt: skip


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


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("big", [False, True], ids=["classic", "BigTIFF"])
@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_ycbcr_without_subsampling_is_read_as_what_it_is(dtype: type, big: bool, order: str) -> None:
    pixels = ycbcr(np.iinfo(dtype).max, dtype)
    tags = strip(pixels, photometric=6, big=big) | {530: (3, [1, 1])}
    data = tiff(tags, pixels.astype(np.dtype(dtype).newbyteorder(order)).tobytes(), order=order, big=big)
    assert np.abs(lightness_of(data) - RGB_LIGHTNESS).max() < 1


def test_the_coefficients_and_the_reference_of_ycbcr_are_heeded() -> None:
    luma = (16 + GREY / 255 * 219).round().astype(np.uint8)  # as video has it
    pixels = np.dstack([luma, NEUTRAL, NEUTRAL])
    tags = strip(pixels, photometric=6) | {530: (3, [1, 1])}
    tags |= {
        529: (5, [2126, 10000, 7152, 10000, 722, 10000]),
        532: (5, [16, 1, 235, 1, 128, 1, 240, 1, 128, 1, 240, 1]),
    }
    assert np.abs(lightness_of(tiff(tags, pixels.tobytes())) - lightness(GREY)).max() < 0.6


def test_subsampled_ycbcr_has_three_channels() -> None:
    blocks = GREY.reshape(48, 2, 64, 2).transpose(0, 2, 1, 3).reshape(48, 64, 4)
    data = np.concatenate([blocks, np.full((48, 64, 2), 128, np.uint8)], 2).tobytes()
    tags = strip(np.dstack([GREY] * 3), photometric=6) | {279: (4, len(data)), 530: (3, [2, 2])}
    opened = photo.read(tiff(tags, data))
    assert not opened.has_alpha
    assert np.abs(opened.lightness.numpy() - lightness(GREY)).max() < 1


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
    assert np.abs(lightness_of(file.getvalue()) - RGB_LIGHTNESS).max() < 1


def test_ycbcr_with_alpha_is_read_as_what_it_is() -> None:
    pixels = np.dstack([ycbcr(255, np.uint8), GREY[::-1]])
    opened = photo.read(
        tiff(strip(pixels, photometric=6) | {530: (3, [1, 1]), 338: (3, 2)}, pixels.tobytes())
    )
    seen_here, alpha = opened.lightness_and_alpha()
    assert np.abs(seen_here.numpy() - RGB_LIGHTNESS).max() < 1
    assert (alpha.numpy() == GREY[::-1]).all()
    with pytest.raises(PhotoError, match="subsampled YCbCr"):
        lightness_of(tiff(strip(pixels, photometric=6) | {530: (3, [2, 2]), 338: (3, 2)}, pixels.tobytes()))


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
    assert np.abs(lightness_of(data) - lightness(GREY)).max() < 0.01


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


@pytest.mark.parametrize("order", ["<", ">"])
def test_cielab_of_16_bits_keeps_its_l(order: str) -> None:
    levels = np.rint(lightness(GREY) * 655.35).astype(np.uint16)
    pixels = np.dstack([levels, 0 * levels, 0 * levels])
    data = tiff(strip(pixels, photometric=8), pixels.astype(f"{order}u2").tobytes(), order=order)
    assert np.abs(lightness_of(data) - lightness(GREY)).max() < 0.01


def test_cielab_of_16_bits_keeps_its_alpha() -> None:
    levels = np.rint(lightness(GREY) * 655.35).astype(np.uint16)
    pixels = np.dstack([levels, 0 * levels, 0 * levels, levels[::-1]])
    opened = photo.read(tiff(strip(pixels, photometric=8) | {338: (3, 2)}, pixels.tobytes()))
    _, alpha = opened.lightness_and_alpha()
    assert alpha is not None
    assert (alpha.numpy() == levels[::-1]).all()


@pytest.mark.parametrize(
    ("photometric", "word"),
    [(10, "ITULab"), (32844, "LogL"), (32845, "LogLuv"), (99, "99")],
)
def test_a_colour_space_that_libvips_would_take_for_rgb_is_refused_by_name(
    photometric: int, word: str
) -> None:
    pixels = np.dstack([GREY, NEUTRAL, NEUTRAL])
    with pytest.raises(PhotoError, match=rf"colour space.*{word}"):
        lightness_of(tiff(strip(pixels, photometric=photometric), pixels.tobytes()))


def test_three_inks_are_no_rgb() -> None:
    pixels = np.dstack([GREY] * 3)
    with pytest.raises(PhotoError, match="inks"):
        lightness_of(tiff(strip(pixels, photometric=5), pixels.tobytes()))
