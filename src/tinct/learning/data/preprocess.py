"""Preprocessing of photos for training: decoded, reduced and split into lightness and ab."""

from __future__ import annotations

import multiprocessing
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from itertools import islice
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from tinct import photo
from tinct.color.lab import srgb_to_lab
from tinct.errors import PhotoError
from tinct.learning.data.crops import GRID

MIN_CHROMA = 3.0

Prepared = tuple[NDArray[np.uint8], NDArray[np.int8]]
Report = Callable[[int], None]


def no_report(_: int) -> None:
    """Report nothing."""


def preprocess(source: bytes, short_side: int, min_chroma: float = MIN_CHROMA) -> Prepared | None:
    """Lightness and quarter-size ab of one encoded photo, as cached; None if it is grey."""
    rgb = photo.decode_srgb(source, short_side)
    height, width = (side // GRID * GRID for side in rgb.shape[:2])
    lab = srgb_to_lab(rgb[:height, :width].astype(np.float32) / 255)
    ab = lab[..., 1:].reshape(height // GRID, GRID, width // GRID, GRID, 2).mean((1, 3))
    if min(height, width) < 2 * GRID or np.hypot(ab[..., 0], ab[..., 1]).mean() < min_chroma:
        return None
    lightness = np.rint(lab[..., 0] * 2.55).clip(0, 255).astype(np.uint8)
    return lightness, np.rint(ab.transpose(2, 0, 1)).clip(-128, 127).astype(np.int8)


def preprocess_sources(
    sources: list[Path], short_side: int, min_chroma: float, workers: int, report: Report = no_report
) -> Iterator[tuple[list[Prepared], dict[str, int]]]:
    """Preprocess sources in order, several at a time in spawned processes: libvips has threads.

    Yields the photos of each source, and how many were skipped, by reason. report: receives the number of
    photos read so far, after each photo or, with several processes, after each source.
    """
    count, settings = 0, ([short_side] * len(sources), [min_chroma] * len(sources))
    if min(workers, len(sources)) < 2:
        for source in sources:
            found, left_out = preprocess_source(source, short_side, min_chroma, _after(count, report))
            count += len(found) + sum(left_out.values())
            yield found, left_out
        return
    with ProcessPoolExecutor(min(workers, len(sources)), multiprocessing.get_context("spawn")) as pool:
        for found, left_out in pool.map(preprocess_source, sources, *settings):
            count += len(found) + sum(left_out.values())
            report(count)
            yield found, left_out


def preprocess_source(
    source: Path, short_side: int, min_chroma: float, report: Report = no_report, limit: int | None = None
) -> tuple[list[Prepared], dict[str, int]]:
    """Preprocess all photos of a source, or the first `limit`; also count those skipped, by reason."""
    found, left_out = [], {"grey": 0, "unreadable": 0}
    for number, (_, data) in enumerate(islice(photo.read_photos(source), limit), 1):
        try:
            prepared = preprocess(data, short_side, min_chroma)
            if prepared is None:
                left_out["grey"] += 1
            else:
                found.append(prepared)
        except PhotoError:
            left_out["unreadable"] += 1
        report(number)
    return found, left_out


def _after(count: int, report: Report) -> Report:
    """Report so many more."""
    return lambda done: report(count + done)
