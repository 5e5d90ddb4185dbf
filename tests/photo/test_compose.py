"""L stays the photo's own, chroma is what the network said as far as sRGB goes, depth and alpha stay."""

from dataclasses import replace

import numpy as np
import pytest
import tifffile
from skimage import color, data

from tinct import photo
from tinct.color.difference import ciede2000
from tinct.color.gamut import reduce_chroma
from tinct.color.lab import grey_to_lightness, lab_to_srgb, srgb_to_lab
from tinct.photo import strips
from tinct.photo.picture import profiles

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


def large_grey() -> np.ndarray:
    return np.tile(np.kron(CAMERA, np.ones((3, 3), np.uint8)), (1, 2))


def smooth(height: int, width: int) -> np.ndarray:
    """ab (2, height, width) that differs by about 4 from place to place."""
    down, across = np.mgrid[:height, :width]
    return np.stack([15 * np.sin(across / 4), 12 + 15 * np.cos(down / 4)]).astype(np.float32)


def exactly_joined(monkeypatch: pytest.MonkeyPatch, opened: photo.Photo, ab: np.ndarray) -> np.ndarray:
    with monkeypatch.context() as changed:
        changed.setattr(strips, "_MOST_COLOURS", -1)
        return photo.to_array(photo.join(opened, ab))


def compared(monkeypatch: pytest.MonkeyPatch, opened: photo.Photo, ab: np.ndarray) -> np.ndarray:
    """Colour differences between the photo joined by a bilateral grid and pixel by pixel; where L is above 10."""
    found = photo.to_array(photo.join(opened, ab))[..., :3]
    exact = exactly_joined(monkeypatch, opened, ab)[..., :3]
    assert (found != exact).any(), "the grid was not used"
    lab = srgb_to_lab(exact / 255)
    return ciede2000(srgb_to_lab(found / 255), lab)[lab[..., 0] > 10]


def test_large_8_bit_greys_get_the_colours_of_the_exact_computation(monkeypatch: pytest.MonkeyPatch) -> None:
    opened = photo.read(large_grey())
    difference = compared(monkeypatch, opened, smooth(20, 40))
    assert difference.mean() < 0.3
    assert np.quantile(difference, 0.99) < 1.5


def test_large_8_bit_greys_keep_their_lightness() -> None:
    grey = large_grey()
    result = photo.to_array(photo.join(photo.read(grey), smooth(20, 40)))
    change = np.abs(srgb_to_lab(result / 255)[..., 0] - grey_to_lightness(grey / 255))
    assert change.mean() < 0.25
    assert change.max() < 1.0


def test_hard_edges_of_colour_keep_lightness_too() -> None:
    grey, ab = large_grey(), smooth(20, 40)
    ab[0, 5:9, 10:14] = [[60, -60, 60, -60]]
    result = photo.to_array(photo.join(photo.read(grey), ab))
    change = np.abs(srgb_to_lab(result / 255)[..., 0] - grey_to_lightness(grey / 255))
    assert change.mean() < 0.25
    assert change.max() < 1.2


def test_large_8_bit_greys_with_stretched_tones_and_alpha_are_as_exact(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    grey = large_grey()
    opened = replace(photo.read(np.dstack([grey, 255 - grey])), tones=(12.0, 91.0))
    difference = compared(monkeypatch, opened, smooth(20, 40))
    assert difference.mean() < 0.3
    np.testing.assert_array_equal(photo.to_array(photo.join(opened, smooth(20, 40)))[..., 3], 255 - grey)


@pytest.mark.parametrize("width", [1537, 40])
def test_a_photo_whose_last_strip_is_no_whole_block_is_coloured_to_its_last_row(width: int) -> None:
    grey = np.full((1543, width), 128, np.uint8)
    result = photo.to_array(photo.join(photo.read(grey), flat(12, 12)))
    assert (result == result[0, 0]).all()
    assert result[0, 0, 0] > result[0, 0, 2] + 20


@pytest.mark.parametrize("grey", [True, False])
def test_large_8_bit_greys_are_read_by_their_profile_of_grey_or_rgb(grey: bool) -> None:
    profile = profiles.gamma_profile(1 / 1.2, grey=grey)
    opened = replace(photo.read(large_grey()), profile=profile)
    result = photo.to_array(photo.join(opened, smooth(20, 40)))
    lightness = opened.lightness.numpy().reshape(result.shape[:2])
    assert np.abs(lightness - grey_to_lightness(large_grey() / 255)).max() > 5
    change = np.abs(srgb_to_lab(result / 255)[..., 0] - lightness)
    assert change.mean() < 0.25
    assert change.max() < 1.0
