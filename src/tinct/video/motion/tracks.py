"""Tracks: where each pixel of a shot's first frame is in the present one, also while something hides it.

A pixel that comes into view beside a moving object passes for a part of it by the flow from frame to frame. A track of
the object does not lead there.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

Float32Array = NDArray[np.float32]
Mask = NDArray[np.bool_]

# A track goes this part of the way from where the flow brings it to where it is seen.
_CORRECTION = 0.5
# Of the pixels that claim one track those win that lie within this of where the flow brings it.
_NEAR = 0.5
# A hidden track moves as the nearest seen one if their velocities have differed by less than this.
_COMPANION = 0.7
# A track whose velocity changes by more than this, and this part of its speed, from the mean change about it is beside
# something else: none moves as it does.
_STEADY, _STEADY_PART = 0.3, 0.1
# Velocities are means over about four frames.
_RENEWED = 0.25
# A hidden track has come back where a pixel moves as it does, to this and this part of its speed.
_ALIKE, _ALIKE_PART = 0.5, 0.2
# So do at least this share of the pixels about it, from places whose variance is at most this.
_LEAST_SHARE, _MOST_VARIANCE = 0.4, 6.0


@dataclass(frozen=True, slots=True, eq=False)
class Tracks:
    """Positions (h, w, 2), x and y in the present frame, and velocities (h, w, 2) in pixels a frame; None at first.

    seen: (h, w), whether a pixel of the present frame shows it.
    """

    positions: Float32Array
    velocities: Float32Array | None
    seen: Mask

    @classmethod
    def start(cls, height: int, width: int) -> Tracks:
        """Tracks in the first frame."""
        return cls(pixel_grid(height, width), None, np.ones((height, width), bool))

    def moved(self, flow: Float32Array) -> Float32Array:
        """Positions (h, w, 2) in the next frame by the flow (h, w, 2) to it alone."""
        return self.positions + fetch(flow, self.positions)

    def corrected(self, moved: Float32Array, places: Float32Array, known: Mask, inner: Mask) -> Tracks:
        """Tracks in the next frame: those seen led back to their pixels, the others moving as those they belong to.

        moved: see above; places: (h, w, 2) in the first frame of the pixels of the next; known: (h, w), where they are
        right; inner: where no other motion is near.
        """
        found, seen, steady = _scattered(moved, places, known, inner)
        if not seen.any():
            return Tracks(moved, self.velocities, seen)
        step = moved + _CORRECTION * (found - moved) - self.positions
        before = step if self.velocities is None else self.velocities
        change = step - before
        change -= mean_around(change, steady)
        steady &= length(change) < _STEADY + _STEADY_PART * length(before)
        steady = steady if steady.any() else seen
        others = ~steady
        nearest = _nearest(steady)[others]
        lent, theirs = step[steady][nearest], before[steady][nearest]
        companion = length(theirs - before[others]) < _COMPANION
        moving, first = step.copy(), self.velocities is None
        moving[others] = lent if first else np.where(companion[:, None], lent, before[others])
        velocities = moving if first else before + np.float32(_RENEWED) * (moving - before)
        return Tracks(self.positions + np.where(seen[..., None], step, moving), velocities, seen)

    def returned(self, onward: Float32Array) -> tuple[Float32Array, Mask]:
        """Places (h, w, 2) in the first frame of pixels that may show a hidden track again, and where (h, w) there are.

        onward: motion (h, w, 2) of each pixel of the present frame.
        """
        height, width = self.seen.shape
        places, found = pixel_grid(height, width).copy(), np.zeros((height, width), bool)
        if self.velocities is None:
            return places, found
        apart = length(fetch(onward, self.positions) - self.velocities)
        free = ~self.seen & (apart < _ALIKE + _ALIKE_PART * length(self.velocities))
        origins, ends = pixel_grid(height, width)[free], self.positions[free]
        for corner in ((0, 0), (0, 1), (1, 0), (1, 1)):
            cells = np.floor(ends) + np.array(corner, np.float32)
            inside = ((cells >= 0) & (cells < (width, height))).all(-1)
            columns, rows = cells[inside].astype(np.intp).T
            places[rows, columns] = origins[inside] + cells[inside] - ends[inside]
            found[rows, columns] = True
        return places, found & _coherent(places, found)


@lru_cache(maxsize=2)
def pixel_grid(height: int, width: int) -> Float32Array:
    """x and y (h, w, 2) of each pixel, read-only."""
    grid = np.stack(np.meshgrid(np.arange(width), np.arange(height)), -1).astype(np.float32)
    grid.flags.writeable = False
    return grid


def fetch(values: NDArray[Any], places: Float32Array) -> Float32Array:
    """Values (h, w) or (h, w, c) at places (h, w, 2), bilinearly."""
    x, y = places[..., 0], places[..., 1]
    return np.asarray(cv2.remap(values, x, y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE), np.float32)


def length(vectors: Float32Array) -> Float32Array:
    """Length (...) of vectors (..., 2)."""
    return np.asarray(np.hypot(vectors[..., 0], vectors[..., 1]), np.float32)


def mean_around(values: Float32Array, given: Mask) -> Float32Array:
    """Mean in a square of 31 x 31 pixels about each one of values (h, w) or (h, w, c) where given, 0 where none are."""
    size = (31, 31)
    share = np.maximum(cv2.blur(given.astype(np.float32), size), np.float32(1e-3))
    mask, share = (given, share) if values.ndim == 2 else (given[..., None], share[..., None])
    return np.asarray(cv2.blur(values * mask, size) / share, np.float32)


def _scattered(
    moved: Float32Array, places: Float32Array, known: Mask, inner: Mask
) -> tuple[Float32Array, Mask, Mask]:
    """For each track the position of the pixel that claims it, whether there is one, and whether it is an inner one."""
    height, width = known.shape
    pixels = pixel_grid(height, width)
    near = length(fetch(moved, places) - pixels) < _NEAR
    found, seen, steady = moved.copy(), np.zeros_like(known), np.zeros_like(known)
    # Later ones overwrite.
    for which in (known & ~near, known & near):
        claimed = places[which]
        cells = np.rint(claimed)
        columns = cells[:, 0].clip(0, width - 1).astype(np.intp)
        rows = cells[:, 1].clip(0, height - 1).astype(np.intp)
        found[rows, columns] = pixels[which] + cells - claimed
        seen[rows, columns] = True
        steady[rows, columns] = inner[which]
    return found, seen, steady


def _nearest(given: Mask) -> NDArray[np.int64]:
    """For each pixel (h, w) the number of the nearest one that is given, in order of rows."""
    _, labels = cv2.distanceTransformWithLabels(
        (~given).astype(np.uint8), cv2.DIST_L2, 5, labelType=cv2.DIST_LABEL_PIXEL
    )
    order = np.zeros(int(labels.max()) + 1, np.int64)
    order[labels[given]] = np.arange(int(given.sum()))
    return np.asarray(order[labels])


def _coherent(places: Float32Array, found: Mask) -> Mask:
    """Whether most pixels about each one are found too, shifted by nearly the same."""
    shift = np.where(found[..., None], places - pixel_grid(*found.shape), 0).astype(np.float32)
    size = (5, 5)
    share = cv2.blur(found.astype(np.float32), size)
    part = np.maximum(share, np.float32(0.04))
    mean = cv2.blur(shift, size) / part[..., None]
    square = cv2.blur((shift**2).sum(-1), size) / part
    return np.asarray((share > _LEAST_SHARE) & (square - (mean**2).sum(-1) < _MOST_VARIANCE))
