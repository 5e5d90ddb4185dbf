"""Photo cache: shards and folders decoded once into memory-mapped lightness and ab."""

from __future__ import annotations

import json
import multiprocessing
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tinct import photo
from tinct.atomic import atomic_write
from tinct.color.lab import srgb_to_lab
from tinct.errors import PhotoError, TrainingError
from tinct.learning.data.crops import GRID

MIN_CHROMA = 3.0
MADE_FROM = "made-from.json"

Prepared = tuple[NDArray[np.uint8], NDArray[np.int8]]


@dataclass(frozen=True)
class PhotoCache:
    """Memory-mapped photos: lightness at full size and ab at a quarter of it, means over 4 x 4 pixels."""

    lightness: NDArray[np.uint8]
    ab: NDArray[np.int8]
    starts: NDArray[np.int64]
    sizes: NDArray[np.int32]
    left_out: dict[str, int] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.sizes)

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickle the paths of memory-mapped arrays, not their contents."""
        arrays = [_pickled(each) for each in (self.lightness, self.ab)]
        return _reopen, (*arrays, self.starts, self.sizes, self.left_out)

    def photo(self, index: int) -> tuple[NDArray[np.uint8], NDArray[np.int8]]:
        """Lightness (h, w), 0..255 for L 0..100, and ab (2, h/4, w/4)."""
        height, width = self.sizes[index]
        start, area = self.starts[index], height * width
        lightness = self.lightness[start : start + area].reshape(height, width)
        ab = self.ab[start // 8 : start // 8 + area // 8].reshape(2, height // GRID, width // GRID)
        return lightness, ab


def open_photos(
    sources: list[Path],
    folder: Path,
    *,
    short_side: int = 160,
    min_chroma: float = MIN_CHROMA,
    workers: int = 2,
) -> PhotoCache:
    """Open the cache of tar shards (webdataset layout) and folders; it is built in `folder` if missing.

    Grey photos (mean chroma below `min_chroma`) and unreadable ones are skipped; `left_out` counts both.
    Raises TrainingError if no photo is left, the disk is full or `folder` holds a cache of other photos;
    PhotoError for a source that is missing or truncated.
    """
    wanted = {
        "sources": [_fingerprint(source) for source in sources],
        "short_side": short_side,
        "min_chroma": min_chroma,
    }
    if not (folder / "sizes.npy").exists():
        try:
            _write_cache(sources, folder, wanted, workers)
        except OSError as error:
            raise TrainingError(
                f"{folder}: the cache cannot be written ({error.strerror}); make room, or give another --cache"
            ) from error
    made_from = folder / MADE_FROM
    made: dict[str, Any] = json.loads(made_from.read_text()) if made_from.exists() else {}
    if made and not _matches(made, wanted):
        raise TrainingError(
            f"{folder}: is the cache of other photos, of {_source_names(made)}; give another folder with --cache, or "
            "delete this one"
        )
    return PhotoCache(
        np.memmap(folder / "lightness.u8", np.uint8, "r"),
        np.memmap(folder / "ab.i8", np.int8, "r"),
        np.load(folder / "starts.npy"),
        np.load(folder / "sizes.npy"),
        made.get("left_out", {}),
    )


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


def _preprocess_source(
    source: Path, short_side: int, min_chroma: float
) -> tuple[list[Prepared], dict[str, int]]:
    """Preprocess all photos of a source; also count those skipped, by reason."""
    found, left_out = [], {"grey": 0, "unreadable": 0}
    for _, data in photo.read_photos(source):
        try:
            prepared = preprocess(data, short_side, min_chroma)
        except PhotoError:
            left_out["unreadable"] += 1
            continue
        if prepared is None:
            left_out["grey"] += 1
        else:
            found.append(prepared)
    return found, left_out


def _preprocess_sources(
    sources: list[Path], short_side: int, min_chroma: float, workers: int
) -> Iterator[tuple[list[Prepared], dict[str, int]]]:
    """Preprocess sources in order, several at a time in spawned processes: libvips has threads."""
    settings = [short_side] * len(sources), [min_chroma] * len(sources)
    if min(workers, len(sources)) < 2:
        yield from map(_preprocess_source, sources, *settings)
        return
    with ProcessPoolExecutor(min(workers, len(sources)), multiprocessing.get_context("spawn")) as pool:
        yield from pool.map(_preprocess_source, sources, *settings)


def _write_cache(sources: list[Path], folder: Path, wanted: dict[str, Any], workers: int) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    starts, sizes, start = [], [], 0
    left_out = {"grey": 0, "unreadable": 0}
    prepared = _preprocess_sources(sources, wanted["short_side"], wanted["min_chroma"], workers)
    with open(folder / "lightness.u8", "wb") as lights, open(folder / "ab.i8", "wb") as colours:
        for found, missing in prepared:
            left_out = {reason: left_out[reason] + count for reason, count in missing.items()}
            for lightness, ab in found:
                lights.write(lightness.tobytes())
                colours.write(ab.tobytes())
                starts.append(start)
                sizes.append(lightness.shape)
                start += lightness.size
    if not sizes:
        raise TrainingError(
            f"{', '.join(map(str, sources)) or 'data'}: no colour photo that can be read "
            f"({left_out['grey']} grey, {left_out['unreadable']} unreadable); give tar shards or folders"
        )
    (folder / MADE_FROM).write_text(json.dumps({**wanted, "left_out": left_out}, indent=1) + "\n")
    np.save(folder / "starts.npy", np.array(starts, np.int64))
    # Last, because the cache counts as complete once it has sizes.
    with atomic_write(folder / "sizes.npy", overwrite=True) as partial, partial.open("wb") as file:
        np.save(file, np.array(sizes, np.int32))


def _pickled(array: NDArray[Any]) -> Any:
    """Path and type of a memory-mapped array, else the array itself."""
    return (array.filename, array.dtype) if isinstance(array, np.memmap) else array


def _reopen(lightness: Any, ab: Any, *others: Any) -> PhotoCache:
    return PhotoCache(_unpickled(lightness), _unpickled(ab), *others)


def _unpickled(place: Any) -> NDArray[Any]:
    """The array of a `_pickled` one."""
    return np.memmap(place[0], place[1], "r") if isinstance(place, tuple) else np.asarray(place)


def _fingerprint(source: Path) -> list[str | int | None]:
    """Name and size in bytes of a source; None as size if it is gone."""
    if source.is_dir():
        return [source.name, sum(path.stat().st_size for path in photo.find_photos(source))]
    return [source.name, source.stat().st_size if source.is_file() else None]


def _matches(made: dict[str, Any], wanted: dict[str, Any]) -> bool:
    """Whether the cache was built from the requested photos; sources that are gone match by name."""
    if any(made[word] != wanted[word] for word in ("short_side", "min_chroma")):
        return False
    pairs: list[tuple[Sequence[Any], Sequence[Any]]] = list(
        zip(made["sources"], wanted["sources"], strict=False)
    )
    return len(made["sources"]) == len(wanted["sources"]) and all(
        kept[0] == asked[0] and asked[1] in (kept[1], None) for kept, asked in pairs
    )


def _source_names(made: dict[str, Any]) -> str:
    names = [each[0] for each in made["sources"]]
    return ", ".join(names[:3]) + (" and more" if len(names) > 3 else "")
