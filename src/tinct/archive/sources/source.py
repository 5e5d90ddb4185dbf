"""What a source offers, and which of its files are photos."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from contextlib import AbstractContextManager
from dataclasses import replace
from pathlib import Path
from typing import Protocol

from tinct import photo
from tinct.archive.colouring.job import Entry, Job
from tinct.errors import TinctError

_SUFFIXES = {suffix.encode() for kind in photo.FORMATS.values() for suffix in kind.suffixes}


class Source(Protocol):
    """Files by their paths relative to the source, as bytes with / between the parts."""

    name: str

    def folders(self) -> Iterator[list[Entry]]:
        """Every file, sorted, in lists of one folder each; TinctError if the source is gone."""
        ...

    def local(self, path: bytes, scratch: Path) -> AbstractContextManager[Path]:
        """Context with a local Path of the file, in the folder `scratch` if it must be extracted; OSError."""
        ...

    def stat(self, path: bytes) -> tuple[int, int]:
        """Size in bytes and mtime in nanoseconds as they are now; OSError."""
        ...

    def is_there(self) -> bool:
        """Whether the source as a whole can be reached."""
        ...


class SourceGoneError(TinctError):
    """A source, or the disk that it lies on, that cannot be reached at present."""


def renewed(job: Job, source: Source) -> Job:
    """A job with size and mtime of its file as they are now; unchanged if they cannot be read."""
    try:
        size, mtime_ns = source.stat(job.path)
    except OSError:
        return job
    return replace(job, size=size, mtime_ns=mtime_ns)


def with_sidecars(files: list[tuple[bytes, int, int, str]]) -> list[Entry]:
    """Entries of the files (path, size, mtime_ns, reason) of one folder, each with its XMP sidecar.

    Both spellings are known: photo.jpg.xmp, which is preferred, and photo.xmp.
    """
    known = {path.lower(): path for path, *_ in files if path[-4:].lower() == b".xmp"}
    entries = []
    for path, size, time, reason in files:
        sidecar = None
        if known and not reason:
            lower = path.lower()
            sidecar = known.get(lower + b".xmp") or known.get(os.path.splitext(lower)[0] + b".xmp")
        entries.append(Entry(path, size, time, sidecar, reason))
    return entries


def reason_not_to_colour(name: bytes, mode: int) -> str:
    """Why a file is not coloured, by its name and kind; empty for a photo."""
    stem, suffix = os.path.splitext(name)
    if suffix.lower() == b".xmp":
        return "a sidecar"
    if suffix.lower() not in _SUFFIXES:
        return "no suffix of a photo"
    if name.startswith(b"."):
        return "a hidden file"
    if stem.endswith(b"-tinct"):
        return "a result of tinct"
    return "" if stat.S_ISREG(mode) else "a device or a pipe"
