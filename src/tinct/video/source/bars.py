"""Black bars at the edges of frames (letterbox, pillarbox), which are no part of the picture."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from tinct.video.source.probe import FULL, ColourTags

# Bars as widths in pixels at the top, bottom, left and right; those of a frame that is all black are unknown.
UNKNOWN = 65535
# Levels of 8 bits above black that noise in a bar reaches, and the share of a line that may exceed them.
_NOISE, _EXCEPTIONS = 16, 0.01
# Bars are wider than this share of the frame, together at most this one, and opposite ones equal to this one.
_LEAST, _MOST, _UNEQUAL = 0.01, 0.5, 0.03
# So that the edges fall between samples of chroma, of both fields too.
_ALIGNMENT = 4


@dataclass(frozen=True, slots=True)
class Content:
    """The part of stored frames inside their bars: rows top to bottom, columns left to right, in pixels."""

    top: int
    bottom: int
    left: int
    right: int

    @property
    def size(self) -> tuple[int, int]:
        """(height, width) of that part."""
        return self.bottom - self.top, self.right - self.left

    def part(self, plane: NDArray[Any], across: int = 1, down: int = 1) -> NDArray[Any]:
        """That part of a plane (..., h, w) whose samples stand for across x down pixels, a view."""
        rows = slice(self.top // down, -(-self.bottom // down))
        return plane[..., rows, self.left // across : -(-self.right // across)]


def bar_widths(luma: NDArray[Any], depth: int, tags: ColourTags) -> tuple[int, int, int, int]:
    """Widths of the bars of a frame at the top, bottom, left and right, or four times UNKNOWN."""
    black = 0 if tags.range == FULL else 16
    compare: Any = cv2.compare
    mask = compare(luma, float((black + _NOISE) << (depth - 8)), cv2.CMP_GT)
    rows, columns = (
        np.flatnonzero(
            cv2.reduce(mask, axis, cv2.REDUCE_SUM, dtype=cv2.CV_32S).ravel() > 255 * _EXCEPTIONS * length
        )
        for axis, length in ((1, luma.shape[1]), (0, luma.shape[0]))
    )
    if not rows.size or not columns.size:
        return (UNKNOWN,) * 4
    height, width = luma.shape
    return int(rows[0]), height - 1 - int(rows[-1]), int(columns[0]), width - 1 - int(columns[-1])


def find_content(widths: Sequence[Sequence[int]] | NDArray[Any], height: int, width: int) -> Content | None:
    """The part inside the bars that all frames of a shot have; None if they have none, or are black.

    widths: (n, 4) of its frames, by `bar_widths`.
    """
    known = np.asarray(widths, np.int64).reshape(-1, 4)
    known = known[known[:, 0] != UNKNOWN]
    if not len(known):
        return None
    top, bottom, left, right = known.min(0).tolist()
    top, bottom = _pair(top, bottom, height)
    left, right = _pair(left, right, width)
    if not top + bottom + left + right:
        return None
    step = _ALIGNMENT
    return Content(
        top // step * step, height - bottom // step * step, left // step * step, width - right // step * step
    )


def _pair(one: int, other: int, length: int) -> tuple[int, int]:
    """The widths of opposite bars; zeros if they are none."""
    bars = min(one, other) > _LEAST * length and one + other <= _MOST * length
    return (one, other) if bars and abs(one - other) <= _UNEQUAL * length else (0, 0)
