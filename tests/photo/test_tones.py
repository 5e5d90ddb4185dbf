"""The lightness stays the photo's own unless more contrast is asked for."""

from pathlib import Path

import numpy as np
import pytest
from skimage import color, data, io

from tinct import photo
from tinct.colorizer import Colorizer
from tinct.errors import OptionError, PhotoError
from tinct.options import Options

FADED = (90 + data.camera() * 0.4).astype(np.uint8)


def lightness(picture: np.ndarray) -> np.ndarray:
    rgb = picture if picture.ndim == 3 else np.repeat(picture[..., None], 3, -1)
    return color.rgb2lab(rgb)[..., 0]


@pytest.fixture(scope="module")
def colorizer(tiny_model: Path) -> Colorizer:
    return Colorizer(tiny_model)


def test_the_lightness_is_kept_unless_told(colorizer: Colorizer) -> None:
    unasked = colorizer.colorize(FADED)
    np.testing.assert_array_equal(unasked, colorizer.colorize(FADED, Options(tone="keep")))
    assert np.abs(lightness(unasked) - lightness(FADED)).mean() < 0.3


def test_auto_contrast_draws_the_tones_apart_in_a_straight_line(colorizer: Colorizer) -> None:
    before = lightness(FADED)
    after = lightness(colorizer.colorize(FADED, Options(tone="auto-contrast")))
    low, high = np.percentile(before, [0.5, 99.5])
    expected = ((before - low) * 100 / (high - low)).clip(0, 100)
    assert np.abs(after - expected).mean() < 0.4


def test_a_border_does_not_decide_the_contrast() -> None:
    whole = np.pad(FADED, 60, constant_values=252)
    alone, bordered = (photo.auto_contrast(photo.read(each)).tones for each in (FADED, whole))
    np.testing.assert_allclose(bordered, alone, atol=1)


@pytest.mark.parametrize("level", [0, 128, 255])
def test_a_flat_photo_gets_no_contrast(level: int) -> None:
    flat = np.full((40, 60), level, np.uint8)
    assert photo.auto_contrast(photo.read(flat)).tones == (0, 100)


def test_the_result_says_that_its_tones_are_changed(colorizer: Colorizer, tmp_path: Path) -> None:
    io.imsave(tmp_path / "in.png", FADED)
    for tone, said in (("keep", False), ("auto-contrast", True)):
        target = tmp_path / f"{tone}.png"
        colorizer.colorize(tmp_path / "in.png", Options(tone=tone), target=target)
        packet = photo.read(target).metadata.xmp or b""
        assert (b'tinct:tone="auto-contrast"' in packet) == said


def test_a_colour_layer_is_never_a_jpeg(colorizer: Colorizer, tmp_path: Path) -> None:
    io.imsave(tmp_path / "in.jpg", FADED)
    layer = Options(kind="chroma")
    assert colorizer.colorize(tmp_path / "in.jpg", layer) == tmp_path / "in-tinct.png"
    assert io.imread(tmp_path / "in-tinct.png").shape == (512, 512, 4)
    with pytest.raises(PhotoError, match=r"out\.jpg.*transparent.*\.png"):
        colorizer.colorize(tmp_path / "in.jpg", layer, target=tmp_path / "out.jpg")
    with pytest.raises(OptionError, match="transparent"):
        Options(kind="chroma", format="jpeg")
