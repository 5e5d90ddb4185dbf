"""A log of JSON lines: one for the beginning and the end of each run, and one for each photo."""

from __future__ import annotations

import json
import os
import time
from pathlib import Path
from typing import Any

from tinct.archive.colouring.job import Outcome


class Log:
    """An open log, appended to; a line is written whole or, after a power failure, not at all or cut."""

    def __init__(self, file: Path) -> None:
        cut = file.exists() and file.stat().st_size > 0 and not _ends_in_newline(file)
        self._file = file.open("a", encoding="utf-8")
        if cut:
            self._file.write("\n")

    def event(self, event: str, **facts: Any) -> None:
        """Write a line: time as seconds since 1970, the event, and facts."""
        self._file.write(json.dumps({"time": round(time.time(), 3), "event": event, **facts}) + "\n")

    def outcome(self, outcome: Outcome) -> None:
        """Write what came of a photo."""
        facts = {
            "path": os.fsdecode(outcome.job.path),
            "how": outcome.how,
            "seconds": round(outcome.seconds, 3),
            "uncertainty": None if outcome.uncertainty is None else round(outcome.uncertainty, 4),
            "source_sha256": outcome.source_sha256,
            "result_sha256": outcome.result_sha256,
            "error": outcome.error,
            "warnings": list(outcome.warnings),
        }
        self.event(outcome.state, **{name: fact for name, fact in facts.items() if fact})

    def flush(self) -> None:
        """Hand what was written to the system."""
        self._file.flush()

    def close(self) -> None:
        """Close the log."""
        self._file.close()


def _ends_in_newline(file: Path) -> bool:
    with file.open("rb") as opened:
        opened.seek(-1, os.SEEK_END)
        return opened.read(1) == b"\n"
