"""A photo of the studio: where it comes from, what is known of it, and its history."""

from __future__ import annotations

import json
import shutil
import threading
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tinct.atomic import atomic_write_text
from tinct.errors import OptionError
from tinct.studio.project.folders import stored_source
from tinct.studio.project.history import History

FORMAT = 1


@dataclass(frozen=True, slots=True)
class Facts:
    """What the file of a photo holds, known once it was opened.

    stamp: size and time of change of the file, which tell whether it is still the same.
    """

    width: int
    height: int
    format: str
    bits: int
    in_colour: bool
    has_alpha: bool
    has_suggestions: bool
    stamp: tuple[int, int]


@dataclass
class Document:
    """A photo in the queue, in a folder of its own.

    source: a path below a root, or a copy of an uploaded file in the folder. name: as shown, never used as a path.
    references: names by id. remarks: what a result will lack. saved: names of files saved. saved_step: digest of the
    step that was saved last. digest: of the model that the revisions are of. film: id of the film of which it is a key
    frame; then it is not in the queue itself.
    """

    folder: Path
    order: int
    name: str
    source: Path
    history: History
    references: dict[str, str] = field(default_factory=dict)
    saved: list[str] = field(default_factory=list)
    saved_step: str | None = None
    digest: str = ""
    film: str | None = None
    facts: Facts | None = None
    remarks: list[str] = field(default_factory=list)
    error: str | None = None
    opening: bool = False
    lock: threading.RLock = field(default_factory=threading.RLock)

    @property
    def id(self) -> str:
        return self.folder.name

    @property
    def state(self) -> str:
        """waiting, opening, ready or failed."""
        if self.error is not None:
            return "failed"
        if self.opening:
            return "opening"
        return "waiting" if self.facts is None else "ready"

    @property
    def changed_since_saved(self) -> bool:
        """Whether the photo was saved, and looks otherwise now."""
        return self.saved_step is not None and self.saved_step != self.history.step.digest

    def stamp(self) -> tuple[int, int]:
        """Size and time of change of the source; OSError if it is gone."""
        known = self.source.stat()
        return known.st_size, known.st_mtime_ns

    def save(self) -> None:
        """Write all but the history to the disk, atomically."""
        document = {
            "format": FORMAT,
            "order": self.order,
            "name": self.name,
            "source": stored_source(self.folder, self.source),
            "references": self.references,
            "saved": self.saved,
            "saved_step": self.saved_step,
            "model": self.digest,
            "film": self.film,
            "facts": None if self.facts is None else asdict(self.facts),
        }
        atomic_write_text(self.folder / "document.json", json.dumps(document, indent=1) + "\n")

    def reference_file(self, number: str) -> Path:
        """The file of a reference."""
        return self.folder / f"reference-{number}"

    def keep_lightness(self, thumbnail: NDArray[np.float32]) -> None:
        """Keep the photo's small L on disk, for answers about hints of a photo that is not open."""
        np.save(self.folder / "lightness.npy", thumbnail)

    def lightness_at(self, places: list[tuple[float, float]]) -> list[float] | None:
        """L at places (x, y), fractions of the photo; None while it was never opened."""
        path = self.folder / "lightness.npy"
        if not path.exists():
            return None
        kept = np.load(path, mmap_mode="r")
        rows, columns = kept.shape
        return [
            float(kept[min(int(y * rows), rows - 1), min(int(x * columns), columns - 1)]) for x, y in places
        ]


def copy_guidance(document: Document, other: Document, *, hints: bool) -> None:
    """A step of another photo with the options and references of a document, and its hints if asked."""
    step = document.history.step
    with other.lock:
        for each in step.references:
            if each not in other.references:
                shutil.copyfile(document.reference_file(each), other.reference_file(each))
                other.references[each] = document.references[each]
        other.save()
        changes: dict[str, Any] = {
            "vividness": step.vividness,
            "temperature": step.temperature,
            "references": step.references,
            "strength": step.strength,
            "mode": step.mode,
        }
        if hints:
            changes["hints"] = step.hints
        other.history.push(other.history.step.with_changes(changes))


def read_document(folder: Path, max_steps: int) -> Document:
    """The document in a folder; OptionError if it is none."""
    try:
        found: dict[str, Any] = json.loads((folder / "document.json").read_text(encoding="utf-8"))
        if found["format"] != FORMAT:
            raise OptionError(f"{folder}: was written by a newer version; install a newer tinct")
        facts = found["facts"]
        return Document(
            folder=folder,
            order=found["order"],
            name=found["name"],
            source=folder / found["source"],
            history=History(folder / "history.jsonl", max_steps),
            references=found["references"],
            saved=found["saved"],
            saved_step=found.get("saved_step"),
            digest=found["model"],
            film=found.get("film"),
            facts=None if facts is None else Facts(**{**facts, "stamp": tuple(facts["stamp"])}),
        )
    except (OSError, ValueError, KeyError, TypeError) as fault:
        raise OptionError(
            f"{folder}: is no photo of the studio ({type(fault).__name__}); remove it"
        ) from None
