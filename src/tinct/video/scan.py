"""First pass over a film: for each frame its timestamp, how it follows from the one before, and a thumbnail."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from tinct.video.motion.flow import Grey, MotionEstimator
from tinct.video.source.bars import bar_widths
from tinct.video.source.frames import as_yuv, chroma_planes, luma_plane, read_frames, small_grey
from tinct.video.source.pixel_formats import source_depth
from tinct.video.source.probe import Clip, ColourTags

THUMBNAIL = (12, 16)
CELLS = (3, 4)
# A frame after a flash is compared with the one before it, so many frames later at most.
FLASH_FRAMES = 5
# Frames below this share of pixels that pass the check may be cuts.
CANDIDATE = 0.6
_SHORT_SIDE = 96

# pts and duration in units of the stream's time base (duration 0: unknown). share: of pixels that pass the
# forward-backward check since the frame before. bridge: the largest such share between the frame before this one
# and a frame shortly after it, only of candidates. colour: see `colour_residual`. comb: share of combed pixels.
# energy: mean squared gradient in each cell of the small grey frame. bars: see `bar_widths`.
RECORD = np.dtype(
    [
        ("pts", "<i8"),
        ("duration", "<i8"),
        ("share", "<f4"),
        ("bridge", "<f4"),
        ("colour", "<f4"),
        ("comb", "<f4"),
        ("energy", "<f4", CELLS),
        ("bars", "<u2", 4),
        ("interlaced", "u1"),
        ("thumbnail", "u1", THUMBNAIL),
    ]
)
Records = NDArray[Any]


def scan(
    clip: Clip,
    known: Records,
    window: tuple[int | None, int | None] = (None, None),
    damage: Callable[[int], None] | None = None,
) -> Iterator[Any]:
    """A record for each frame in order, after the `known` ones of an earlier pass.

    window: the first timestamp, and the one at which the scan ends; None: those of the film.
    """
    start = int(known[-1]["pts"]) if len(known) else window[0]
    waiting: deque[tuple[Any, Grey, Grey | None]] = deque()
    estimator = MotionEstimator(cv2.DISOPTICAL_FLOW_PRESET_ULTRAFAST)
    before: Grey | None = None
    for number, frame in enumerate(read_frames(clip, start, damage)):
        if window[1] is not None and frame.pts >= window[1]:
            break
        frame = as_yuv(frame, clip.tags)
        record, grey = _record(frame, clip.tags, before, estimator)
        for other, _, previous in waiting:
            if other["share"] < CANDIDATE and previous is not None:
                other["bridge"] = max(other["bridge"], estimator.share(previous, grey))
        if number or not len(known):
            waiting.append((record, grey, before))
        before = grey
        if len(waiting) > FLASH_FRAMES:
            yield waiting.popleft()[0]
    for record, _, _ in waiting:
        yield record


def colour_residual(luma: NDArray[Any], u: NDArray[Any], v: NDArray[Any], depth: int) -> float:
    """Root mean square of what luma does not explain of U and V, in steps of 8 bits.

    Near 0 for a grey, a sepia or a tinted film, whose chroma is a function of luma; 2 and more for one in colour.
    """
    height, width = _small_size(*u.shape)
    y, *chroma = (
        cv2.resize(plane, (width, height), interpolation=cv2.INTER_AREA).astype(np.float64).ravel()
        for plane in (luma, u, v)
    )
    scaled = y / (1 << depth) - 0.5
    basis = np.stack([np.ones_like(scaled), scaled, scaled**2], 1)
    residual = 0.0
    for plane in chroma:
        weights = np.linalg.lstsq(basis, plane, rcond=None)[0]
        residual += float(np.mean((plane - basis @ weights) ** 2))
    return float(residual**0.5) * 256 / (1 << depth)


def comb_share(luma: NDArray[Any], depth: int) -> float:
    """Share of the pixels that differ from both neighbours above and below in one direction, which are alike."""
    lines = (luma[:, ::4] >> (depth - 8)).astype(np.int16)
    if len(lines) < 3:
        return 0.0
    above, here, below = lines[:-2], lines[1:-1], lines[2:]
    combed = ((here - above) * (here - below).astype(np.int32) > 150) & (np.abs(above - below) < 10)
    return float(combed.mean())


def _record(
    frame: Any, tags: ColourTags, before: Grey | None, estimator: MotionEstimator
) -> tuple[Any, Grey]:
    luma, depth = luma_plane(frame), source_depth(frame.format.name)
    height, width = _small_size(*luma.shape)
    grey = small_grey(luma, depth, height, width)
    record = np.zeros((), RECORD)
    record["pts"], record["duration"] = frame.pts, frame.duration or 0
    record["share"] = 1.0 if before is None else estimator.share(before, grey)
    record["comb"] = comb_share(luma, depth)
    record["energy"] = _gradient_energy(grey)
    record["bars"] = bar_widths(luma, depth, tags)
    record["interlaced"] = frame.interlaced_frame
    record["thumbnail"] = cv2.resize(grey, THUMBNAIL[::-1], interpolation=cv2.INTER_AREA)
    planes = chroma_planes(frame)
    if planes is not None:
        record["colour"] = colour_residual(luma, *planes, depth)
    return record, grey


def _gradient_energy(grey: Grey) -> NDArray[np.float32]:
    # At half size, where grain and the blur of half-pixel motion count little.
    half = cv2.resize(grey, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA).astype(np.float32)
    square = np.diff(half, axis=0)[:, 1:] ** 2 + np.diff(half, axis=1)[1:] ** 2
    return np.asarray(cv2.resize(square, CELLS[::-1], interpolation=cv2.INTER_AREA), np.float32)


def _small_size(height: int, width: int) -> tuple[int, int]:
    scale = min(1.0, _SHORT_SIDE / min(height, width))
    return max(16, round(height * scale)), max(16, round(width * scale))
