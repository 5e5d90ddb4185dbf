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
    photo: Photo, uncertainty: Float32Array, size: tuple[int, int], place: tuple[int, int, int, int]
) -> NDArray[np.uint8]:
    """Colours (height, width, 3) of a rectangle (left, top, width, height) of the photo at a size, without a legend.

    uncertainty: as for `uncertainty_picture`.
    """
    whole = borders.expand_to_frame(np.stack([uncertainty, uncertainty]), photo.content_box)[0].clip(0, 1)
    left, top, width, height = place
    rows = _between(np.arange(top, top + height), size[1], whole.shape[0])
    columns = _between(np.arange(left, left + width), size[0], whole.shape[1])
    wide = np.stack([np.interp(columns, np.arange(whole.shape[1]), line) for line in whole])
    above = rows.astype(int)
    part = (rows - above)[:, None]
    levels = wide[above] * (1 - part) + wide[np.minimum(above + 1, len(wide) - 1)] * part
    steps = np.linspace(0, 1, len(_COLOURS))
    channels = [np.rint(np.interp(levels, steps, channel)) for channel in _COLOURS.T]
    return np.stack(channels, -1).astype(np.uint8)


def _between(pixels: NDArray[np.intp], size: int, small: int) -> NDArray[np.float64]:
    """Where pixels of a line of `size` lie between the `small` values over it."""
    return np.clip((pixels + 0.5) * small / size - 0.5, 0, small - 1)


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
