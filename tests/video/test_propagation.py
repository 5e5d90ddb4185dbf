"""Colours propagated along motion: they stay on what was hinted, and off what comes into view behind it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from tests.video.clips import Grey, texture
from tinct.video.motion.propagation import propagate

HEIGHT, WIDTH, COUNT = 128, 176, 48
RADIUS = 20.0
AB = (45.0, 50.0)
Float32Array = NDArray[np.float32]


@dataclass
class Scene:
    """Frames, and of each the share (h, w) of every cell that shows the object."""

    greys: NDArray[np.uint8]
    shares: Float32Array


def scene(
    centre: Callable[[int], tuple[float, float]],
    camera: Callable[[int], float] = lambda _: 0.0,
    post: tuple[int, int] | None = None,
    count: int = COUNT,
) -> Scene:
    """A textured disc, centre by frame, before a texture that a camera pans over; a post stands before both."""
    wide = texture(1, HEIGHT, WIDTH * 3)
    skin = (60 + 0.5 * texture(2, 2 * int(RADIUS) + 8, 2 * int(RADIUS) + 8)).astype(np.float32)
    rows, columns = np.mgrid[: len(skin), : len(skin)] - len(skin) / 2 + 0.5
    mask = np.clip(RADIUS - np.hypot(rows, columns) + 0.5, 0, 1).astype(np.float32)
    wood = texture(3, HEIGHT, WIDTH)
    greys, shares = [], []
    for number in range(count):
        shift = np.array([[1, 0, -camera(number)], [0, 1, 0]], np.float32)
        frame = cv2.warpAffine(wide, shift, (WIDTH, HEIGHT), borderMode=cv2.BORDER_REFLECT).astype(np.float32)
        x, y = centre(number)
        there = np.array([[1, 0, x - len(skin) / 2], [0, 1, y - len(skin) / 2]], np.float32)
        disc, part = (cv2.warpAffine(each, there, (WIDTH, HEIGHT)) for each in (skin, mask))
        disc = np.where(
            part > 0, disc / np.maximum(cv2.warpAffine(np.ones_like(skin), there, (WIDTH, HEIGHT)), 0.01), 0
        )
        frame = frame * (1 - part) + disc * part
        if post is not None:
            frame[:, slice(*post)] = wood[:, slice(*post)]
            part[:, slice(*post)] = 0
        greys.append(np.rint(frame).astype(np.uint8))
        shares.append(cv2.resize(part, (WIDTH // 2, HEIGHT // 2), interpolation=cv2.INTER_AREA))
    return Scene(np.stack(greys), np.stack(shares))


def weights(found: Scene, at: int, hinted: Float32Array) -> Float32Array:
    """Weights (n, h, w) that reach each frame from those of frame `at`."""
    fields = np.stack([hinted * AB[0], hinted * AB[1], hinted], -1).astype(np.float32)
    result = np.empty_like(found.shares)
    for number, each in propagate(fields, found.greys, at):
        result[number] = each[..., 2]
    return result


def left_behind(result: Float32Array, shares: Float32Array, at: int) -> Float32Array:
    """Of each frame the weight away from the object, as a share of what the object had."""
    away = np.stack([cv2.dilate(each, np.ones((5, 5), np.uint8)) < 0.02 for each in shares])
    return np.asarray((result * away).sum((1, 2)) / shares[at].sum(), np.float32)


def kept_on(result: Float32Array, shares: Float32Array, least: int = 30) -> list[float]:
    """Mean weight inside the object in each frame that shows enough of it."""
    inside = [cv2.erode(each, np.ones((3, 3), np.uint8)) > 0.98 for each in shares]
    return [float(each[here].mean()) for each, here in zip(result, inside, strict=True) if here.sum() > least]


def across(number: int) -> tuple[float, float]:
    return 34 + 3.7 * number, 70


@pytest.mark.parametrize("at", [0, 20])
@pytest.mark.parametrize("pan", [0.0, 1.5])
def test_nothing_is_left_behind_an_object_that_leaves(at: int, pan: float) -> None:
    found = scene(across, lambda number: pan * number)
    result = weights(found, at, found.shares[at])
    behind = left_behind(result, found.shares, at)
    assert behind.max() < 0.1
    assert behind.mean() < 0.03
    assert np.mean(kept_on(result, found.shares)) > 0.98


def test_nothing_is_left_behind_a_slow_object() -> None:
    found = scene(lambda number: (60 + 0.7 * number, 64))
    result = weights(found, 0, found.shares[0])
    assert left_behind(result, found.shares, 0).max() < 0.06
    assert min(kept_on(result, found.shares)) > 0.97


def test_an_object_keeps_its_colour_behind_a_post() -> None:
    found = scene(lambda number: (30 + 2.4 * number, 64), post=(80, 100))
    result = weights(found, 0, found.shares[0])
    assert np.mean(kept_on(result, found.shares)) > 0.8
    assert np.mean(kept_on(result[-6:], found.shares[-6:])) > 0.8
    assert left_behind(result, found.shares, 0).max() < 0.1


def test_an_object_that_goes_to_and_fro_keeps_its_colour() -> None:
    found = scene(lambda number: (88 + 45 * np.sin(number / 15), 64), count=200)
    result = weights(found, 0, found.shares[0])
    assert min(kept_on(result, found.shares)) > 0.95
    assert left_behind(result, found.shares, 0).mean() < 0.04


def test_a_hinted_background_is_whole_again_behind_an_object() -> None:
    found = scene(across)
    result = weights(found, 0, 1 - found.shares[0])
    uncovered = [
        (cv2.dilate(found.shares[: number + 1].max(0), np.ones((3, 3))) > 0.5)
        & (cv2.dilate(found.shares[number], np.ones((7, 7))) < 0.02)
        for number in range(COUNT)
    ]
    means = [result[number][each].mean() for number, each in enumerate(uncovered) if each.sum() > 30]
    assert len(means) > COUNT / 2
    assert min(means) > 0.97


def test_what_a_pan_brings_into_view_of_a_hinted_thing_is_hinted() -> None:
    found = scene(lambda _: (-60, -60), lambda number: 3.0 * number)
    assert weights(found, 0, np.ones((HEIGHT // 2, WIDTH // 2), np.float32)).min() > 0.99


def test_frames_after_a_flash_have_their_colours() -> None:
    found = scene(lambda number: (60 + 0.7 * number, 64))
    found.greys[20:22] = flash(found.greys[20:22])
    result = weights(found, 0, found.shares[0])
    assert min(kept_on(result[22:], found.shares[22:])) > 0.95
    assert left_behind(result[22:], found.shares[22:], 0).max() < 0.1


def flash(frames: Grey) -> Grey:
    return np.clip(frames.astype(int) + 120, 0, 255).astype(np.uint8)
