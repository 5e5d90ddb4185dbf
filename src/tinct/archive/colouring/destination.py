"""Where results go: complete files that appear under their names in one step, and replace nothing."""

from __future__ import annotations

import errno
import mmap
import os
import re
from collections.abc import Iterable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from tinct import photo
from tinct.atomic import sync_folder
from tinct.errors import PhotoError

SOURCE_KEY, SETTINGS_KEY = "source_sha256", "settings_sha256"
_NOTE = re.compile(rb'tinct:(source_sha256|settings_sha256)\s*=\s*["\']([0-9a-f]{64})["\']')
_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


@dataclass(frozen=True, slots=True)
class Note:
    """What a result's metadata say about its origin: sha256 of source and settings, in hex."""

    source: str
    settings: str


class Destination(Protocol):
    """Results by their paths relative to the destination, as bytes with / between the parts."""

    def exists(self, path: bytes) -> bool:
        """Whether there is a file of that name."""
        ...

    def local(self, path: bytes, scratch: Path) -> AbstractContextManager[Path]:
        """Context with a local Path of a result, in the folder `scratch` if it must be fetched; OSError."""
        ...

    def publish(self, part: Path, path: bytes, *, replace: bool) -> None:
        """Give a complete local file, already synced, its name; FileExistsError, unless `replace`; OSError."""
        ...

    def sync(self, paths: Iterable[bytes]) -> None:
        """Make the names of results durable."""
        ...

    def listing(self) -> Listing | None:
        """Paths of the results that are there; None where a look at all of them would cost too much."""
        ...

    def is_there(self) -> bool:
        """Whether the destination as a whole can be reached."""
        ...


@dataclass(frozen=True, slots=True)
class LocalDestination:
    """A folder; parts must lie on the same file system to be renamed into it."""

    root: Path

    def path(self, path: bytes) -> bytes:
        """The absolute path of a result."""
        return os.path.join(os.fsencode(self.root), path)

    def exists(self, path: bytes) -> bool:
        return os.path.lexists(self.path(path))

    def local(self, path: bytes, scratch: Path) -> AbstractContextManager[Path]:  # noqa: ARG002
        return nullcontext(Path(os.fsdecode(self.path(path))))

    def publish(self, part: Path, path: bytes, *, replace: bool) -> None:
        target = self.path(path)
        folder = os.path.dirname(target)
        _make_folder(folder, os.fsencode(self.root))
        if replace:
            os.replace(part, target)
            return
        try:
            # A link fails if the name has been taken meanwhile; a rename would replace it.
            os.link(part, target)
        except FileExistsError:
            raise
        except OSError as error:
            if error.errno in _FULL or os.path.lexists(target):
                raise FileExistsError(target) if os.path.lexists(target) else error from None
            os.rename(part, target)

    def sync(self, paths: Iterable[bytes]) -> None:
        """Make the names of results durable."""
        for folder in {os.path.dirname(self.path(path)) for path in paths}:
            sync_folder(folder)

    def listing(self) -> Listing:
        """Paths of the results that are there."""
        return Listing(self.root)

    def is_there(self) -> bool:
        return self.root.is_dir()


class Listing:
    """Names in a folder of results; the listing of the last folder is kept."""

    def __init__(self, root: Path) -> None:
        self._root = os.fsencode(root)
        self._folder: bytes | None = None
        self._names: set[bytes] = set()

    def __contains__(self, path: object) -> bool:
        assert isinstance(path, bytes)
        folder, name = os.path.split(path)
        if folder != self._folder:
            try:
                self._names = set(os.listdir(os.path.join(self._root, folder)))
            except FileNotFoundError:
                self._names = set()
            self._folder = folder
        return name in self._names


def note_of(file: Path) -> Note | None:
    """The note that `tinct archive` put into a result; None if there is none."""
    if file.stat().st_size == 0:
        return None
    with file.open("rb") as opened, mmap.mmap(opened.fileno(), 0, access=mmap.ACCESS_READ) as data:
        note = _parsed(data)
    if note is None:  # XMP in pieces, or compressed
        try:
            note = _parsed(photo.read(file).metadata.xmp or b"")
        except PhotoError:
            return None
    return note


def is_full(error: BaseException) -> bool:
    """Whether an error, or one that it replaced, says that there is no room."""
    seen: BaseException | None = error
    while seen is not None:
        if isinstance(seen, OSError) and seen.errno in _FULL:
            return True
        if "the disk is full" in str(seen):
            return True
        seen = seen.__cause__ or seen.__context__
    return False


def _parsed(data: bytes | mmap.mmap) -> Note | None:
    facts = {name.decode(): value.decode() for name, value in _NOTE.findall(data)}
    return Note(facts[SOURCE_KEY], facts[SETTINGS_KEY]) if len(facts) == 2 else None


def _make_folder(folder: bytes, root: bytes) -> None:
    """Make a folder of the destination, durably; OSError if a link would lead out of it."""
    if folder in _known_folders:
        return
    if not os.path.isdir(folder):
        parent = os.path.dirname(folder)
        _make_folder(parent, root)
        os.makedirs(folder, exist_ok=True)
        sync_folder(parent)
    real, real_root = os.path.realpath(folder), os.path.realpath(root)
    if real != real_root and not real.startswith(real_root + b"/"):
        raise OSError(
            errno.EXDEV, f"the folder {os.fsdecode(folder)} is a link that leads out of the destination"
        )
    _known_folders.add(folder)


_known_folders: set[bytes] = set()
