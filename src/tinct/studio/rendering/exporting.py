"""Exports: results at full size, written one after another, with their progress."""

from __future__ import annotations

import secrets
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path, PurePath
from typing import Any

from tinct import photo
from tinct.errors import OptionError, TinctError
from tinct.options import Options
from tinct.session import Session
from tinct.studio.project.document import Document
from tinct.studio.project.roots import NotFoundError
from tinct.studio.project.step import Step
from tinct.studio.rendering.remarks import remarks
from tinct.studio.rendering.worker import Priority, Worker
from tinct.targets import check_target, result_path

KINDS = ("photo", "chroma", "layers", "recipe")
_LONGEST_NAME = 200
_LEAST_PROGRESS = 0.02


class ExistsError(Exception):
    """A file of that name is there already."""

    def __init__(self, name: str) -> None:
        super().__init__(f"{name}: exists already; choose another name, or allow it to be overwritten")
        self.name = name


class FileNameError(OptionError):
    """What is no plain name of a file."""

    code = "bad-name"


@dataclass
class Export:
    """A result that is waiting, being written or done. state: waiting, running, done, failed or stopped."""

    id: str
    photo: str
    kind: str
    target: Path
    name: str
    kept: bool
    state: str = "waiting"
    progress: float = 0.0
    error: str | None = None
    remarks: list[str] = field(default_factory=list)
    stopped: bool = False

    def to_json(self) -> dict[str, Any]:
        """The export as the page is told of it."""
        return {
            "id": self.id,
            "photo": self.photo,
            "kind": self.kind,
            "name": self.name,
            "state": self.state,
            "progress": round(self.progress, 3),
            "error": self.error,
            "remarks": self.remarks,
            "file": f"/api/v1/exports/{self.id}/file" if self.kept and self.state == "done" else None,
        }


class Exports:
    """Exports by id, the oldest first, and the thread that writes them.

    session_of: opens the session of a document as a step; tell: is told of each change; saved: of each result, by its
    document, name and step.
    """

    def __init__(
        self,
        limit: int,
        session_of: Callable[[Document, Step], Session],
        tell: Callable[[Export], None],
        saved: Callable[[Document, str, Step], None],
    ) -> None:
        self._limit, self._session_of, self._tell, self._saved = limit, session_of, tell, saved
        self._exports: OrderedDict[str, Export] = OrderedDict()
        self._worker = Worker("tinct-exports", limit)

    def get(self, number: str) -> Export:
        """The export of an id; NotFoundError if there is none."""
        try:
            return self._exports[number]
        except KeyError:
            raise NotFoundError("there is no such export; start it again") from None

    def start(
        self, document: Document, kind: str, options: Options, folder: Path, name: str | None, *, kept: bool
    ) -> Export:
        """Write a result into a folder when there is time. kept: to be fetched from here, under a name of its own.

        Raises ExistsError for a name that is taken, unless the options allow to overwrite it; OptionError for a name
        that is none, or contradicts the kind.
        """
        number = secrets.token_hex(8)
        chosen = default_name(document, kind, options) if name is None else name
        check_name(chosen)
        if kind == "recipe" and not chosen.endswith(".json"):
            raise OptionError(f"{chosen}: a recipe is a file of JSON; end its name in .json")
        if kind != "recipe":
            check_target(chosen, options)
        if (folder / chosen).exists() and (folder / chosen).samefile(document.source):
            raise OptionError(f"{chosen}: the result would replace the photo; choose another name")
        target = folder / (f"{number}-{chosen}" if kept else chosen)
        if not kept and not options.overwrite and target.exists():
            raise ExistsError(chosen)
        export = Export(number, document.id, kind, target, chosen, kept)
        self._exports[number] = export
        self._forget_old()
        self._tell(export)
        self._worker.submit(number, lambda: self._write(export, document, options), Priority.LATER)
        return export

    def stop(self, number: str) -> None:
        """Stop an export; a file that is done stays, unless it is kept for download only."""
        export = self.get(number)
        export.stopped = True
        if export.state == "waiting":
            export.state = "stopped"
            self._tell(export)
        elif export.state == "done" and export.kept:
            export.target.unlink(missing_ok=True)
            del self._exports[number]

    @property
    def paused(self) -> bool:
        """Whether exports that were not begun wait."""
        return self._worker.paused

    def pause(self, paused: bool) -> None:
        """Let exports that were not begun wait, or go on."""
        self._worker.pause(paused)

    def close(self) -> None:
        """Stop all exports and end the thread."""
        for export in self._exports.values():
            export.stopped = True
        self._worker.close()

    def _write(self, export: Export, document: Document, options: Options) -> None:
        if export.stopped:
            return
        export.state = "running"
        self._tell(export)
        step = document.history.step
        try:
            with remarks() as found:
                session = self._session_of(document, step)
                if export.kind == "recipe":
                    session.recipe().save(export.target, overwrite=options.overwrite)
                else:
                    chosen = session.with_options(
                        kind=options.kind,
                        format=options.format,
                        quality=options.quality,
                        overwrite=options.overwrite,
                    )
                    # An uploaded file is kept under another name than the person's.
                    chosen.save(
                        export.target,
                        provenance={"source": document.name},
                        progress=lambda done: self._progressed(export, done),
                    )
            export.remarks = [each.replace(str(document.source), document.name) for each in found]
        except TinctError as error:
            if export.stopped:
                export.state = "stopped"
            else:
                export.state, export.error = "failed", str(error).replace(str(document.source), document.name)
        except Exception as error:
            export.state, export.error = "failed", f"{document.name}: a fault of tinct itself ({error})"
        else:
            export.state, export.progress = "done", 1.0
            self._saved(document, export.name, step)
        self._tell(export)

    def _progressed(self, export: Export, done: float) -> bool:
        if done >= export.progress + _LEAST_PROGRESS:
            export.progress = done
            self._tell(export)
        return not export.stopped

    def _forget_old(self) -> None:
        while len(self._exports) > self._limit:
            old = next(
                (each for each in self._exports.values() if each.state not in ("waiting", "running")), None
            )
            if old is None:
                return
            del self._exports[old.id]
            if old.kept:
                old.target.unlink(missing_ok=True)


def default_name(document: Document, kind: str, options: Options) -> str:
    """The name of a result: that of the photo with -tinct, and the suffix of its kind."""
    shown = PurePath(document.name)
    if photo.format_by_name(shown) is None:
        shown = shown.with_name(f"{shown.stem}{document.source.suffix}")
    if kind == "recipe":
        return f"{shown.stem}-tinct.json"
    if kind == "chroma":
        shown = shown.with_name(f"{shown.stem}-colour{shown.suffix}")
    return result_path(shown.name, options).name


def check_name(name: str) -> None:
    """FileNameError for what is no plain name of a file."""
    bad = any(ord(each) < 32 or each in '/\\:*?"<>|' for each in name)
    if (
        bad
        or not name.strip(" .")
        or name.startswith(".")
        or len(name.encode("utf-8", "replace")) > _LONGEST_NAME
    ):
        raise FileNameError(
            "the name of the result is no plain name of a file; choose a shorter or simpler one"
        )
