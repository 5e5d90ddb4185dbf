"""The history of a photo on disk: a file to which each step, undo and redo adds a line."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from tinct.atomic import atomic_write_text
from tinct.errors import OptionError
from tinct.guidance.hint_file import hint_to_json
from tinct.guidance.hints import Hint
from tinct.studio.project.step import Step

# A file with so many more lines than steps is written anew when it is opened.
_SPARE_LINES = 200


class History:
    """Steps of a photo, the one that holds, and a revision that goes up with every change.

    A line is {"revision", "at"} for undo and redo, with "step" for a new one, which takes the place of all from `at`
    on. A hint that an earlier line has is given by its number. A last line that was cut off counts as never written.
    """

    def __init__(self, path: Path, max_steps: int) -> None:
        self._path, self._max_steps = path, max_steps
        self._table: list[Hint] = []
        self._numbers: dict[str, int] = {}
        self.steps, self.at, self.revision = [Step()], 0, 0
        if path.exists():
            self._read()
        else:
            self._rewrite()

    @property
    def step(self) -> Step:
        """The step that holds."""
        return self.steps[self.at]

    @property
    def can_undo(self) -> bool:
        return self.at > 0

    @property
    def can_redo(self) -> bool:
        return self.at + 1 < len(self.steps)

    def begin(self, step: Step) -> None:
        """Make a step the first one of a history that has no other."""
        self.steps, self.at = [step], 0
        self._rewrite()

    def push(self, step: Step, *, coalesce: bool = False) -> None:
        """Make a step hold; all that was undone is forgotten. coalesce: in place of the last step."""
        at = max(self.at, 1) if coalesce else self.at + 1
        if at >= self._max_steps:
            raise OptionError(f"this photo has {at} steps of history; save it and open it anew")
        # Of a drag many steps a second: they outlive the process, and the last one is synced with the next step.
        known = len(self._table)
        try:
            self._append({"at": at, "step": self._encoded(step)}, sync=not coalesce)
        except OSError:
            self._forget_hints(known)
            raise
        self.steps, self.at = [*self.steps[:at], step], at

    def undo(self) -> None:
        """Make the step before hold; OptionError if there is none."""
        if not self.can_undo:
            raise OptionError("there is nothing to undo; this is the photo's first step")
        self._move(self.at - 1)

    def redo(self) -> None:
        """Make the step hold that was undone; OptionError if there is none."""
        if not self.can_redo:
            raise OptionError("there is nothing to redo; this is the photo's last step")
        self._move(self.at + 1)

    def touch(self) -> None:
        """A new revision of the same step: the same guidance now gives other pixels."""
        self._move(self.at)

    def _move(self, at: int) -> None:
        self._append({"at": at})
        self.at = at

    def _append(self, line: dict[str, Any], *, sync: bool = True) -> None:
        text = json.dumps({"revision": self.revision + 1, **line}, separators=(",", ":")) + "\n"
        with self._path.open("ab") as file:
            before = file.tell()
            try:
                file.write(text.encode())
                file.flush()
                if sync:
                    os.fsync(file.fileno())
            except OSError:
                os.truncate(self._path, before)
                raise
        self.revision += 1

    def _read(self) -> None:
        self.steps = []
        whole = count = 0
        for line in self._path.read_bytes().splitlines(keepends=True):
            try:
                found = json.loads(line)
                at, revision = found["at"], found["revision"]
                step = self._decoded(found["step"]) if "step" in found else None
            except (ValueError, KeyError, TypeError, OptionError):
                break
            if not line.endswith(b"\n"):
                break
            if step is not None:
                self.steps = [*self.steps[:at], step]
            self.at, self.revision = at, revision
            whole, count = whole + len(line), count + 1
        if not self.steps or not 0 <= self.at < len(self.steps):
            self.steps, self.at = [Step()], 0
            self._rewrite()
        elif count > len(self.steps) + _SPARE_LINES:
            self._rewrite()
        elif whole < self._path.stat().st_size:
            os.truncate(self._path, whole)

    def _rewrite(self) -> None:
        """Write the steps and nothing else."""
        self._table, self._numbers = [], {}
        lines = [
            {"revision": self.revision, "at": at, "step": self._encoded(step)}
            for at, step in enumerate(self.steps)
        ]
        lines.append({"revision": self.revision, "at": self.at})
        atomic_write_text(self._path, "".join(json.dumps(line) + "\n" for line in lines))

    def _encoded(self, step: Step) -> dict[str, Any]:
        return {
            "hints": self._encoded_hints(step.hints),
            "vividness": step.vividness,
            "temperature": step.temperature,
            "variant": step.variant,
            "seed": step.seed,
            "references": step.references,
            "strength": step.strength,
            "mode": step.mode,
        }

    def _encoded_hints(self, hints: Iterable[Hint]) -> list[Any]:
        found: list[Any] = []
        for hint in hints:
            document = hint_to_json(hint)
            key = json.dumps(document)
            found.append(self._numbers.get(key, document))
            if key not in self._numbers:
                self._add(key, hint)
        return found

    def _decoded(self, found: dict[str, Any]) -> Step:
        hints = []
        for each in found["hints"]:
            if isinstance(each, int):
                hints.append(self._table[each])
            else:
                hint = Hint(**each)
                self._add(json.dumps(hint_to_json(hint)), hint)
                hints.append(hint)
        variant = found["variant"]
        return Step(
            **{
                **found,
                "hints": tuple(hints),
                "references": tuple(found["references"]),
                "variant": None if variant is None else (variant[0], variant[1]),
            }
        )

    def _add(self, key: str, hint: Hint) -> None:
        self._numbers[key] = len(self._table)
        self._table.append(hint)

    def _forget_hints(self, known: int) -> None:
        """Forget hints after the first so many, whose line was not written."""
        del self._table[known:]
        self._numbers = {key: number for key, number in self._numbers.items() if number < known}
