"""Films by id, the processes that work on them, and who is told of changes."""

from __future__ import annotations

import secrets
import shutil
import threading
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from tinct.atomic import atomic_write_text
from tinct.errors import OptionError, TinctError
from tinct.studio.film.child import Child
from tinct.studio.film.describe import describe_film, describe_shot
from tinct.studio.film.document import Film, Shot, read_film
from tinct.studio.film.project_file import project_text
from tinct.studio.limits import Limits
from tinct.studio.project.document import Document
from tinct.studio.project.folders import read_folders, take_source
from tinct.studio.project.library import Library
from tinct.studio.project.roots import NotFoundError
from tinct.studio.rendering.worker import BusyError, Priority, Worker

Tell = Callable[[str, Mapping[str, Any]], None]
Heard = Callable[[dict[str, Any]], None]


class Films:
    """The films of a library, each in a folder of its own.

    model, device: of the network that colours them; digest: of that model. tell: is told of events; changed: of photo
    documents that are changed here. Its methods may be called from any thread.
    """

    def __init__(
        self, library: Library, model: str, device: str, digest: str, limits: Limits, tell: Tell,
        changed: Callable[[Document], object],
    ) -> None:  # fmt: skip
        self.library, self.limits, self.digest = library, limits, digest
        self._tell, self.changed = tell, changed
        self._network = {"model": model, "device": device}
        self._folder = library.folder / "films"
        self._folder.mkdir(exist_ok=True)
        self._later = Worker("tinct-film-projects", limits.waiting)
        self.quick = Worker("tinct-film-stills", limits.waiting)
        self._running: list[tuple[str, str, Child]] = []
        self._lock, self._closed = threading.RLock(), False
        found = read_folders(self._folder, "film.json", read_film)
        self._films = {each.id: each for each in sorted(found, key=lambda each: each.order)}

    def films(self) -> list[Film]:
        """All of them, in order."""
        return list(self._films.values())

    def get(self, number: str) -> Film:
        """The film of an id; NotFoundError if there is none."""
        try:
            return self._films[number]
        except KeyError:
            raise NotFoundError("there is no such film; it may have been removed from the queue") from None

    def of_source(self, path: Path) -> Film | None:
        """The film of a file below a root, if there is one."""
        return next((each for each in self.films() if each.source == path), None)

    def add(self, path: Path, name: str, *, uploaded: bool) -> Film:
        """A new film at the end of the queue: of a file where it is, or of an uploaded one, which is moved."""
        with self._lock:
            if len(self._films) >= self.limits.films:
                raise OptionError(f"there are {self.limits.films} films in the queue; remove some first")
            folder = self._folder / secrets.token_hex(8)
            (folder / "stills").mkdir(parents=True)
            source = take_source(folder, path, uploaded=uploaded)
            order = max((each.order for each in self.films()), default=0) + 1
            film = Film(folder, order, name, source)
            film.save()
            self._films[film.id] = film
        self.tell_of(film)
        return film

    def remove(self, film: Film) -> list[Document]:
        """Forget a film and what was made of it here, never a file of the person's; the documents to be forgotten."""
        with self._lock:
            self._films.pop(film.id, None)
            running = [child for number, _, child in self._running if number == film.id]
        for child in running:
            child.end()
        documents = self.documents(film)
        (film.folder / "film.json").unlink(missing_ok=True)
        shutil.rmtree(film.folder, ignore_errors=True)
        self._tell("film", {"id": film.id, "removed": True})
        return documents

    def holds(self, film: Film) -> bool:
        """Whether a film is in the queue; it may have been removed."""
        return film.id in self._films

    def run(self, film: Film, task: str, heard: Heard, **job: Any) -> bool:
        """Do a task in a process of its own; whether it was not told to stop. VideoError, with the film's name."""
        child = Child({"task": task, "source": str(film.source), **self._network, **job}, heard)
        running = film.id, task, child
        with self._lock:
            if self._closed or not self.holds(film):
                return False
            self._running.append(running)
        try:
            child.run()
        except TinctError as error:
            raise type(error)(film.shown(str(error))) from None
        finally:
            with self._lock:
                self._running.remove(running)
        return not child.stopped

    def stop(self, film: Film, task: str) -> None:
        """Ask a task to finish what is in hand and to end."""
        with self._lock:
            for number, name, child in self._running:
                if (number, name) == (film.id, task):
                    child.stop()

    def close(self) -> None:
        """End all processes and threads; what they have finished is on disk."""
        with self._lock:
            self._closed = True
            running = [child for _, _, child in self._running]
        for child in running:
            child.end()
        for worker in (self.quick, self._later):
            worker.close()

    @property
    def closed(self) -> bool:
        """Whether the studio ends: what is interrupted goes on when it starts again."""
        return self._closed

    def document(self, number: str | None) -> Document | None:
        """The photo document of a key frame, if it is there."""
        try:
            return None if number is None else self.library.get(number)
        except NotFoundError:
            return None

    def of_document(self, document: Document) -> Film | None:
        """The film of which a photo document is a key frame."""
        return None if document.film is None else self._films.get(document.film)

    def documents(self, film: Film) -> list[Document]:
        """The photo documents of all key frames of a film."""
        found = (self.document(number) for shot in film.shots for number in shot.pictures.values())
        return [each for each in found if each is not None]

    def tell_of(self, film: Film) -> None:
        """Tell the browsers of a film."""
        if self.holds(film):
            self._tell("film", describe_film(film))

    def tell_of_shot(self, film: Film, shot: Shot) -> None:
        """Tell the browsers of a shot."""
        if self.holds(film):
            self._tell("shot", {"film": film.id, "shot": describe_shot(self, film, shot)})

    def write_project(self, film: Film) -> str:
        """Write the project of a film to the disk; its text."""
        with film.lock:
            text = project_text(film, self.document)
            if self.holds(film):
                atomic_write_text(film.project, text)
        return text

    def write_project_later(self, film: Film) -> None:
        """The same, soon: of many changes only once."""
        with suppress(BusyError):
            self._later.submit((film.id, "project"), lambda: self.holds(film) and self.write_project(film))

    def later(self, film: Film, what: str, work: Callable[[], object]) -> None:
        """Do work on a film when there is time; a newer one of the same kind takes its place."""
        with suppress(BusyError):
            self._later.submit((film.id, what), work, Priority.LATER)
