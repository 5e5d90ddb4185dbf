"""NumPy arrays as photos."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyvips
from numpy.typing import NDArray

from tinct.errors import PhotoError

# (format, whether it is grey) -> what libvips calls the samples
_SPACES = {
    ("uchar", True): "b-w",
    ("uchar", False): "srgb",
    ("ushort", True): "grey16",
    ("ushort", False): "rgb16",
    ("float", True): "b-w",
    ("float", False): "srgb",
}


def describe_array(array: NDArray[Any]) -> str:
    """The name of an array in errors."""
    return f"array of shape {'x'.join(str(side) for side in array.shape)}"


def check_shape(array: NDArray[Any]) -> None:
    """PhotoError for an array that is not a photo."""
    if array.ndim not in (2, 3) or 0 in array.shape or (array.ndim == 3 and array.shape[2] > 4):
        raise PhotoError(
            f"{describe_array(array)}: not a photo; give (h, w), or (h, w, n) with 1 to 4 channels"
        )


def image_from_array(array: NDArray[Any]) -> pyvips.Image:
    """Image of an array (h, w) or (h, w, 1..4) of bool, uint8, uint16 or float 0..1; else PhotoError."""
    if array.dtype == np.bool_:
        array = array.astype(np.uint8) * np.uint8(255)
    if np.issubdtype(array.dtype, np.floating):
        array = array.astype(np.float32)
        if not np.isfinite(array).all() or array.min() < -0.01 or array.max() > 1.01:
            raise PhotoError(
                f"{describe_array(array)}: its float values leave 0..1; scale it so that white is 1"
            )
    elif array.dtype not in (np.uint8, np.uint16):
        raise PhotoError(
            f"{describe_array(array)}: {array.dtype} values; give uint8, uint16, or float in 0..1"
        )
    return image_from_samples(array)


def image_from_samples(samples: NDArray[Any]) -> pyvips.Image:
    """Image of samples (h, w) or (h, w, 1..4) of uint8, uint16 or float32, whatever their range."""
    image = pyvips.Image.new_from_array(np.ascontiguousarray(samples))
    return image.copy(interpretation=_SPACES[image.format, image.bands < 3])
