"""Pictures of photos on their way: drawn one by one, the newest of a photo first, what takes long in steps."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Generator
from concurrent.futures import Future
from contextlib import suppress
from typing import Any, TypeVar

from tinct.errors import OptionError
from tinct.session import Session
from tinct.studio.project.document import Document
from tinct.studio.project.library import Library
from tinct.studio.project.step import Step
from tinct.studio.rendering import pictures
from tinct.studio.rendering.sessions import Sessions
from tinct.studio.rendering.worker import BusyError, Priority, SupersededError, Worker

Answer = TypeVar("Answer")
Picture = tuple[bytes, str]
Steps = Generator[None, None, Answer]

_KEPT_PICTURES = 100


class Renderer:
    """Draws pictures for the browsers. Its methods may be called from any thread.

    worker: its thread computes colours, and no other uses the sessions; tiles are cut by a thread of their own.
    """

    def __init__(self, library: Library, sessions: Sessions, worker: Worker, max_waiting: int) -> None:
        self._library, self._sessions, self._worker = library, sessions, worker
        self._tiles = Worker("tinct-tiles", max_waiting)
        self._pictures: OrderedDict[tuple[Any, ...], Picture] = OrderedDict()
        # Short sides of first looks, by photo.
        self._looked_at: dict[str, int] = {}

    def preview(
        self, document: Document, revision: int | None, kind: str, short_side: int, *, refine: bool = True
    ) -> Future[Picture]:
        """The future picture of a revision; SupersededError for an older one than the present.

        refine: as for `Session.preview`; without it, later changes are drawn before a browser asks for them.
        """
        pictures.check_kind(kind)
        refine = refine or kind != "result"
        known = document.history.revision
        asked = known if revision is None else revision
        if asked > known:
            raise OptionError(f"revision is {asked}, but the photo is at {known}")
        if asked < known:
            raise SupersededError(f"revision {asked} is no longer the present one, which is {known}")
        if not refine:
            self._looked_at[document.id] = short_side
        key = (document.id, asked, kind, short_side)
        for each in (True, refine):
            if (kept := self._pictures.get((*key, each))) is not None:
                done: Future[Picture] = Future()
                done.set_result(kept)
                return done

        def draw() -> Steps[Picture]:
            session = yield from self._session_for(document, kind, asked, refine=refine)
            picture = pictures.preview(session, kind, short_side, refine=refine)
            self._pictures[(*key, refine)] = picture
            while len(self._pictures) > _KEPT_PICTURES:
                self._pictures.popitem(last=False)
            return picture

        priority = Priority.SOON if refine and kind == "result" else Priority.NOW
        return self._worker.submit(
            (document.id, "preview", kind, short_side, refine), draw, priority, version=asked
        )

    def tile(
        self, document: Document, kind: str, revision: int, level: int, column: int, row: int
    ) -> Future[Picture]:
        """The future tile of the present revision; SupersededError for another."""
        _check_revision(document, revision)
        pictures.check_kind(kind)
        if document.facts is not None:
            pictures.tile_rectangle(document.facts.width, document.facts.height, level, column, row)

        def draw() -> Picture:
            _check_revision(document, revision)
            session = self._worker.submit(
                (document.id, "tile", kind),
                lambda: self._session_for(document, kind, revision),
                Priority.SOON if kind == "result" else Priority.NOW,
                version=revision,
            ).result()
            return pictures.tile(session, kind, level, column, row)

        key = (document.id, kind, level, column, row)
        return self._tiles.submit(key, draw, version=revision)

    def variant_preview(
        self, document: Document, seed: int, count: int, number: int, short_side: int
    ) -> Future[Picture]:
        """The future small picture of a variant with the present guidance."""

        def draw() -> Steps[Picture]:
            step = document.history.step.with_changes({"variant": (number, count), "seed": seed})
            session = self._sessions.guided(document, step)
            yield from session.prepare_hints(ahead=False)
            return pictures.preview(session, "result", short_side)

        return self._worker.submit((document.id, "variant", number, count, seed), draw, Priority.SOON)

    def with_session(
        self,
        document: Document,
        what: str,
        work: Callable[[Session], Answer],
        step: Step | None = None,
    ) -> Future[Answer]:
        """The future result of work on the session of a document as a step, by default the present one, guides it.

        A newer request for the same takes its place.
        """
        return self._worker.submit(
            (document.id, what), lambda: work(self._sessions.session_of(document, step))
        )

    def draw_ahead(self, document: Document) -> None:
        """Draw what a browser will ask for after a step, and when nothing is asked for, encode what hints will need."""
        side = self._looked_at.get(document.id)
        if side is not None:
            with suppress(BusyError, SupersededError):
                self.preview(document, None, "result", side, refine=False)

        def prepare() -> Steps[None]:
            if self._library.holds(document):
                yield from self._sessions.session_of(document).prepare_hints()

        if document.history.step.hints:
            with suppress(BusyError):
                self._worker.submit((document.id, "prepare"), prepare, Priority.IDLE)

    def forget(self, document: Document) -> None:
        """Draw nothing ahead for a document that is removed."""
        self._looked_at.pop(document.id, None)

    def close(self) -> None:
        """End the thread of the tiles."""
        self._tiles.close()

    def _session_for(
        self, document: Document, kind: str, revision: int, *, refine: bool = True
    ) -> Steps[Session]:
        """The session for pictures of a kind, with all that takes long done one step at a time."""
        with document.lock:
            _check_revision(document, revision)
            step = document.history.step
        if kind == "before":
            return self._sessions.grey(document)
        session = self._sessions.session_of(document, step)
        if refine and kind == "result":
            for _ in session.prepare_hints(ahead=False):
                yield
                _check_revision(document, revision)
        return session


def _check_revision(document: Document, revision: int) -> None:
    known = document.history.revision
    if revision != known:
        raise SupersededError(f"revision {revision} is not the present one, which is {known}")
