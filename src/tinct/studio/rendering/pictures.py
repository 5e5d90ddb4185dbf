"""Pictures of a session for a browser: previews and Deep Zoom tiles."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from tinct import photo
from tinct.color.gamut import reduce_chroma
from tinct.color.lab import lab_to_srgb, srgb_to_lab
from tinct.errors import OptionError
from tinct.session import Session

TILE = 256
# Short side at which the colours of references are picked.
_EYEDROPPER = 512
MAX_AB = 110.0
KINDS = ("result", "before", "uncertainty")
MIN_SIDE, MAX_SIDE = 16, 2048


def level_count(width: int, height: int) -> int:
    """Deep Zoom levels of a photo, from one pixel to full size."""
    return (max(width, height) - 1).bit_length() + 1


def tile_rectangle(
    width: int, height: int, level: int, column: int, row: int
) -> tuple[tuple[int, int], tuple[int, int, int, int]]:
    """Size of a level, and (left, top, width, height) of a tile in it; OptionError for numbers out of range."""
    levels = level_count(width, height)
    if not 0 <= level < levels:
        raise OptionError(f"level is {level}; give a number from 0 to {levels - 1}")
    shrink = 1 << (levels - 1 - level)
    across, down = -(-width // shrink), -(-height // shrink)
    left, top = column * TILE, row * TILE
    if not (0 <= left < across and 0 <= top < down):
        raise OptionError(
            f"there is no tile {column}_{row} at level {level}; it has {across} x {down} pixels"
        )
    return (across, down), (left, top, min(TILE, across - left), min(TILE, down - top))


def check_kind(kind: str) -> None:
    """OptionError for a kind of picture that is not known."""
    if kind not in KINDS:
        raise OptionError(f"kind is {kind!r}; give one of {', '.join(KINDS)}")


def preview(session: Session, kind: str, short_side: int, *, refine: bool = True) -> tuple[bytes, str]:
    """A picture of the whole photo and its media type; OptionError for a size out of range.

    session: in grey for kind before. refine: as for `Session.part`.
    """
    if not MIN_SIDE <= short_side <= MAX_SIDE:
        raise OptionError(f"short_side is {short_side}; give a number from {MIN_SIDE} to {MAX_SIDE}")
    width, height = session.photo.width, session.photo.height
    scale = min(1.0, short_side / min(width, height))
    across, down = max(1, round(width * scale)), max(1, round(height * scale))
    return _encoded(session, kind, (across, down), (0, 0, across, down), refine=refine)


def tile(session: Session, kind: str, level: int, column: int, row: int) -> tuple[bytes, str]:
    """A tile of at most 256 x 256 pixels and its media type; OptionError for numbers out of range.

    session: as for `preview`.
    """
    size, place = tile_rectangle(session.photo.width, session.photo.height, level, column, row)
    return _encoded(session, kind, size, place)


def _encoded(
    session: Session,
    kind: str,
    size: tuple[int, int],
    place: tuple[int, int, int, int],
    *,
    refine: bool = True,
) -> tuple[bytes, str]:
    pixels = session.part(size, place, uncertainty=kind == "uncertainty", refine=refine)
    return photo.encode_for_browser(pixels, session.photo.white)


def colours_at(session: Session, x: float, y: float) -> dict[str, Any]:
    """L of a place, fractions of the photo, its grey and its present colour as #rrggbb, and a and b of that."""
    width, height = session.photo.width, session.photo.height
    column, row = min(int(x * width), width - 1), min(int(y * height), height - 1)
    pixel = session.part((width, height), (column, row, 1, 1), refine=False)[0, 0, :3]
    scale = {"uint8": 255, "uint16": 65535}.get(pixel.dtype.name, session.photo.white)
    lightness, a, b = (float(each) for each in srgb_to_lab(pixel / scale))
    grey = lab_to_srgb(np.array([lightness, 0.0, 0.0]))
    return {
        "lightness": lightness,
        "before": _hex_of(grey),
        "now": _hex_of(pixel / scale),
        "a": a,
        "b": b,
    }


def colour_of_file(file: Path, x: float, y: float) -> dict[str, Any]:
    """The colour at a place of a photo in colour, averaged a little: #rrggbb, a and b."""
    pixels = photo.decode_srgb(file.read_bytes(), _EYEDROPPER)
    rows, columns = pixels.shape[:2]
    pixel = pixels[min(int(y * rows), rows - 1), min(int(x * columns), columns - 1)] / 255
    _, a, b = (float(each) for each in srgb_to_lab(pixel))
    return {"hex": _hex_of(pixel), "a": a, "b": b}


def plane(session: Session, x: float, y: float, size: int) -> bytes:
    """PNG (size, size) of all a (across) and b (up), -110 to 110, at the lightness of a place."""
    thumbnail = session.photo.thumbnail
    rows, columns = thumbnail.shape
    lightness = thumbnail[min(int(y * rows), rows - 1), min(int(x * columns), columns - 1)]
    steps = np.linspace(-MAX_AB, MAX_AB, size)
    a, b = np.meshgrid(steps, -steps)
    lab = np.stack([np.full_like(a, lightness), a, b], -1)
    shown = np.abs(reduce_chroma(lab) - lab).max(-1) < 1e-6
    rgba = np.concatenate([np.clip(lab_to_srgb(lab), 0, 1), shown[..., None]], -1)
    return photo.encode_for_browser(np.rint(255 * rgba).astype(np.uint8))[0]


def _hex_of(rgb: Any) -> str:
    """#rrggbb of sRGB 0..1."""
    return f"#{np.rint(255 * np.clip(rgb, 0, 1)).astype(np.uint8).tobytes().hex()}"
