"""Float samples: NaN, infinity and highlights touch no pixel but their own; white is found in spite of them."""

from __future__ import annotations

import io

import numpy as np
import pytest
import tifffile

from tinct import photo
from tinct.errors import PhotoError

from ..hand_made import lightness, picture

GREY = picture()
UNIT = (GREY / 255).astype(np.float32)
AFFECTED = np.zeros(GREY.shape, bool)
AFFECTED[50, 60] = AFFECTED[:, :20] = True


def opened(array: np.ndarray, **options: object) -> photo.Photo:
    file = io.BytesIO()
    tifffile.imwrite(file, array, metadata=None, **options)
    return photo.read(file.getvalue())


def result(source: photo.Photo) -> np.ndarray:
    ab = np.full((2, 8, 8), 7, np.float32)
    with tifffile.TiffFile(io.BytesIO(photo.to_bytes(source, photo.join(source, ab), "tiff"))) as file:
        return file.pages[0].asarray()


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf, 1e30, -1e30])
@pytest.mark.parametrize("scale", [1, 255, 65535])
def test_what_is_no_number_touches_its_own_pixels_alone(value: float, scale: int) -> None:
    array = np.where(AFFECTED, value, UNIT * scale).astype(np.float32)
    source = opened(array)
    assert source.white == scale
    assert np.abs(source.lightness.numpy() - lightness(GREY))[~AFFECTED].max() < 0.02
    assert np.isfinite(result(source)).all()


def test_it_touches_no_other_channel_and_no_alpha_of_another_pixel() -> None:
    array = np.dstack([UNIT] * 4)
    array[50, 60, 1] = np.nan
    array[:, :20, 3] = np.inf
    source = opened(array, photometric="rgb", extrasamples=["unassalpha"])
    written = result(source)
    assert np.isfinite(written).all()
    others = ~AFFECTED
    assert np.abs(written[..., 3] - UNIT)[others].max() == 0
    assert np.abs(source.lightness.numpy() - lightness(GREY))[others].max() < 0.02


@pytest.mark.parametrize(
    "bright", [1.05, 1.4, 3.0, 40.0, 300.0, 70_000.0], ids=lambda value: f"samples of {value:g}"
)
@pytest.mark.parametrize("share", [1, 100, 1200], ids=lambda count: f"{count} of 12288")
def test_highlights_are_clipped_and_darken_nothing(bright: float, share: int) -> None:
    array = UNIT.copy()
    array.flat[:: array.size // share] = bright
    source = opened(array)
    assert source.white == 1
    expected = lightness(GREY)
    expected.flat[:: array.size // share] = 100
    assert np.abs(source.lightness.numpy() - expected).max() < 0.02


def test_samples_below_black_are_black() -> None:
    source = opened(np.where(AFFECTED, -0.3, UNIT).astype(np.float32))
    assert np.abs(source.lightness.numpy() - np.where(AFFECTED, 0, lightness(GREY))).max() < 0.02


@pytest.mark.parametrize("scale", [255, 65535])
@pytest.mark.parametrize("part", [1.0, 0.15], ids=["bright", "dark"])
def test_a_file_whose_white_is_larger_is_read_by_it(scale: int, part: float) -> None:
    array = (UNIT * part * scale).astype(np.float32)
    array[0, 0] = 1.2 * scale
    source = opened(array)
    assert source.white == scale
    expected = lightness(UNIT * part * 255)
    assert np.abs(source.lightness.numpy() - expected)[1:].max() < 0.02


def test_a_picture_mostly_black_is_read_by_what_is_not() -> None:
    array = np.where(GREY > 200, UNIT * 255, 0).astype(np.float32)
    assert opened(array).white == 255


def test_an_alpha_of_another_scale_does_not_count() -> None:
    array = np.dstack([UNIT, UNIT, UNIT, np.full_like(UNIT, 255)])
    assert opened(array, photometric="rgb", extrasamples=["unassalpha"]).white == 1


@pytest.mark.parametrize("value", [np.nan, 1e9])
def test_what_has_no_scale_is_refused(value: float) -> None:
    with pytest.raises(PhotoError, match="float samples"):
        opened(np.full((20, 30), value, np.float32))
