"""Temporal consistency: the ab of a shot's frames averaged along motion, forwards and backwards.

Each frame carries a running weighted sum of predictions warped along the flow (as in Lai et al. 2018, the
short-term term, but computed, not learned). The sum of the past and that of the future meet in every frame.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from tinct.video.motion.flow import Motion, warp

Float32Array = NDArray[np.float32]

# The past and the future count as at most this many predictions each.
MOST_PREDICTIONS = 36.0
# Frames after a block that its average looks at.
LOOKAHEAD = 36
# Below this weight a pixel has no prediction of its own, and takes that of its neighbours.
_LEAST_WEIGHT = 0.05


@dataclass(frozen=True, slots=True, eq=False)
class Running:
    """Mean ab (h, w, 2) of the predictions so far, along motion, and how many they are (h, w)."""

    ab: Float32Array
    count: Float32Array


@dataclass(frozen=True, slots=True, eq=False)
class Prediction:
    """Predicted ab (h, w, 2) of a frame, or None, and the motion since the frame before, None at a shot's start."""

    ab: NDArray[np.float16] | None
    motion: Motion | None


def average(
    frames: Sequence[Prediction],
    wanted: int,
    past: Running | None,
    shape: tuple[int, int],
    most: float = MOST_PREDICTIONS,
) -> tuple[list[Float32Array], Running]:
    """ab (2, h, w) of the first `wanted` frames, averaged over all `frames` and the `past`; the past after them.

    frames: consecutive ones of one shot; shape: (h, w).
    """
    forward: list[Running] = []
    state = past
    for frame in frames[:wanted]:
        state = step(state, frame.ab, _towards_past(frame), most, shape)
        forward.append(state)
    assert state is not None
    results: list[Float32Array] = []
    future: Running | None = None
    for at in reversed(range(len(frames))):
        after = frames[at + 1] if at + 1 < len(frames) else None
        future = step(future, frames[at].ab, _towards_future(after), most, shape)
        if at < wanted:
            results.append(_joined(forward[at], future, frames[at].ab))
    return results[::-1], state


def step(
    state: Running | None,
    ab: NDArray[np.float16] | None,
    flow: tuple[NDArray[np.float16], NDArray[np.float16]] | None,
    most: float,
    shape: tuple[int, int],
) -> Running:
    """The running mean of the next frame: `state` fetched along `flow` (with its weight), then `ab` added."""
    if state is None or flow is None:
        carried, count = np.zeros((*shape, 2), np.float32), np.zeros(shape, np.float32)
    else:
        carried = warp(state.ab, flow[0])
        count = warp(state.count, flow[0]) * flow[1]
    if ab is None:
        return Running(carried, count)
    total = count + 1
    mean = carried + (ab - carried) / total[..., None]
    return Running(mean.astype(np.float32), np.minimum(total, np.float32(most)))


def _towards_past(frame: Prediction) -> tuple[NDArray[np.float16], NDArray[np.float16]] | None:
    return None if frame.motion is None else (frame.motion.to_previous, frame.motion.previous_weight)


def _towards_future(after: Prediction | None) -> tuple[NDArray[np.float16], NDArray[np.float16]] | None:
    if after is None or after.motion is None:
        return None
    return after.motion.to_current, after.motion.current_weight


def _joined(past: Running, future: Running, own: NDArray[np.float16] | None) -> Float32Array:
    """Mean of past and future, in both of which the frame's own prediction counts once."""
    total = past.count + future.count
    summed = past.ab * past.count[..., None] + future.ab * future.count[..., None]
    if own is not None:
        total, summed = total - 1, summed - own
    mean = summed / np.maximum(total, np.float32(1e-3))[..., None]
    if own is None:
        mean = _filled(mean, total)
    return np.ascontiguousarray(np.moveaxis(mean, -1, 0), np.float32)


def _filled(mean: Float32Array, total: Float32Array) -> Float32Array:
    """The mean, blended into that of the surroundings where nothing has been predicted."""
    certain = np.minimum(total / np.float32(_LEAST_WEIGHT), 1)
    if certain.min() >= 1:
        return mean
    size = max(total.shape) / 16
    weighted = cv2.GaussianBlur(mean * certain[..., None], (0, 0), size)
    weight = cv2.GaussianBlur(certain, (0, 0), size)
    around = weighted / np.maximum(weight, np.float32(1e-4))[..., None]
    return np.asarray(around + (mean - around) * certain[..., None], np.float32)
