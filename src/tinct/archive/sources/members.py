"""Photos inside a tar or a zip, each extracted for as long as it is coloured."""

from __future__ import annotations

import os
import secrets
import shutil
import stat
import tarfile
import zipfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from tinct.archive.colouring.job import Entry
from tinct.archive.sources.source import reason_not_to_colour, with_sidecars
from tinct.errors import TinctError


class Tar:
    """The members of an uncompressed tar."""

    def __init__(self, file: Path) -> None:
        self.name = str(file)
        self._file = file
        self._index: dict[bytes, tuple[int, int, int]] | None = None

    def folders(self) -> Iterator[list[Entry]]:
        yield from member_folders((path, size, time) for path, (_, size, time) in self._members().items())

    @contextmanager
    def local(self, path: bytes, scratch: Path) -> Iterator[Path]:
        start, size, _ = self._member(path)
        with extracted(path, scratch) as place, self._file.open("rb") as whole, place.open("wb") as part:
            whole.seek(start)
            for at in range(0, size, 1 << 20):
                part.write(whole.read(min(1 << 20, size - at)))
            part.close()
            yield place

    def stat(self, path: bytes) -> tuple[int, int]:
        return self._member(path)[1:]

    def is_there(self) -> bool:
        return self._file.is_file()

    def __getstate__(self) -> dict[str, object]:
        return self.__dict__ | {"_index": None}

    def _member(self, path: bytes) -> tuple[int, int, int]:
        members = self._members()
        if path not in members:
            raise FileNotFoundError(path)
        return members[path]

    def _members(self) -> dict[bytes, tuple[int, int, int]]:
        if self._index is None:
            try:
                with tarfile.open(self._file, "r:", errors="surrogateescape") as opened:
                    self._index = {
                        os.fsencode(each.name).removeprefix(b"./"): (
                            each.offset_data,
                            each.size,
                            int(each.mtime) * 10**9,
                        )
                        for each in opened
                        if each.isreg()
                    }
            except (tarfile.TarError, OSError) as error:
                raise TinctError(f"{self.name}: cannot be read as a tar ({error}); copy it again") from None
        return self._index


class Zip:
    """The members of a zip."""

    def __init__(self, file: Path) -> None:
        self.name = str(file)
        self._file = file
        self._opened: zipfile.ZipFile | None = None

    def folders(self) -> Iterator[list[Entry]]:
        infos = [each for each in self._zip().infolist() if not each.is_dir()]
        yield from member_folders((os.fsencode(each.filename), each.file_size, 0) for each in infos)

    @contextmanager
    def local(self, path: bytes, scratch: Path) -> Iterator[Path]:
        with extracted(path, scratch) as place:
            try:
                with self._zip().open(os.fsdecode(path)) as member, place.open("wb") as part:
                    shutil.copyfileobj(member, part, 1 << 20)
            except (zipfile.BadZipFile, NotImplementedError, RuntimeError) as error:
                raise TinctError(
                    f"{os.fsdecode(path)}: cannot be unpacked ({error}); unpack it yourself"
                ) from None
            yield place

    def stat(self, path: bytes) -> tuple[int, int]:
        try:
            return self._zip().getinfo(os.fsdecode(path)).file_size, 0
        except KeyError:
            raise FileNotFoundError(path) from None

    def is_there(self) -> bool:
        return self._file.is_file()

    def __getstate__(self) -> dict[str, object]:
        return self.__dict__ | {"_opened": None}

    def _zip(self) -> zipfile.ZipFile:
        if self._opened is None:
            try:
                self._opened = zipfile.ZipFile(self._file)
            except (zipfile.BadZipFile, OSError) as error:
                raise TinctError(f"{self.name}: cannot be read as a zip ({error}); copy it again") from None
        return self._opened


@contextmanager
def extracted(path: bytes, scratch: Path) -> Iterator[Path]:
    """A place in `scratch` for one file, removed at the end; its suffix is that of `path`."""
    place = scratch / f"extracted-{secrets.token_hex(8)}{os.fsdecode(os.path.splitext(path)[1])}"
    try:
        yield place
    finally:
        place.unlink(missing_ok=True)


def member_folders(members: Iterable[tuple[bytes, int, int]]) -> Iterator[list[Entry]]:
    """Entries of the members (path, size, mtime_ns) of a container, in lists of one folder each.

    A path that would leave the destination is an entry with a fault.
    """
    by_folder: dict[bytes, list[tuple[bytes, int, int, str]]] = {}
    unsafe = []
    for path, size, time in members:
        if path.startswith(b"/") or b".." in path.split(b"/") or b"\\" in path or b"" in path.split(b"/"):
            unsafe.append(Entry(path, size, time, fault="its path leads out of the archive"))
        else:
            reason = reason_not_to_colour(os.path.basename(path), stat.S_IFREG)
            by_folder.setdefault(os.path.dirname(path), []).append((path, size, time, reason))
    for folder in sorted(by_folder):
        yield with_sidecars(sorted(by_folder[folder]))
    if unsafe:
        yield unsafe
