"""Colours of one frame propagated along motion through its shot, without fading.

For each pixel of the other frames its place in the first one is followed, and colours are fetched from there once:
they neither blur nor fade, however long the shot. Pixels that come into view, or whose place is lost, take that of
the most similar pixel near them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from tinct.video.motion.flow import Grey, MotionEstimator, warp

Float32Array = NDArray[np.float32]
Greys = NDArray[np.uint8]

# A place is kept while flow agrees to this weight and grey levels, less a change of light, to this difference.
_LEAST_WEIGHT, _MOST_CHANGE = 0.5, 16.0
# And while the places about it have not drawn together or apart by more than these.
_LEAST_STRETCH, _LEAST_SHRINK = 0.6, 0.3
# A frame in which less is kept is a flash or damage, up to so many in a row.
_LEAST_KEPT, _MOST_SKIPPED = 0.25, 5
# Length scales of the similarity of cells: distance, as a share of the short side, grey levels, and motion in pixels.
_DISTANCE_SCALE, _LEVEL_SCALE, _MOTION_SCALE = 0.12, 10.0, 0.3
_CELLS_AT_ONCE = 512


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
    first = _smooth(last)
    large = cv2.resize(fields, (width, height), interpolation=cv2.INTER_LINEAR)
    places = np.stack(np.meshgrid(np.arange(width), np.arange(height)), -1).astype(np.float32)
    shown, skipped = fields, 0
    ahead = estimator.between(last, greys[numbers[0]]) if numbers else None
    for index, number in enumerate(numbers):
        grey, motion = greys[number], ahead
        assert motion is not None
        following = greys[numbers[index + 1]] if index + 1 < len(numbers) else None
        ahead = None if following is None else estimator.between(grey, following)
        moved = warp(places, motion.to_previous)
        kept = (motion.previous_weight > _LEAST_WEIGHT) & _alike(first, moved, _smooth(grey))
        kept &= _unstretched(moved)
        if kept.mean() < _LEAST_KEPT and skipped < _MOST_SKIPPED:
            skipped += 1
            ahead = None if following is None else estimator.between(last, following)
            yield number, shown
            continue
        places = _repaired(moved, kept, grey, None if ahead is None else ahead.to_current)
        last, skipped = grey, 0
        fetched = cv2.remap(
            large, places[..., 0], places[..., 1], cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
        )
        shown = np.asarray(cv2.resize(fetched, fields.shape[1::-1], interpolation=cv2.INTER_AREA), np.float32)
        yield number, shown


def _smooth(grey: Grey) -> Float32Array:
    # Grain is no change.
    return np.asarray(cv2.GaussianBlur(grey.astype(np.float32), (0, 0), 1.0), np.float32)


def _alike(first: Float32Array, places: Float32Array, grey: Float32Array) -> NDArray[np.bool_]:
    """Whether each pixel (h, w) is as light as its place in the first frame, but for a change of light."""
    found = cv2.remap(
        first, places[..., 0], places[..., 1], cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
    )
    change = np.asarray(found, np.float32) - grey
    return np.asarray(np.abs(change - np.median(change)) < _MOST_CHANGE)


def _unstretched(places: Float32Array) -> NDArray[np.bool_]:
    """Whether the places (h, w, 2) about each pixel lie as far apart as those of most do.

    Smooth flow stretches the rim of an object over what comes into view behind it, without failing any other check.
    """
    across, down = np.gradient(places, axis=1), np.gradient(places, axis=0)
    area = across[..., 0] * down[..., 1] - across[..., 1] * down[..., 0]
    area = cv2.blur(area.astype(np.float32), (3, 3))
    usual = max(float(np.median(area)), 1e-3)
    return np.asarray((area > _LEAST_STRETCH * usual) & (area < usual / _LEAST_SHRINK))


def _repaired(
    places: Float32Array,
    kept: NDArray[np.bool_],
    grey: Grey,
    onward: NDArray[np.floating[Any]] | None,
) -> Float32Array:
    """Places (h, w, 2), where not kept replaced by that of the most similar cell of 2 x 2 pixels that is kept.

    onward: motion (h, w, 2) to the following frame, in which what comes into view moves with what it belongs to.
    """
    if kept.all() or not kept.any():
        return places
    height, width = kept.shape
    size = (-(-width // 2), -(-height // 2))
    share = cv2.resize(kept.astype(np.float32), size, interpolation=cv2.INTER_AREA)
    summed = cv2.resize(places * kept[..., None], size, interpolation=cv2.INTER_AREA)
    cells = np.asarray(summed / np.maximum(share, np.float32(1e-3))[..., None], np.float32)
    level = np.asarray(cv2.resize(grey, size, interpolation=cv2.INTER_AREA), np.float32) / _LEVEL_SCALE
    rows, columns = np.mgrid[: size[1], : size[0]].astype(np.float32) / (_DISTANCE_SCALE * min(size))
    features = [rows, columns, level]
    if onward is not None:
        flow = cv2.resize(onward.astype(np.float32), size, interpolation=cv2.INTER_AREA) / _MOTION_SCALE
        features += [flow[..., 0], flow[..., 1]]
    looks = np.stack(features, -1)
    good, bad = share > 0, share == 0
    # A good one in each square of 2 x 2 cells is near enough, beside those next to what is repaired.
    rim = cv2.dilate(bad.astype(np.uint8), np.ones((5, 5), np.uint8)) > 0
    sparse = np.zeros_like(good)
    sparse[::2, ::2] = True
    source = good & (sparse | rim)
    source = source if source.any() else good
    known, wanted = looks[source], looks[bad]
    found = np.concatenate(
        [_nearest(wanted[at : at + _CELLS_AT_ONCE], known) for at in range(0, len(wanted), _CELLS_AT_ONCE)]
        or [np.zeros(0, np.int64)]
    )
    cells[bad] = cells[source][found]
    spread = cells.repeat(2, 0).repeat(2, 1)[:height, :width]
    return np.where(kept[..., None], places, spread)


def _nearest(wanted: Float32Array, known: Float32Array) -> NDArray[np.int64]:
    """For each of n points (n, c) the index of the nearest of the known ones (m, c)."""
    # The square of the wanted point is the same for all, and left out; einsum as BLAS' threads would spin.
    distance = (known**2).sum(1)[None] - 2 * np.einsum("nc,mc->nm", wanted, known)
    return np.asarray(distance.argmin(1), np.int64)
