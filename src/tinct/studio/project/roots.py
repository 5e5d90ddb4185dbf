"""Folders and files that were given at start: all that may be read from the disk."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from tinct import photo
from tinct.errors import OptionError, short_reason

# Of files that are listed as films. Others that hold one can be dropped on the page.
FILM_SUFFIXES = (
    "3g2", "3gp", "asf", "avi", "divx", "dv", "f4v", "flv", "gxf", "m1v", "m2t", "m2ts", "m2v", "m4v", "mjpeg", "mkv",
    "mod", "mov", "mp4", "mpe", "mpeg", "mpg", "mts", "mxf", "nut", "ogm", "ogv", "rm", "rmvb", "tod", "ts", "vob",
    "webm", "wmv", "y4m",
)  # fmt: skip


class NotFoundError(Exception):
    """What was asked for is not there, or not inside a root; one sentence."""


@dataclass(frozen=True, slots=True)
class Root:
    """A folder or a file that was given at start, by its real path."""

    id: str
    name: str
    path: Path
    is_folder: bool


@dataclass(frozen=True, slots=True)
class Entries:
    """Names of the folders in a folder, and names and sizes of its photos and films."""

    folders: list[str]
    photos: list[tuple[str, int]]
    films: list[tuple[str, int]]


def roots_of(paths: Sequence[Path]) -> list[Root]:
    """Roots of photos and folders; OptionError for a path that is not there."""
    found: dict[Path, Root] = {}
    for path in paths:
        try:
            real = path.resolve(strict=True)
        except (OSError, ValueError) as fault:
            raise OptionError(f"{path}: cannot be read ({short_reason(fault)}); check its name") from None
        number = hashlib.sha256(os.fsencode(real)).hexdigest()[:12]
        found[real] = Root(number, shown_name(real.name or str(real)), real, real.is_dir())
    return list(found.values())


def path_inside(root: Root, path: str) -> Path:
    """The real path of a file or folder inside a root, given with slashes; NotFoundError for all that is elsewhere.

    Links are followed, and must not lead out of the root.
    """
    wrong = NotFoundError(f"{root.name}: there is no such photo in it; choose one of its photos")
    parts = PurePosixPath(path).parts
    if (
        "\0" in path
        or "\\" in path
        or path.startswith("/")
        or ".." in parts
        or any(part.startswith(".") for part in parts)
    ):
        raise wrong
    if not root.is_folder:
        if parts:
            raise wrong
        return root.path
    try:
        real = root.path.joinpath(*parts).resolve(strict=True)
    except (OSError, ValueError, RuntimeError):
        raise wrong from None
    if not real.is_relative_to(root.path):
        raise wrong
    return real


def entries_of(root: Root, path: str, limit: int) -> Entries:
    """The folders, photos and films in a folder of a root, sorted by name, at most `limit` of each."""
    if not root.is_folder:
        own = [(root.name, root.path.stat().st_size)]
        return Entries([], [], own) if is_film_file(root.path) else Entries([], own, [])
    folder = path_inside(root, path)
    folders, photos, films = [], [], []
    try:
        with os.scandir(folder) as listed:
            for entry in sorted(listed, key=lambda each: each.name):
                if entry.name.startswith(".") or not _is_inside(root, Path(entry.path)):
                    continue
                if entry.is_dir():
                    folders.append(shown_name(entry.name))
                elif photo.is_photo_file(Path(entry.path)):
                    photos.append((shown_name(entry.name), entry.stat().st_size))
                elif is_film_file(Path(entry.path)):
                    films.append((shown_name(entry.name), entry.stat().st_size))
    except NotADirectoryError:
        raise NotFoundError(f"{root.name}: this is no folder; choose a folder") from None
    except OSError as fault:
        raise NotFoundError(f"{root.name}: cannot be read ({short_reason(fault)})") from None
    return Entries(folders[:limit], photos[:limit], films[:limit])


def is_film_file(path: Path) -> bool:
    """Whether a file has the name of a film."""
    return path.suffix.lower()[1:] in FILM_SUFFIXES


def _is_inside(root: Root, path: Path) -> bool:
    try:
        return path.resolve(strict=True).is_relative_to(root.path)
    except (OSError, RuntimeError):
        return False


def shown_name(name: str) -> str:
    """A name as text that JSON can carry; bytes that are no UTF-8 stay out of it."""
    return name.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
