"""The studio: photos and films on disk, sessions in memory, the thread that computes, and who is told of changes."""

from __future__ import annotations

import secrets
import threading
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from tinct.colorizer import Colorizer
from tinct.studio.describe import describe
from tinct.studio.events import Events
from tinct.studio.film.document import Film
from tinct.studio.film.workshop import Workshop
from tinct.studio.limits import Limits
from tinct.studio.project.document import Document, copy_guidance
from tinct.studio.project.library import Library
from tinct.studio.project.roots import NotFoundError, Root, is_film_file, path_inside, shown_name
from tinct.studio.project.step import Step
from tinct.studio.rendering import pictures
from tinct.studio.rendering.exporting import Exports
from tinct.studio.rendering.renderer import Renderer
from tinct.studio.rendering.sessions import Sessions
from tinct.studio.rendering.worker import BusyError, Priority, Worker


class Studio:
    """All that the answers to requests share. Its methods may be called from any thread."""

    def __init__(
        self, library: Library, colorizer: Colorizer, roots: Sequence[Root], limits: Limits, *, model: Path
    ) -> None:
        """model: the folder of the network, for the processes that read films."""
        self.library, self.limits, self.colorizer = library, limits, colorizer
        self.roots = {root.id: root for root in roots}
        self.events = Events(limits.streams)
        self.worker = Worker("tinct-studio", limits.waiting)
        self.sessions = Sessions(colorizer, library.scratch, limits.sessions, self.changed)
        self.renderer = Renderer(library, self.sessions, self.worker, limits.waiting)
        self.exports = Exports(
            limits.exports,
            lambda document, step: self.renderer.with_session(
                document, "export", lambda it: it, step
            ).result(),
            lambda export: self.events.tell("export", export.to_json()),
            self._saved,
        )
        self._opening = threading.Lock()
        self.workshop = Workshop(
            library,
            str(model),
            colorizer.device,
            self.sessions.digest,
            limits,
            self.events.tell,
            self.changed,
        )
        for root in roots:
            if not root.is_folder:
                self.workshop.open(root, "") if is_film_file(root.path) else self.open(root, "")

    def changed(self, document: Document) -> dict[str, Any]:
        """Tell the browsers of a changed photo, unless it was removed meanwhile; as they are told of it."""
        found = self.describe(document)
        if self.library.holds(document):
            self.events.tell("photo", found)
            if document.film is not None:
                self.workshop.directed(document)
        return found

    def describe(self, document: Document) -> dict[str, Any]:
        """A document as the page is told of it."""
        return describe(document)

    def root(self, number: str) -> Root:
        """The root of an id; NotFoundError if there is none."""
        try:
            return self.roots[number]
        except KeyError:
            raise NotFoundError("there is no such folder; give it to tinct studio at start") from None

    def open(self, root: Root, path: str) -> tuple[Document, bool]:
        """The document of a photo in a root, and whether it is new."""
        file = path_inside(root, path)
        if not file.is_file():
            raise NotFoundError(f"{root.name}: there is no such photo in it; choose one of its photos")
        with self._opening:
            known = self.library.of_source(file)
            if known is not None:
                return known, False
            document = self.library.add(file, shown_name(file.name), self.sessions.digest, uploaded=False)
        return self.added(document), True

    def forget_film(self, film: Film) -> None:
        """Remove a film from the queue, with its key frames."""
        for document in self.workshop.forget(film):
            self.forget(document)

    def added(self, document: Document, priority: Priority = Priority.LATER) -> Document:
        """Open a new document when there is time, or when its turn comes."""
        # With very many they are opened when they are looked at.
        with suppress(BusyError):
            self.worker.submit((document.id, "open"), lambda: self.sessions.plain(document), priority)
        self.changed(document)
        return document

    def stepped(self, document: Document) -> dict[str, Any]:
        """Tell the browsers of a step in the history of a photo, and draw at once what they will ask for."""
        self.renderer.draw_ahead(document)
        return self.changed(document)

    def forget(self, document: Document) -> None:
        """Remove a document from the queue."""
        self.sessions.forget(document)
        self.renderer.forget(document)
        self.library.remove(document)
        self.events.tell("photo", {"id": document.id, "removed": True})

    def close(self) -> None:
        """End the threads and streams."""
        self.workshop.close()
        self.exports.close()
        self.renderer.close()
        self.worker.close()

    def apply(self, document: Document, other: Document, *, hints: bool) -> dict[str, Any]:
        """Give another photo the options and references of one, and its hints if asked."""
        copy_guidance(document, other, hints=hints)
        return self.changed(other)

    def add_reference(self, document: Document, path: Path, name: str) -> dict[str, Any]:
        """Give a photo an uploaded reference, which is moved; PhotoError if it cannot be one."""
        number = secrets.token_hex(8)
        step = document.history.step
        # Tried before it is kept: a grey one is refused.
        self.worker.submit(
            (document.id, "reference", number),
            lambda: self.sessions.check_reference(document, path, name),
        ).result()
        with document.lock:
            step = document.history.step
            changed = step.with_changes({"references": (*step.references, number)})
            path.rename(document.reference_file(number))
            document.references[number] = name
            document.save()
            document.history.push(changed)
        return self.stepped(document)

    def remove_reference(self, document: Document, number: str) -> dict[str, Any]:
        """A step of a photo without a reference; its file stays for undo."""
        with document.lock:
            step = document.history.step
            if number not in step.references:
                raise NotFoundError("there is no such reference; it may have been removed")
            left = tuple(each for each in step.references if each != number)
            document.history.push(step.with_changes({"references": left}))
        return self.stepped(document)

    def reference_file(self, document: Document, number: str) -> Path:
        """The file of a reference; NotFoundError if there is none."""
        if number not in document.references:
            raise NotFoundError("there is no such reference; it may have been removed")
        return document.reference_file(number)

    def colour_of_reference(self, file: Path, x: float, y: float) -> dict[str, Any]:
        """The colour at a place of a reference, for the eyedropper."""
        return pictures.colour_of_file(file, x, y)

    @property
    def paused(self) -> bool:
        """Whether openings and exports wait."""
        return self.exports.paused

    def pause(self, paused: bool) -> None:
        """Let openings and exports wait, or go on."""
        self.worker.pause(paused)
        self.exports.pause(paused)
        self.workshop.pause(paused)
        self.events.tell("queue", {"paused": paused})

    def _saved(self, document: Document, name: str, step: Step) -> None:
        if not self.library.holds(document):
            return
        document.saved = [each for each in document.saved if each != name] + [name]
        document.saved_step = step.digest
        document.save()
        self.changed(document)

    def export_folder(self, root: str | None, document: Document) -> Path:
        """Where a result goes that is kept for download, or saved below a root."""
        return self.library.exports if root is None else self.folder_for(root, document.source)

    def folder_for(self, root: str, source: Path) -> Path:
        """Where what was made of a file is saved: beside it if that is below the root, else in the root."""
        found = self.root(root)
        top = found.path if found.is_folder else found.path.parent
        inside = not source.is_relative_to(self.library.folder) and source.is_relative_to(top)
        return source.parent if inside else top
