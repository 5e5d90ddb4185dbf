"""Photos for training: shards or folders,
turned once into lightness and colour that training reads without waiting.
"""

from __future__ import annotations

import multiprocessing
import os
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from tinct import photo
from tinct.color.lab import srgb_to_lab
from tinct.errors import LearningError, PhotoError

GRID = 4
MIN_CHROMA = 3.0

Prepared = tuple[NDArray[np.uint8], NDArray[np.int8]]


@dataclass(frozen=True)
class PhotoCache:
    """Photos as memory-mapped arrays: of each its lightness at full size and its ab at a quarter,
    means over 4 x 4 pixels.
    """

    lightness: NDArray[np.uint8]
    ab: NDArray[np.int8]
    starts: NDArray[np.int64]
    sizes: NDArray[np.int32]

    def __len__(self) -> int:
        return len(self.sizes)

    def photo(self, index: int) -> tuple[NDArray[np.uint8], NDArray[np.int8]]:
        """Lightness (h, w), 0..255 for L 0..100, and ab (2, h/4, w/4)."""
        height, width = self.sizes[index]
        start, area = self.starts[index], height * width
        lightness = self.lightness[start : start + area].reshape(height, width)
        ab = self.ab[start // 8 : start // 8 + area // 8].reshape(2, height // GRID, width // GRID)
        return lightness, ab


def open_photos(sources: list[Path], folder: Path, *, short_side: int = 160, workers: int = 2) -> PhotoCache:
    """The cache of these tar shards and folders, made in `folder` if it is not there.

    Grey photos (mean chroma below 3) are left out, unreadable ones too. Raises LearningError for a source that is
    missing or cut short, and when no photo is left.
    """
    if not (folder / "sizes.npy").exists():
        _fill(sources, folder, short_side, workers)
    return PhotoCache(
        np.memmap(folder / "lightness.u8", np.uint8, "r"),
        np.memmap(folder / "ab.i8", np.int8, "r"),
        np.load(folder / "starts.npy"),
        np.load(folder / "sizes.npy"),
    )


def prepare(source: bytes, short_side: int) -> Prepared | None:
    """Lightness and quarter-size ab of one encoded photo as the cache holds them;
    None if it has no colour to learn from.
    """
    rgb = photo.pixels(source, short_side)
    height, width = (side // GRID * GRID for side in rgb.shape[:2])
    lab = srgb_to_lab(rgb[:height, :width].astype(np.float32) / 255)
    ab = lab[..., 1:].reshape(height // GRID, GRID, width // GRID, GRID, 2).mean((1, 3))
    if min(height, width) < 2 * GRID or np.hypot(ab[..., 0], ab[..., 1]).mean() < MIN_CHROMA:
        return None
    lightness = np.rint(lab[..., 0] * 2.55).clip(0, 255).astype(np.uint8)
    return lightness, np.rint(ab.transpose(2, 0, 1)).clip(-128, 127).astype(np.int8)


def _prepare_source(source: Path, short_side: int) -> list[Prepared]:
    found = []
    for _, data in photo.read_photos(source):
        try:
            prepared = prepare(data, short_side)
        except PhotoError:
            continue
        if prepared is not None:
            found.append(prepared)
    return found


def _prepared_sources(sources: list[Path], short_side: int, workers: int) -> Iterator[list[Prepared]]:
    """What each source holds, in order; several at a time in processes of their own, which start afresh:
    libvips has threads.
    """
    if min(workers, len(sources)) < 2:
        yield from (_prepare_source(source, short_side) for source in sources)
        return
    with ProcessPoolExecutor(min(workers, len(sources)), multiprocessing.get_context("spawn")) as pool:
        yield from pool.map(_prepare_source, sources, [short_side] * len(sources))


def _fill(sources: list[Path], folder: Path, short_side: int, workers: int) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    starts, sizes, start = [], [], 0
    with open(folder / "lightness.u8", "wb") as lights, open(folder / "ab.i8", "wb") as colours:
        for found in _prepared_sources(sources, short_side, workers):
            for lightness, ab in found:
                lights.write(lightness.tobytes())
                colours.write(ab.tobytes())
                starts.append(start)
                sizes.append(lightness.shape)
                start += lightness.size
    if not sizes:
        raise LearningError(
            f"{', '.join(map(str, sources)) or 'data'}: no colour photo that can be read; give tar shards or folders."
        )
    np.save(folder / "starts.npy", np.array(starts, np.int64))
    np.save(folder / "sizes.part.npy", np.array(sizes, np.int32))
    os.replace(folder / "sizes.part.npy", folder / "sizes.npy")
