"""Small files of a run: the experiment and the log, written atomically."""

from __future__ import annotations

import csv
import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tinct.errors import TrainingError
from tinct.learning.experiment import current_names

RECORD = "experiment.json"
LOG = "log.csv"
# Columns that are read back, with the name that an earlier version gave them.
COLUMNS = {"step": "step", "photos": "photos", "loss": "loss", "val_loss": "unseen"}


def load_run_config(run: Path) -> dict[str, Any]:
    """The experiment of a run folder as a table; TrainingError if there is none or it cannot be read."""
    record = run / RECORD
    try:
        config = json.loads(record.read_text(encoding="utf-8"))
        if not (isinstance(config, dict) and {"name", "network", "data"} <= config.keys()):
            raise ValueError("not the table of an experiment")
    except (FileNotFoundError, NotADirectoryError):
        raise TrainingError(f"{run}: is not the folder of a run; give one that tinct train made") from None
    except (OSError, ValueError) as error:
        raise TrainingError(
            f"{record}: cannot be read ({reason(error)}); delete it and start tinct train with the same experiment "
            "again, which writes it anew and goes on from the last checkpoint"
        ) from error
    return current_names(config)


def append_log_row(log: Path, row: Mapping[str, object]) -> None:
    """Append a row to a CSV log, with a header if it is new; OSError leaves it unchanged."""
    before = log.read_text(encoding="utf-8", errors="replace") if log.exists() else ""
    complete = before[: before.rfind("\n") + 1] or ",".join(row) + "\n"
    atomic_write_text(log, complete + ",".join(map(str, row.values())) + "\n")


def read_log(log: Path) -> list[dict[str, float]]:
    """Complete rows of a log; none if there is no log."""
    if not log.exists():
        return []
    found = []
    with open(log, newline="", encoding="utf-8", errors="replace") as file:
        for row in csv.DictReader(file):
            try:
                found.append({name: float(row[old if old in row else name]) for name, old in COLUMNS.items()})
            except (KeyError, TypeError, ValueError):
                continue
    return found


def atomic_write_text(target: Path, text: str) -> None:
    """Write a file beside the target and rename it; OSError leaves the target unchanged."""
    part = target.with_name(f"part.{target.name}")
    try:
        part.write_text(text, encoding="utf-8")
        os.replace(part, target)
    except OSError:
        part.unlink(missing_ok=True)
        raise


def reason(error: Exception) -> str:
    """The reason of an error, in a few words."""
    told = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
    return " ".join(told.split())[:120]
