"""Small and large: the lightness at a network's size, and a network's ab brought to full size by the guided filter."""

from __future__ import annotations

import numpy as np
import pyvips
from numpy.typing import NDArray

Array = NDArray[np.float32]

# Chosen by benchmarks/photo_upsampling.py: the table there shows what other values cost.
RADIUS = 2
EPSILON = 4.0

# A thumbnail is never larger than this; what is asked of it is smaller still.
_THUMBNAIL_SHORT = 1024
_THUMBNAIL_LONG = 8192
# A network is never given a photo more drawn out than this.
_MOST_DRAWN_OUT = 8


def thumbnail_of(lightness: pyvips.Image) -> Array:
    """L (h, w) averaged down until its short side is at most 1024; one streaming pass over the photo."""
    width, height = lightness.width, lightness.height
    scale = min(1.0, _THUMBNAIL_SHORT / min(width, height))
    across, down = min(scale, _THUMBNAIL_LONG / width), min(scale, _THUMBNAIL_LONG / height)
    if across < 1 or down < 1:
        lightness = lightness.resize(across, vscale=down, kernel="linear")
    pixels: Array = np.ascontiguousarray(lightness.numpy(), dtype=np.float32).reshape(
        lightness.height, lightness.width
    )
    return pixels


def network_size(width: int, height: int, short_side: int, multiple: int) -> tuple[int, int]:
    """(h, w) near the photo's shape: the short side near `short_side`, both sides multiples of `multiple`."""
    scale = short_side / min(width, height)
    longest = _MOST_DRAWN_OUT * short_side
    rounded = [max(1, round(min(side * scale, longest) / multiple)) * multiple for side in (height, width)]
    return rounded[0], rounded[1]


def averaged(pixels: Array, height: int, width: int) -> Array:
    """Pixels (h, w) resampled to (height, width): exact area averages when smaller, bilinear when larger."""
    down, across = _averaging(pixels.shape[0], height), _averaging(pixels.shape[1], width)
    result: Array = down @ pixels @ across.T
    return result


def coefficients(guide: Array, ab: Array, radius: int = RADIUS, epsilon: float = EPSILON) -> Array:
    """Coefficients (4, h, w) float32 of ab = A L + B about each place: A for a, A for b, B for a, B for b.

    guide: L (h, w), ab: (2, h, w), both at one small size; epsilon in squared units of L. He and Sun, "Fast guided
    filter" (2015): only these coefficients need be enlarged.
    """
    guide, ab = guide.astype(np.float64), ab.astype(np.float64)
    mean_guide, mean_ab = _box(guide, radius), _box(ab, radius)
    variance = np.maximum(_box(guide * guide, radius) - mean_guide**2, 0.0)
    covariance = _box(guide * ab, radius) - mean_guide * mean_ab
    slope = covariance / (variance + epsilon)
    offset = mean_ab - slope * mean_guide
    return np.concatenate([_box(slope, radius), _box(offset, radius)]).astype(np.float32)


def enlarged(small: Array, width: int, height: int) -> pyvips.Image:
    """Bands (n, h, w) enlarged bilinearly to width x height, lazily; centres on centres, edges continued."""
    bands, rows, columns = small.shape
    interleaved = np.ascontiguousarray(np.moveaxis(small, 0, -1), dtype=np.float32)
    image = pyvips.Image.new_from_memory(interleaved.tobytes(), columns, rows, bands, "float")
    across, down = width / columns, height / rows
    return image.affine(
        [across, 0, 0, down],
        interpolate=pyvips.Interpolate.new("bilinear"),
        oarea=[0, 0, width, height],
        odx=(across - 1) / 2,
        ody=(down - 1) / 2,
        extend="copy",
    )


def _averaging(before: int, after: int) -> Array:
    """Matrix (after, before) that resamples one axis."""
    if after >= before:
        at = np.clip((np.arange(after) + 0.5) * before / after - 0.5, 0, before - 1)
        left = np.minimum(at.astype(int), max(before - 2, 0))
        matrix = np.zeros((after, before))
        rows = np.arange(after)
        matrix[rows, left] = 1 - (at - left)
        if before > 1:
            matrix[rows, left + 1] = at - left
        return matrix.astype(np.float32)
    edges = np.arange(after + 1) * before / after
    cells = np.arange(before)
    overlap = np.minimum(edges[1:, None], cells + 1) - np.maximum(edges[:-1, None], cells)
    return (np.maximum(overlap, 0.0) * after / before).astype(np.float32)


def _box(values: NDArray[np.float64], radius: int) -> NDArray[np.float64]:
    """Mean over the (2 radius + 1)² window about each place, of what lies inside the picture; last two axes."""
    for axis in (-2, -1):
        size = values.shape[axis]
        summed = np.cumsum(values, axis=axis)
        summed = np.concatenate([np.zeros_like(np.take(summed, [0], axis)), summed], axis)
        high = np.minimum(np.arange(size) + radius + 1, size)
        low = np.maximum(np.arange(size) - radius, 0)
        shape = [1] * values.ndim
        shape[axis] = size
        values = (np.take(summed, high, axis) - np.take(summed, low, axis)) / (high - low).reshape(shape)
    return values
