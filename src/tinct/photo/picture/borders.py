"""Detection of borders, mounts and letterboxes around the picture in a scan."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Float32Array = NDArray[np.float32]

# Deviation in L from the median of a border: grain, paper, uneven light of the scanner.
_MAX_DEVIATION = 4.0
# Share of flat pixels in a line; text on a mount reduces it.
_FLAT_SHARE, _END_SHARE = 0.85, 0.5
_BARE_SHARE = 0.9
# Step in L over two lines at the edge of a picture, and the share of the edge where it is visible.
_EDGE_STEP, _EDGE_SHARE = 6.0, 0.6
# Fractions of a side: widest border, and displacement of a tilted edge.
_MAX_WIDTH, _MAX_TILT = 0.25, 0.02
# A print on a mount on a scanner's lid.
_MAX_NESTED = 3
_MIN_SIDE = 48


@dataclass(frozen=True, slots=True)
class ContentBox:
    """The picture inside its border: margins at the left, top, right and bottom as fractions 0..1 of the
    whole.
    """

    left: float = 0.0
    top: float = 0.0
    right: float = 0.0
    bottom: float = 0.0

    @property
    def whole(self) -> bool:
        """Whether there is no border."""
        return not (self.left or self.top or self.right or self.bottom)

    def slices(self, height: int, width: int) -> tuple[slice, slice]:
        """Rows and columns of the picture in an image of that size."""
        return (
            slice(round(self.top * height), height - round(self.bottom * height)),
            slice(round(self.left * width), width - round(self.right * width)),
        )


def find_content_box(lightness: Float32Array) -> ContentBox:
    """The picture inside the flat border of L (h, w), 0..100, of a whole photo; all of it without a border.

    A border is flat, equal on at least two opposite sides, at most a quarter of the photo wide, and ends in a
    straight edge: a white sky above a skyline is none, nor is a flat sky above the sea, on one side only.
    """
    height, width = lightness.shape
    box = [0, 0, 0, 0]
    for _ in range(_MAX_NESTED):
        left, top, right, bottom = box
        part = lightness[top : height - bottom, left : width - right]
        found = _border(part) if min(part.shape) >= _MIN_SIDE else [0, 0, 0, 0]
        if not any(found):
            break
        box = [before + more for before, more in zip(box, found, strict=True)]
    left, top, right, bottom = box
    if left + right > width / 2 or top + bottom > height / 2:
        return ContentBox()
    return ContentBox(left / width, top / height, right / width, bottom / height)


def expand_to_frame(ab: Float32Array, place: ContentBox) -> Float32Array:
    """Pad ab (2, h, w) of the picture inside a border to the whole (2, H, W) at the same resolution, without
    chroma in the border.
    """
    if place.whole:
        return ab
    rows = _spread(ab.shape[1], place.top, place.bottom)
    columns = _spread(ab.shape[2], place.left, place.right)
    return np.ascontiguousarray(np.einsum("Hh,nhw,Ww->nHW", rows, ab, columns), np.float32)


@dataclass(frozen=True, slots=True)
class _Side:
    """Flat, equal lines at the top, their L, and whether they end in a straight edge."""

    lines: int
    level: float
    steps: bool

    def like(self, other: _Side) -> bool:
        return abs(self.level - other.level) < 2 * _MAX_DEVIATION


def _border(lightness: Float32Array) -> list[int]:
    """Widths of one border at the left, top, right and bottom; zeros without one."""
    turned = (lightness.T, lightness, lightness.T[::-1], lightness[::-1])
    sides = [_side(lines) for lines in turned]
    for one, two in ((0, 2), (1, 3)):
        alike = [side for side in sides if side.like(sides[one])]
        stepped = [side.lines for side in alike if side.steps]
        if len(stepped) < 2 or not (sides[one].steps or sides[two].steps):
            continue
        # Where the picture is as light as its border there is no step: assume the width of the other sides.
        found = [
            side.lines if side.steps else min(side.lines, *stepped) if opposite.steps else 0
            for side, opposite in zip(sides, sides[2:] + sides[:2], strict=True)
        ]
        found = [lines if side in alike else 0 for lines, side in zip(found, sides, strict=True)]
        if found[one] and found[two] and _bare(lightness, found, sides[one].level):
            return found
    return [0, 0, 0, 0]


def _bare(lightness: Float32Array, border: list[int], level: float) -> bool:
    """Whether nearly all of a border has its level."""
    left, top, right, bottom = border
    height, width = lightness.shape
    like = np.abs(lightness - level) < _MAX_DEVIATION
    picture = like[top : height - bottom, left : width - right]
    return bool(like.sum() - picture.sum() >= _BARE_SHARE * (like.size - picture.size))


def _side(lightness: Float32Array) -> _Side:
    length, across = lightness.shape
    # The middle of a line avoids borders at the sides.
    lines = lightness[: int(length * (_MAX_WIDTH + _MAX_TILT)) + 4, across // 4 : across - across // 4]
    level = float(np.median(lines[: max(1, length // 200)]))
    flat = (np.abs(lines - level) < _MAX_DEVIATION).mean(1)
    ended = np.flatnonzero(flat < _END_SHARE)
    end, run = int(ended[0]) if ended.size else len(lines), max(2, round(_MAX_TILT * length))
    about = lines[max(0, end - run) : end + run]
    if not end or end == len(lines) or len(about) < 3:
        return _Side(end, level, False)
    seen = (np.abs(about[2:] - about[:-2]).max(0) > _EDGE_STEP).mean()
    return _Side(
        end, level, bool(np.median(flat[: max(1, end - run)]) >= _FLAT_SHARE and seen >= _EDGE_SHARE)
    )


def _spread(count: int, before: float, after: float) -> Float32Array:
    """(N, count) weights that place `count` cells between two margins, fractions of the whole, into N cells."""
    inner = 1 - before - after
    total = max(count, round(count / inner))
    edges = np.arange(total + 1) / total
    cells = before + inner * np.arange(count + 1) / count
    high = np.minimum(edges[1:, None], cells[None, 1:])
    low = np.maximum(edges[:-1, None], cells[None, :-1])
    weights: Float32Array = (np.maximum(high - low, 0.0) * total).astype(np.float32)
    return weights
