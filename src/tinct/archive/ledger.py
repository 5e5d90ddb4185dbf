"""The ledger of an archive: one row for every file of the source, in SQLite, written by one process."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from tinct.archive.colouring.job import DONE, Copy, Entry, Outcome
from tinct.errors import TinctError

PENDING, FAILED, QUARANTINED = "pending", "failed", "quarantined"
IGNORED, SKIPPED, MISSING = "ignored", "skipped", "missing"
STATES = (DONE, PENDING, FAILED, QUARANTINED, SKIPPED, IGNORED, MISSING)
_NUMBERS = {state: number for number, state in enumerate(STATES)}
_FORMAT = 1
_SCHEMA = f"""
CREATE TABLE photos (
  id INTEGER PRIMARY KEY,
  path BLOB NOT NULL UNIQUE,
  size INTEGER NOT NULL,
  mtime_ns INTEGER NOT NULL,
  state INTEGER NOT NULL,
  sidecar BLOB,
  settings INTEGER,
  target BLOB,
  source_sha256 BLOB,
  result_sha256 BLOB,
  result_size INTEGER,
  attempts INTEGER,
  error TEXT,
  seconds REAL,
  uncertainty REAL,
  how TEXT,
  finished REAL
);
CREATE INDEX pending ON photos(id) WHERE state = {_NUMBERS[PENDING]};
CREATE INDEX content ON photos(substr(source_sha256, 1, 8)) WHERE source_sha256 IS NOT NULL;
CREATE TABLE settings (id INTEGER PRIMARY KEY, digest TEXT NOT NULL UNIQUE, description TEXT NOT NULL);
CREATE TABLE facts (name TEXT PRIMARY KEY, value TEXT NOT NULL);
PRAGMA user_version = {_FORMAT};
"""
_COLUMNS = (
    "photos.id, path, size, mtime_ns, state, sidecar, digest, target, source_sha256, result_sha256, result_size, "
    "attempts, error, seconds, uncertainty, how, finished"
)
_SELECT = f"SELECT {_COLUMNS} FROM photos LEFT JOIN settings ON settings.id = photos.settings "


@dataclass(frozen=True, slots=True)
class Row:
    """A file as the ledger knows it; sha256 as 32 bytes, seconds of work, finished as seconds since 1970."""

    id: int
    path: bytes
    size: int
    mtime_ns: int
    state: str
    sidecar: bytes | None
    digest: str | None
    target: bytes
    source_sha256: bytes | None
    result_sha256: bytes | None
    result_size: int
    attempts: int
    error: str
    seconds: float
    uncertainty: float | None
    how: str
    finished: float | None


class Ledger:
    """An open ledger; durable at every `commit` (WAL, synchronous=FULL).

    Raises TinctError if it is damaged (`DamagedLedgerError`), of a later version or cannot be opened.
    """

    def __init__(self, file: Path, *, create: bool = False) -> None:
        if not create and not file.is_file():
            raise TinctError(f"{file.parent.parent}: has no ledger; give the DEST of a run of tinct archive")
        try:
            self._db = sqlite3.connect(file, timeout=30)
            self._db.execute("PRAGMA journal_mode = WAL")
            self._db.execute("PRAGMA synchronous = FULL")
            (version,) = self._db.execute("PRAGMA user_version").fetchone()
            if create and version == 0:
                self._db.executescript(f"BEGIN; {_SCHEMA} COMMIT;")
            elif create and self._db.execute("PRAGMA quick_check").fetchone() != ("ok",):
                raise DamagedLedgerError(
                    f"{file}: the ledger is damaged; run tinct archive again to rebuild it"
                )
            elif version != _FORMAT:
                raise TinctError(f"{file}: was written by another version of tinct; use that version")
            self._db.execute("SELECT 1 FROM photos LIMIT 1")
        except sqlite3.OperationalError as error:
            if "no such table" in str(error):
                raise DamagedLedgerError(
                    f"{file}: the ledger is damaged; run tinct archive again to rebuild it"
                ) from None
            raise TinctError(f"{file}: the ledger cannot be opened ({error}); check the folder") from None
        except sqlite3.DatabaseError:
            raise DamagedLedgerError(
                f"{file}: the ledger is damaged; run tinct archive again to rebuild it"
            ) from None
        self._settings: dict[str, int] = {}

    def close(self) -> None:
        """Close the ledger."""
        self._db.close()

    def commit(self) -> None:
        """Make all changes durable."""
        self._db.commit()

    def rollback(self) -> None:
        """Forget all changes since the last `commit`."""
        self._db.rollback()

    def counts(self) -> dict[str, int]:
        """Number of files in each of `STATES`."""
        found = dict(self._db.execute("SELECT state, count(*) FROM photos GROUP BY state"))
        return {state: found.get(number, 0) for state, number in _NUMBERS.items()}

    def last_id(self) -> int:
        """The number of the newest row; 0 without any."""
        return int(self._db.execute("SELECT coalesce(max(id), 0) FROM photos").fetchone()[0])

    def rows(self, state: str | None = None, order: str = "path", limit: int = -1) -> Iterator[Row]:
        """Rows in a state (None: all); order: path, id, slowest or uncertain."""
        orders = {
            "path": "path", "id": "photos.id", "slowest": "seconds DESC, path", "uncertain": "uncertainty DESC, path"
        }  # fmt: skip
        where = "" if state is None else f"WHERE state = {_NUMBERS[state]} "
        for row in self._db.execute(f"{_SELECT}{where}ORDER BY {orders[order]} LIMIT {limit}"):
            yield _row(row)

    def rows_of(self, paths: Sequence[bytes]) -> dict[bytes, Row]:
        """Rows of these paths, at most some hundred, by path."""
        marks = ",".join("?" * len(paths))
        found = self._db.execute(f"{_SELECT}WHERE path IN ({marks})", paths)
        return {row.path: row for row in map(_row, found)}

    def pending(self, after: int, limit: int) -> list[Row]:
        """The next pending rows with an id above `after`, by id."""
        where = f"WHERE state = {_NUMBERS[PENDING]} AND photos.id > ? ORDER BY photos.id LIMIT ?"
        return [_row(row) for row in self._db.execute(_SELECT + where, (after, limit))]

    def find_result(self, sha256: str, digest: str, suffix: bytes) -> Copy | None:
        """A finished result of the same content and settings whose name ends in `suffix`."""
        content = bytes.fromhex(sha256)
        where = (
            "WHERE source_sha256 IS NOT NULL AND substr(source_sha256, 1, 8) = ? AND source_sha256 = ? "
            f"AND state = {_NUMBERS[DONE]} AND digest = ?"
        )
        for found in map(_row, self._db.execute(_SELECT + where, (content[:8], content, digest))):
            if suffix_of(found.target) == suffix and found.result_sha256 is not None:
                return Copy(found.target, found.result_sha256.hex(), found.uncertainty)
        return None

    def add(self, entries: Iterable[tuple[Entry, str]]) -> None:
        """Insert rows of new files in the state given with each."""
        self._db.executemany(
            "INSERT INTO photos (path, size, mtime_ns, state, sidecar, error) VALUES (?, ?, ?, ?, ?, ?)",
            (
                (each.path, each.size, each.mtime_ns, _NUMBERS[state], each.sidecar, each.fault or each.reason or None)
                for each, state in entries
            ),
        )  # fmt: skip

    def renew(self, entry: Entry, id: int, state: str) -> None:  # noqa: A002
        """Put a file in a state, with the size, time and sidecar that it has now."""
        self._db.execute(
            "UPDATE photos SET size = ?, mtime_ns = ?, sidecar = ?, state = ?, error = ?, attempts = NULL WHERE id = ?",
            (entry.size, entry.mtime_ns, entry.sidecar, _NUMBERS[state], entry.fault or entry.reason or None, id),
        )  # fmt: skip

    def set_state(self, id: int, state: str, error: str | None = None, attempts: int | None = None) -> None:  # noqa: A002
        """Put a row in a state."""
        self._db.execute(
            "UPDATE photos SET state = ?, error = ?, attempts = ? WHERE id = ?",
            (_NUMBERS[state], error, attempts, id),
        )

    def record(self, outcomes: Iterable[Outcome], finished: float) -> None:
        """Write what came of photos: done, failed or quarantined."""
        self._db.executemany(
            "UPDATE photos SET state = ?, settings = ?, target = ?, source_sha256 = ?, result_sha256 = ?, "
            "result_size = ?, attempts = coalesce(attempts, 0) + 1, error = ?, seconds = ?, uncertainty = ?, how = ?, "
            "finished = ?, size = ?, mtime_ns = ? WHERE id = ?",
            (
                (
                    _NUMBERS[each.state], self._settings_id(each.job.digest),
                    each.job.target if each.job.target != each.job.path else None,
                    _blob(each.source_sha256), _blob(each.result_sha256), each.result_size or None,
                    each.error or None, round(each.seconds, 3), each.uncertainty, each.how or None, finished,
                    each.job.size, each.job.mtime_ns, each.job.id,
                )
                for each in outcomes
            ),
        )  # fmt: skip

    def requeue(self, state: str) -> int:
        """Make all rows of a state pending again, and return their number."""
        done = self._db.execute(
            f"UPDATE photos SET state = {_NUMBERS[PENDING]}, attempts = NULL WHERE state = {_NUMBERS[state]}"
        )
        return done.rowcount

    def describe_settings(self, digest: str, description: str) -> None:
        """Keep what a digest of settings stands for."""
        self._db.execute(
            "INSERT OR IGNORE INTO settings (digest, description) VALUES (?, ?)", (digest, description)
        )

    def descriptions(self) -> dict[str, str]:
        """What each digest of settings stands for."""
        return dict(self._db.execute("SELECT digest, description FROM settings"))

    def set_fact(self, name: str, value: str) -> None:
        """Keep a fact about the whole archive."""
        self._db.execute("INSERT OR REPLACE INTO facts VALUES (?, ?)", (name, value))

    def facts(self) -> dict[str, str]:
        """Facts about the whole archive."""
        return dict(self._db.execute("SELECT name, value FROM facts"))

    def _settings_id(self, digest: str) -> int:
        if digest not in self._settings:
            found = self._db.execute("SELECT id FROM settings WHERE digest = ?", (digest,)).fetchone()
            self._settings[digest] = found[0]
        return self._settings[digest]


class DamagedLedgerError(TinctError):
    """A ledger that is no database, or not a whole one."""


def suffix_of(path: bytes) -> bytes:
    """The suffix of a path, in lower case."""
    return os.path.splitext(path)[1].lower()


def set_aside(file: Path) -> Path:
    """Rename a damaged ledger, with its journal, and return its new name."""
    number = 1
    while (aside := file.with_name(f"{file.name}.damaged-{number}")).exists():
        number += 1
    for ending in ("-wal", "-shm"):
        if (journal := file.with_name(file.name + ending)).exists():
            journal.rename(aside.with_name(aside.name + ending))
    file.rename(aside)
    return aside


def _row(row: tuple) -> Row:  # type: ignore[type-arg]
    id_, path, size, mtime_ns, state, sidecar, digest, target, source, result, result_size = row[:11]
    attempts, error, seconds, uncertainty, how, finished = row[11:]
    return Row(
        id_, path, size, mtime_ns, STATES[state], sidecar, digest, target or path, source, result,
        result_size or 0, attempts or 0, error or "", seconds or 0.0, uncertainty, how or "", finished,
    )  # fmt: skip


def _blob(sha256: str | None) -> bytes | None:
    return None if sha256 is None else bytes.fromhex(sha256)
