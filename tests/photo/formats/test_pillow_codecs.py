"""HEIC and JPEG XL, where the extra `formats` is installed; a clear word where it is not."""

import importlib
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from skimage import data

from tinct import photo
from tinct.color.lab import grey_to_lightness
from tinct.errors import PhotoError

PICTURE = data.camera()[100:200, 100:260]
COLOUR = np.full((2, 8, 8), 9, np.float32)


@pytest.fixture(params=["heic", "jxl"])
def suffix(request: pytest.FixtureRequest) -> str:
    pytest.importorskip({"heic": "pillow_heif", "jxl": "pillow_jxl"}[request.param])
    return str(request.param)


def coloured(source: Path, target: Path) -> Path:
    opened = photo.read(source)
    photo.write(opened, photo.join(opened, COLOUR), target, provenance={"model": "x"})
    return target


def test_a_photo_goes_there_and_comes_back(tmp_path: Path, suffix: str) -> None:
    source = tmp_path / "in.png"
    Image.fromarray(PICTURE).save(source)
    written = coloured(source, tmp_path / f"out.{suffix}")
    opened = photo.read(written)
    assert (opened.format, opened.width, opened.height, opened.depth) == (suffix, 160, 100, 8)
    seen = opened.lightness.numpy().reshape(100, 160)
    assert np.abs(seen - grey_to_lightness(PICTURE / 255)).mean() < 1.5
    again = coloured(written, tmp_path / f"again.{suffix}")
    assert photo.read(again).width == 160
    assert photo.to_bytes(opened, photo.join(opened, COLOUR))


@pytest.mark.skipif(shutil.which("exiftool") is None, reason="exiftool is not installed")
@pytest.mark.parametrize("way", ["into", "out of"])
def test_words_come_along(tmp_path: Path, suffix: str, way: str) -> None:
    source = tmp_path / "in.jpg"
    Image.fromarray(PICTURE).save(source)
    subprocess.run(
        ["exiftool", "-q", "-overwrite_original", "-EXIF:Artist=Ann", "-EXIF:ISO=100", source], check=True
    )
    target = coloured(source, tmp_path / f"out.{suffix}")
    if way == "out of":
        target = coloured(target, tmp_path / "out.tif")
    told = subprocess.run(
        ["exiftool", "-G1", "-s", "-a", target], check=True, capture_output=True, text=True
    ).stdout
    for word in ("Artist", "ISO", "DigitalSourceType", "Tool"):
        assert f" {word} " in told, word


def test_16_bits_become_the_10_of_heic(tmp_path: Path) -> None:
    pytest.importorskip("pillow_heif")
    source = tmp_path / "in.png"
    Image.fromarray((PICTURE.astype(np.uint16) * 257) ^ 77).save(source)
    opened = photo.read(coloured(source, tmp_path / "out.heic"))
    assert opened.depth == 16


def test_a_damaged_file_is_said_to_be_so(tmp_path: Path, suffix: str) -> None:
    source = tmp_path / "in.png"
    Image.fromarray(PICTURE).save(source)
    whole = coloured(source, tmp_path / f"out.{suffix}").read_bytes()
    with pytest.raises(PhotoError, match="damaged"):
        photo.read(whole[: len(whole) // 2])
    with pytest.raises(PhotoError, match="megapixels"):
        photo.read(whole, max_megapixels=0.01)


def test_without_the_extra_the_remedy_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def absent(name: str) -> None:
        raise ModuleNotFoundError(name)

    monkeypatch.setattr(importlib, "import_module", absent)
    opened = photo.read(PICTURE)
    for suffix in ("heic", "jxl"):
        with pytest.raises(PhotoError, match=r"pip install 'tinct\[formats\]'"):
            photo.write(opened, photo.join(opened, COLOUR), tmp_path / f"out.{suffix}")
    with pytest.raises(PhotoError, match=r"pip install 'tinct\[formats\]'"):
        photo.read(b"\0\0\0\x18ftypheic\0\0\0\0mif1heic" + bytes(40))
