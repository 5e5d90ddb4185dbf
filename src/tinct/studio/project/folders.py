"""Folders of photos and films in the queue: each has one of its own, with a JSON file once it is complete."""

from __future__ import annotations

import shutil
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeVar

from tinct.errors import TinctError

T = TypeVar("T")


def read_folders(place: Path, file: str, read: Callable[[Path], T]) -> Iterator[T]:
    """What `read` makes of each folder; one without its file was half made or half removed, and goes."""
    for folder in place.iterdir():
        if not (folder / file).exists():
            shutil.rmtree(folder, ignore_errors=True)
            continue
        try:
            yield read(folder)
        except TinctError as error:
            warnings.warn(str(error), stacklevel=2)


def take_source(folder: Path, path: Path, *, uploaded: bool) -> Path:
    """Where the file of an entry lies from now on: where it is, or if it was uploaded, moved into the folder."""
    if not uploaded:
        return path
    source = folder / f"original{path.suffix}"
    path.rename(source)
    return source


def stored_source(folder: Path, source: Path) -> str:
    """A source as it is stored, so that `folder / stored` is the source, also once the folder has been moved."""
    return source.name if source.parent == folder else str(source)
