"""Results of an archive as CSV and as JSON lines: one line for each file of the source."""

from __future__ import annotations

import csv
import json
import os
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from tinct.archive.ledger import Row
from tinct.archive.reporting.reading import printable
from tinct.atomic import atomic_write

COLUMNS = (
    "path", "state", "error", "result", "source_bytes", "source_sha256", "result_bytes", "result_sha256", "settings",
    "seconds", "uncertainty", "attempts", "how", "finished",
)  # fmt: skip


def write_csv(rows: Iterable[Row], file: Path) -> None:
    """Write UTF-8 CSV with a head; bytes of paths that are not UTF-8 are escaped."""
    with atomic_write(file, overwrite=True) as part, part.open("w", encoding="utf-8", newline="") as opened:
        writer = csv.writer(opened)
        writer.writerow(COLUMNS)
        for row in rows:
            facts = _facts(row, printable)
            writer.writerow(["" if facts[name] is None else facts[name] for name in COLUMNS])


def write_json_lines(rows: Iterable[Row], file: Path) -> None:
    """Write an object per line; bytes of paths that are not UTF-8 are lone surrogates, as Python reads them."""
    with atomic_write(file, overwrite=True) as part, part.open("w", encoding="utf-8") as opened:
        opened.writelines(json_lines(rows))


def json_lines(rows: Iterable[Row]) -> Iterator[str]:
    """A line of JSON for each row."""
    for row in rows:
        yield json.dumps(_facts(row, os.fsdecode)) + "\n"


def _facts(row: Row, text: Any) -> dict[str, Any]:
    done = row.result_sha256 is not None
    finished = None if row.finished is None else datetime.fromtimestamp(row.finished, UTC)
    return {
        "path": text(row.path),
        "state": row.state,
        "error": row.error or None,
        "result": text(row.target) if done else None,
        "source_bytes": row.size,
        "source_sha256": row.source_sha256.hex() if row.source_sha256 else None,
        "result_bytes": row.result_size if done else None,
        "result_sha256": row.result_sha256.hex() if row.result_sha256 else None,
        "settings": row.digest,
        "seconds": round(row.seconds, 3) if done else None,
        "uncertainty": None if row.uncertainty is None else round(row.uncertainty, 4),
        "attempts": row.attempts,
        "how": row.how or None,
        "finished": finished.isoformat(timespec="seconds") if finished else None,
    }
