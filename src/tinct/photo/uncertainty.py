"""The uncertainty of a colouring as a picture: from dark for certain to yellow for uncertain, with a legend."""

from __future__ import annotations

import numpy as np
import pyvips
from numpy.typing import NDArray

from tinct.photo.picture import borders
from tinct.photo.reading import Photo
from tinct.photo.vips_errors import translate_vips_errors

Float32Array = NDArray[np.float32]

# From certain to uncertain: perceptually even steps, after matplotlib's viridis.
_COLOURS = np.array([(68, 1, 84), (59, 82, 139), (33, 145, 140), (94, 201, 98), (253, 231, 37)], np.float64)
_WORDS = ("certain", "uncertain")
_PAPER, _INK = 255, 40


def uncertainty_picture(photo: Photo, uncertainty: Float32Array) -> pyvips.Image:
    """An RGB image, 8 bits, of the photo's width, with a legend under it.

    uncertainty: (h, w), 0..1, of what the network saw; the border of a scan counts as certain.
    """
    whole = borders.expand_to_frame(np.stack([uncertainty, uncertainty]), photo.content_box)[0]
    with translate_vips_errors(photo.name):
        small = pyvips.Image.new_from_array(np.ascontiguousarray(whole.clip(0, 1), np.float32))
        large = small.resize(photo.width / small.width, vscale=photo.height / small.height, kernel="linear")
        levels = (large.clamp(min=0, max=1) * 255).rint().cast("uchar")
        picture = levels.maplut(_table()).copy(interpretation="srgb")
        return picture.join(_legend(photo.width, photo.height), "vertical").copy(interpretation="srgb")


def uncertainty_map(
    photo: Photo, uncertainty: Float32Array, rectangle: tuple[int, int, int, int], scale: float
) -> NDArray[np.uint8]:
    """Colours (height * scale, width * scale, 3) of a rectangle (x, y, width, height) of the photo, without a legend.

    uncertainty: as for `uncertainty_picture`.
    """
    whole = borders.expand_to_frame(np.stack([uncertainty, uncertainty]), photo.content_box)[0].clip(0, 1)
    x, y, width, height = rectangle
    rows = _positions(y, height, scale, photo.height, whole.shape[0])
    columns = _positions(x, width, scale, photo.width, whole.shape[1])
    wide = np.stack([np.interp(columns, np.arange(whole.shape[1]), line) for line in whole])
    above = np.minimum(rows.astype(int), len(wide) - 1)
    part = (rows - above)[:, None]
    levels = wide[above] * (1 - part) + wide[np.minimum(above + 1, len(wide) - 1)] * part
    steps = np.linspace(0, 1, len(_COLOURS))
    return np.stack([np.rint(np.interp(levels, steps, channel)) for channel in _COLOURS.T], -1).astype(
        np.uint8
    )


def _positions(start: int, length: int, scale: float, size: int, small: int) -> NDArray[np.float64]:
    """Where the pixels of a stretch lie between the `small` values over the whole `size`."""
    stop = min(start + length, size)
    count = max(1, round((stop - start) * scale))
    at = start + (np.arange(count) + 0.5) * (stop - start) / count
    return np.clip(at * small / size - 0.5, 0, small - 1)


def _table() -> pyvips.Image:
    places = np.linspace(0, len(_COLOURS) - 1, 256)
    columns = [np.interp(places, np.arange(len(_COLOURS)), channel) for channel in _COLOURS.T]
    return pyvips.Image.new_from_array(np.rint(np.stack(columns, -1)).astype(np.uint8)[None])


def _legend(width: int, height: int) -> pyvips.Image:
    """A scale with the words at its ends, as wide as the picture."""
    bar = max(4, min(width, height) // 40)
    ramp = np.linspace(0, 255, width).astype(np.uint8)[None].repeat(bar, 0)
    scale = pyvips.Image.new_from_array(ramp).maplut(_table())
    paper = pyvips.Image.black(width, 2 * bar, bands=3) + _PAPER
    for word, side in zip(_WORDS, ("left", "right"), strict=True):
        mask = pyvips.Image.text(word, font="sans", width=max(1, width // 2), height=2 * bar)
        mask = mask.crop(0, 0, min(mask.width, width), min(mask.height, 2 * bar))
        left = 0 if side == "left" else width - mask.width
        shown = mask.embed(left, (2 * bar - mask.height) // 2, width, 2 * bar)
        paper = shown.ifthenelse(paper.new_from_image([_INK] * 3), paper, blend=True)
    return scale.join(paper.cast("uchar"), "vertical").copy(interpretation="srgb")
