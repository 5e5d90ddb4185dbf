"""The small files of a run: the experiment that it is of, and its log. Written whole or not at all."""

from __future__ import annotations

import csv
import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tinct.errors import TrainingError

RECORD = "experiment.json"
LOG = "log.csv"


def load_run_config(run: Path) -> dict[str, Any]:
    """The experiment's table in a run's folder; TrainingError where there is none or it cannot be read."""
    record = run / RECORD
    try:
        said = json.loads(record.read_text(encoding="utf-8"))
        if not (isinstance(said, dict) and {"name", "network", "data"} <= said.keys()):
            raise ValueError("it is not the table of an experiment")
    except (FileNotFoundError, NotADirectoryError):
        raise TrainingError(f"{run}: is not the folder of a run; give one that tinct train made.") from None
    except (OSError, ValueError) as error:
        raise TrainingError(
            f"{record}: cannot be read ({reason(error)}); delete it and start tinct train with the same experiment "
            "again, which writes it anew and goes on from the last checkpoint."
        ) from error
    return said


def append_log_row(log: Path, row: Mapping[str, object]) -> None:
    """Put a line at the end of a log, which begins with the names of its columns; OSError leaves it as it was."""
    before = log.read_text(encoding="utf-8", errors="replace") if log.exists() else ""
    whole = before[: before.rfind("\n") + 1] or ",".join(row) + "\n"
    atomic_write_text(log, whole + ",".join(map(str, row.values())) + "\n")


def read_log(log: Path) -> list[dict[str, float]]:
    """The lines of a log that are whole; none where there is no log."""
    if not log.exists():
        return []
    found = []
    with open(log, newline="", encoding="utf-8", errors="replace") as file:
        for row in csv.DictReader(file):
            try:
                found.append({name: float(row[name]) for name in ("step", "photos", "loss", "unseen")})
            except (KeyError, TypeError, ValueError):
                continue
    return found


def atomic_write_text(target: Path, text: str) -> None:
    """Write beside the target and give it its name at the end; OSError leaves what was there."""
    part = target.with_name(f"part.{target.name}")
    try:
        part.write_text(text, encoding="utf-8")
        os.replace(part, target)
    except OSError:
        part.unlink(missing_ok=True)
        raise


def reason(error: Exception) -> str:
    """Why it went wrong, in a few words."""
    told = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
    return " ".join(told.split())[:120]
