"""Comparing a source with its ledger: what is new, what has changed, what has to be coloured."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Container, Iterator
from dataclasses import dataclass

from tinct.archive.colouring.job import DONE, Entry
from tinct.archive.ledger import (
    FAILED,
    IGNORED,
    MISSING,
    PENDING,
    QUARANTINED,
    SKIPPED,
    Ledger,
    Row,
)
from tinct.archive.settings import PhotoSettings
from tinct.archive.sources.source import Source
from tinct.archive.table import Table
from tinct.options import Options, with_settings

_BATCH = 500
_COMMIT = 50_000


@dataclass(frozen=True, slots=True)
class Rules:
    """What decides about a photo.

    digest: of settings. shard: (i, n). update: whether results of other options or of an earlier state of the photo
    are made anew. results: paths of the results that are there, to see whether one is gone; None does not look.
    settled: whether a new or changed file is complete; others are left for the next scan.
    """

    options: Options
    table: Table
    digest: Callable[[PhotoSettings], str]
    shard: tuple[int, int] | None = None
    update: bool = False
    results: Container[bytes] | None = None
    settled: Callable[[Entry], bool] = lambda _: True

    def settings_of(self, path: bytes) -> PhotoSettings:
        """How a photo is coloured."""
        about = self.table.about(path)
        options = with_settings(self.options, about.settings) if about.settings else self.options
        return PhotoSettings(options, about.guidance, about.recipe)

    def is_ours(self, path: bytes) -> bool:
        """Whether a photo belongs to this shard."""
        if self.shard is None:
            return True
        number = int.from_bytes(hashlib.sha256(path).digest()[:8], "big")
        return number % self.shard[1] == self.shard[0] - 1


@dataclass(slots=True)
class Scan:
    """Numbers of files: found, new, whose options changed, that changed themselves."""

    found: int = 0
    new: int = 0
    other_options: int = 0
    changed: int = 0


def scan(source: Source, ledger: Ledger, rules: Rules, tick: Callable[[int], None] = lambda _: None) -> Scan:
    """Bring the ledger up to date with the source, and commit.

    Of files that have not changed nothing is read or written. tick: told the number of files found.
    """
    result, seen, written = Scan(), _Ids(), 0
    before, last = sum(ledger.counts().values()), ledger.last_id()
    for entries in _batches(source, rules):
        known = ledger.rows_of([each.path for each in entries])
        fresh = [(each, _first_state(each, rules)) for each in entries if each.path not in known]
        fresh = [(each, state) for each, state in fresh if rules.settled(each)]
        ledger.add(fresh)
        result.new += len(fresh)
        result.found += len(entries)
        for each in entries:
            row = known.get(each.path)
            if row is not None:
                seen.add(row.id)
                if (each.size, each.mtime_ns) != (row.size, row.mtime_ns) and not rules.settled(each):
                    continue
                state = _next_state(each, row, rules, result)
                if state is not None:
                    ledger.renew(each, row.id, state)
        tick(result.found)
        written += len(fresh)
        if written > _COMMIT:
            ledger.commit()
            written = 0
    if seen.count < before:
        _mark_vanished(source, ledger, seen, last)
    ledger.commit()
    return result


def _batches(source: Source, rules: Rules) -> Iterator[list[Entry]]:
    """Entries of this shard in lists of about the same length."""
    batch: list[Entry] = []
    for entries in source.folders():
        batch += [each for each in entries if rules.is_ours(each.path)]
        while len(batch) >= _BATCH:
            yield batch[:_BATCH]
            batch = batch[_BATCH:]
    if batch:
        yield batch


def _first_state(entry: Entry, rules: Rules) -> str:
    if entry.fault:
        return FAILED
    if entry.reason:
        return IGNORED
    return SKIPPED if rules.table.about(entry.path).skip else PENDING


def _next_state(entry: Entry, row: Row, rules: Rules, result: Scan) -> str | None:
    """The state that a known file gets; None leaves its row as it is."""
    state = _first_state(entry, rules)
    same = (entry.size, entry.mtime_ns) == (row.size, row.mtime_ns)
    if state in (FAILED, IGNORED, SKIPPED):
        kept = (state == row.state and same) or row.state == DONE
        return None if kept else state
    if row.state in (PENDING, FAILED, QUARANTINED):
        # A photo that failed is tried again only if it is another one now.
        return None if same and entry.sidecar == row.sidecar else PENDING
    if row.state != DONE:
        return PENDING
    if rules.results is not None and row.target not in rules.results:
        return PENDING
    if not same:
        result.changed += 1
        return PENDING if rules.update else None
    if row.digest != rules.digest(rules.settings_of(entry.path)):
        result.other_options += 1
        return PENDING if rules.update else None
    return None


class _Ids:
    """A set of row numbers, one bit for each."""

    def __init__(self) -> None:
        self._bits = bytearray()
        self.count = 0

    def add(self, number: int) -> None:
        index = number >> 3
        if index >= len(self._bits):
            self._bits.extend(bytes(index + 4096 - len(self._bits)))
        self._bits[index] |= 1 << (number & 7)
        self.count += 1

    def __contains__(self, number: int) -> bool:
        index = number >> 3
        return index < len(self._bits) and bool(self._bits[index] >> (number & 7) & 1)


def _mark_vanished(source: Source, ledger: Ledger, seen: _Ids, last: int) -> None:
    """Note the files that the source has no longer; finished ones stay what they are."""
    vanished = []
    for row in ledger.rows(order="id"):
        if row.id <= last and row.id not in seen and row.state not in (DONE, MISSING):
            try:
                source.stat(row.path)
            except OSError:
                vanished.append(row.id)
    for number in vanished:
        ledger.set_state(number, MISSING, "has disappeared from the source")
