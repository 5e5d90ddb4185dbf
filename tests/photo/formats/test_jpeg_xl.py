"""JPEG XL: depth, lossless coding, animations, recompressed JPEGs, and what its decoder leaves out."""

from __future__ import annotations

import base64
import io
import warnings
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tinct import photo
from tinct.color.lab import luminance_to_lightness
from tinct.errors import PhotoError, PhotoWarning
from tinct.photo.formats import jpeg_xl
from tinct.photo.picture import profiles

from ..hand_made import lightness, picture

pytest.importorskip("pillow_jxl")

GREY = picture()
LINEAR = luminance_to_lightness(np.arange(64).reshape(8, 8) * 4 / 255)
# 8 x 8 pixels, 0 to 252 in steps of 4, by libjxl: two frames, the second inverted; 16 bits, linear, with alpha
# (the rows in reverse order), and as RGB. No encoder at hand writes them.
ANIMATED = base64.b64decode(
    "/wpBBE0AICYIBAEAGAFLGJOOg4MJESOuMSLGqIgYY6yEcxhjMMIYHHeB8AH+/18HHij9////////////D/fT8l+OeNxCh8Re+f2P"
    "PvkhZAsAIB0ACAQFADQBSxiTjoODCTCijojRMUYY5zDGGOPFMAZHLxA5wMP8f4b/fx6VPCplVMqoVFD9UKn0974NIWGqxZennhci"
    "kS8vyXFQLuo+txYtBcA8FAI="
)
GREY_ALPHA_16 = base64.b64decode(
    "AAAADEpYTCANCocKAAAAFGZ0eXBqeGwgAAAAAGp4bCAAAAAJanhsbAoAAAC/anhsY/8KQfAj+AEoWgQIEBAAnAJLGJOOg4NJRkac"
    "FRFjsAZaDmMMdhCIMZjYGGNjcPICBwCAAK5YAgCzdQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQGBOz8BAQEBAQEBAQEBAQEB"
    "AQEBAQEBAQEBAQEBAQGBHB4BAQEBAQE4KCAgICAgIGCW1mEBAQEBAQGBDgsICAgICAjA1nRYQEBAQEBAoMNgAWABHwAg8AHLDx9g"
    "AgBWCIANAA=="
)
RGB_16 = base64.b64decode(
    "AAAADEpYTCANCocKAAAAFGZ0eXBqeGwgAAAAAGp4bCAAAAAJanhsbAoAAACSanhsY/8KQfADULQICAQBAPABSxiTjoODSQpGZMeI"
    "GIM1YvDiNaKqF4gfQHr7AEAgp0VAQEBAQEBAQEBgrF1AQEBAQEBAQEBAAHlTQEBAQEBAQEBAwHxJQEBAQEBAQEBA4IRfQEBAQEBA"
    "QEBAAKddQEBAQEBAQEBAwExVwPT0Tc44bhrHf0z3R6YWADAQAA=="
)


def encoded(image: Image.Image, **options: object) -> bytes:
    file = io.BytesIO()
    image.save(file, "JXL", **options)
    return file.getvalue()


def result(data: bytes, quality: int | None = None) -> tuple[np.ndarray, np.ndarray]:
    """The samples of a result, and those of its lossless twin."""
    opened = photo.read(data)
    image = photo.join(opened, np.full((2, 8, 8), 6, np.float32))
    both = (photo.to_bytes(opened, image, "jxl", quality=quality), photo.to_bytes(opened, image, "png"))
    written, exact = (np.asarray(Image.open(io.BytesIO(each)), int) for each in both)
    return written, exact


@pytest.mark.parametrize("container", [False, True])
@pytest.mark.parametrize("mode", ["L", "RGB", "LA", "RGBA"])
def test_a_lossless_file_stays_lossless(mode: str, container: bool) -> None:
    image = Image.fromarray(GREY).convert(mode)
    data = encoded(image, lossless=True, use_container=container)
    for quality in (None, 100):
        written, exact = result(data, quality)
        assert (written == exact).all()
    written, exact = result(data, 80)
    assert (written != exact).any()
    written, exact = result(encoded(image, quality=90, use_container=container))
    assert (written != exact).any()


def test_a_recompressed_jpeg_keeps_orientation_exif_and_profile_and_stays_lossy(tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[274], exif[315] = 6, "Nobody"
    profile = profiles.gamma_profile(1.0, grey=True)
    Image.fromarray(GREY).save(tmp_path / "in.jpg", quality=97, exif=exif, icc_profile=profile)
    with Image.open(tmp_path / "in.jpg") as image, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        data = encoded(image)
    assert not jpeg_xl.is_lossless(io.BytesIO(data))
    opened = photo.read(data)
    expected = np.rot90(luminance_to_lightness(GREY / 255), -1)
    assert np.abs(opened.lightness.numpy() - expected).mean() < 0.5
    written = photo.to_bytes(opened, photo.join(opened, np.zeros((2, 4, 4), np.float32)), "png")
    found = Image.open(io.BytesIO(written)).getexif()
    assert (found[315], found.get(274, 1)) == ("Nobody", 1)


def test_16_bits_with_alpha_are_read_as_such() -> None:
    opened = photo.read(GREY_ALPHA_16)
    seen, alpha = opened.lightness_and_alpha()
    assert opened.depth == 16
    assert np.abs(seen.numpy() - LINEAR).max() < 0.1
    assert alpha is not None
    assert (alpha.numpy() == np.arange(64).reshape(8, 8)[::-1] * 4 * 257).all()


def test_16_bits_that_the_decoder_cuts_to_8_are_told() -> None:
    with pytest.warns(PhotoWarning, match="its 16-bit samples are read as 8-bit"):
        opened = photo.read(RGB_16)
    assert np.abs(opened.lightness.numpy() - LINEAR).mean() < 0.2


def test_floats_are_read_as_such() -> None:
    opened = photo.read(encoded(Image.fromarray(np.float32(GREY / 255)), lossless=True))
    assert opened.depth == 32
    curve = profiles.grey_lightness(opened.profile, 65536) if opened.profile else None
    expected = lightness(GREY) if curve is None else curve[GREY.astype(int) * 257]
    assert np.abs(opened.lightness.numpy() - expected).max() < 0.1


def test_an_animation_is_told() -> None:
    with pytest.warns(PhotoWarning, match="an animation, of which only one picture is coloured"):
        photo.read(ANIMATED)


def test_compressed_metadata_that_are_lost_are_told() -> None:
    exif = Image.Exif()
    exif[315] = "Nobody"
    image = Image.fromarray(GREY)
    options = {"exif": exif.tobytes(), "use_container": True}
    with pytest.warns(PhotoWarning, match="compressed EXIF is left out"):
        photo.read(encoded(image, compress_metadata=True, **options))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        opened = photo.read(encoded(image, **options))
    assert 315 in opened.metadata.directory.entries


def test_a_file_is_too_large_by_its_header() -> None:
    data = encoded(Image.fromarray(GREY), lossless=True)
    assert (jpeg_xl.read_header(io.BytesIO(data)).width, jpeg_xl.read_header(io.BytesIO(data)).height) == (
        GREY.shape[1],
        GREY.shape[0],
    )
    with pytest.raises(PhotoError, match="megapixels"):
        photo.read(data[:40], max_megapixels=0.001)
    for length in range(2, 12):
        with pytest.raises(PhotoError, match="damaged"):
            photo.read(data[:length] if length > 2 else data[:2] + b"\0")


@pytest.mark.parametrize("profile", ["p3"])
def test_only_srgb_can_be_written(profile: str) -> None:
    opened = photo.read(encoded(Image.fromarray(GREY)))
    image = photo.join(opened, np.zeros((2, 4, 4), np.float32), profile=profile)
    with pytest.raises(PhotoError, match="sRGB only"):
        photo.to_bytes(opened, image, "jxl")
