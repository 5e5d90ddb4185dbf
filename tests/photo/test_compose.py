"""L stays the photo's own, chroma is what the network said as far as sRGB goes, depth and alpha stay."""

import numpy as np
import pytest
import tifffile
from skimage import color, data

from tinct import photo
from tinct.color.gamut import reduce_chroma
from tinct.color.lab import grey_to_lightness, lab_to_srgb, srgb_to_lab

CAMERA = data.camera()


def flat(a: float, b: float) -> np.ndarray:
    return np.stack([np.full((16, 16), a), np.full((16, 16), b)]).astype(np.float32)


def believable() -> np.ndarray:
    return np.random.default_rng(0).normal(0, 10, (2, 64, 64)).astype(np.float32)


def test_8_bit_lightness_stays_within_rounding() -> None:
    opened = photo.read(CAMERA)
    result = photo.to_array(photo.join(opened, believable()))
    assert result.dtype == np.uint8
    assert result.shape == (512, 512, 3)
    change = np.abs(color.rgb2lab(result)[..., 0] - grey_to_lightness(CAMERA / 255))
    assert change.mean() < 0.25
    assert change.max() < 1.0


def test_16_bit_lightness_stays_within_rounding() -> None:
    deep = (CAMERA.astype(np.uint16) * 257) ^ 0x55
    result = photo.to_array(photo.join(photo.read(deep), believable()))
    assert result.dtype == np.uint16
    change = np.abs(srgb_to_lab(result / 65535)[..., 0] - grey_to_lightness(deep / 65535))
    assert change.mean() < 0.01
    assert change.max() < 0.05


@pytest.mark.parametrize("ab", [(0, 0), (6, 6), (-4, 8)])
def test_all_65536_greys_stay_distinct(ab: tuple[float, float]) -> None:
    ramp = np.arange(65536, dtype=np.uint16).reshape(256, 256)
    result = photo.to_array(photo.join(photo.read(ramp), flat(*ab)))
    assert len(np.unique(result.reshape(-1, 3), axis=0)) == 65536


def test_no_colour_leaves_a_photo_grey() -> None:
    result = photo.to_array(photo.join(photo.read(CAMERA), flat(0, 0)))
    assert np.abs(result.astype(int) - CAMERA[..., None]).max() <= 1


def test_float_stays_float_at_its_scale(tmp_path: object) -> None:
    path = f"{tmp_path}/float.tif"
    tifffile.imwrite(path, CAMERA.astype(np.float32) * 200, photometric="minisblack")
    opened = photo.read(path)
    result = photo.to_array(photo.join(opened, flat(5, 5)))
    assert result.dtype == np.float32
    expected = lab_to_srgb(
        np.dstack(
            [
                grey_to_lightness(CAMERA * (200 / 65535)),
                np.full(CAMERA.shape, 5.0),
                np.full(CAMERA.shape, 5.0),
            ]
        )
    )
    shown = ((expected > 0) & (expected < 1)).all(axis=-1)
    assert np.abs(result / 65535 - expected)[shown].max() < 1e-3


def test_chroma_is_reduced_at_constant_lightness_and_hue() -> None:
    ramp = np.tile(np.linspace(0, 255, 256).astype(np.uint8), (64, 1))
    result = photo.to_array(photo.join(photo.read(ramp), flat(60, -70)))
    lightness = grey_to_lightness(ramp / 255)
    exact = reduce_chroma(np.dstack([lightness, np.full(ramp.shape, 60.0), np.full(ramp.shape, -70.0)]))
    seen = srgb_to_lab(result / 255)
    assert np.abs(seen[..., 0] - lightness).mean() < 0.25
    assert np.abs(seen - exact).mean() < 0.6


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
@pytest.mark.parametrize("channels", [2, 4])
def test_alpha_comes_back_untouched(dtype: type, channels: int) -> None:
    rng = np.random.default_rng(2)
    pixels = rng.integers(0, np.iinfo(dtype).max, (40, 50, channels)).astype(dtype)
    result = photo.to_array(photo.join(photo.read(pixels), flat(5, 5)))
    assert result.shape == (40, 50, 4)
    assert result.dtype == dtype
    np.testing.assert_array_equal(result[..., 3], pixels[..., -1])


def test_bright_yellow_keeps_its_colour() -> None:
    yellow = srgb_to_lab(np.array([1.0, 0.98, 0.1]))
    grey = round(255 * float(lab_to_srgb([yellow[0], 0, 0])[0]))
    result = photo.to_array(
        photo.join(photo.read(np.full((64, 64), grey, np.uint8)), flat(yellow[1], yellow[2]))
    )
    assert np.abs(result[32, 32].astype(int) - [255, 250, 26]).max() < 40


def test_the_same_photo_and_colour_give_the_same_pixels() -> None:
    first, second = (photo.to_array(photo.join(photo.read(CAMERA), believable())) for _ in range(2))
    np.testing.assert_array_equal(first, second)


@pytest.mark.parametrize("shape", [(1, 1), (1, 300), (300, 1), (3, 5), (64, 4000)])
def test_odd_shapes_are_joined_too(shape: tuple[int, int]) -> None:
    grey = np.random.default_rng(1).integers(0, 256, shape, dtype=np.uint8)
    opened = photo.read(grey)
    small = photo.network_input(opened, 64, 32)
    ab = np.full((2, small.shape[0] // 4, small.shape[1] // 4), 8, np.float32)
    assert photo.to_array(photo.join(opened, ab)).shape == (*shape, 3)
