"""Small and large: lightness at a network's size, and a network's ab at full size by the guided filter."""

from __future__ import annotations

import numpy as np
import pyvips
from numpy.typing import NDArray

from tinct.color.resample import resize_area

Float32Array = NDArray[np.float32]

# Chosen by `benchmarks/photo_upsampling.py --grid`, which shows what other values cost.
RADIUS = 1
EPSILON = 32.0
# The power of the squared correlation by which a line is trusted.
TRUST = 3.0
# Windows whose line fits to about this squared error of ab count in full, worse ones less.
GOOD_FIT = 4.0

_STEPS_PER_PLACE = 8

# A thumbnail is never longer than this many times what its short side may be.
_MOST_DRAWN_OUT_KEPT = 16
# A network is never given a photo more drawn out than this.
_MOST_DRAWN_OUT = 8


def thumbnail_of(lightness: pyvips.Image, short_side: int) -> Float32Array:
    """L (h, w) averaged down to a short side of at most `short_side`; one pass over the photo."""
    width, height = lightness.width, lightness.height
    scale = min(1.0, short_side / min(width, height))
    longest = _MOST_DRAWN_OUT_KEPT * short_side
    across, down = min(scale, longest / width), min(scale, longest / height)
    if across < 1 or down < 1:
        lightness = lightness.resize(across, vscale=down, kernel="linear")
    pixels: Float32Array = np.ascontiguousarray(lightness.numpy(), dtype=np.float32)
    return pixels.reshape(lightness.height, lightness.width)


def network_size(width: int, height: int, short_side: int, multiple: int) -> tuple[int, int]:
    """(h, w) near the photo's shape: the short side near `short_side`, both sides multiples of `multiple`."""
    scale = short_side / min(width, height)
    longest = _MOST_DRAWN_OUT * short_side
    rounded = [max(1, round(min(side * scale, longest) / multiple)) * multiple for side in (height, width)]
    return rounded[0], rounded[1]


def coefficients(
    lightness: Float32Array,
    ab: Float32Array,
    radius: int = RADIUS,
    epsilon: float = EPSILON,
    trust: float = TRUST,
    good_fit: float = GOOD_FIT,
) -> Float32Array:
    """Coefficients (4, h, w) float32 of ab = A L + B about each place: A for a, A for b, B for a, B for b.

    ab: (2, h, w) at a small size; lightness: the guide, L (h, w) at any size, which is averaged to that one; epsilon
    in squared units of L. After He and Sun, "Fast guided filter" (2015): only these need be enlarged. Three things
    are added to it, each measured: a line is trusted as far as L explains ab there (its squared correlation to the
    power `trust`), windows that fit to `good_fit` and better weigh more in the mean over windows, and what the lines
    leave over of ab is given back in B.
    """
    wide_guide = resize_area(lightness, *ab.shape[1:]).astype(np.float64)
    wide_ab = ab.astype(np.float64)
    mean_guide, mean_ab = _box(wide_guide, radius), _box(wide_ab, radius)
    variance = np.maximum(_box(wide_guide**2, radius) - mean_guide**2, 0.0)
    ab_variance = np.maximum(_box(wide_ab**2, radius) - mean_ab**2, 0.0)
    covariance = _box(wide_guide * wide_ab, radius) - mean_guide * mean_ab
    explained = (covariance**2).sum(0) / (variance * (ab_variance.sum(0) + good_fit) + 1e-6)
    slope = covariance / (variance + epsilon) * np.minimum(explained, 1.0) ** trust
    offset = mean_ab - slope * mean_guide
    misfit = np.maximum(ab_variance - 2 * slope * covariance + slope**2 * variance, 0.0).sum(0)
    weight = 1 / (misfit + good_fit)
    total = _box(weight, radius)
    slope, offset = _box(slope * weight, radius) / total, _box(offset * weight, radius) / total
    offset += wide_ab - (slope * wide_guide + offset)
    return np.concatenate([slope, offset]).astype(np.float32)


def upsample(small: Float32Array, width: int, height: int) -> pyvips.Image:
    """Bands (n, h, w) enlarged bilinearly to width x height, lazily; centres on centres, edges continued.

    Where a small place becomes 16 pixels wide or more, blocks of about an eighth of it share one value: the
    coefficients are too smooth for that to be seen, and it takes half the time.
    """
    bands, rows, columns = small.shape
    interleaved = np.ascontiguousarray(np.moveaxis(small, 0, -1), dtype=np.float32)
    image = pyvips.Image.new_from_memory(interleaved.tobytes(), columns, rows, bands, "float")
    block = max(1, int(min(width / columns, height / rows) / _STEPS_PER_PLACE))
    across, down = width / columns / block, height / rows / block
    image = image.affine(
        [across, 0, 0, down],
        interpolate=pyvips.Interpolate.new("bilinear"),
        oarea=[0, 0, -(-width // block), -(-height // block)],
        odx=(across - 1) / 2,
        ody=(down - 1) / 2,
        extend="copy",
    )
    return image.zoom(block, block).crop(0, 0, width, height) if block > 1 else image


def _box(values: NDArray[np.float64], radius: int) -> NDArray[np.float64]:
    """Mean over the (2 radius + 1)² window about each place, inside the picture; last two axes."""
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
