"""Strokes on a grid: the cells under one, how far each is from its line, and the steps that a barrier blocks."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from tinct.guidance.hints import Point

Float64Array = NDArray[np.float64]
Places = NDArray[np.int64]


def line_of(points: tuple[Point, ...], width: float, height: float) -> Float64Array:
    """Places (n, 2) as (x, y) along a stroke, in cells of a grid that has `width` x `height` of them, at most half a
    cell apart.
    """
    corners = np.array(points, np.float64) * (width, height)
    steps = np.maximum(1, np.ceil(2 * np.abs(np.diff(corners, axis=0)).max(1, initial=0))).astype(int)
    pieces = [
        corners[at] + (corners[at + 1] - corners[at]) * (np.arange(count) / count)[:, None]
        for at, count in enumerate(steps)
    ]
    return np.concatenate([*pieces, corners[-1:]])


def distance_to(
    line: Float64Array, height: int, width: int, within: float
) -> tuple[tuple[slice, slice], Float64Array, Places]:
    """A window (rows, columns) of a grid (height, width) about a line, the distance (h, w) of each cell's centre in it
    to the line, in cells, and the number (h, w) of the nearest place of the line; infinite beyond `within`.
    """
    low = np.floor(line.min(0) - within - 1).astype(int).clip(0)
    high = np.ceil(line.max(0) + within + 1).astype(int)
    columns, rows = slice(low[0], min(high[0], width)), slice(low[1], min(high[1], height))
    size = max(rows.stop - rows.start, 0), max(columns.stop - columns.start, 0)
    distance, nearest = np.full(size, np.inf), np.zeros(size, np.int64)
    for number, (x, y) in enumerate(line - (columns.start, rows.start)):
        left, right = max(int(x - within - 1), 0), int(x + within + 2)
        top, bottom = max(int(y - within - 1), 0), int(y + within + 2)
        part = slice(top, min(bottom, size[0])), slice(left, min(right, size[1]))
        across = np.arange(left, part[1].stop) + 0.5 - x
        down = np.arange(top, part[0].stop) + 0.5 - y
        here = np.sqrt(across**2 + down[:, None] ** 2)
        nearer = here < distance[part]
        distance[part] = np.where(nearer, here, distance[part])
        nearest[part] = np.where(nearer, number, nearest[part])
    distance[distance > within] = np.inf
    return (rows, columns), distance, nearest


def blocked_steps(
    lines: list[Float64Array], height: int, width: int
) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Steps to the next row (height - 1, width) and to the next column (height, width - 1) that cross one of the lines,
    each (n, 2) corners as (x, y) in cells.
    """
    down = np.zeros((max(height - 1, 0), width), bool)
    across = np.zeros((height, max(width - 1, 0)), bool)
    for corners in lines:
        for one, other in pairwise(corners):
            _block(down, one, other)
            _block(across.T, one[::-1], other[::-1])
    return down, across


def _block(steps: NDArray[np.bool_], one: Float64Array, other: Float64Array) -> None:
    """Mark the steps from row to row (h - 1, w) that a line from (x, y) to (x, y) crosses."""
    centres = np.arange(steps.shape[1]) + 0.5
    columns = np.flatnonzero((one[0] <= centres) != (other[0] <= centres))
    if not len(columns):
        return
    share = (centres[columns] - one[0]) / (other[0] - one[0])
    rows = np.floor(one[1] + share * (other[1] - one[1]) - 0.5).astype(int)
    inside = (rows >= 0) & (rows < len(steps))
    steps[rows[inside], columns[inside]] = True
