"""Verification: whether results, and originals, are still what the ledger says."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from tinct.archive.colouring.job import DONE
from tinct.archive.folder import NAME
from tinct.archive.ledger import Row
from tinct.archive.reporting.reading import Ledgers, printable
from tinct.digest import sha256_of
from tinct.errors import short_reason

_THREADS = 4
_CHUNK = 256


@dataclass(frozen=True, slots=True)
class Verification:
    """Number of files compared, and a sentence for each that is not what it was; unknown: files of no photo."""

    compared: int
    faults: list[str]
    unknown: list[str]


def verify(
    ledgers: Ledgers, dest: Path, source: Path | None = None, step: Callable[[int], None] = lambda _: None
) -> Verification:
    """Hash every result, and every original if `source` is its folder, and compare with the ledger.

    step: told the number of photos compared.
    """
    faults: list[str] = []
    compared = 0
    root = os.fsencode(dest)
    with ThreadPoolExecutor(_THREADS) as threads:
        rows = ledgers.rows(DONE)
        while chunk := list(islice(rows, _CHUNK)):
            jobs = [(os.path.join(root, row.target), row.result_sha256, "result", row) for row in chunk]
            if source is not None:
                folder = os.fsencode(source)
                jobs += [
                    (os.path.join(folder, row.path), row.source_sha256, "original", row) for row in chunk
                ]
            faults += [fault for fault in threads.map(_fault, jobs) if fault]
            compared += len(jobs)
            step(compared)
    return Verification(compared, faults, [printable(path) for path in unknown_files(ledgers, dest)])


def unknown_files(ledgers: Ledgers, dest: Path) -> Iterator[bytes]:
    """Files of a destination that are neither results nor their sidecars, by path."""
    known = iter(sorted(row.target for row in ledgers.rows(DONE)))
    current = next(known, None)
    sidecars = set()
    for row in ledgers.rows(DONE):
        sidecars |= {row.target + b".xmp", os.path.splitext(row.target)[0] + b".xmp"}
    for path in sorted(files_of(dest)):
        while current is not None and current < path:
            current = next(known, None)
        if path != current and path not in sidecars:
            yield path


def files_of(dest: Path) -> Iterator[bytes]:
    """Every file below a destination, relative to it, without the folder of the ledger."""
    root = os.fsencode(dest)
    for place, folders, names in os.walk(root):
        if place == root and NAME.encode() in folders:
            folders.remove(NAME.encode())
        for name in names:
            yield os.path.relpath(os.path.join(place, name), root)


def _fault(job: tuple[bytes, bytes | None, str, Row]) -> str:
    path, expected, what, _ = job
    name = printable(path)
    remedy = {
        "result": "remove it and run tinct archive again",
        "original": "bring it back from a backup, or run tinct archive with --update",
    }[what]
    try:
        found = sha256_of(path)
    except FileNotFoundError:
        return f"{name}: the {what} is missing; run tinct archive again" if what == "result" else ""
    except OSError as error:
        return f"{name}: the {what} cannot be read ({short_reason(error)}); check the disk"
    if expected is None or found != expected.hex():
        return f"{name}: the {what} has changed; {remedy}"
    return ""
