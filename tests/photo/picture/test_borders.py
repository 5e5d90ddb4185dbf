"""A scan's border is told from the picture, shown to no network, left without colour; nothing else is cut."""

from pathlib import Path

import numpy as np
import pytest
import pyvips
from skimage import color, data

from tinct import photo
from tinct.photo.picture.borders import ContentBox, expand_to_frame, find_content_box

CAMERA = color.rgb2lab(np.repeat(data.camera()[::2, ::2, None], 3, -1))[..., 0].astype(np.float32)
CAT = color.rgb2lab(data.chelsea()[:256, :256])[..., 0].astype(np.float32)


def mounted(picture: np.ndarray, level: float, widths: tuple[int, int, int, int], noise: float) -> np.ndarray:
    """The picture with a border of that L; widths left, top, right, bottom."""
    left, top, right, bottom = widths
    rng = np.random.default_rng(5)
    height, width = picture.shape
    whole = rng.normal(level, noise, (height + top + bottom, width + left + right)).astype(np.float32)
    whole[top : top + height, left : left + width] = picture
    return whole.clip(0, 100)


@pytest.mark.parametrize("picture", [CAMERA, CAT], ids=["camera", "cat"])
@pytest.mark.parametrize("level", [97, 70, 2], ids=["white", "beige", "black"])
@pytest.mark.parametrize("widths", [(15, 15, 15, 15), (40, 30, 40, 60), (0, 40, 0, 40), (5, 3, 4, 5)])
def test_the_picture_inside_a_border_is_found(
    picture: np.ndarray, level: float, widths: tuple[int, int, int, int]
) -> None:
    whole = mounted(picture, level, widths, 1.0)
    rows, columns = find_content_box(whole).slices(*whole.shape)
    left, top, right, bottom = widths
    assert abs(rows.start - top) <= 2
    assert abs(columns.start - left) <= 2
    assert abs(rows.stop - (whole.shape[0] - bottom)) <= 2
    assert abs(columns.stop - (whole.shape[1] - right)) <= 2


def test_a_print_on_a_mount_on_a_scanner_s_lid_is_found() -> None:
    whole = mounted(mounted(CAT, 95, (12, 12, 12, 12), 0.5), 20, (20, 20, 20, 20), 0.5)
    rows, columns = find_content_box(whole).slices(*whole.shape)
    assert abs(rows.start - 32) <= 2
    assert abs(columns.stop - (whole.shape[1] - 32)) <= 2


def test_a_tilted_print_loses_no_more_than_its_tilt() -> None:
    whole = mounted(CAT, 95, (40, 40, 40, 40), 0.0)
    image = pyvips.Image.new_from_array(whole).similarity(angle=1.0, background=[95])
    tilted = image.crop(6, 6, whole.shape[1] - 12, whole.shape[0] - 12).numpy()
    rows, columns = find_content_box(tilted).slices(*tilted.shape)
    assert 25 <= rows.start <= 39
    assert 25 <= columns.start <= 39


def test_words_on_a_mount_are_border_still() -> None:
    whole = mounted(CAT, 92, (20, 20, 20, 60), 0.5)
    words = np.random.default_rng(0).random((12, 120)) < 0.3
    whole[-36:-24, 90:210][words] = 15
    rows, _ = find_content_box(whole).slices(*whole.shape)
    assert abs(rows.stop - (whole.shape[0] - 60)) <= 2


def scenes() -> dict[str, np.ndarray]:
    y, x = np.mgrid[0:200, 0:300]
    sea = np.where(y < 60, 98.0, 45 + 8 * np.sin(x / 7) * np.sin(y / 3))
    skyline = np.where(y < 60 + 40 * np.abs(np.sin(x / 23)), 98.0, 35 + 9 * np.sin(x / 3))
    dark = 2 + 80 * np.exp(-((x - 150) ** 2 + (y - 100) ** 2) / 4000)
    flat = np.full((200, 300), 70.0)
    ramp = 100 * x / 300
    return {"sea": sea, "skyline": skyline, "portrait in the dark": dark, "flat": flat, "ramp": ramp}


@pytest.mark.parametrize("name", list(scenes()))
def test_what_is_no_border_is_not_cut(name: str) -> None:
    assert find_content_box(scenes()[name].astype(np.float32)).whole


@pytest.mark.parametrize("picture", [data.camera(), data.chelsea()[..., 1], data.coffee()[..., 1]])
def test_photos_without_a_border_are_shown_whole(picture: np.ndarray) -> None:
    assert photo.read(np.ascontiguousarray(picture)).content_box == ContentBox()


def test_the_network_is_shown_the_same_with_and_without_a_border() -> None:
    grey = data.camera()
    whole = np.pad(grey, 60, constant_values=250)
    alone = photo.network_input(photo.read(grey), 128, 32)
    shown = photo.network_input(photo.read(whole), 128, 32)
    assert shown.shape == alone.shape
    assert np.abs(shown - alone).mean() < 1


def test_colour_lies_on_the_picture_and_none_on_the_border() -> None:
    grey = data.camera()
    whole = np.pad(grey, ((40, 90), (70, 70)), constant_values=200)
    ab = np.stack([np.full((64, 64), 12), np.linspace(-10, 10, 64)[None].repeat(64, 0)]).astype(np.float32)
    alone = color.rgb2lab(photo.to_array(photo.join(photo.read(grey), ab)))
    opened = photo.read(whole)
    coloured = color.rgb2lab(photo.to_array(photo.join(opened, ab)))
    expected = color.rgb2lab(np.repeat(whole[..., None], 3, -1))
    assert np.abs(coloured[..., 0] - expected[..., 0]).mean() < 0.3
    inner = coloured[40:552, 70:582]
    assert np.abs(inner - alone)[16:-16, 16:-16].mean() < 0.4
    border = np.ones(whole.shape, bool)
    border[24:568, 54:598] = False
    assert np.abs(coloured[border][:, 1:]).max() < 0.5


def test_placed_colour_keeps_its_amount_and_its_place() -> None:
    ab = np.random.default_rng(1).normal(0, 10, (2, 20, 30)).astype(np.float32)
    place = ContentBox(left=0.1, top=0.2, right=0.15, bottom=0.05)
    whole = expand_to_frame(ab, place)
    assert whole.shape == (2, 27, 40)
    share = (1 - 0.25) * (1 - 0.25)
    np.testing.assert_allclose(whole.mean((1, 2)), ab.mean((1, 2)) * share, atol=1e-4)
    assert not whole[:, :5].any()
    assert not whole[:, :, :4].any()
    assert expand_to_frame(ab, ContentBox()) is ab


def test_the_border_comes_back_in_a_file(tmp_path: Path) -> None:
    whole = np.pad(data.camera(), 50, constant_values=(240,))
    opened = photo.read(whole)
    photo.write(opened, photo.join(opened, np.full((2, 32, 32), 15, np.float32)), tmp_path / "out.png")
    pixels = pyvips.Image.new_from_file(str(tmp_path / "out.png")).numpy()
    assert pixels.shape == (612, 612, 3)
    assert (np.ptp(pixels[:30].astype(int), axis=-1) <= 1).all()
