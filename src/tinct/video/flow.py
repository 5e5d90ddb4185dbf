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

    def __init__(self, preset: int = cv2.DISOPTICAL_FLOW_PRESET_FAST) -> None:
        self._search: Any = cv2.DISOpticalFlow.create(preset)

    def between(self, previous: Grey, current: Grey) -> Motion:
        """Motion between two grey frames (h, w)."""
        back = self._search.calc(current, previous, None)
        forth = self._search.calc(previous, current, None)
        half = np.float16
        return Motion(
            back.astype(half),
            forth.astype(half),
            _weight(current, previous, back, forth).astype(half),
            _weight(previous, current, forth, back).astype(half),
        )

    def share(self, previous: Grey, current: Grey) -> float:
        """Share of the pixels of two grey frames whose flow there and back returns to a similar pixel."""
        back = self._search.calc(current, previous, None)
        forth = self._search.calc(previous, current, None)
        gap, change, inside = _check(current, previous, back, forth)
        return float(np.mean((gap < _PASS_DISTANCE) & (change < _PASS_LEVELS) & inside))


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
