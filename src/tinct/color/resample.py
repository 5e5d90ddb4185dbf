"""Resampling of planes, such as lightness."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Float32Array = NDArray[np.float32]


def resize_area(pixels: Float32Array, height: int, width: int) -> Float32Array:
    """Pixels (h, w) resampled to (height, width): exact area averages when smaller, bilinear when larger."""
    # No matrix products: BLAS waits long for its threads on busy CPUs.
    if pixels.shape == (height, width):
        return pixels.copy()
    if height > len(pixels):
        # The smaller picture lies between.
        return _resampled(_resampled_across(pixels, width), height)
    return _resampled_across(_resampled(pixels, height), width)


def resize_planes(planes: Float32Array, height: int, width: int) -> Float32Array:
    """Planes (n, h, w) resampled to (n, height, width), each as by `resize_area`."""
    resized = np.empty((len(planes), height, width), np.float32)
    for plane, place in zip(planes, resized, strict=True):
        place[:] = plane if plane.shape == place.shape else resize_area(plane, height, width)
    return resized


def resize_window(
    planes: Float32Array, box: tuple[float, float, float, float], height: int, width: int, *, axis: int = 1
) -> Float32Array:
    """Planes (n, h, w) resampled bilinearly to (n, height, width) in a box, continued beyond their edges.

    box: top, left, height and width as fractions of the planes. axis: of the rows; that of the columns comes next, so
    that planes with an axis of 0 are (h, w, n).
    """
    (top, left, down, across), before = box, planes.shape[axis : axis + 2]
    rows, columns = _neighbours(top, down, height, before[0]), _neighbours(left, across, width, before[1])
    # Columns before rows: few rows are enlarged, and whole ones are copied faster.
    used = range(before[0])[rows[0][0] : rows[1][-1] + 1]
    wide = _interpolated(planes.take(used, axis), axis + 1, *columns)
    return _interpolated(wide, axis, rows[0] - used.start, rows[1] - used.start, rows[2])


def _interpolated(
    values: Float32Array, axis: int, low: NDArray[np.intp], high: NDArray[np.intp], part: Float32Array
) -> Float32Array:
    """Values between those at `low` and `high` of an axis, of which they are a part on."""
    first, second = values.take(low, axis), values.take(high, axis)
    part = part.reshape(-1, *[1] * (values.ndim - 1 - axis))
    first *= 1 - part
    second *= part
    first += second
    return first


def _neighbours(
    start: float, extent: float, after: int, before: int
) -> tuple[NDArray[np.intp], NDArray[np.intp], Float32Array]:
    """Of each of `after` positions in a stretch of a line of `before`: its neighbours, and how far on it is."""
    at = ((np.arange(after) + 0.5) / after * extent + start) * before - 0.5
    low = np.floor(at).astype(np.intp)
    part = (at - low).astype(np.float32)
    return low.clip(0, before - 1), (low + 1).clip(0, before - 1), part


def _resampled_across(pixels: Float32Array, after: int) -> Float32Array:
    """Pixels (n, m) resampled along the second axis to (n, after)."""
    return np.ascontiguousarray(_resampled(np.ascontiguousarray(pixels.T), after).T)


def _resampled(pixels: Float32Array, after: int) -> Float32Array:
    """Pixels (n, m) resampled along the first axis to (after, m)."""
    before = pixels.shape[0]
    if after == before:
        return pixels
    if after > before:
        at = np.clip((np.arange(after) + 0.5) * before / after - 0.5, 0, before - 1)
        low = np.minimum(at.astype(int), max(before - 2, 0))
        part = (at - low).astype(np.float32)[:, None]
        larger: Float32Array = pixels[low] * (1 - part)
        larger += pixels[np.minimum(low + 1, before - 1)] * part
        return larger
    edges = np.arange(after + 1) * before / after
    first = np.minimum(edges[:-1].astype(int), before - 1)
    smaller = np.zeros((after, pixels.shape[1]), np.float32)
    for step in range(int(np.ceil(before / after)) + 1):
        cell = first + step
        overlap = np.minimum(edges[1:], cell + 1) - np.maximum(edges[:-1], cell)
        weight = (np.maximum(overlap, 0.0) * after / before).astype(np.float32)
        smaller += weight[:, None] * pixels[np.minimum(cell, before - 1)]
    return smaller
