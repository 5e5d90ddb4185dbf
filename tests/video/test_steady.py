"""The average along motion: noise falls, colour stays, moving things keep theirs; segments make no difference."""

from __future__ import annotations

from itertools import pairwise

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from tests.video.clips import Grey, pan
from tinct.video.motion.flow import MotionEstimator
from tinct.video.motion.steady import LOOKAHEAD, Prediction, Running, average

SHAPE = (96, 128)
SPEED = 1.5


def true_ab(count: int) -> list[NDArray[np.float32]]:
    """ab (h, w, 2) that moves with `pan`: colours of patches of the texture."""
    wide = pan(1, 1, SHAPE[0], SHAPE[1] + int(SPEED * count) + 2)[0]
    colours = np.stack([np.sin(wide / 25.0), np.cos(wide / 33.0)], -1).astype(np.float32) * 20
    shifts = [np.array([[1, 0, -SPEED * number], [0, 1, 0]], np.float32) for number in range(count)]
    return [cv2.warpAffine(colours, shift, SHAPE[::-1], flags=cv2.INTER_LINEAR) for shift in shifts]


def predictions(frames: list[Grey], ab: list[NDArray[np.float32]], every: int = 1) -> list[Prediction]:
    estimator = MotionEstimator()
    motions = [None, *(estimator.between(*pair) for pair in pairwise(frames))]
    return [
        Prediction(each.astype(np.float16) if number % every == 0 else None, motion)
        for number, (each, motion) in enumerate(zip(ab, motions, strict=True))
    ]


def change_along_motion(ab: list[NDArray[np.float32]]) -> float:
    """Mean change of ab (2, h, w) from frame to frame along the known motion, inside the frame."""
    changes = []
    for one, other in pairwise(ab):
        back = np.array([[1, 0, SPEED], [0, 1, 0]], np.float32)
        moved = cv2.warpAffine(np.moveaxis(other, 0, -1), back, SHAPE[::-1], flags=cv2.INTER_LINEAR)
        changes.append(np.abs(moved - np.moveaxis(one, 0, -1))[8:-8, 8:-8].mean())
    return float(np.mean(changes))


@pytest.fixture(scope="module")
def film() -> tuple[list[Grey], list[NDArray[np.float32]], list[NDArray[np.float32]]]:
    """Frames, their true ab and the same with errors that are new in each frame."""
    rng = np.random.default_rng(0)
    count = 40
    wide = pan(1, 1, SHAPE[0], SHAPE[1] + int(SPEED * count) + 2)[0]
    shifts = [np.array([[1, 0, -SPEED * number], [0, 1, 0]], np.float32) for number in range(count)]
    frames = [cv2.warpAffine(wide, shift, SHAPE[::-1], flags=cv2.INTER_LINEAR) for shift in shifts]
    true = true_ab(count)
    noisy = []
    for ab in true:
        error = cv2.resize(
            rng.normal(0, 6, (12, 16, 2)).astype(np.float32), SHAPE[::-1], interpolation=cv2.INTER_CUBIC
        )
        noisy.append(ab + error)
    return frames, true, noisy


def test_flicker_falls_and_colour_stays(
    film: tuple[list[Grey], list[NDArray[np.float32]], list[NDArray[np.float32]]],
) -> None:
    frames, true, noisy = film
    result, _ = average(predictions(frames, noisy), 40, None, SHAPE)
    before = change_along_motion([np.moveaxis(ab, -1, 0) for ab in noisy])
    assert change_along_motion(result) < 0.15 * before
    error_before = np.mean([np.abs(a - b) for a, b in zip(noisy, true, strict=True)])
    error_after = np.mean([np.abs(np.moveaxis(a, 0, -1) - b) for a, b in zip(result, true, strict=True)])
    assert error_after < 0.6 * error_before
    chroma = np.mean([np.hypot(*ab) for ab in result]) / np.mean(
        [np.hypot(*np.moveaxis(ab, -1, 0)) for ab in true]
    )
    assert 0.9 < chroma < 1.1


def test_frames_without_a_prediction_follow_their_neighbours(
    film: tuple[list[Grey], list[NDArray[np.float32]], list[NDArray[np.float32]]],
) -> None:
    frames, true, _ = film
    result, _ = average(predictions(frames, true, every=4), 40, None, SHAPE)
    error = np.mean([np.abs(np.moveaxis(a, 0, -1) - b) for a, b in zip(result, true, strict=True)])
    assert error < 1.5
    assert all(np.isfinite(ab).all() for ab in result)


def test_a_film_in_segments_is_nearly_that_in_one(
    film: tuple[list[Grey], list[NDArray[np.float32]], list[NDArray[np.float32]]],
) -> None:
    frames, _, noisy = film
    all_frames = predictions(frames, noisy)
    whole, _ = average(all_frames, 40, None, SHAPE)
    first, state = average(all_frames[: 12 + LOOKAHEAD], 12, None, SHAPE)
    second, _ = average(all_frames[12:], 28, state, SHAPE)
    assert np.array_equal(np.array(second), np.array(whole[12:]))
    assert np.abs(np.array(first) - np.array(whole[:12])).max() < 2.0


def test_nothing_passes_a_cut() -> None:
    grey = pan(2, 6)
    red = Running(np.full((*SHAPE, 2), 40, np.float32), np.full(SHAPE, 20, np.float32))
    blue = [np.full((*SHAPE, 2), -30, np.float32)] * 6
    frames = predictions(grey, blue)
    assert frames[0].motion is None
    result, _ = average(frames, 6, red, SHAPE)
    assert np.allclose(np.array(result), -30)


@pytest.mark.parametrize("fine", [False, True])
def test_motion_does_not_depend_on_what_was_looked_at_before(fine: bool) -> None:
    frames = pan(1, 9, 64, 84)
    fresh = MotionEstimator(fine=fine).between(frames[7], frames[8])
    used = MotionEstimator(fine=fine)
    for pair in pairwise(frames):
        later = used.between(*pair)
    assert np.array_equal(fresh.to_previous, later.to_previous)
    assert np.array_equal(fresh.to_current, later.to_current)
