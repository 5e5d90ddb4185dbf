"""The films of a studio, their renderings and what plays of them, put together."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path

from tinct.studio.film.directing import directed
from tinct.studio.film.document import Film
from tinct.studio.film.extra import check_films
from tinct.studio.film.films import Films, Tell
from tinct.studio.film.playing import Players
from tinct.studio.film.renderings import Renderings
from tinct.studio.film.shot_finding import ShotFinder
from tinct.studio.limits import Limits
from tinct.studio.project.document import Document
from tinct.studio.project.library import Library
from tinct.studio.project.roots import NotFoundError, Root, path_inside, shown_name


class Workshop:
    """All that works on films; parameters are those of `Films`."""

    def __init__(
        self, library: Library, model: str, device: str, digest: str, limits: Limits, tell: Tell,
        changed: Callable[[Document], object],
    ) -> None:  # fmt: skip
        self.films = Films(library, model, device, digest, limits, tell, changed)
        self.renderings = Renderings(self.films)
        self.players = Players(self.films, self.renderings)
        self._finder = ShotFinder(self.films)
        self._opening = threading.Lock()
        self._go_on()

    def open(self, root: Root, path: str) -> tuple[Film, bool]:
        """The film of a file in a root, and whether it is new."""
        check_films()
        file = path_inside(root, path)
        if not file.is_file():
            raise NotFoundError(f"{root.name}: there is no such film in it; choose one of its films")
        with self._opening:
            known = self.films.of_source(file)
            if known is not None:
                return known, False
            return self.add(file, shown_name(file.name), uploaded=False), True

    def add(self, path: Path, name: str, *, uploaded: bool) -> Film:
        """A new film, whose shots are looked for; parameters are those of `Films.add`."""
        film = self.films.add(path, name, uploaded=uploaded)
        self._finder.find(film)
        return film

    def directed(self, document: Document) -> None:
        """Take over a change of a key frame."""
        directed(self.films, document)

    def forget(self, film: Film) -> list[Document]:
        """Remove a film from the queue; the documents of its key frames, to be forgotten."""
        documents = self.films.remove(film)
        self.renderings.forget(film)
        return documents

    def pause(self, paused: bool) -> None:
        """Let what was not begun wait, or go on."""
        self._finder.pause(paused)
        self.renderings.pause(paused)

    def close(self) -> None:
        """End all processes and threads; what they have finished is on disk."""
        self.films.close()
        self._finder.close()
        self.players.close()
        self.renderings.close()

    def _go_on(self) -> None:
        """Go on with what was interrupted when the studio ended."""
        for film in self.films.films():
            film.seen = {each.id: each.history.step for each in self.films.documents(film)}
            # What has failed may go now: the file is back, or the extra installed.
            if film.state != "ready":
                self._finder.find(film)
