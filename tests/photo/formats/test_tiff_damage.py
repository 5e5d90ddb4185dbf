"""TIFFs that are cut short or hold a damaged tile are refused; what only looks like damage is not."""

from __future__ import annotations

import io
from collections.abc import Callable

import numpy as np
import pytest
import tifffile

from tinct.errors import PhotoError

from ..hand_made import lightness, lightness_of, picture, strip, tiff

GREY = picture()


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
    assert np.abs(lightness_of(whole) - lightness(GREY)).max() < 0.02
    with tifffile.TiffFile(io.BytesIO(whole)) as file:
        first = min(file.pages[0].dataoffsets)
    with pytest.raises(PhotoError, match=r"too early|damaged"):
        lightness_of(whole[: first + int((len(whole) - first) * part)])


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
    lightness_of(whole)
    with pytest.raises(PhotoError, match=r"too early|damaged"):
        lightness_of(with_damaged_tile(whole, damage=lambda old: b"\xff" * len(old)))


def test_a_damaged_tile_of_a_large_photo_is_met_when_it_is_coloured() -> None:
    large = np.tile(GREY, (90, 75))  # 83 MB, more than is decoded at once
    file = io.BytesIO()
    tifffile.imwrite(file, large, tile=(512, 512), compression="deflate", metadata=None)
    with pytest.raises(PhotoError, match=r"too early|damaged"):
        lightness_of(with_damaged_tile(file.getvalue(), 60))


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
            np.abs(lightness_of(tiff(tags, b"".join(row.tobytes() for row in rows))) - lightness(GREY)).max()
            < 0.02
        )
    else:
        assert np.abs(lightness_of(tiff(tags, GREY.tobytes())) - lightness(GREY)).max() < 0.02


def test_tiles_in_planes_are_no_damage() -> None:
    file = io.BytesIO()
    tifffile.imwrite(
        file, np.stack([GREY] * 3), photometric="rgb", planarconfig="separate", tile=(32, 32), metadata=None
    )
    with pytest.raises(PhotoError, match=r"does not read \(tiled separate planes"):
        lightness_of(file.getvalue())
