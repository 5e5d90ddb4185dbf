"""Resampling of planes, such as lightness."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Float32Array = NDArray[np.float32]


def resize_area(pixels: Float32Array, height: int, width: int) -> Float32Array:
    """Pixels (h, w) resampled to (height, width): exact area averages when smaller, bilinear when larger."""
    # No matrix products: BLAS waits long for its threads on busy CPUs.
    lowered = _resampled(pixels, height)
    return np.ascontiguousarray(_resampled(np.ascontiguousarray(lowered.T), width).T)


def resize_window(
    planes: Float32Array, box: tuple[float, float, float, float], height: int, width: int
) -> Float32Array:
    """Planes (n, h, w) resampled bilinearly to (n, height, width) in a box, continued beyond their edges.

    box: top, left, height and width as fractions of the planes.
    """
    (above, below, down), (left, right, across) = (
        _neighbours(start, extent, after, before)
        for start, extent, after, before in zip(
            box[:2], box[2:], (height, width), planes.shape[1:], strict=True
        )
    )
    rows = planes[:, above] * (1 - down[:, None]) + planes[:, below] * down[:, None]
    return np.asarray(rows[..., left] * (1 - across) + rows[..., right] * across, np.float32)


def _neighbours(
    start: float, extent: float, after: int, before: int
) -> tuple[NDArray[np.intp], NDArray[np.intp], Float32Array]:
    """Of each of `after` positions in a stretch of a line of `before`: its neighbours, and how far on it is."""
    at = ((np.arange(after) + 0.5) / after * extent + start) * before - 0.5
    low = np.floor(at).astype(np.intp)
    part = (at - low).astype(np.float32)
    return low.clip(0, before - 1), (low + 1).clip(0, before - 1), part


def _resampled(pixels: Float32Array, after: int) -> Float32Array:
    """Pixels (n, m) resampled along the first axis to (after, m)."""
    before = pixels.shape[0]
    if after == before:
        return pixels
    if after > before:
        at = np.clip((np.arange(after) + 0.5) * before / after - 0.5, 0, before - 1)
        low = np.minimum(at.astype(int), max(before - 2, 0))
        part = (at - low).astype(np.float32)[:, None]
        larger: Float32Array = pixels[low] * (1 - part) + pixels[np.minimum(low + 1, before - 1)] * part
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
