"""The input's profile is honoured, the result's is the one asked for, and never a grey one."""

import io
import struct
from pathlib import Path

import numpy as np
import pytest
import pyvips
from PIL import Image, ImageCms
from skimage import data

from tinct import photo
from tinct.color.lab import luminance_to_lightness, srgb_to_lab
from tinct.errors import PhotoError
from tinct.photo.picture import profiles

CAMERA = data.camera()[:128, :160]
ADOBE = [(0.60974, 0.31111, 0.01947), (0.20528, 0.62567, 0.06087), (0.14919, 0.06322, 0.74457)]


def icc(space: bytes, tags: dict[bytes, bytes]) -> bytes:
    """An ICC profile (version 2.1, display, PCS XYZ) of those tags."""
    tags = {
        b"wtpt": xyz(0.9642, 1.0, 0.8249),
        b"desc": b"desc" + bytes(4) + struct.pack(">I", 5) + b"test\0" + bytes(78),
    } | tags
    table, body, at = b"", b"", 128 + 4 + 12 * len(tags)
    for name, data_ in tags.items():
        data_ += bytes(-len(data_) % 4)
        table += struct.pack(">4sII", name, at + len(body), len(data_))
        body += data_
    whole = struct.pack(">I", len(tags)) + table + body
    head = struct.pack(
        ">I4sI4s4s4s", 128 + len(whole), bytes(4), 0x02100000, b"mntr", space, b"XYZ "
    ) + bytes(12)
    head += b"acsp" + bytes(28) + xyz(0.9642, 1.0, 0.8249)[8:]
    return head.ljust(128, b"\0") + whole


def xyz(*values: float) -> bytes:
    return b"XYZ " + bytes(4) + struct.pack(">3i", *(round(value * 65536) for value in values))


def gamma(value: float) -> bytes:
    return b"curv" + bytes(4) + struct.pack(">IH", 1, round(value * 256))


def grey_profile(value: float) -> bytes:
    return icc(b"GRAY", {b"kTRC": gamma(value)})


def adobe_rgb() -> bytes:
    columns = dict(zip((b"rXYZ", b"gXYZ", b"bXYZ"), (xyz(*column) for column in ADOBE), strict=True))
    return icc(b"RGB ", columns | dict.fromkeys((b"rTRC", b"gTRC", b"bTRC"), gamma(563 / 256)))


def dot_gain() -> bytes:
    """A grey press profile: 20 % dot gain as a table, in PCS XYZ."""
    ink = 1 - np.linspace(0, 1, 256)
    reflected = 1 - np.minimum(1, ink + 4 * 0.2 * ink * (1 - ink))
    table = np.round(reflected * 65535).astype(">u2").tobytes()
    return icc(b"GRAY", {b"kTRC": b"curv" + bytes(4) + struct.pack(">I", 256) + table})


def flat(a: float, b: float) -> np.ndarray:
    return np.stack([np.full((16, 16), a), np.full((16, 16), b)]).astype(np.float32)


def lightness(path: Path) -> np.ndarray:
    opened = photo.read(path)
    return opened.lightness.numpy().reshape(opened.height, opened.width)


def as_srgb(path: Path) -> np.ndarray:
    """The file's colours in sRGB by LittleCMS."""
    image = Image.open(path)
    own = ImageCms.ImageCmsProfile(io.BytesIO(image.info["icc_profile"]))
    turned = ImageCms.profileToProfile(image, own, ImageCms.createProfile("sRGB"), renderingIntent=1)
    return np.array(turned)


@pytest.mark.parametrize("value", [1.0, 1.8, 2.2])
@pytest.mark.parametrize("suffix", ["png", "jpg", "tif"])
def test_a_grey_gamma_profile_is_honoured(tmp_path: Path, value: float, suffix: str) -> None:
    path = tmp_path / f"grey.{suffix}"
    Image.fromarray(CAMERA).save(path, icc_profile=grey_profile(value))
    decoded = np.array(Image.open(path))
    expected = luminance_to_lightness((decoded / 255) ** (round(value * 256) / 256))
    assert np.abs(lightness(path) - expected).max() < 0.01


def test_a_dot_gain_profile_is_honoured(tmp_path: Path) -> None:
    path = tmp_path / "press.tif"
    Image.fromarray(CAMERA).save(path, icc_profile=dot_gain())
    ink = 1 - CAMERA / 255
    assert (
        np.abs(lightness(path) - luminance_to_lightness((1 - ink) ** 2 * 0.8 + (1 - ink) * 0.2)).mean() < 0.2
    )


def test_adobe_rgb_is_honoured(tmp_path: Path) -> None:
    colour = data.astronaut()[:128, :160]
    plain, wide = tmp_path / "plain.png", tmp_path / "wide.png"
    Image.fromarray(colour).save(plain)
    Image.fromarray(colour).save(wide, icc_profile=adobe_rgb())
    linear = (colour / 255) ** (563 / 256)
    expected = luminance_to_lightness(linear @ np.array(ADOBE)[:, 1])
    change = np.abs(lightness(wide) - expected)
    assert change.mean() < 0.02
    assert change.max() < 0.3
    assert np.abs(lightness(wide) - lightness(plain)).mean() > 0.5


@pytest.mark.parametrize("choice", ["srgb", "keep", "p3"])
@pytest.mark.parametrize("suffix", ["jpg", "png", "webp", "tif", "avif"])
def test_a_grey_profile_never_stays_on_a_coloured_photo(tmp_path: Path, choice: str, suffix: str) -> None:
    source, target = (
        tmp_path / f"in.{'png' if suffix in ('webp', 'avif') else suffix}",
        tmp_path / f"out.{suffix}",
    )
    Image.fromarray(CAMERA).save(source, icc_profile=grey_profile(1.8))
    opened = photo.read(source)
    photo.write(opened, photo.join(opened, flat(5, 8), profile=choice), target)
    written = pyvips.Image.new_from_file(str(target)).get("icc-profile-data")
    assert profiles.color_space(written) == "RGB "
    assert profiles.is_srgb(written) == (choice != "p3")


@pytest.mark.parametrize("depth", [8, 16])
def test_the_colours_are_the_same_in_every_profile(tmp_path: Path, depth: int) -> None:
    custom = tmp_path / "adobe.icc"
    custom.write_bytes(adobe_rgb())
    grey = CAMERA if depth == 8 else CAMERA.astype(np.uint16) * 257
    opened = photo.read(grey)
    seen = []
    for choice in ("srgb", "p3", custom):
        target = tmp_path / "out.png"
        image = photo.join(opened, flat(8, -6), profile=choice)
        assert image.format == ("uchar" if depth == 8 else "ushort")
        photo.write(opened, image, target, overwrite=True)
        back = pyvips.Image.new_from_file(str(target)).icc_transform("srgb", intent="relative", depth=16)
        seen.append(srgb_to_lab(back.numpy() / 65535))
    tolerance = 0.6 if depth == 8 else 0.03
    for other in seen[1:]:
        difference = np.abs(other - seen[0])
        assert difference[..., 0].mean() < tolerance / 2
        assert np.quantile(difference, 0.99) < 2 * tolerance


def test_keep_writes_in_the_photo_s_own_rgb_profile(tmp_path: Path) -> None:
    source, target = tmp_path / "in.png", tmp_path / "out.png"
    Image.fromarray(np.dstack([CAMERA] * 3)).save(source, icc_profile=adobe_rgb())
    opened = photo.read(source)
    photo.write(opened, photo.join(opened, flat(0, 0), profile="keep"), target)
    assert Image.open(target).info["icc_profile"] == adobe_rgb()
    assert np.abs(np.array(Image.open(target)).astype(int) - CAMERA[..., None]).max() <= 1
    photo.write(opened, photo.join(opened, flat(10, 10)), target, overwrite=True)
    assert np.abs(as_srgb(target).astype(int) - np.array(Image.open(target)).astype(int)).max() <= 2


@pytest.mark.parametrize(
    "content", [None, b"", b"nonsense" * 40, grey_profile(2.2)], ids=["missing", "empty", "nonsense", "grey"]
)
def test_a_profile_that_cannot_be_used_is_an_error_that_names_it(
    tmp_path: Path, content: bytes | None
) -> None:
    path = tmp_path / "some.icc"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(PhotoError, match=r"some\.icc.*keep, srgb, p3"):
        photo.join(photo.read(CAMERA), flat(0, 0), profile=path)


def test_a_profile_that_only_reads_is_not_written_in(tmp_path: Path) -> None:
    scanner = icc(b"RGB ", {b"A2B0": b"mft1" + bytes(40)})
    path = tmp_path / "scanner.icc"
    path.write_bytes(scanner)
    assert profiles.output_profile("keep", scanner) == profiles.builtin_profile("srgb")
    with pytest.raises(PhotoError, match="to write colour in"):
        profiles.output_profile(path, None)


@pytest.mark.parametrize("garbage", [b"x", b"garbage" * 1000, adobe_rgb()[:140], grey_profile(2.2)[:150]])
def test_a_broken_profile_counts_as_none(tmp_path: Path, garbage: bytes) -> None:
    path = tmp_path / "in.jpg"
    Image.fromarray(CAMERA).save(path, icc_profile=garbage)
    opened = photo.read(path)
    result = photo.to_array(photo.join(opened, flat(0, 0)))
    assert np.abs(result.astype(int) - np.array(Image.open(path))[..., None]).max() <= 1


def test_built_in_srgb_is_known_as_such_and_others_are_not() -> None:
    assert profiles.is_srgb(profiles.builtin_profile("srgb"))
    assert profiles.is_srgb(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
    for other in (profiles.builtin_profile("p3"), adobe_rgb(), grey_profile(2.2), b"", b"x" * 500):
        assert not profiles.is_srgb(other)


def press_of_black_ink_alone() -> bytes:
    """A CMYK profile (PCS Lab, LUT of two steps) in which K takes L from 100 to 20, and other inks do nothing."""
    corners = b"".join(bytes([51 if corner & 1 else 255, 128, 128]) for corner in range(16))
    identity = struct.pack(">9i", *(65536 * (at % 4 == 0) for at in range(9)))
    table = b"mft1" + bytes(4) + bytes([4, 3, 2, 0]) + identity
    table += 4 * bytes(range(256)) + corners + 3 * bytes(range(256))
    whole = icc(b"CMYK", {b"A2B0": table, b"A2B1": table})
    return whole[:12] + b"prtrCMYKLab " + whole[24:]


def test_a_cmyk_photo_is_read_by_its_own_profile(tmp_path: Path) -> None:
    inks = np.zeros((8, 30, 4), np.uint8)
    inks[:, :10, 0], inks[:, 20:, 3] = 255, 255
    image = pyvips.Image.new_from_array(inks).copy(interpretation="cmyk")
    image.set_type(pyvips.GValue.blob_type, "icc-profile-data", press_of_black_ink_alone())
    image.tiffsave(f"{tmp_path}/print.tif")
    cyan, paper, black = photo.read(tmp_path / "print.tif").lightness.numpy().reshape(8, 30)[4, [5, 15, 25]]
    np.testing.assert_allclose((cyan, paper, black), (100, 100, 20), atol=1)
