"""Optical flow between two frames in both directions, and how far it can be trusted."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

Float32Array = NDArray[np.float32]
Grey = NDArray[np.uint8]

# Forward and backward flow that disagree by this many pixels count for 1/e.
_CONSISTENCY = 1.0
# So does a difference of this many of 255 grey levels along the flow.
_SIMILARITY = 16.0
# A pixel passes the check below these.
_PASS_DISTANCE, _PASS_LEVELS = 1.5, 24.0


@dataclass(frozen=True, slots=True, eq=False)
class Motion:
    """Flow (h, w, 2), x and y in pixels, from each of two frames to the other, with weights (h, w) in 0..1.

    to_previous maps a pixel of the current frame to the previous one, to_current the other way.
    """

    to_previous: NDArray[np.float16]
    to_current: NDArray[np.float16]
    previous_weight: NDArray[np.float16]
    current_weight: NDArray[np.float16]


class MotionEstimator:
    """Dense inverse search (Kroeger et al. 2016) in both directions."""

    def __init__(self, preset: int = cv2.DISOPTICAL_FLOW_PRESET_FAST, *, fine: bool = False) -> None:
        """fine: down to single pixels, which finds small objects and takes three times as long."""
        self._preset, self._fine = preset, fine
        self._search: Any = None
        self._size: tuple[int, ...] = ()

    def between(self, previous: Grey, current: Grey) -> Motion:
        """Motion between two grey frames (h, w)."""
        back = self._flow(current, previous)
        forth = self._flow(previous, current)
        half = np.float16
        return Motion(
            back.astype(half),
            forth.astype(half),
            _weight(current, previous, back, forth).astype(half),
            _weight(previous, current, forth, back).astype(half),
        )

    def share(self, previous: Grey, current: Grey) -> float:
        """Share of the pixels of two grey frames whose flow there and back returns to a similar pixel."""
        back = self._flow(current, previous)
        forth = self._flow(previous, current)
        gap, change, inside = _check(current, previous, back, forth)
        return float(np.mean((gap < _PASS_DISTANCE) & (change < _PASS_LEVELS) & inside))

    def _flow(self, one: Grey, other: Grey) -> Float32Array:
        if self._size != one.shape:
            self._size = one.shape
            self._search = cv2.DISOpticalFlow.create(self._preset)
            if self._fine:
                self._search.setFinestScale(0)
            # OpenCV's first answer differs from all later ones, and so would a run that continues.
            self._search.calc(one, one, None)
        return np.asarray(self._search.calc(one, other, None), np.float32)


def warp(values: Float32Array, flow: NDArray[np.floating[Any]]) -> Float32Array:
    """Values (h, w) or (h, w, c) fetched from where the flow (h, w, 2) points, bilinearly."""
    height, width = flow.shape[:2]
    x, y = _targets(flow.astype(np.float32), height, width)
    warped: Any = cv2.remap(values, x, y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(warped, np.float32)


def _weight(here: Grey, there: Grey, flow: Float32Array, reverse: Float32Array) -> Float32Array:
    gap, change, inside = _check(here, there, flow, reverse)
    exponent = (gap / _CONSISTENCY) ** 2 + (change / _SIMILARITY) ** 2
    return np.asarray(np.exp(-exponent) * inside, np.float32)


def _check(
    here: Grey, there: Grey, flow: Float32Array, reverse: Float32Array
) -> tuple[Float32Array, Float32Array, NDArray[np.bool_]]:
    """Distance (h, w) by which going there and back misses, difference in grey levels, and whether the flow stays
    inside the frame.
    """
    height, width = here.shape
    x, y = _targets(flow, height, width)
    returned = cv2.remap(reverse, x, y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    found = cv2.remap(there, x, y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    gap = np.hypot(*np.moveaxis(flow + returned, -1, 0))
    change = np.abs(here.astype(np.float32) - found)
    inside = (x >= -0.5) & (y >= -0.5) & (x <= width - 0.5) & (y <= height - 0.5)
    return np.asarray(gap, np.float32), change, inside


def _targets(flow: Float32Array, height: int, width: int) -> tuple[Float32Array, Float32Array]:
    x = flow[..., 0] + np.arange(width, dtype=np.float32)[None]
    y = flow[..., 1] + np.arange(height, dtype=np.float32)[:, None]
    return x, y
