"""Small files of a run: the experiment and the log, written atomically."""

from __future__ import annotations

import csv
import json
import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tinct.atomic import atomic_write_text
from tinct.errors import TrainingError, short_reason
from tinct.learning.experiment import current_names

RECORD = "experiment.json"
LOG = "log.csv"
# Columns that are read back, with the name that an earlier version gave them, or none if it had none.
COLUMNS = {"step": "step", "photos": "photos", "loss": "loss", "val_loss": "unseen", "grey_loss": None}


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
            f"{record}: cannot be read ({short_reason(error)}); delete it and start tinct train again with the same "
            "experiment, which writes it again and resumes from the last checkpoint"
        ) from error
    return current_names(config)


def append_log_row(log: Path, row: Mapping[str, object]) -> None:
    """Append a row to a CSV log, with a header if it is new; OSError leaves it unchanged."""
    before = log.read_text(encoding="utf-8", errors="replace") if log.exists() else ""
    complete = before[: before.rfind("\n") + 1] or ",".join(row) + "\n"
    atomic_write_text(log, complete + ",".join(map(str, row.values())) + "\n")


def read_log(log: Path) -> list[dict[str, float]]:
    """Complete rows of a log, nan where a row has no value; none if there is no log."""
    if not log.exists():
        return []
    found = []
    with open(log, newline="", encoding="utf-8", errors="replace") as file:
        for row in csv.DictReader(file):
            try:
                found.append({name: _number(row, name, old) for name, old in COLUMNS.items()})
            except (KeyError, TypeError, ValueError):
                continue
    return found


def _number(row: Mapping[str, str], name: str, old: str | None) -> float:
    """A value of a row under its present or its old name; nan if it is empty, or missing without an old name."""
    if name not in row:
        if old is None:
            return math.nan
        name = old
    return math.nan if row[name] == "" else float(row[name])
