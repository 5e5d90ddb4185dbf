"""The ledgers of an archive, one or one for each shard, read as if they were one."""

from __future__ import annotations

import heapq
import json
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from tinct.archive.folder import ledgers_of
from tinct.archive.ledger import STATES, Ledger, Row


@dataclass(frozen=True, slots=True)
class Ledgers:
    """Open ledgers of one archive."""

    each: tuple[Ledger, ...]

    def counts(self) -> dict[str, int]:
        """Number of files in each state."""
        found = [ledger.counts() for ledger in self.each]
        return {state: sum(counts[state] for counts in found) for state in STATES}

    def facts(self) -> dict[str, str]:
        """Facts about the archive."""
        return {name: value for ledger in self.each for name, value in ledger.facts().items()}

    def models(self) -> list[str]:
        """Names and versions of the models that the results are of."""
        found = (text for ledger in self.each for text in ledger.descriptions().values())
        return sorted({json.loads(text)["model"]["title"] for text in found})

    def rows(self, state: str | None = None) -> Iterator[Row]:
        """All rows in a state, by path."""
        return heapq.merge(*(ledger.rows(state) for ledger in self.each), key=lambda row: row.path)

    def top(self, state: str, order: str, count: int) -> list[Row]:
        """The first rows of a state in an order: slowest or uncertain."""
        found = (ledger.rows(state, order, count) for ledger in self.each)
        keys = {"slowest": lambda row: -row.seconds, "uncertain": lambda row: -(row.uncertainty or 0)}
        return list(islice(heapq.merge(*found, key=keys[order]), count))


@contextmanager
def opened_ledgers(dest: Path, folder: Path | None = None) -> Iterator[Ledgers]:
    """The ledgers of a destination; TinctError if there is none, or it is damaged."""
    with ExitStack() as stack:
        yield Ledgers(tuple(stack.enter_context(closing(Ledger(file))) for file in ledgers_of(dest, folder)))


def printable(path: bytes) -> str:
    """A path for people: bytes that are not UTF-8, and control characters, as escapes."""
    text = path.decode("utf-8", "backslashreplace")
    return "".join(sign if sign.isprintable() else sign.encode("unicode_escape").decode() for sign in text)
