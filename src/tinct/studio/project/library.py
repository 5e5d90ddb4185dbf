"""The photos of the studio on disk, in the order of the queue."""

from __future__ import annotations

import secrets
import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tinct.errors import OptionError
from tinct.lock import locked
from tinct.studio.limits import Limits
from tinct.studio.project.document import Document, read_document
from tinct.studio.project.folders import read_folders, take_source
from tinct.studio.project.history import History
from tinct.studio.project.roots import NotFoundError


class Library:
    """Documents by id; each has a folder of its own in `folder`.

    exports, incoming, scratch: folders for what need not outlive the process.
    """

    def __init__(self, folder: Path, limits: Limits) -> None:
        self.folder, self._limits = folder, limits
        self._photos, self._lock = folder / "photos", threading.Lock()
        self.exports, self.incoming, self.scratch = (
            folder / name for name in ("exports", "incoming", "scratch")
        )
        for passing in (self.exports, self.incoming, self.scratch):
            shutil.rmtree(passing, ignore_errors=True)
            passing.mkdir(parents=True)
        self._photos.mkdir(exist_ok=True)
        found = read_folders(
            self._photos, "document.json", lambda folder: read_document(folder, limits.steps)
        )
        self._documents = {each.id: each for each in sorted(found, key=lambda each: each.order)}

    def documents(self) -> list[Document]:
        """Those in the queue, in its order; key frames of films are not."""
        return [each for each in list(self._documents.values()) if each.film is None]

    def get(self, number: str) -> Document:
        """The document of an id; NotFoundError if there is none."""
        try:
            return self._documents[number]
        except KeyError:
            raise NotFoundError("there is no such photo; it may have been removed from the queue") from None

    def holds(self, document: Document) -> bool:
        """Whether a document is in the queue; it may have been removed."""
        return document.id in self._documents

    def of_source(self, path: Path) -> Document | None:
        """The document of a file below a root, if there is one."""
        return next((each for each in self.documents() if each.source == path), None)

    def add(self, path: Path, name: str, digest: str, *, uploaded: bool, film: str | None = None) -> Document:
        """A new document at the end of the queue: of a file where it is, or of an uploaded one, which is moved.

        film: id of the film of which it is a key frame; then it is not in the queue.
        """
        with self._lock:
            if film is None and len(self.documents()) >= self._limits.photos:
                raise OptionError(f"there are {self._limits.photos} photos in the queue; remove some first")
            folder = self._photos / secrets.token_hex(8)
            folder.mkdir()
            source = take_source(folder, path, uploaded=uploaded)
            order = max((each.order for each in self._documents.values()), default=0) + 1
            history = History(folder / "history.jsonl", self._limits.steps)
            document = Document(folder, order, name, source, history, digest=digest, film=film)
            document.save()
            self._documents[document.id] = document
            return document

    def remove(self, document: Document) -> None:
        """Forget a document and our copy of its photo; never a file below a root."""
        del self._documents[document.id]
        # What is half removed after a kill has no document.json, and is removed at the next start.
        (document.folder / "document.json").unlink(missing_ok=True)
        shutil.rmtree(document.folder, ignore_errors=True)


@contextmanager
def library_in(folder: Path, limits: Limits) -> Iterator[Library]:
    """The library in a folder, which no other studio uses meanwhile; TinctError if one does."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as fault:
        raise OptionError(f"{folder}: cannot be made ({fault.strerror}); give another --work") from None
    with locked(folder / "studio", folder):
        yield Library(folder, limits)
