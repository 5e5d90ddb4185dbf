"""A folder of photos, or the files of it that a list names."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tinct.archive.colouring.job import Entry
from tinct.archive.sources.source import SourceGoneError, reason_not_to_colour, with_sidecars
from tinct.errors import OptionError


class Folder:
    """A folder and its subfolders. Links to folders are not followed; links to files are."""

    def __init__(self, folder: Path) -> None:
        self.name = str(folder)
        self._root = os.path.abspath(os.fsencode(folder))

    def folders(self) -> Iterator[list[Entry]]:
        if not self.is_there():
            raise SourceGoneError(f"{self.name}: the source has disappeared; bring it back and run again")
        pending = [b""]
        while pending:
            folder = pending.pop()
            entries, inner = self._list(folder)
            pending += reversed(inner)
            if entries:
                yield entries

    def _list(self, folder: bytes) -> tuple[list[Entry], list[bytes]]:
        files: list[tuple[bytes, int, int, str]] = []
        inner, faults = [], []
        try:
            with os.scandir(os.path.join(self._root, folder) if folder else self._root) as found:
                for each in found:
                    path = folder + b"/" + each.name if folder else each.name
                    try:
                        if each.is_dir(follow_symlinks=False):
                            inner.append(path)
                            continue
                        facts = each.stat()
                        files.append(
                            (
                                path,
                                facts.st_size,
                                facts.st_mtime_ns,
                                reason_not_to_colour(each.name, facts.st_mode),
                            )
                        )
                    except FileNotFoundError:
                        if each.is_symlink():  # a link to nothing; any other file has been removed just now
                            files.append((path, 0, 0, "a link to nothing"))
                    except OSError as error:  # a link in a circle, a disk that fails
                        faults.append(Entry(path, 0, 0, fault=f"cannot be read ({error.strerror})"))
        except OSError as error:
            faults.append(Entry(folder or b".", 0, 0, fault=f"this folder cannot be read ({error.strerror})"))
        return sorted([*with_sidecars(files), *faults], key=lambda each: each.path), sorted(inner)

    @contextmanager
    def local(self, path: bytes, scratch: Path) -> Iterator[Path]:  # noqa: ARG002
        yield Path(os.fsdecode(os.path.join(self._root, path)))

    def stat(self, path: bytes) -> tuple[int, int]:
        facts = os.stat(os.path.join(self._root, path))
        return facts.st_size, facts.st_mtime_ns

    def is_there(self) -> bool:
        # An unmounted share leaves an empty folder.
        try:
            with os.scandir(self._root) as found:
                return next(found, None) is not None
        except OSError:
            return False


class FileList(Folder):
    """The files named in a text file, one on each line, relative to the folder of that file.

    Absolute paths must lie in that folder too; results keep the path relative to it.
    """

    def __init__(self, file: Path) -> None:
        super().__init__(file.absolute().parent)
        self.name = str(file)
        self._file = file

    def folders(self) -> Iterator[list[Entry]]:
        by_folder: dict[bytes, list[bytes]] = {}
        for line in sorted(set(self._file.read_bytes().splitlines())):
            if line.strip():
                path = self._inside(line)
                by_folder.setdefault(os.path.dirname(path), []).append(path)
        for folder in sorted(by_folder):
            present = {each.path: each for each in self._list(folder)[0]}
            absent = "is in the list, but not in the folder"
            yield [present.get(path) or Entry(path, 0, 0, fault=absent) for path in sorted(by_folder[folder])]

    def _inside(self, line: bytes) -> bytes:
        path = os.path.normpath(os.path.join(self._root, line))
        if not path.startswith(self._root + b"/"):
            raise OptionError(
                f"{self.name}: {os.fsdecode(line)} lies outside the folder of the list; move the list up to a "
                "folder that holds all photos"
            )
        return path[len(self._root) + 1 :]
