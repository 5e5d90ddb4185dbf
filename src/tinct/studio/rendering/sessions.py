"""Photos opened for colouring: the few used last, each with the colouring of its present revision."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path

from tinct.cache import remember
from tinct.colorizer import Colorizer
from tinct.errors import OptionError, PhotoError, TinctError
from tinct.guidance.recipe import model_digest
from tinct.guidance.references import Reference
from tinct.photo import is_in_color, page_count
from tinct.session import Session
from tinct.studio.project.document import Document, Facts
from tinct.studio.project.step import Step
from tinct.studio.rendering.remarks import remarks

# Short side of the first look, which computes all that later ones need.
_SMALL = 64


class UnusableReferenceError(PhotoError):
    """A photo that cannot be a reference."""

    code = "no-reference"


@dataclass
class _Opened:
    """A session without guidance, those of the last steps without hints, the one of a step, and references by id."""

    plain: Session
    step: Step | None = None
    session: Session | None = None
    grey: Session | None = None
    bases: dict[Step, Session] = field(default_factory=dict)
    variants: dict[tuple[Step, int], list[Session]] = field(default_factory=dict)
    references: dict[str, Reference] = field(default_factory=dict)


class Sessions:
    """Sessions by document, at most `limit` of them, with their pixels in a folder.

    Its methods are called by one thread at a time, the worker's.
    """

    def __init__(
        self, colorizer: Colorizer, scratch: Path, limit: int, changed: Callable[[Document], object]
    ) -> None:
        self.colorizer, self._scratch, self._limit, self._changed = colorizer, scratch, limit, changed
        self.digest = model_digest(colorizer.manifest)
        self._opened: OrderedDict[str, _Opened] = OrderedDict()
        self._lock = threading.Lock()

    def session_of(self, document: Document, step: Step | None = None) -> Session:
        """The session of a document as a step, by default the present one, guides it; TinctError if it cannot be."""
        step = document.history.step if step is None else step
        opened = self._opened_of(document)
        if opened.session is None or opened.step != step:
            opened.session = self._guided(document, opened, step)
            opened.step = step
        return opened.session

    def guided(self, document: Document, step: Step) -> Session:
        """The session of a document as another step than the present one guides it."""
        return self._guided(document, self._opened_of(document), step)

    def check_reference(self, document: Document, path: Path, name: str) -> None:
        """UnusableReferenceError for what cannot be a reference, with the name that the person knows."""
        try:
            self._opened_of(document).plain.with_references([path])
        except TinctError as error:
            raise UnusableReferenceError(str(error).replace(str(path), name)) from None

    def plain(self, document: Document) -> Session:
        """The session of a document without guidance."""
        return self._opened_of(document).plain

    def grey(self, document: Document) -> Session:
        """The session of a document without colour."""
        opened = self._opened_of(document)
        if opened.grey is None:
            opened.grey = opened.plain.without_colour()
        return opened.grey

    def forget(self, document: Document) -> None:
        """Close the session of a document."""
        with self._lock:
            self._opened.pop(document.id, None)

    def _opened_of(self, document: Document) -> _Opened:
        with self._lock:
            found = self._opened.get(document.id)
            if found is not None:
                self._opened.move_to_end(document.id)
                return found
        found = self._open(document)
        with self._lock:
            self._opened[document.id] = found
            while len(self._opened) > self._limit:
                self._opened.popitem(last=False)
        return found

    def _open(self, document: Document) -> _Opened:
        document.opening, document.error = document.facts is None, None
        if document.opening:
            self._changed(document)
        try:
            stamp = document.stamp()
            with remarks() as found:
                page = 1 if page_count(document.source) > 1 else None
                # A film is seen at one size, too.
                scales = None if document.film is None else 1
                session = self.colorizer.open(
                    document.source, page=page, scales=scales, scratch=self._scratch
                )
                session.preview(_SMALL)
            document.remarks = [self._shown(document, each) for each in found]
            self._remember(document, session, stamp)
        except OSError as error:
            raise self._failed(
                document, PhotoError(f"{document.source}: cannot be read ({error.strerror})")
            ) from None
        except TinctError as error:
            raise self._failed(document, error) from None
        except Exception as error:
            fault = PhotoError(f"{document.name}: a fault of tinct itself ({type(error).__name__}: {error})")
            raise self._failed(document, fault) from error
        finally:
            document.opening = False
        self._changed(document)
        return _Opened(session)

    def _remember(self, document: Document, session: Session, stamp: tuple[int, int]) -> None:
        """Keep what is known of a photo now, unless it is known already."""
        known, opened = document.facts, session.photo
        if known is not None and known.stamp == stamp and document.digest == self.digest:
            return
        document.facts = Facts(
            width=opened.width,
            height=opened.height,
            format=opened.format,
            bits=8 if opened.depth == 8 else 16,
            in_colour=is_in_color(opened),
            has_alpha=opened.has_alpha,
            has_suggestions=session.manifest.output.kind == "ab_bins",
            stamp=stamp,
        )
        document.digest = self.digest
        document.keep_lightness(opened.thumbnail)
        if known is not None:
            document.history.touch()
        document.save()

    def _failed(self, document: Document, error: TinctError) -> TinctError:
        """Mark a document as failed; the error with the name that the person knows."""
        document.error = self._shown(document, str(error))
        self._changed(document)
        return PhotoError(document.error)

    def _shown(self, document: Document, sentence: str) -> str:
        """A sentence of the library with the name that the person knows."""
        return sentence.replace(str(document.source), document.name)

    def _guided(self, document: Document, opened: _Opened, step: Step) -> Session:
        try:
            base = replace(step, hints=())
            session = remember(opened.bases, base, lambda: self._base(document, opened, base))
            return session.with_hints(step.hints)
        except TinctError as error:
            raise OptionError(self._shown(document, str(error))) from None

    def _base(self, document: Document, opened: _Opened, step: Step) -> Session:
        """The session of a step without hints."""
        session = opened_session = opened.plain.with_options(**step.settings)
        if step.variant is not None:
            number, count = step.variant
            drawn_for = replace(step, variant=None, references=()), count
            drawn = remember(opened.variants, drawn_for, lambda: opened_session.variants(count), 2)
            session = drawn[number - 1]
        if step.references:
            given = [opened.references.get(each, document.reference_file(each)) for each in step.references]
            session = session.with_references(given, step.strength, step.mode)
            opened.references = dict(zip(step.references, session.references, strict=True))
        return session
