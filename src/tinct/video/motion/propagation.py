"""Colours of one frame propagated along motion through its shot, without fading.

For each pixel of the other frames its place in the first one is followed, and colours are fetched from there once:
they neither blur nor fade, however long the shot. A place is right while its track leads back to the pixel. Pixels that
come into view take the place of the most similar pixel near them that shows what was in sight in the first frame.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from tinct.video.motion.flow import Grey, Motion, MotionEstimator, warp
from tinct.video.motion.tracks import Mask, Tracks, fetch, length, mean_around, pixel_grid

Float32Array = NDArray[np.float32]
Greys = NDArray[np.uint8]

# A place is kept while flow agrees to this weight and grey levels, less a change of light, to this difference.
_LEAST_WEIGHT, _MOST_CHANGE = 0.5, 16.0
# While its track ends within so many pixels.
_MOST_GAP = 2.0
# And while the places about it do not draw together or apart by more from one frame to the next, than those of most,
# or together by more in all, than those of a larger square.
_LEAST_STRETCH, _MOST_STRETCH, _LEAST_DENSITY = 0.85, 1.4, 0.4
# A frame to which less than this is followed is a flash or damage, up to so many in a row.
_LEAST_FOLLOWED, _MOST_SKIPPED = 0.25, 5
# Places are continued so many pixels beyond those that are kept.
_REACH = 24.0
# Slopes of places that differ by more from those of the first frame are jumps; below this share there are too few.
_MOST_SLOPE, _FEW = 0.7, 0.02
# Where weights differ by more within 5 x 5 pixels, at the rim of what is hinted, they are no example for others.
_MOST_STEEP = 0.5
# Length scales of the similarity of cells: distance, as a share of the short side, grey levels, and motion in pixels.
_DISTANCE_SCALE, _LEVEL_SCALE, _MOTION_SCALE = 0.12, 10.0, 0.3


def propagate(fields: Float32Array, greys: Greys, at: int) -> Iterator[tuple[int, Float32Array]]:
    """Number and fields (h, w, c) of each frame of a shot, from `fields` of frame `at`.

    greys: (n, H, W), at twice the size of the fields or so.
    """
    yield at, fields
    for order in (range(at + 1, len(greys)), range(at - 1, -1, -1)):
        yield from _propagated(fields, greys, at, order)


def _propagated(
    fields: Float32Array, greys: Greys, at: int, order: Iterable[int]
) -> Iterator[tuple[int, Float32Array]]:
    estimator = MotionEstimator(fine=True)
    numbers = list(order)
    last = greys[at]
    height, width = last.shape
    large = cv2.resize(fields, (width, height), interpolation=cv2.INTER_LINEAR)
    path = _Path(last, np.asarray(large[..., 2], np.float32))
    shown, skipped = fields, 0
    ahead = estimator.between(last, greys[numbers[0]]) if numbers else None
    for index, number in enumerate(numbers):
        grey, motion = greys[number], ahead
        assert motion is not None
        following = greys[numbers[index + 1]] if index + 1 < len(numbers) else None
        ahead = None if following is None else estimator.between(grey, following)
        onward = None if ahead is None else ahead.to_current.astype(np.float32)
        if not path.step(grey, motion, onward, must=skipped >= _MOST_SKIPPED):
            skipped += 1
            ahead = None if following is None else estimator.between(last, following)
            yield number, shown
            continue
        last, skipped = grey, 0
        fetched = fetch(large, path.places)
        shown = np.asarray(cv2.resize(fetched, fields.shape[1::-1], interpolation=cv2.INTER_AREA), np.float32)
        yield number, shown


class _Path:
    """Places (h, w, 2) in the first frame of the pixels of the present one, and the tracks the other way."""

    def __init__(self, first: Grey, weight: Float32Array) -> None:
        """weight: (h, w), that of the fields of the first frame."""
        self._pixels = pixel_grid(*first.shape)
        self._first = _smooth(first)
        self._tracks = Tracks.start(*first.shape)
        self.places = self._pixels
        around = np.ones((5, 5), np.uint8)
        steep = cv2.dilate(weight, around) - cv2.erode(weight, around)
        self._even = (steep < _MOST_STEEP).astype(np.float32)

    def step(self, grey: Grey, motion: Motion, onward: Float32Array | None, *, must: bool) -> bool:
        """Go on to the next frame, but, unless it must be, not to a flash or damage; whether it was done.

        onward: motion (h, w, 2) to the frame after it, in which what comes into view moves with what it belongs to.
        """
        back = motion.to_previous.astype(np.float32)
        moved, smooth = warp(self.places, back), _smooth(grey)
        kept = motion.previous_weight > _LEAST_WEIGHT
        if kept.mean() < _LEAST_FOLLOWED and not must:
            return False
        change = fetch(self._first, moved) - smooth
        light = np.float32(np.median(change))
        kept &= (np.abs(change - light) < _MOST_CHANGE) & _unstretched(self._pixels + back)
        areas = _areas(moved)
        kept &= areas > np.float32(_LEAST_DENSITY) * mean_around(areas, kept)
        onward = -back if onward is None else onward
        ends = self._tracks.moved(motion.to_current.astype(np.float32))
        kept &= self._gap(ends, moved) < _MOST_GAP
        donors = _donors(kept, kept & (fetch(self._even, moved) > 0.5), grey, onward)
        offset = self._pixels - donors
        near = fetch(moved, donors)
        beside = near + _extended(moved, kept, donors, offset)
        fits = ~kept & self._alike(beside, smooth + light) & (length(offset) < _REACH)
        fits &= self._gap(ends, beside) < _MOST_GAP
        places = np.where(kept[..., None], moved, np.where(fits[..., None], beside, near))
        inner = cv2.erode(kept.astype(np.uint8), np.ones((3, 3), np.uint8)) > 0
        self._tracks = self._tracks.corrected(ends, places, kept | fits, inner)
        again, found = self._tracks.returned(onward)
        found &= ~kept & ~fits & self._alike(again, smooth + light)
        found = cv2.morphologyEx(found.astype(np.uint8), cv2.MORPH_OPEN, np.ones((3, 3), np.uint8)) > 0
        self.places = np.where(found[..., None], again, places)
        return True

    def _alike(self, places: Float32Array, grey: Float32Array) -> Mask:
        """Whether each pixel (h, w) is as light as its place."""
        return np.asarray(np.abs(fetch(self._first, places) - grey) < _MOST_CHANGE)

    def _gap(self, ends: Float32Array, places: Float32Array) -> Float32Array:
        """Distance (h, w) of each pixel from where the track of its place ends."""
        return length(fetch(ends, places) - self._pixels)


def _smooth(grey: Grey) -> Float32Array:
    # Grain is no change.
    return np.asarray(cv2.GaussianBlur(grey.astype(np.float32), (0, 0), 1.0), np.float32)


def _unstretched(places: Float32Array) -> Mask:
    """Whether the places (h, w, 2) about each pixel lie about as far apart as those of most do, in area.

    Smooth flow stretches the rim of an object over what comes into view behind it, without failing any other check.
    """
    areas = _areas(places)
    usual = max(float(np.median(areas)), 1e-3)
    return np.asarray((areas > _LEAST_STRETCH * usual) & (areas < _MOST_STRETCH * usual))


def _areas(places: Float32Array) -> Float32Array:
    """Area (h, w) that the places (h, w, 2) about each pixel cover, in pixels."""
    across, down = np.gradient(places, axis=1), np.gradient(places, axis=0)
    areas = across[..., 0] * down[..., 1] - across[..., 1] * down[..., 0]
    return np.asarray(cv2.blur(areas.astype(np.float32), (3, 3)), np.float32)


def _donors(kept: Mask, even: Mask, grey: Grey, onward: Float32Array) -> Float32Array:
    """Pixels (h, w, 2): each one that is kept itself, for others the most similar cell of 2 x 2 that is.

    even: those of them that are an example for others.
    """
    height, width = kept.shape
    pixels = pixel_grid(height, width)
    if kept.all() or not kept.any():
        return pixels
    size = (-(-width // 2), -(-height // 2))
    share = _cells(kept, size)
    wanted = share < 1
    good = next(each for each in (_cells(even, size) > 0.99, share > 0.99, share > 0) if each.any())
    # A good one in each square of 3 x 3 cells is near enough, beside those next to what is repaired.
    rim = cv2.dilate(wanted.astype(np.uint8), np.ones((5, 5), np.uint8)) > 0
    sparse = np.zeros_like(good)
    sparse[::3, ::3] = True
    source = good & (sparse | rim)
    source = source if source.any() else good
    rows, columns = np.mgrid[: size[1], : size[0]].astype(np.float32) / (_DISTANCE_SCALE * min(size))
    level = _cells(grey, size) / _LEVEL_SCALE
    flow = _cells(onward, size) / _MOTION_SCALE
    looks = np.stack([rows, columns, level, flow[..., 0], flow[..., 1]], -1).astype(np.float32)
    _, nearest = cv2.batchDistance(looks[wanted], looks[source], cv2.CV_32F, normType=cv2.NORM_L2SQR, K=1)
    cells = _cells(pixels, size)
    cells[wanted] = cells[source][nearest[:, 0]]
    spread = cells.repeat(2, 0).repeat(2, 1)[:height, :width]
    return np.where(kept[..., None], pixels, spread)


def _cells(values: NDArray[Any], size: tuple[int, int]) -> Float32Array:
    """Means of values (h, w) or (h, w, c) over cells; size: (columns, rows)."""
    return np.asarray(cv2.resize(values.astype(np.float32), size, interpolation=cv2.INTER_AREA), np.float32)


def _extended(places: Float32Array, kept: Mask, pixels: Float32Array, offset: Float32Array) -> Float32Array:
    """Change (h, w, 2) of places over an offset (h, w, 2) from pixels (h, w, 2), by the slope of those kept there."""
    change = np.zeros_like(offset)
    for axis, unit in ((1, (1.0, 0.0)), (0, (0.0, 1.0))):
        # Where a turn or zoom is seen by too few, there is none.
        slope = np.zeros_like(places)
        pair = np.zeros_like(kept)
        here, there = (slice(None), slice(None, -1)), (slice(None), slice(1, None))
        here, there = (here, there) if axis else (here[::-1], there[::-1])
        slope[here] = places[there] - places[here] - np.array(unit, np.float32)
        pair[here] = kept[here] & kept[there]
        pair &= length(slope) < _MOST_SLOPE
        share = cv2.blur(pair.astype(np.float32), (9, 9)) + np.float32(_FEW)
        mean = cv2.blur(slope * pair[..., None], (9, 9)) / share[..., None] + np.array(unit, np.float32)
        change += fetch(mean, pixels) * offset[..., 1 - axis : 2 - axis]
    return change
