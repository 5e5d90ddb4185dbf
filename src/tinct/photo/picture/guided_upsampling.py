"""Small and large: lightness at a network's size, and a network's ab at full size by the guided filter."""

from __future__ import annotations

import math
from itertools import pairwise

import numpy as np
import pyvips
from numpy.typing import NDArray

from tinct.color.resample import resize_area
from tinct.photo.picture.generated_image import RowReader

Float32Array = NDArray[np.float32]

# Chosen by `benchmarks/photo_upsampling.py --grid`, which shows what other values cost.
RADIUS = 1
EPSILON = 32.0
# The power of the squared correlation by which a line is trusted.
TRUST = 3.0
# Windows whose line fits to about this squared error of ab count in full, worse ones less.
GOOD_FIT = 4.0

_STEPS_PER_PLACE = 8
TALLEST_BLOCK = 16
_ALL = slice(None)
# Photos of more pixels than this are averaged in NumPy.
_LARGE = 1 << 26

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
    if width * height > _LARGE:
        return _averaged(lightness, max(1, round(width * across)), max(1, round(height * down)))
    if across < 1 or down < 1:
        lightness = lightness.resize(across, vscale=down, kernel="linear")
    pixels: Float32Array = np.ascontiguousarray(lightness.numpy(), dtype=np.float32)
    return pixels.reshape(lightness.height, lightness.width)


def _averaged(lightness: pyvips.Image, width: int, height: int) -> Float32Array:
    """Averages of whole pixels, a row at a time: libvips' threads would hold hundreds of rows of a large photo."""
    reader = RowReader(lambda: lightness)
    edges = np.linspace(0, lightness.height, height + 1).round().astype(int)
    columns = np.linspace(0, lightness.width, width + 1).round().astype(int)
    small = np.empty((height, width), np.float32)
    for number, (top, bottom) in enumerate(pairwise(edges.tolist())):
        mean = reader.read(top, bottom - top).mean(axis=0)
        small[number] = np.add.reduceat(mean, columns[:-1]) / np.diff(columns)
    return small


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


class Upsampler:
    """Bands (n, h, w) enlarged bilinearly to height x width, some rows at a time; centres on centres, edges continued.

    Where a small place becomes 16 pixels high or more, `block` rows, about an eighth of it, share one value: the
    coefficients are too smooth for that to be seen. It is a power of two. `left` and `part` tell of each column the
    small column before it and how far on to the next one it is.
    """

    def __init__(self, small: Float32Array, width: int, height: int) -> None:
        self._small = np.moveaxis(small, 1, 0)
        rows = height / (small.shape[1] * _STEPS_PER_PLACE)
        self.block = min(2 ** max(0, round(math.log2(rows))), TALLEST_BLOCK)
        self.block_count = -(-height // self.block)
        self._scale = small.shape[1] / height
        self.left, self.part = _between((np.arange(width) + 0.5) * small.shape[2] / width, small.shape[2])
        self._wide: dict[int, Float32Array] = {}
        self._within = _ALL

    def blocks(self, top: int, count: int, within: slice = _ALL) -> Float32Array:
        """The enlarged bands (n, blocks, width) of the blocks in which rows top to top + count lie, in some columns."""
        if self._small.shape[::2] == (self.block_count, len(self.left)):
            return np.moveaxis(self._small[top : top + count, :, within], 1, 0)
        above, parts = self.places(top, count)
        if within != self._within:
            self._wide, self._within = {}, within
        needed = {int(row) for row in above} | {int(row) + 1 for row in above}
        self._wide = {row: self._wide[row] if row in self._wide else self._widened(row) for row in needed}
        rows = [
            self._wide[row] + (self._wide[row + 1] - self._wide[row]) * part
            for row, part in zip(above.tolist(), parts, strict=True)
        ]
        return np.stack(rows, axis=1)

    def places(self, top: int, count: int) -> tuple[NDArray[np.intp], Float32Array]:
        """The small row above the middle of each such block, and how far on to the next one that is."""
        first = top // self.block * self.block
        middles = np.arange(first, top + count, self.block) + self.block / 2
        return _between(middles * self._scale, len(self._small))

    def at(
        self, above: NDArray[np.intp], parts: Float32Array, block: NDArray[np.intp], column: NDArray[np.intp]
    ) -> Float32Array:
        """The enlarged bands (n, places) at places, each of a block and a column; above, parts: as `places` gives."""
        below = np.minimum(above + 1, len(self._small) - 1)
        upper = self._small[above]
        rows = np.moveaxis(upper + (self._small[below] - upper) * parts[:, None, None], 1, 0)
        left, part = self.left[column], self.part[column]
        here = rows[:, block, left]
        values: Float32Array = here + (rows[:, block, np.minimum(left + 1, rows.shape[2] - 1)] - here) * part
        return values

    def _widened(self, row: int) -> Float32Array:
        values, left = self._small[min(row, len(self._small) - 1)], self.left[self._within]
        right = values[:, np.minimum(left + 1, values.shape[1] - 1)]
        before = values[:, left]
        widened: Float32Array = before + (right - before) * self.part[self._within]
        return widened


def _between(at: NDArray[np.float64], count: int) -> tuple[NDArray[np.intp], Float32Array]:
    """The place before each position and how far on it is, of places whose centres are at 0.5, 1.5 ..."""
    at = np.clip(at - 0.5, 0, count - 1)
    before = at.astype(np.intp)
    return before, (at - before).astype(np.float32)


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
