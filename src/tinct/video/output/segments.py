"""Segments: a film's encoded parts in a work folder, with a journal from which an interrupted run continues."""

from __future__ import annotations

import json
import os
import shutil
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np

from tinct.video.motion.steady import Running
from tinct.video.scan import RECORD, Records
from tinct.video.shots import Shot

# A segment is at most this long: what an interrupted run has to do again.
MOST_SECONDS = 3.0
MOST_FRAMES = 75
_RECORDS_AT_ONCE = 250
_JOURNAL, _SCAN, _HEADER, _STATE = "journal.jsonl", "scan.bin", "header.json", "state.npz"


@dataclass(frozen=True, slots=True)
class Block:
    """Frames `start` up to but without `end` of a shot: one segment."""

    shot: Shot
    start: int
    end: int


@dataclass(frozen=True, slots=True, eq=False)
class State:
    """What the next block of a shot continues from: the running mean of the last frame, that frame in grey, and
    the shot's mean ab (2,).
    """

    running: Running
    grey: Any
    mean: Any


def plan_blocks(shots: Sequence[Shot], rate: float) -> list[Block]:
    """The blocks of all shots; a long shot is split into equal ones."""
    most = max(8, min(MOST_FRAMES, int(MOST_SECONDS * rate)))
    blocks = []
    for shot in shots:
        length = shot.end - shot.start
        count = -(-length // most)
        edges = [shot.start + length * part // count for part in range(count + 1)]
        blocks += [Block(shot, *each) for each in pairwise(edges)]
    return blocks


class WorkFolder:
    """The folder of a run: opened for the same clip and settings it holds what an earlier run has finished."""

    def __init__(self, path: Path, fingerprint: dict[str, Any]) -> None:
        self.path = path
        header = path / _HEADER
        text = json.dumps(fingerprint, sort_keys=True)
        if not header.is_file() or header.read_text(encoding="utf-8") != text:
            shutil.rmtree(path, ignore_errors=True)
            path.mkdir(parents=True)
            _write(header, text.encode())
        lines = self._lines()
        self.scanned = any("scanned" in line for line in lines)
        self.delays = [int(line["delay"]) for line in lines if "segment" in line]
        self._pending: list[Any] = []
        self._lock = threading.Lock()

    def records(self) -> Records:
        """Records of the scan so far."""
        path = self.path / _SCAN
        size = path.stat().st_size // RECORD.itemsize if path.is_file() else 0
        return np.fromfile(path, RECORD, count=size) if size else np.zeros(0, RECORD)

    def restart_scan(self, records: Records) -> None:
        """Keep only these records of the scan."""
        _write(self.path / _SCAN, records.tobytes())

    def add_record(self, record: Any) -> None:
        """Add a record of the scan; written out in batches."""
        self._pending.append(record)
        if len(self._pending) >= _RECORDS_AT_ONCE:
            self.flush_records()

    def flush_records(self) -> None:
        """Write out all records added so far."""
        if self._pending:
            with (self.path / _SCAN).open("ab") as file:
                file.write(np.array(self._pending, RECORD).tobytes())
                file.flush()
                os.fsync(file.fileno())
            self._pending.clear()

    def finish_scan(self, damaged: int) -> None:
        """Note that the scan is complete, and how many packets were damaged."""
        self.flush_records()
        self._add_line({"scanned": True, "damaged": damaged})
        self.scanned = True

    @property
    def damaged(self) -> int:
        """Packets that the scan could not decode."""
        return sum(int(line["damaged"]) for line in self._lines() if "scanned" in line)

    def add_remark(self, text: str) -> None:
        """Note what the result will be reported with; a second time says nothing new."""
        if text not in self.remarks:
            self._add_line({"remark": text})

    @property
    def remarks(self) -> list[str]:
        """The remarks noted so far."""
        return [str(line["remark"]) for line in self._lines() if "remark" in line]

    def segment(self, number: int, suffix: str) -> Path:
        """Path of a segment."""
        return self.path / f"segment-{number:06d}{suffix}"

    def finish_segment(
        self, number: int, partial: Path, suffix: str, delay: int, state: State | None
    ) -> None:
        """Make a written segment, and the state after it, the last that a later run need not do again."""
        if state is not None:
            self._save(number, state)
        with partial.open("rb+") as file:
            os.fsync(file.fileno())
        partial.rename(self.segment(number, suffix))
        self._add_line({"segment": number, "delay": delay})
        self.delays.append(delay)
        (self.path / f"{number - 1:06d}-{_STATE}").unlink(missing_ok=True)

    def state(self, number: int) -> State | None:
        """The state after a segment, if it had one."""
        path = self.path / f"{number:06d}-{_STATE}"
        if not path.is_file():
            return None
        with np.load(path) as saved:
            return State(Running(saved["ab"], saved["count"]), saved["grey"], saved["mean"])

    def remove(self) -> None:
        """Delete the folder."""
        shutil.rmtree(self.path, ignore_errors=True)

    def _save(self, number: int, state: State) -> None:
        path = self.path / f"{number:06d}-{_STATE}"
        with path.open("wb") as file:
            np.savez(file, ab=state.running.ab, count=state.running.count, grey=state.grey, mean=state.mean)
            file.flush()
            os.fsync(file.fileno())

    def _lines(self) -> list[dict[str, Any]]:
        path = self.path / _JOURNAL
        if not path.is_file():
            return []
        lines = path.read_bytes().split(b"\n")
        # The last line may have been cut off by a kill; what follows the last line end is left out.
        return [json.loads(line) for line in lines[:-1]]

    def _add_line(self, line: dict[str, Any]) -> None:
        path = self.path / _JOURNAL
        with self._lock:
            if path.is_file() and not path.read_bytes().endswith(b"\n"):
                _write(path, b"".join(json.dumps(each).encode() + b"\n" for each in self._lines()))
            with path.open("ab") as file:
                file.write(json.dumps(line).encode() + b"\n")
                file.flush()
                os.fsync(file.fileno())


def _write(path: Path, content: bytes) -> None:
    partial = path.with_name(f"{path.name}.part")
    with partial.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    partial.replace(path)
