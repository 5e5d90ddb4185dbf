"""sRGB pixels of an encoded photo, for training and evaluation."""

from __future__ import annotations

import numpy as np
import pyvips
from numpy.typing import NDArray

from tinct.errors import PhotoError


def decode_srgb(source: bytes, short_side: int | None = None, *, name: str = "photo") -> NDArray[np.uint8]:
    """Upright sRGB pixels (h, w, 3); shrunk to `short_side` where the photo is larger, never enlarged.
    PhotoError if unreadable.
    """
    try:
        image = pyvips.Image.new_from_buffer(source, "")
        if short_side and min(image.width, image.height) > short_side:
            image = image.resize(short_side / min(image.width, image.height))
        image = image.autorot().colourspace("srgb")
        if image.hasalpha():
            image = image.flatten(background=[255, 255, 255])
        return np.asarray(image.cast("uchar").numpy()[..., :3])
    except pyvips.Error as error:
        raise PhotoError(f"{name}: not a photo that can be read; leave it out or save it again") from error
