"""The way of a photo, from a path, bytes or an array back to the same kind."""

from __future__ import annotations

import io
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from skimage import color

from tinct.colorizer import Colorizer
from tinct.errors import ModelError, OptionError, PhotoError
from tinct.options import Options


@pytest.fixture(scope="module")
def colorizer(tiny_model: Path) -> Colorizer:
    return Colorizer(tiny_model)


def encoded(grey: np.ndarray, kind: str) -> bytes:
    file = io.BytesIO()
    Image.fromarray(grey).save(file, kind)
    return file.getvalue()


def chroma(rgb: np.ndarray) -> np.ndarray:
    return np.hypot(*np.moveaxis(color.rgb2lab(rgb)[..., 1:], -1, 0))


def test_an_array_comes_back_in_colour_at_its_size(colorizer: Colorizer, grey_photo: np.ndarray) -> None:
    result = colorizer.colorize(grey_photo)
    assert result.dtype == np.uint8
    assert result.shape == (*grey_photo.shape, 3)
    assert chroma(result).mean() > 3


def test_the_lightness_of_the_result_is_that_of_the_photo(
    colorizer: Colorizer, grey_photo: np.ndarray
) -> None:
    result = color.rgb2lab(colorizer.colorize(grey_photo))[..., 0]
    expected = color.rgb2lab(np.repeat(grey_photo[..., None], 3, -1))[..., 0]
    assert np.abs(result - expected).mean() < 0.3


def test_a_coloured_photo_is_read_by_its_lightness(colorizer: Colorizer) -> None:
    rng = np.random.default_rng(3)
    rgb = np.repeat(np.repeat(rng.integers(0, 256, (6, 8, 3), dtype=np.uint8), 16, 0), 16, 1)
    result = color.rgb2lab(colorizer.colorize(rgb))[..., 0]
    assert np.abs(result - color.rgb2lab(rgb)[..., 0]).mean() < 0.5


@pytest.mark.parametrize(
    ("kind", "name"), [("JPEG", "jpeg"), ("PNG", "png"), ("WEBP", "webp"), ("TIFF", "tiff")]
)
def test_bytes_become_bytes_of_the_same_format(
    colorizer: Colorizer, grey_photo: np.ndarray, kind: str, name: str
) -> None:
    result = Image.open(io.BytesIO(colorizer.colorize(encoded(grey_photo, kind))))
    assert result.format == kind
    assert result.mode == "RGB"
    assert result.size == grey_photo.shape[::-1]
    other = colorizer.colorize(encoded(grey_photo, kind), Options(format="png" if name != "png" else "jpeg"))
    assert Image.open(io.BytesIO(other)).format == ("PNG" if name != "png" else "JPEG")


def test_a_path_is_written_beside_the_photo_under_its_own_name(
    colorizer: Colorizer, grey_photo: np.ndarray, tmp_path: Path
) -> None:
    source = tmp_path / "old.jpg"
    source.write_bytes(encoded(grey_photo, "JPEG"))
    result = colorizer.colorize(source)
    assert result == tmp_path / "old-tinct.jpg"
    assert Image.open(result).mode == "RGB"
    assert colorizer.colorize(str(source), Options(format="png")) == tmp_path / "old-tinct.png"


def test_a_result_that_exists_is_kept_unless_told(
    colorizer: Colorizer, grey_photo: np.ndarray, tmp_path: Path
) -> None:
    source, target = tmp_path / "old.png", tmp_path / "mine.png"
    source.write_bytes(encoded(grey_photo, "PNG"))
    target.write_text("precious")
    with pytest.raises(PhotoError, match=r"mine\.png.*exists"):
        colorizer.colorize(source, target=target)
    assert target.read_text() == "precious"
    colorizer.colorize(source, Options(overwrite=True), target=target)
    assert Image.open(target).mode == "RGB"


def test_vividness_below_one_multiplies_chroma_and_nothing_is_grey(colorizer: Colorizer) -> None:
    grey = np.full((64, 64), 128, np.uint8)  # in mid-tones sRGB has room for chroma
    at = {gain: chroma(colorizer.colorize(grey, Options(vividness=gain))).mean() for gain in (0.0, 0.25, 0.5)}
    assert at[0.0] < 0.5
    assert at[0.5] == pytest.approx(2 * at[0.25], rel=0.1)


def test_a_low_temperature_decides_and_a_high_one_averages(
    colorizer: Colorizer, grey_photo: np.ndarray
) -> None:
    sharp, soft = (
        chroma(colorizer.colorize(grey_photo, Options(temperature=value, vividness=0.5))).mean()
        for value in (0.05, 10.0)
    )
    assert sharp > 2 * soft


def test_the_manifest_s_tuned_values_are_used_unless_told(
    colorizer: Colorizer, grey_photo: np.ndarray
) -> None:
    tuned = Options(vividness=1, temperature=colorizer.manifest.decoding.temperature)
    np.testing.assert_array_equal(colorizer.colorize(grey_photo), colorizer.colorize(grey_photo, tuned))


def test_the_same_photo_gives_the_same_pixels_also_from_many_threads(
    colorizer: Colorizer, grey_photo: np.ndarray
) -> None:
    alone = colorizer.colorize(grey_photo)
    with ThreadPoolExecutor(4) as pool:
        for result in pool.map(colorizer.colorize, [grey_photo] * 12):
            np.testing.assert_array_equal(result, alone)


def test_every_page_of_a_tiff_is_coloured_or_the_one_asked_for(
    colorizer: Colorizer, grey_photo: np.ndarray, tmp_path: Path
) -> None:
    source = tmp_path / "album.tif"
    pages = [Image.fromarray(np.rot90(grey_photo, turn).copy()) for turn in (0, 2, 0)]
    pages[0].save(source, save_all=True, append_images=pages[1:])
    whole = Image.open(colorizer.colorize(source))
    assert whole.n_frames == 3
    whole.seek(1)
    second = Image.open(colorizer.colorize(source, Options(page=2), target=tmp_path / "second.png"))
    assert np.abs(np.asarray(whole.convert("RGB"), int) - np.asarray(second, int)).max() <= 1
    with pytest.raises(PhotoError, match="no page 4"):
        colorizer.colorize(source, Options(page=4), target=tmp_path / "fourth.png")
    with pytest.raises(PhotoError, match="3 pages"):
        colorizer.colorize(source, target=tmp_path / "all.png")


def test_the_colour_alone_is_a_transparent_layer(
    colorizer: Colorizer, grey_photo: np.ndarray, tmp_path: Path
) -> None:
    source = tmp_path / "old.jpg"
    source.write_bytes(encoded(grey_photo, "JPEG"))
    layer = colorizer.colorize(source, Options(kind="chroma"))
    assert layer.name == "old-tinct.png"
    assert Image.open(layer).mode == "RGBA"
    layers = colorizer.colorize(source, Options(kind="layers"))
    assert layers.name == "old-tinct.ora"
    assert layers.read_bytes()[:2] == b"PK"


def test_what_needs_a_file_is_refused_for_bytes(colorizer: Colorizer, grey_photo: np.ndarray) -> None:
    with pytest.raises(OptionError, match="layers"):
        colorizer.colorize(encoded(grey_photo, "PNG"), Options(kind="layers"))
    with pytest.raises(OptionError, match="target"):
        colorizer.colorize(encoded(grey_photo, "PNG"), target="x.png")  # type: ignore[call-overload]


def test_a_temperature_for_a_model_that_has_none_is_refused(
    tmp_path: Path, model_maker: Callable[..., Path], tiny_model: Path, grey_photo: np.ndarray
) -> None:
    import onnx

    graphs = {role: onnx.load(tiny_model / f"{role}.onnx") for role in ("encoder", "decoder")}
    output = {"kind": "ab", "name": "logits", "scale": 1.0}
    colorizer = Colorizer(model_maker(tmp_path, graphs, {"output": output, "temperature": None}))
    with pytest.raises(OptionError, match="temperature"):
        colorizer.colorize(grey_photo, Options(temperature=1.0))


def test_an_unknown_model_is_refused() -> None:
    with pytest.raises(ModelError, match="no such model"):
        Colorizer("tinct-xxl")
