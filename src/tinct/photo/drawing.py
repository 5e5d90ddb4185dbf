"""Contact sheets of small pictures: feature maps, kernels, receptive fields."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pyvips
from numpy.typing import NDArray

from tinct.errors import OptionError, PhotoError
from tinct.photo.writing import atomic_write

GAP = 8
INK = (40, 40, 40)
PAPER = 255
FRAME = 190
QUALITY = 90
SHEET_SUFFIXES = (".png", ".jpg", ".jpeg", ".webp")


def sheet(
    tiles: Sequence[tuple[str, NDArray[np.generic]]],
    *,
    columns: int = 8,
    side: int = 96,
    signed: bool = False,
) -> pyvips.Image:
    """Tiles in rows of `columns`, each with its caption under it; an RGB image.

    A tile is (h, w) numbers, shown from black (least) to white (most), or, if some are negative or
    `signed`, from blue over white (zero) to orange with both ends equally far from zero; or (h, w, 3) uint8
    in sRGB, shown as it is. Small tiles are enlarged to about `side` pixels without smoothing, large ones
    shrunk.
    """
    images = [_captioned(caption, picture(np.asarray(tile), signed=signed), side) for caption, tile in tiles]
    width = max(image.width for image in images)
    height = max(image.height for image in images)
    cells = [image.embed(0, 0, width, height, extend="white") for image in images]
    joined = pyvips.Image.arrayjoin(cells, across=min(columns, len(cells)), shim=GAP, background=[PAPER] * 3)
    framed = joined.embed(GAP, GAP, joined.width + 2 * GAP, joined.height + 2 * GAP, extend="white")
    return framed.copy(interpretation="srgb")


def picture(pixels: NDArray[np.generic], *, signed: bool = False) -> pyvips.Image:
    """One tile as it is, pixel for pixel, in the colours that `sheet` gives it."""
    return pyvips.Image.new_from_array(np.ascontiguousarray(_rgb(pixels, signed))).copy(interpretation="srgb")


def save_sheet(image: pyvips.Image, target: Path) -> None:
    """Write a sheet or a picture as PNG, JPEG or WebP by the suffix of `target`, as PNG without one.

    Raises OptionError for another suffix, PhotoError if the place cannot be written.
    """
    check_sheet_name(target)
    try:
        with atomic_write(target, overwrite=True) as part:
            suffix = target.suffix.lower()
            if suffix in (".jpg", ".jpeg"):
                image.jpegsave(str(part), Q=QUALITY)
            elif suffix == ".webp":
                image.webpsave(str(part), Q=QUALITY)
            else:
                image.pngsave(str(part), palette=True, compression=9)
    except pyvips.Error as fault:
        why = str(fault).strip().splitlines()[-1] if str(fault).strip() else "no reason given"
        raise PhotoError(
            f"{target}: the picture cannot be written ({why}); make room, or choose another place"
        ) from None


def check_sheet_name(target: Path) -> None:
    """OptionError for a name that ends in a suffix of no format of sheets."""
    if target.suffix.lower() not in ("", *SHEET_SUFFIXES):
        raise OptionError(
            f"{target}: a sheet is a PNG, JPEG or WebP; end its name in {', '.join(SHEET_SUFFIXES)}"
        )


def _rgb(tile: NDArray[np.generic], signed: bool) -> NDArray[np.uint8]:
    if tile.ndim == 3:
        return tile.astype(np.uint8)
    values = tile.astype(np.float64)
    if values.min() >= 0 and not signed:
        span = values.max() - values.min()
        grey = (
            (values - values.min()) / span if span > 0 else np.full_like(values, 0.5 if values.max() else 0)
        )
        return np.repeat(np.rint(255 * grey).astype(np.uint8)[..., None], 3, axis=2)
    full = np.quantile(np.abs(values), 0.99, method="higher")  # a bright border must not pale all the rest
    strength = np.clip(values / (full or np.abs(values).max() or 1), -1, 1)[..., None]
    warm, cool = np.array([214.0, 96, 0]), np.array([0.0, 84, 166])
    colour = np.where(strength > 0, warm, cool)
    shades: NDArray[np.uint8] = np.rint(PAPER + (colour - PAPER) * np.abs(strength)).astype(np.uint8)
    return shades


def _captioned(caption: str, image: pyvips.Image, side: int) -> pyvips.Image:
    longest = max(image.width, image.height)
    if longest * 2 <= side:
        factor = side // longest
        image = image.resize(factor, kernel="nearest")
    elif longest > side:
        image = image.resize(side / longest)
    image = image.embed(1, 1, image.width + 2, image.height + 2, background=[FRAME] * 3)
    if not caption:
        return image
    mask = pyvips.Image.text(caption, font="sans 9", dpi=80, width=max(side, image.width), wrap="word-char")
    paper = pyvips.Image.black(mask.width, mask.height).new_from_image([PAPER] * 3)
    ink = paper.new_from_image(list(INK))
    text = mask.ifthenelse(ink, paper, blend=True).copy(interpretation="srgb").cast("uchar")
    return image.join(text, "vertical", expand=True, shim=3, background=[PAPER] * 3)
