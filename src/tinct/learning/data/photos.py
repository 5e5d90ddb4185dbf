"""Photo cache: shards and folders decoded once into memory-mapped lightness and ab."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tinct import photo
from tinct.atomic import atomic_write
from tinct.errors import TrainingError
from tinct.learning.data.crops import GRID
from tinct.learning.data.preprocess import MIN_CHROMA, Prepared, Report, no_report, preprocess_sources

MADE_FROM = "made-from.json"
SIZES = "sizes.npy"


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
    report: Report = no_report,
) -> PhotoCache:
    """Open the cache of tar shards (webdataset layout) and folders; it is built in `folder` if missing or stale.

    Grey photos (mean chroma below `min_chroma`) and unreadable ones are skipped; `left_out` counts both.
    report: called with the number of photos read so far while the cache is built. Raises TrainingError if no
    photo is left or the disk is full; PhotoError for a source that is missing or truncated; a cache that was
    there then stays.
    """
    if not is_cached(sources, folder, short_side=short_side, min_chroma=min_chroma):
        wanted = _settings(sources, short_side, min_chroma)
        try:
            _write_cache(sources, folder, wanted, workers, report)
        except OSError as error:
            raise TrainingError(
                f"{folder}: the cache cannot be written ({error.strerror}); make room, or give another --cache"
            ) from error
    return PhotoCache(
        np.memmap(folder / "lightness.u8", np.uint8, "r"),
        np.memmap(folder / "ab.i8", np.int8, "r"),
        np.load(folder / "starts.npy"),
        np.load(folder / "sizes.npy"),
        _made_from(folder).get("left_out", {}),
    )


def is_cached(
    sources: list[Path], folder: Path, *, short_side: int = 160, min_chroma: float = MIN_CHROMA
) -> bool:
    """Whether `folder` holds a complete cache of these photos; sources that are gone match by name."""
    if not (folder / SIZES).exists():
        return False
    made = _made_from(folder)
    return not made or _matches(made, _settings(sources, short_side, min_chroma))


def collect_photos(found: list[Prepared], left_out: dict[str, int]) -> PhotoCache:
    """Photos held in memory instead of a cache."""
    areas = [lightness.size for lightness, _ in found]
    return PhotoCache(
        np.concatenate([lightness.ravel() for lightness, _ in found]),
        np.concatenate([ab.ravel() for _, ab in found]),
        np.cumsum([0, *areas[:-1]], dtype=np.int64),
        np.array([lightness.shape for lightness, _ in found], np.int32),
        left_out,
    )


def _write_cache(
    sources: list[Path], folder: Path, wanted: dict[str, Any], workers: int, report: Report
) -> None:
    """Build the cache in hidden files, which replace those of another cache once all photos are read."""
    folder.mkdir(parents=True, exist_ok=True)
    starts, sizes, start = [], [], 0
    left_out = {"grey": 0, "unreadable": 0}
    prepared = preprocess_sources(sources, wanted["short_side"], wanted["min_chroma"], workers, report)
    with (
        atomic_write(folder / "lightness.u8", overwrite=True) as lightness_file,
        atomic_write(folder / "ab.i8", overwrite=True) as ab_file,
    ):
        with lightness_file.open("wb") as lights, ab_file.open("wb") as colours:
            for found, missing in prepared:
                left_out = {reason: left_out[reason] + count for reason, count in missing.items()}
                for lightness, ab in found:
                    lights.write(lightness.tobytes())
                    colours.write(ab.tobytes())
                    starts.append(start)
                    sizes.append(lightness.shape)
                    start += lightness.size
        if not sizes:
            raise no_photos(sources, left_out)
        (folder / SIZES).unlink(missing_ok=True)
    (folder / MADE_FROM).write_text(json.dumps({**wanted, "left_out": left_out}, indent=1) + "\n")
    np.save(folder / "starts.npy", np.array(starts, np.int64))
    # Last, because the cache counts as complete once it has sizes.
    with atomic_write(folder / SIZES, overwrite=True) as partial, partial.open("wb") as file:
        np.save(file, np.array(sizes, np.int32))


def no_photos(sources: list[Path], left_out: dict[str, int]) -> TrainingError:
    """The error for sources without a photo to train on."""
    if not sources:
        return TrainingError("no photos are given; give a folder or tar shards with --data")
    return TrainingError(
        f"{', '.join(map(str, sources))}: no colour photo that can be read "
        f"({left_out['grey']} grey, {left_out['unreadable']} unreadable); give tar shards or folders with --data"
    )


def _made_from(folder: Path) -> dict[str, Any]:
    made_from = folder / MADE_FROM
    try:
        made: dict[str, Any] = json.loads(made_from.read_text()) if made_from.exists() else {}
    except ValueError:
        return {"sources": []}  # matches nothing
    return made


def _settings(sources: list[Path], short_side: int, min_chroma: float) -> dict[str, Any]:
    """What a cache of these photos is made from, as it is recorded."""
    return {
        "sources": [_fingerprint(source) for source in sources],
        "short_side": short_side,
        "min_chroma": min_chroma,
    }


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
    if any(made.get(word) != wanted[word] for word in ("short_side", "min_chroma")):
        return False
    pairs: list[tuple[Sequence[Any], Sequence[Any]]] = list(
        zip(made["sources"], wanted["sources"], strict=False)
    )
    return len(made["sources"]) == len(wanted["sources"]) and all(
        kept[0] == asked[0] and asked[1] in (kept[1], None) for kept, asked in pairs
    )
