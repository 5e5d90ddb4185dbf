"""A run over an archive: scan, colour what is pending, and keep the ledger true at every moment."""

from __future__ import annotations

import os
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from tinct.archive.colouring.destination import Destination, LocalDestination
from tinct.archive.colouring.job import CHANGED, DONE, FAILED, VANISHED, Content, Copy, Job, Outcome
from tinct.archive.engines.local import Limits, Pool
from tinct.archive.folder import ArchiveFolder, check_apart
from tinct.archive.ledger import MISSING, PENDING, DamagedLedgerError, Ledger, set_aside
from tinct.archive.reporting.log import Log
from tinct.archive.scan import Rules, Scan, scan
from tinct.archive.settings import Digests, RunSettings, target_of
from tinct.archive.sources.opening import is_url, open_source, remote
from tinct.archive.sources.source import Source, renewed
from tinct.archive.table import EMPTY, read_table
from tinct.archive.watch import Settled, settled
from tinct.errors import OptionError, TinctError
from tinct.inference import decoding_for
from tinct.lock import locked
from tinct.models.manifest import read_manifest
from tinct.models.memory import needed_bytes

_BATCH = 32
_SECONDS = 0.5
_FETCH = 1000
# MB for a worker, beside what its model needs.
_PHOTO_MEMORY = 2000


@dataclass(slots=True)
class Progress:
    """What a run has done so far: numbers of photos by outcome, and how many are left."""

    total: int = 0
    done: int = 0
    adopted: int = 0
    copied: int = 0
    failed: int = 0
    left: int = 0
    stop: str = ""
    started: float = field(default_factory=time.monotonic)

    @property
    def finished(self) -> int:
        """Photos that this run has dealt with."""
        return self.done + self.failed

    @property
    def rate(self) -> float:
        """Photos per second."""
        return self.finished / max(time.monotonic() - self.started, 1e-6)


@dataclass(frozen=True, slots=True)
class Observer:
    """How a run tells of itself, and is told to stop.

    say: a line, for a fault or a note. scanned: the number of files found. step: the progress. stopping: whether the
    run shall end when photos in hand are finished.
    """

    say: Callable[[str], None] = lambda _: None
    scanned: Callable[[int], None] = lambda _: None
    step: Callable[[Progress], None] = lambda _: None
    stopping: Callable[[], bool] = lambda: False


class Archive:
    """An archive that is open for runs: locked, with its ledger, its log and its workers.

    Raises TinctError if another run holds it, or if folders overlap; OptionError for settings.
    """

    def __init__(self, settings: RunSettings, observer: Observer) -> None:
        self._settings = settings
        self._observer = observer
        manifest = read_manifest(settings.model)
        decoding_for(settings.options, manifest)
        self._digests = Digests(manifest)
        needed = _PHOTO_MEMORY + 2 * needed_bytes(manifest) // 1_000_000
        self._limits = Limits(settings.time_limit, settings.memory_limit or needed)
        source = open_source(settings.source)
        self._source: Source = Settled(source) if settings.watch else source
        check_apart(settings.source, settings.dest)
        self._table = read_table(settings.table, settings.options) if settings.table else EMPTY
        self._folder = ArchiveFolder.of(settings)
        self._destination = _open_destination(settings.dest)
        self.progress = Progress()
        self._last = 0
        self._dirty: list[bytes] = []
        self._since = time.monotonic()

    @contextmanager
    def opened(self) -> Iterator[Archive]:
        """Hold the lock, the ledger and the workers."""
        self._folder.make()
        with locked(self._folder.ledger, self._folder.ledger.parent.parent):
            self._folder.remove_parts()
            self._ledger = self._open_ledger()
            self._log = Log(self._folder.log)
            self._pool = self._engine()
            try:
                yield self
            finally:
                self._pool.close()
                self._log.close()
                self._ledger.close()
                self._folder.remove_parts()

    def run(self) -> tuple[Scan, Progress]:
        """Scan the source and colour what is pending.

        `Progress.stop` says why a run ended early. Raises SourceGoneError if the source cannot be reached.
        """
        settings = self._settings
        rules = Rules(
            settings.options, self._table, lambda settings: self._digests.of(settings)[0], settings.shard,
            settings.update, self._destination.listing(), settled(self._source),
        )  # fmt: skip
        try:
            found = scan(self._source, self._ledger, rules, self._observer.scanned)
            self._rules = rules
            where = settings.source if is_url(settings.source) else os.path.abspath(settings.source)
            self._ledger.set_fact("source", where)
            self._ledger.commit()
            self.progress = Progress(total=self._ledger.counts()[PENDING])
            self.progress.left = self.progress.total
            self._fetched: list[Job] = []
            self._last = 0
            if self.progress.total:
                self._log.event("begins", source=settings.source, photos=self.progress.total)
                self._pool.run(self)
                self._log.event("ends", done=self.progress.done, failed=self.progress.failed)
            self._commit()
        except sqlite3.OperationalError as error:
            if "full" not in str(error) and "disk I/O" not in str(error):
                raise
            self.progress.stop = "the disk of the ledger is full, or fails"
        return found, self.progress

    def counts(self) -> dict[str, int]:
        """Number of files in each state."""
        return self._ledger.counts()

    # What the engine asks for: `engines.local.Desk`.

    def next_job(self) -> Job | None:
        if not self._fetched:
            rows = self._ledger.pending(self._last, _FETCH)
            self._fetched = [self._job(row.id, row) for row in reversed(rows)]
            if rows:
                self._last = rows[-1].id
        return self._fetched.pop() if self._fetched else None

    def find_result(self, job: Job, content: Content) -> Copy | str | None:  # noqa: ARG002
        return self._ledger.find_result(*content)

    def renewed(self, job: Job) -> Job:
        return renewed(job, self._source)

    def receive(self, outcome: Outcome) -> None:
        if outcome.stop:
            self.progress.stop = self.progress.stop or f"{outcome.stop} ({outcome.error})".replace(" ()", "")
            return
        if outcome.state == VANISHED:
            self._ledger.set_state(outcome.job.id, MISSING, outcome.error)
        elif outcome.state == CHANGED:
            self._ledger.record([replace(outcome, state=FAILED)], time.time())
        else:
            self._ledger.record([outcome], time.time())
        self._log.outcome(outcome)
        progress = self.progress
        progress.left -= 1
        if outcome.state == DONE:
            progress.done += 1
            progress.adopted += outcome.how == "adopted"
            progress.copied += outcome.how == "copied"
            self._dirty.append(outcome.job.target)
        else:
            progress.failed += 1
            self._observer.say(outcome.error)
        for warning in outcome.warnings:
            self._observer.say(warning)
        if len(self._dirty) >= _BATCH:
            self._commit()
        self._observer.step(progress)

    def tick(self) -> bool:
        if time.monotonic() - self._since > _SECONDS:
            self._commit()
            self._observer.step(self.progress)
        return not self.progress.stop and not self._observer.stopping()

    def _commit(self) -> None:
        # The names of results must be durable before the ledger says that they are there.
        self._destination.sync(self._dirty)
        self._dirty.clear()
        self._ledger.commit()
        self._log.flush()
        self._since = time.monotonic()

    def _job(self, number: int, row: Any) -> Job:
        settings = self._rules.settings_of(row.path)
        digest, description = self._digests.of(settings)
        self._ledger.describe_settings(digest, description)
        return Job(
            number, row.path, target_of(row.path, settings.options), settings.options, digest, row.size, row.mtime_ns,
            row.sidecar, self._table.about(row.path).caption, self._settings.update, recipe=settings.recipe,
        )  # fmt: skip

    def _engine(self) -> Any:
        settings = self._settings
        place = (self._source, self._destination, self._folder.parts, settings.model, settings.device)
        if settings.engine == "local":
            return Pool(place, settings.workers, self._limits)
        try:
            from tinct.archive.engines.ray import RayPool
        except ModuleNotFoundError as error:
            raise OptionError(
                f"the engine ray needs the package {error.name}; install it with: pip install 'tinct[ray]'"
            ) from None
        return RayPool(place, settings.workers, self._limits, settings.address)

    def _open_ledger(self) -> Ledger:
        file = self._folder.ledger
        try:
            return Ledger(file, create=True)
        except DamagedLedgerError:
            aside = set_aside(file)
            self._observer.say(f"{file}: was damaged and is now {aside.name}; rebuilding it from the results")
            return Ledger(file, create=True)
        except sqlite3.OperationalError as error:
            raise TinctError(f"{file}: cannot be written ({error}); free some space and run again") from None


def _open_destination(dest: str) -> Destination:
    if is_url(dest):
        opened: Destination = remote().RemoteDestination(dest)
        return opened
    return LocalDestination(Path(dest).absolute())
