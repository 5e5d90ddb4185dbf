"""Every kind of photo is read by its lightness, upright, at its own size."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import pyvips
import tifffile
from PIL import Image
from skimage import color, data

from tinct import photo
from tinct.color.lab import grey_to_lightness
from tinct.errors import PhotoError

GREY = data.camera()[100:260, 150:390]
COLOUR = data.astronaut()[0:160, 100:340]


def lightness(source: object) -> np.ndarray:
    opened = photo.read(source)
    pixels = opened.lightness.numpy()
    return pixels.reshape(opened.height, opened.width)


@pytest.mark.parametrize("suffix", ["png", "tif", "webp", "jpg", "avif"])
@pytest.mark.parametrize("picture", [GREY, COLOUR], ids=["grey", "colour"])
def test_8_bit_files_have_the_lightness_that_scikit_image_sees(
    tmp_path: Path, suffix: str, picture: np.ndarray
) -> None:
    path = tmp_path / f"photo.{suffix}"
    options = {"lossless": True} if suffix == "webp" else {}
    Image.fromarray(picture).save(path, **options)
    decoded = (
        pyvips.Image.new_from_file(str(path)).numpy() if suffix == "avif" else np.array(Image.open(path))
    )
    rgb = decoded if decoded.ndim == 3 else np.repeat(decoded[..., None], 3, axis=2)
    assert np.abs(lightness(path) - color.rgb2lab(rgb)[..., 0]).max() < 0.02


def test_path_string_bytes_and_array_are_one_photo(tmp_path: Path) -> None:
    path = tmp_path / "photo.png"
    Image.fromarray(GREY).save(path)
    expected = lightness(path)
    for source in (str(path), path.read_bytes(), GREY):
        np.testing.assert_array_equal(lightness(source), expected)


@pytest.mark.parametrize("channels", [1, 3])
def test_16_bit_tiff_keeps_all_its_steps(tmp_path: Path, channels: int) -> None:
    ramp = np.arange(65536, dtype=np.uint16).reshape(256, 256)
    path = tmp_path / "deep.tif"
    tifffile.imwrite(
        path,
        ramp if channels == 1 else np.stack([ramp] * 3, axis=-1),
        photometric=("minisblack", "rgb")[channels > 1],
    )
    opened = photo.read(path)
    seen = lightness(path)
    assert opened.depth == 16
    assert np.abs(seen - grey_to_lightness(ramp / 65535)).max() < 0.01
    assert len(np.unique(seen)) == 65536


@pytest.mark.parametrize("white", [1.0, 255.0, 65535.0])
def test_float_tiff_is_read_at_its_own_scale(tmp_path: Path, white: float) -> None:
    path = tmp_path / "float.tif"
    tifffile.imwrite(path, (GREY / 255 * white).astype(np.float32), photometric="minisblack")
    opened = photo.read(path)
    assert (opened.depth, opened.white) == (32, white)
    assert np.abs(lightness(path) - grey_to_lightness(GREY / 255)).max() < 0.01


def test_one_bit_and_palette_files_are_photos_too(tmp_path: Path) -> None:
    bitmap = tmp_path / "bits.tif"
    Image.fromarray(GREY > 128).save(bitmap, compression="group4")
    assert set(np.unique(lightness(bitmap))) == {0.0, 100.0}
    palette = tmp_path / "palette.png"
    few = Image.fromarray(COLOUR).quantize(64)
    few.save(palette)
    expected = color.rgb2lab(np.array(few.convert("RGB")))[..., 0]
    assert np.abs(lightness(palette) - expected).max() < 0.02


def test_white_is_zero_files_are_not_negatives(tmp_path: Path) -> None:
    path = tmp_path / "inverted.tif"
    tifffile.imwrite(path, 255 - GREY, photometric="miniswhite")
    assert np.abs(lightness(path) - grey_to_lightness(GREY / 255)).max() < 0.01


def test_cmyk_is_read_as_print(tmp_path: Path) -> None:
    path = tmp_path / "print.tif"
    inks = np.zeros((40, 60, 4), np.uint8)
    inks[:, 20:40, 3] = 128
    inks[:, 40:, 3] = 255
    tifffile.imwrite(path, inks, photometric="separated")
    paper, grey, black = lightness(path)[20, [10, 30, 50]]
    assert paper > 90
    assert 35 < grey < 75
    assert black < 30


@pytest.mark.parametrize("orientation", range(1, 9))
def test_photos_come_upright(tmp_path: Path, orientation: int) -> None:
    path = tmp_path / "turned.tif"
    tifffile.imwrite(path, GREY, photometric="minisblack", extratags=[(274, "H", 1, orientation, True)])
    turned = {
        1: lambda a: a,
        2: np.fliplr,
        3: lambda a: np.rot90(a, 2),
        4: np.flipud,
        5: lambda a: a.T,
        6: lambda a: np.rot90(a, -1),
        7: lambda a: np.rot90(a, 2).T,
        8: np.rot90,
    }[orientation](GREY)
    assert np.abs(lightness(path) - grey_to_lightness(turned / 255)).max() < 0.01


def test_a_sepia_photo_is_read_by_its_lightness() -> None:
    tint = np.array([1.0, 0.9, 0.7])
    sepia = (GREY[..., None] * tint).astype(np.uint8)
    assert np.abs(lightness(sepia) - color.rgb2lab(sepia)[..., 0]).max() < 0.02


def test_pages_are_counted_and_chosen_but_not_the_sizes_of_a_pyramid(tmp_path: Path) -> None:
    pages = tmp_path / "pages.tif"
    with tifffile.TiffWriter(pages) as file:
        file.write(GREY, photometric="minisblack")
        file.write(GREY[:50, :70], photometric="minisblack")
    assert photo.page_count(pages) == 2
    assert (photo.read(pages, page=1).height, photo.read(pages, page=1).width) == (50, 70)
    with pytest.raises(PhotoError, match="no page 3"):
        photo.read(pages, page=2)
    pyramid = tmp_path / "pyramid.tif"
    pyvips.Image.new_from_array(data.camera()).tiffsave(str(pyramid), pyramid=True, tile=True, tile_width=64)
    assert photo.page_count(pyramid) == 1


def test_a_changed_file_is_read_anew(tmp_path: Path) -> None:
    path = tmp_path / "photo.png"
    for picture in (GREY, 255 - GREY):
        Image.fromarray(picture).save(path)
        assert np.abs(lightness(path) - grey_to_lightness(picture / 255)).max() < 0.01


def test_what_is_too_large_is_refused_from_its_header(tmp_path: Path) -> None:
    path = tmp_path / "photo.png"
    Image.fromarray(GREY).save(path)
    with pytest.raises(PhotoError, match=r"above the limit of 0\.01"):
        photo.read(path, max_megapixels=0.01)


@pytest.mark.parametrize(
    "array",
    [
        np.zeros((0, 4)),
        np.zeros((4, 4, 5)),
        np.zeros(7),
        np.zeros((4, 4), np.int64),
        np.full((4, 4), 3.0),
        np.full((4, 4), np.nan),
    ],
    ids=["empty", "five channels", "one axis", "int64", "float above 1", "NaN"],
)
def test_arrays_that_are_no_photo_are_refused(array: np.ndarray) -> None:
    with pytest.raises(PhotoError, match="array of shape"):
        photo.read(array)


def test_photos_of_a_folder_without_results_and_hidden_files(tmp_path: Path) -> None:
    for name in ("b.jpg", "a.PNG", "in/c.tif", "a-tinct.png", ".hidden.jpg", ".dir/d.jpg", "notes.txt"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(b"x")
    found = [str(path.relative_to(tmp_path)) for path in photo.find_photos(tmp_path)]
    assert found == ["a.PNG", "b.jpg", "in/c.tif"]


CACHE = """
import pyvips

before = pyvips.cache_get_max()
import tinct
import tinct.photo

tinct.photo.read("photo.png").lightness.avg()
assert pyvips.cache_get_max() == before > 0
"""


def test_the_cache_of_a_host_application_stays_as_it_is(grey_png: Path) -> None:
    grey_png.rename(grey_png.parent / "photo.png")
    subprocess.run([sys.executable, "-c", CACHE], cwd=grey_png.parent, check=True)


def test_a_changed_file_is_read_anew_with_the_cache_of_a_host_application(
    grey_png: Path, grey_photo: np.ndarray
) -> None:
    kept = pyvips.cache_get_max()
    pyvips.cache_set_max(100)
    try:
        before = photo.read(grey_png).lightness.avg()
        pyvips.Image.new_from_array(255 - grey_photo).pngsave(str(grey_png))
        assert abs(photo.read(grey_png).lightness.avg() - before) > 1
    finally:
        pyvips.cache_set_max(kept)


def test_the_command_line_switches_off_the_cache_that_would_keep_finished_photos(
    tiny_model: Path, grey_png: Path
) -> None:
    command = "import pyvips; from tinct.cli.app import run; run(['PHOTO', '--model', 'MODEL'])"
    command = command.replace("PHOTO", str(grey_png)).replace("MODEL", str(tiny_model))
    script = f"{command}; assert pyvips.cache_get_max() == 0"
    subprocess.run([sys.executable, "-c", script], check=True, stdout=subprocess.DEVNULL)
