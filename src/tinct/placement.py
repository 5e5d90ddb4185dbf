"""Rectangles of a photo at another scale, in whole pixels."""

from __future__ import annotations

from tinct.errors import OptionError

MAX_SCALE = 8.0

Rectangle = tuple[int, int, int, int]


def scaled_rectangle(
    width: int, height: int, rectangle: Rectangle, scale: float
) -> tuple[tuple[int, int], Rectangle]:
    """Size of a photo at a scale, and the part of it that a rectangle (x, y, width, height) of the photo covers.

    What lies outside the photo is left out. Raises OptionError for a rectangle outside it, or a scale above 8.
    """
    x, y, across, down = rectangle
    right, bottom = min(x + across, width), min(y + down, height)
    left, top = max(x, 0), max(y, 0)
    if right <= left or bottom <= top:
        raise OptionError(
            f"the rectangle {x},{y},{across},{down} lies outside the photo, "
            f"which is {width} x {height}; move it"
        )
    if not 0 < scale <= MAX_SCALE:
        raise OptionError(f"scale is {scale}; give a number above 0, up to {MAX_SCALE:g}")
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    columns = _pixels(left * size[0] / width, right * size[0] / width, size[0])
    rows = _pixels(top * size[1] / height, bottom * size[1] / height, size[1])
    return size, (columns.start, rows.start, len(columns), len(rows))


def _pixels(start: float, stop: float, size: int) -> range:
    """The pixels of a line that a stretch of it covers, at least one."""
    first = min(round(start), size - 1)
    return range(first, max(first + 1, min(round(stop), size)))
