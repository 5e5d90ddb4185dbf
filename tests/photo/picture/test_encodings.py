"""A photo's own encoding counts: the grey profile of an AVIF, the gAMA of a PNG."""

from __future__ import annotations

import io
import struct
import zlib

import numpy as np
import pytest
from PIL import Image

from tinct import photo
from tinct.color.lab import luminance_to_lightness
from tinct.errors import PhotoError
from tinct.photo.picture import profiles

from ..hand_made import chunk, lightness, picture, png

GREY = picture()


def by_gamma(gamma: float) -> np.ndarray:
    return luminance_to_lightness((GREY / 255) ** gamma)


def seen(data: bytes) -> np.ndarray:
    return photo.read(data).lightness.numpy()


@pytest.mark.parametrize("gamma", [1.0, 1.8, 2.2])
@pytest.mark.parametrize("grey", [True, False])
def test_a_profile_of_a_gamma_says_that_gamma(gamma: float, grey: bool) -> None:
    profile = profiles.gamma_profile(1 / gamma, grey=grey)
    pixels = GREY if grey else np.dstack([GREY] * 3)
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "PNG", icc_profile=profile)
    assert np.abs(seen(file.getvalue()) - by_gamma(gamma)).max() < 0.5


@pytest.mark.parametrize("gamma", [1.0, 1.8])
@pytest.mark.parametrize("alpha", [False, True])
def test_the_grey_profile_of_an_avif_counts(gamma: float, alpha: bool) -> None:
    image = Image.fromarray(GREY)
    if alpha:
        image = Image.merge("LA", (image, Image.fromarray(GREY[::-1].copy())))
    file = io.BytesIO()
    image.save(file, "AVIF", quality=100, icc_profile=profiles.gamma_profile(1 / gamma, grey=True))
    opened = photo.read(file.getvalue())
    assert opened.has_alpha == alpha
    assert np.abs(opened.lightness.numpy() - by_gamma(gamma)).mean() < 0.6
    written = photo.to_bytes(opened, photo.join(opened, np.full((2, 8, 8), 9, np.float32)), "png")
    assert np.abs(seen(written) - by_gamma(gamma)).mean() < 0.8


def gama(value: int) -> bytes:
    return chunk(b"gAMA", struct.pack(">I", value))


@pytest.mark.parametrize("value", [100_000, 55_556, 45_455])
@pytest.mark.parametrize("kind", ["grey", "RGB", "deep", "palette", "alpha"])
def test_the_gamma_of_a_png_counts(value: int, kind: str) -> None:
    if kind in ("palette", "alpha"):
        file = io.BytesIO()
        image = Image.fromarray(GREY)
        (image.convert("P") if kind == "palette" else Image.merge("LA", (image, image))).save(file, "PNG")
        data = file.getvalue()[:33] + gama(value) + file.getvalue()[33:]
    else:
        pixels = {"grey": GREY, "RGB": np.dstack([GREY] * 3), "deep": GREY.astype(np.uint16) * 257}[kind]
        data = png(pixels, before=[gama(value)])
    assert np.abs(seen(data) - by_gamma(100_000 / value)).max() < 0.5


def chrm(*values: float) -> bytes:
    return chunk(b"cHRM", struct.pack(">8I", *(round(value * 100_000) for value in values)))


SRGB = (0.3127, 0.3290, 0.64, 0.33, 0.30, 0.60, 0.15, 0.06)
ADOBE = (0.3127, 0.3290, 0.64, 0.33, 0.21, 0.71, 0.15, 0.06)
WIDE_D50 = (0.3457, 0.3585, 0.7347, 0.2653, 0.1152, 0.8264, 0.1566, 0.0177)


@pytest.mark.parametrize("primaries", [SRGB, ADOBE, WIDE_D50])
@pytest.mark.parametrize("value", [100_000, 45_455])
def test_the_primaries_of_a_png_count(primaries: tuple[float, ...], value: int) -> None:
    rgb = np.dstack([GREY, 255 - GREY, np.full_like(GREY, 77)])
    x, y = np.array(primaries[::2]), np.array(primaries[1::2])
    xyz = np.stack([x / y, np.ones(4), (1 - x - y) / y])
    rows = xyz[:, 1:] * np.linalg.solve(xyz[:, 1:], xyz[:, 0])
    # Adapted to D50 the Y of a colour changes a little.
    cones = np.array([[0.8951, 0.2664, -0.1614], [-0.7502, 1.7135, 0.0367], [0.0389, -0.0685, 1.0296]])
    to_d50 = np.linalg.inv(cones) @ np.diag(cones @ [0.9642, 1, 0.8249] / (cones @ xyz[:, 0])) @ cones
    expected = luminance_to_lightness(((rgb / 255) ** (100_000 / value) @ (to_d50 @ rows)[1]).clip(0, 1))
    data = png(rgb, before=[gama(value), chrm(*primaries)])
    assert np.abs(seen(data) - expected).max() < 0.6
    assert (
        np.abs(seen(png(GREY, before=[gama(value), chrm(*primaries)])) - by_gamma(100_000 / value)).max()
        < 0.5
    )


@pytest.mark.parametrize(
    "values", [(0,) * 8, (0.3,) * 8, (42_000.0,) * 8, (0.3127, 0, 0.64, 0, 0.3, 0, 0.15, 0)]
)
def test_primaries_that_span_no_colours_do_not_count(values: tuple[float, ...]) -> None:
    rgb = np.dstack([GREY] * 3)
    assert np.abs(seen(png(rgb, before=[gama(100_000), chrm(*values)])) - by_gamma(1.0)).max() < 0.5


def test_primaries_without_a_gamma_do_not_count() -> None:
    rgb = np.dstack([GREY, 255 - GREY, GREY])
    assert (seen(png(rgb, before=[chrm(*ADOBE)])) == seen(png(rgb))).all()


@pytest.mark.parametrize(
    "other",
    [
        chunk(b"sRGB", b"\0"),
        chunk(b"cICP", bytes([1, 13, 0, 1])),
        chunk(b"iCCP", b"x\0\0" + zlib.compress(profiles.gamma_profile(1 / 1.8, grey=True))),
    ],
    ids=["sRGB", "cICP", "iCCP"],
)
def test_another_word_on_the_encoding_wins(other: bytes) -> None:
    expected = by_gamma(1.8) if other[4:8] == b"iCCP" else lightness(GREY)
    for before in ([other, gama(100_000)], [gama(100_000), other]):
        assert np.abs(seen(png(GREY, before=before)) - expected).max() < 0.5


@pytest.mark.parametrize("value", [0, 1, 0xFFFFFFFF])
def test_a_gamma_that_is_none_does_not_count(value: int) -> None:
    assert np.abs(seen(png(GREY, before=[gama(value)])) - lightness(GREY)).max() < 0.02


TRANSFERS = {8: 1.0, 4: 2.2, 5: 2.8}


@pytest.mark.parametrize("transfer", TRANSFERS)
@pytest.mark.parametrize("kind", ["PNG", "deep PNG", "AVIF"])
def test_the_coding_points_of_a_file_count(kind: str, transfer: int) -> None:
    data = coded(kind, 1, transfer)
    opened = photo.read(data)
    assert np.abs(opened.lightness.numpy() - by_gamma(TRANSFERS[transfer])).mean() < 0.3
    written = photo.to_bytes(opened, photo.join(opened, np.zeros((2, 4, 4), np.float32)), "png")
    assert np.abs(seen(written) - by_gamma(TRANSFERS[transfer])).mean() < 0.4


def coded(kind: str, primaries: int, transfer: int, pixels: np.ndarray = GREY) -> bytes:
    """A picture with coding points: cICP in a PNG, nclx in an AVIF."""
    if kind != "AVIF":
        samples = pixels.astype(np.uint16) * 257 if kind == "deep PNG" else pixels
        return png(samples, before=[chunk(b"cICP", bytes([primaries, transfer, 0, 1]))])
    file = io.BytesIO()
    Image.fromarray(pixels).convert("RGB").save(file, "AVIF", quality=100)
    data = bytearray(file.getvalue())
    at = data.index(b"nclx")
    data[at + 4 : at + 8] = struct.pack(">HH", primaries, transfer)
    return bytes(data)


@pytest.mark.parametrize("kind", ["PNG", "AVIF"])
def test_high_dynamic_range_is_refused_by_name(kind: str) -> None:
    for transfer, name in ((16, "PQ"), (18, "HLG")):
        with pytest.raises(PhotoError, match=rf"high dynamic range \({name}\)"):
            photo.read(coded(kind, 9, transfer))


@pytest.mark.parametrize("transfer", [1, 2, 6, 13])
def test_coding_points_of_srgb_change_nothing(transfer: int) -> None:
    assert (seen(coded("PNG", 1, transfer)) == seen(png(GREY))).all()


def test_primaries_by_coding_points_are_those_by_their_places() -> None:
    rgb = np.dstack([GREY, 255 - GREY, np.full_like(GREY, 77)])
    wide = chrm(0.3127, 0.3290, 0.708, 0.292, 0.170, 0.797, 0.131, 0.046)
    by_places = seen(png(rgb, before=[gama(100_000), wide]))
    assert np.abs(seen(coded("PNG", 9, 8, rgb)) - by_places).max() < 0.02
    p3 = seen(coded("PNG", 12, 13, rgb))
    file = io.BytesIO()
    Image.fromarray(rgb).save(file, "PNG", icc_profile=profiles.builtin_profile("p3"))
    assert np.abs(p3 - seen(file.getvalue())).max() < 0.3


@pytest.mark.parametrize("kind", ["JPEG", "TIFF", "deep TIFF"])
def test_grey_in_a_profile_of_rgb_has_its_curve(kind: str) -> None:
    file = io.BytesIO()
    profile = profiles.gamma_profile(1.0, grey=False)
    pixels = GREY.astype(np.uint16) * 257 if kind == "deep TIFF" else GREY
    Image.fromarray(pixels).save(file, kind.removeprefix("deep "), quality=97, icc_profile=profile)
    opened = photo.read(file.getvalue())
    assert np.abs(opened.lightness.numpy() - by_gamma(1.0)).mean() < 0.3
    written = photo.to_bytes(opened, photo.join(opened, np.zeros((2, 4, 4), np.float32)), "png")
    assert np.abs(seen(written) - by_gamma(1.0)).mean() < 0.4
