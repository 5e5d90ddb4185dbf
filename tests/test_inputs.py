"""A photo may be given in any usual form, comes back in the same one, and what is no photo is named."""

from __future__ import annotations

import array
import io
import mmap
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

import tinct
from tinct import Colorizer, ModelError, OptionError, Options, PhotoError
from tinct.inputs import photo_input


@pytest.fixture(scope="module")
def colorizer(tiny_model: Path) -> Colorizer:
    return Colorizer(tiny_model)


class Located:
    """A path that is neither a str nor a pathlib.Path."""

    def __init__(self, path: Any) -> None:
        self.path = path

    def __fspath__(self) -> Any:
        return self.path


def test_every_kind_of_path_gives_a_path(colorizer: Colorizer, grey_png: Path, tmp_path: Path) -> None:
    result = colorizer.colorize(str(grey_png))
    assert result == tmp_path / "grey-tinct.png"
    for number, source in enumerate((Located(str(grey_png)), Located(bytes(grey_png)), grey_png)):
        target = tmp_path / f"{number}.png"
        assert colorizer.colorize(source, target=Located(str(target))) == target
        assert target.read_bytes() == result.read_bytes()


def test_every_buffer_and_binary_file_gives_the_bytes_that_bytes_give(
    colorizer: Colorizer, grey_png: Path
) -> None:
    data = grey_png.read_bytes()
    expected = colorizer.colorize(data)
    assert isinstance(expected, bytes)
    with grey_png.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as mapped:
        for source in (bytearray(data), memoryview(data), array.array("B", data), io.BytesIO(data), mapped):
            assert colorizer.colorize(source) == expected
        assert colorizer.colorize(file) == expected


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA", "CMYK", "I;16"])
def test_a_pil_image_gives_a_pil_image(mode: str, colorizer: Colorizer, grey_photo: np.ndarray) -> None:
    grey = Image.fromarray(grey_photo)
    source = Image.fromarray(grey_photo.astype(np.uint16) * 257) if mode == "I;16" else grey.convert(mode)
    if mode == "I;16":
        result: Any = colorizer.colorize(np.asarray(source))
        assert result.shape == (*grey_photo.shape, 3)
        return
    result = colorizer.colorize(source)
    assert isinstance(result, Image.Image)
    assert result.size == source.size
    assert result.mode == ("RGBA" if mode in ("LA", "RGBA") else "RGB")


def test_an_array_with_alpha_gives_four_channels(colorizer: Colorizer, grey_photo: np.ndarray) -> None:
    rgba = np.dstack([grey_photo, grey_photo, grey_photo, np.full_like(grey_photo, 128)])
    result = colorizer.colorize(rgba)
    assert result.shape == rgba.shape
    np.testing.assert_array_equal(result[..., 3], 128)


@pytest.mark.parametrize(
    ("source", "words"),
    [
        (b"", "the bytes is empty"),
        (bytearray(), "the bytearray is empty"),
        (io.BytesIO(), "has been read to its end"),
        (io.StringIO("text"), "open it in mode 'rb'"),
        (None, "a NoneType is no photo; give a path, bytes, a binary file, a NumPy array or a PIL image"),
        (3.5, "a float is no photo"),
        (["a.jpg"], "a list is no photo"),
        ("", "names no file"),
        ("a\0b", "names no file"),
        (Located(None), "a Located gives no path"),
        (Located(7), "a Located gives no path"),
        (Image.new("F", (8, 8)), "mode F has no known white"),
    ],
)
def test_what_is_no_photo_is_named_in_one_sentence(source: Any, words: str) -> None:
    with pytest.raises(PhotoError) as told:
        photo_input(source)
    assert words in str(told.value)
    assert "\n" not in str(told.value)


def test_a_closed_file_is_told() -> None:
    file = io.BytesIO(b"abc")
    file.close()
    with pytest.raises(PhotoError, match=r"cannot be read .*closed"):
        photo_input(file)


def test_settings_may_be_given_as_keywords_and_override_options(
    colorizer: Colorizer, grey_photo: np.ndarray
) -> None:
    grey = colorizer.colorize(grey_photo, vividness=0)
    np.testing.assert_array_equal(grey, colorizer.colorize(grey_photo, Options(vividness=0)))
    np.testing.assert_array_equal(grey, colorizer.colorize(grey_photo, Options(vividness=2), vividness=0))
    with pytest.raises(OptionError, match=r"there is no option 'vividnes'; did you mean 'vividness'\?"):
        colorizer.colorize(grey_photo, vividnes=1)
    with pytest.raises(OptionError, match="vividness is -1"):
        colorizer.colorize(grey_photo, vividness=-1)


def test_a_target_that_is_no_path_and_one_without_a_path_are_told(
    colorizer: Colorizer, grey_png: Path, grey_photo: np.ndarray
) -> None:
    with pytest.raises(OptionError, match="target is a BytesIO; give a path"):
        colorizer.colorize(grey_png, target=io.BytesIO(b"x"))  # type: ignore[call-overload]
    with pytest.raises(OptionError, match="target is for a photo given by its path"):
        colorizer.colorize(grey_photo, target=grey_png)


def test_the_default_model_takes_a_target_and_settings(grey_png: Path, tmp_path: Path) -> None:
    target = tmp_path / "out.png"
    assert tinct.colorize(grey_png, target=target, vividness=0.5) == target


def test_the_package_lists_its_public_names() -> None:
    assert set(tinct.__all__) <= set(dir(tinct))
    assert (tinct.PhotoError, tinct.OptionError, tinct.ModelError) == (PhotoError, OptionError, ModelError)
    assert all(hasattr(tinct, name) for name in tinct.__all__)


def test_a_colorizer_shows_its_model(colorizer: Colorizer) -> None:
    assert repr(colorizer) == "Colorizer('tiny 0')"
