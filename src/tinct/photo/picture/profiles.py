"""ICC profiles: detection, lightness of grey ones, and the profile of a result."""

from __future__ import annotations

import struct
from functools import cache, lru_cache
from pathlib import Path

import numpy as np
import pyvips
from numpy.typing import NDArray

from tinct.color import lab
from tinct.errors import ProfileError

Float64Array = NDArray[np.float64]

# sRGB's primaries under D50, the columns of the matrix that every sRGB profile holds.
_WHITE_D50 = (0.9642, 1.0, 0.8249)
_SRGB_COLORANTS = np.array([[0.4361, 0.2225, 0.0139], [0.3851, 0.7169, 0.0971], [0.1431, 0.0606, 0.7141]])

_SRGB_CURVE = [2.4, 1 / 1.055, 0.055 / 1.055, 1 / 12.92, 0.04045]
# ICC.1:2022, annex E.
_BRADFORD = np.array([[0.8951, 0.2664, -0.1614], [-0.7502, 1.7135, 0.0367], [0.0389, -0.0685, 1.0296]])


@cache
def builtin_profile(name: str) -> bytes:
    """The bytes of one of libvips' built-in profiles: srgb, p3 or cmyk."""
    return bytes(pyvips.Operation.call("profile_load", name))


def color_space(profile: bytes) -> str:
    """The profile's device space as it writes it: 'GRAY', 'RGB ', 'CMYK' ...; '' if this is no profile."""
    if len(profile) < 132 or profile[36:40] != b"acsp":
        return ""
    return profile[16:20].decode("latin-1")


def is_grey(profile: bytes) -> bool:
    """Whether the profile describes a one-channel device."""
    return color_space(profile) == "GRAY"


def usable_profile(profile: bytes, colours: int) -> bytes | None:
    """The profile, if it is one for so many colour channels and can be used; else None.

    Grey may have one of RGB, which then holds for three equal channels.
    """
    if colours == 1 and color_space(profile) == "RGB ":
        colours = 3
    if color_space(profile) != {1: "GRAY", 3: "RGB ", 4: "CMYK"}.get(colours):
        return None
    probe = pyvips.Image.black(1, 1, bands=colours).copy(
        interpretation={1: "b-w", 3: "srgb", 4: "cmyk"}[colours]
    )
    probe.set_type(pyvips.GValue.blob_type, "icc-profile-data", profile)
    try:
        _tags(profile)
        probe.icc_import(embedded=True, pcs="lab").avg()
    except (pyvips.Error, struct.error):
        return None
    return profile


@lru_cache(maxsize=64)
def is_srgb(profile: bytes) -> bool:
    """Whether a profile says what sRGB says: the same primaries and nearly the same curve."""
    if color_space(profile) != "RGB ":
        return False
    try:
        tags = _tags(profile)
        colorants = np.array([_xyz(tags[name]) for name in (b"rXYZ", b"gXYZ", b"bXYZ")])
        curves = [_curve(tags[name], 64) for name in (b"rTRC", b"gTRC", b"bTRC")]
    except (KeyError, ValueError, struct.error):
        return False
    true_curve = lab.srgb_to_linear(np.linspace(0, 1, 64))
    return bool(
        np.abs(colorants - _SRGB_COLORANTS).max() < 0.003
        and max(np.abs(curve - true_curve).max() for curve in curves) < 0.004
    )


@lru_cache(maxsize=16)
def _grey_lightness(profile: bytes, steps: int) -> Float64Array:
    try:
        luminance = _curve(_tags(profile)[b"kTRC"], steps)
    except (KeyError, ValueError, struct.error, IndexError):
        return lab.grey_to_lightness(np.linspace(0, 1, steps))
    pcs_is_lab = profile[20:24] == b"Lab "
    return luminance * 100 if pcs_is_lab else lab.luminance_to_lightness(luminance)


def grey_lightness(profile: bytes, steps: int) -> Float64Array:
    """L (0..100) of `steps` even values from black to white in a grey profile."""
    return _grey_lightness(profile, steps)


def check_profile(choice: str | Path) -> None:
    """ProfileError if a profile is none of srgb, p3 and keep and no file of one that colour can be written in."""
    output_profile(choice, None)


@lru_cache(maxsize=64)
def gamma_profile(exponent: float, chromaticities: tuple[float, ...] | None = None, *, grey: bool) -> bytes:
    """An ICC profile (version 4) of grey or RGB whose samples are light ** exponent, or as sRGB's for None.

    chromaticities: xy of white, red, green and blue; those of sRGB without them, or if they span no colours.
    """
    kind, values = (0, [1 / exponent]) if exponent is not None else (3, _SRGB_CURVE)
    curve = b"para" + struct.pack(
        f">IHH{len(values)}i", 0, kind, 0, *(round(65536 * each) for each in values)
    )
    white = _xyz_tag(_WHITE_D50)
    text = (
        b"mluc"
        + bytes(4)
        + struct.pack(">II2s2sII", 1, 12, b"en", b"US", 10, 28)
        + "gamma".encode("utf-16-be")
    )
    tags = {b"desc": text, b"cprt": text, b"wtpt": white}
    if grey:
        tags[b"kTRC"] = curve
    else:
        tags |= dict.fromkeys((b"rTRC", b"gTRC", b"bTRC"), curve)
        colorants = _colorants(chromaticities) if chromaticities is not None else None
        colorants = _SRGB_COLORANTS if colorants is None else colorants
        named = zip((b"rXYZ", b"gXYZ", b"bXYZ"), colorants, strict=True)
        tags |= {name: _xyz_tag(tuple(color)) for name, color in named}
    table, body = b"", b""
    for name, data in tags.items():
        table += name + struct.pack(">II", 132 + 12 * len(tags) + len(body), len(data))
        body += data + bytes(-len(data) % 4)
    size = 132 + len(table) + len(body)
    space = b"GRAY" if grey else b"RGB "
    head = (
        struct.pack(">I4sI4s4s4s", size, b"lcms", 0x04200000, b"mntr", space, b"XYZ ")
        + bytes(12)
        + b"acsp"
        + bytes(28)
    )
    head += struct.pack(">3i", *(round(value * 65536) for value in _WHITE_D50))
    return head.ljust(128, b"\0") + struct.pack(">I", len(tags)) + table + body


def _colorants(chromaticities: tuple[float, ...]) -> Float64Array | None:
    """XYZ (3, 3) of red, green and blue under D50 (Bradford); None for chromaticities that span no colours."""
    x, y = np.array(chromaticities[::2]), np.array(chromaticities[1::2])
    if min(y) < 1e-4:
        return None
    white, *primaries = np.stack([x / y, np.ones(4), (1 - x - y) / y], axis=-1)
    rows = np.array(primaries)
    if abs(np.linalg.det(rows)) < 1e-3:
        return None
    rows *= np.linalg.solve(rows.T, white)[:, None]
    cones = _BRADFORD @ np.array(_WHITE_D50) / (_BRADFORD @ white)
    adapted: Float64Array = rows @ (np.linalg.inv(_BRADFORD) @ np.diag(cones) @ _BRADFORD).T
    return adapted if np.isfinite(adapted).all() and np.abs(adapted).max() < 4 else None


def _xyz_tag(color: tuple[float, ...]) -> bytes:
    return b"XYZ " + bytes(4) + struct.pack(">3i", *(round(value * 65536) for value in color))


def output_profile(choice: str | Path, kept: bytes | None) -> bytes:
    """The profile of a result: srgb, p3, keep (the photo's own if that is RGB, else sRGB) or a file."""
    if choice == "keep":
        return kept if kept is not None and _takes_colour(kept) else builtin_profile("srgb")
    if choice == "srgb":
        return kept if kept is not None and is_srgb(kept) else builtin_profile("srgb")
    if choice == "p3":
        return builtin_profile("p3")
    try:
        profile = Path(choice).read_bytes()
    except OSError as fault:
        raise ProfileError(
            f"{choice}: this profile cannot be read ({fault.strerror}); give keep, srgb, p3 or an ICC file"
        ) from None
    if not _takes_colour(profile):
        raise ProfileError(
            f"{choice}: not an RGB profile to write colour in; give keep, srgb, p3 or an ICC file"
        )
    return profile


@lru_cache(maxsize=16)
def _takes_colour(profile: bytes) -> bool:
    """Whether colours can be written in a profile: it is RGB, and not one of a scanner that only reads."""
    if color_space(profile) != "RGB ":
        return False
    probe = pyvips.Image.black(1, 1, bands=3).cast("float").copy(interpretation="lab")
    probe.set_type(pyvips.GValue.blob_type, "icc-profile-data", profile)
    try:
        probe.icc_export(pcs="lab", intent="relative").avg()
    except pyvips.Error:
        return False
    return True


def convert_profile(image: pyvips.Image, profile: bytes, depth: int) -> pyvips.Image:
    """A 16-bit sRGB image in the colours of another RGB profile, by relative colorimetry; depth 8 or 16."""
    lab = image.copy()
    lab.set_type(pyvips.GValue.blob_type, "icc-profile-data", builtin_profile("srgb"))
    lab = lab.icc_import(embedded=True, pcs="lab", intent="relative").copy()
    lab.set_type(pyvips.GValue.blob_type, "icc-profile-data", profile)
    return lab.icc_export(pcs="lab", intent="relative", depth=depth)


def _tags(profile: bytes) -> dict[bytes, bytes]:
    (count,) = struct.unpack_from(">I", profile, 128)
    tags = {}
    for index in range(min(count, 200)):
        name, offset, size = struct.unpack_from(">4sII", profile, 132 + 12 * index)
        tags[name] = profile[offset : offset + size]
    return tags


def _xyz(tag: bytes) -> tuple[float, ...]:
    if tag[:4] != b"XYZ ":
        raise ValueError("not an XYZ tag")
    return tuple(value / 65536 for value in struct.unpack_from(">3i", tag, 8))


def _curve(tag: bytes, steps: int) -> Float64Array:
    """Values (0..1) of a tone curve tag (ICC.1:2022, 10.6 curv and 10.18 para) at even steps."""
    x = np.linspace(0, 1, steps)
    if tag[:4] == b"curv":
        (count,) = struct.unpack_from(">I", tag, 8)
        if count == 0:
            return x
        if count == 1:
            gamma = float(struct.unpack_from(">H", tag, 12)[0] / 256)
            power: Float64Array = x**gamma
            return power
        points = np.frombuffer(tag, ">u2", count, 12) / 65535
        return np.interp(x, np.linspace(0, 1, count), points)
    if tag[:4] == b"para":
        (kind,) = struct.unpack_from(">H", tag, 8)
        given = [value / 65536 for value in struct.unpack_from(f">{(1, 3, 4, 5, 7)[kind]}i", tag, 12)]
        return _parametric(kind, given, x)
    raise ValueError("not a curve tag")


def _parametric(kind: int, given: list[float], x: Float64Array) -> Float64Array:
    g, a, b, c, d, e, f = given[:1] + given[1:] + [1.0, 0.0, 0.0, 0.0, 0.0, 0.0][len(given) - 1 :]
    bent = np.maximum(a * x + b, 0) ** g
    if kind == 0:
        curve = x**g
    elif kind == 1:
        curve = np.where(x >= -b / a, bent, 0.0)
    elif kind == 2:
        curve = np.where(x >= -b / a, bent + c, c)
    elif kind == 3:
        curve = np.where(x >= d, bent, c * x)
    else:
        curve = np.where(x >= d, bent + e, c * x + f)
    clipped: Float64Array = np.clip(curve, 0.0, 1.0)
    return clipped
