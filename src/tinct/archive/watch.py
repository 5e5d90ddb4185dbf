"""Watching a source: files are taken once they are complete, and a share may disappear and return."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tinct.archive.colouring.job import Entry
from tinct.archive.sources.source import Source, SourceGoneError

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    from tinct.archive.run import Archive, Progress
    from tinct.archive.scan import Scan

SECONDS = 5.0
_STEP = 0.2
# Names beside a photo that say that it is being written: of editors, office programs, downloads, rsync.
_LOCKS = (
    b".~lock.%b#",
    b"%b.lock",
    b"~$%b",
    b"%b.part",
    b"%b.partial",
    b"%b.tmp",
    b"%b.crdownload",
    b"%b.filepart",
)


class Settled:
    """A source without the files that are still being written.

    A new or changed file counts as complete when size and mtime have not changed for `seconds`, by this machine's own
    clock, and no lock file lies beside it. Polling, because network shares tell of no changes.
    """

    def __init__(self, source: Source, seconds: float = SECONDS) -> None:
        self.name = source.name
        self._source = source
        self._seconds = seconds
        self._waiting: dict[bytes, tuple[int, int, float]] = {}

    def folders(self) -> Iterator[list[Entry]]:
        for entries in self._source.folders():
            names = {os.path.basename(each.path) for each in entries}
            locked = {name for name in names if _is_locked(name, names)}
            locks = {lock % name for name in locked for lock in _LOCKS}
            kept = [each for each in entries if os.path.basename(each.path) not in locked | locks]
            if kept:
                yield kept

    def is_settled(self, entry: Entry) -> bool:
        """Whether a new or changed file is complete."""
        now = time.monotonic()
        before = self._waiting.get(entry.path)
        if before is None or before[:2] != (entry.size, entry.mtime_ns):
            self._waiting[entry.path] = (entry.size, entry.mtime_ns, now)
            return False
        if now - before[2] < self._seconds:
            return False
        del self._waiting[entry.path]
        return True

    @property
    def waiting(self) -> int:
        """Number of files that are not complete yet."""
        return len(self._waiting)

    def local(self, path: bytes, scratch: Path) -> AbstractContextManager[Path]:
        return self._source.local(path, scratch)

    def stat(self, path: bytes) -> tuple[int, int]:
        return self._source.stat(path)

    def is_there(self) -> bool:
        return self._source.is_there()


def watch(
    archive: Archive,
    tell: Callable[[Scan, Progress], None],
    say: Callable[[str], None],
    stopping: Callable[[], bool],
    seconds: float = SECONDS,
) -> Progress | None:
    """Run again and again until a stop is requested, or a run ends with a fault of the destination.

    tell: given what each run found and did. say: told once when the source disappears, and when it is back.
    """
    progress, gone = None, False
    while not stopping():
        started = time.monotonic()
        try:
            found, progress = archive.run()
            away = "source has disappeared" in progress.stop
        except SourceGoneError:
            away = True
        if away != gone:
            gone = away
            say("the source has disappeared; waiting for it" if gone else "the source is back")
        if not away and progress is not None:
            tell(found, progress)
            if progress.stop:
                return progress
        # A look at a large source takes its time: no more than half of all time is spent on looking.
        end = time.monotonic() + max(seconds / 2, time.monotonic() - started)
        while time.monotonic() < end and not stopping():
            time.sleep(_STEP)
    return progress


def _is_locked(name: bytes, names: set[bytes]) -> bool:
    return any(lock % name in names for lock in _LOCKS)


def settled(source: Any) -> Callable[[Entry], bool]:
    """What tells whether a file of a source is complete; always, if the source is not watched."""
    return source.is_settled if isinstance(source, Settled) else lambda _: True
