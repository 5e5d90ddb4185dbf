"""What a folder holds: its photos, and all that is passed over or cannot be read."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path

from tinct.photo.formats import other_kinds, registry


@dataclass(frozen=True)
class Listing:
    """Photos under a folder, sorted, as `list_photos` finds them."""

    photos: list[Path] = field(default_factory=list)
    unreadable: list[tuple[Path, str]] = field(default_factory=list)
    passed_over: list[Path] = field(default_factory=list)
    dead_links: list[Path] = field(default_factory=list)
    folder_links: list[Path] = field(default_factory=list)


def list_photos(folder: Path) -> Listing:
    """All photos under a folder, by suffix, or by content where there is none.

    Hidden files and folders and results of tinct are left out.
    """
    found = Listing()
    folders = [folder]
    while folders:
        at = folders.pop()
        try:
            with os.scandir(at) as entries:
                listed = [entry for entry in entries if not entry.name.startswith(".")]
        except OSError as fault:
            found.unreadable.append((at, fault.strerror or type(fault).__name__))
            continue
        for entry in listed:
            path = at / entry.name
            if entry.is_dir(follow_symlinks=False):
                folders.append(path)
            elif entry.is_symlink() and not os.path.exists(path):
                found.dead_links.append(path)
            elif entry.is_symlink() and os.path.isdir(path):  # it might lead in circles
                found.folder_links.append(path)
            elif is_photo_file(path):
                found.photos.append(path)
            elif other_kinds.is_unread_image(path):
                found.passed_over.append(path)
    for each in (found.photos, found.unreadable, found.passed_over, found.dead_links, found.folder_links):
        each.sort()
    return found


def is_photo_file(path: Path) -> bool:
    """Whether a file is a photo by its suffix, or by its content if it has none, and no result."""
    if path.stem.endswith("-tinct"):
        return False
    kind = registry.format_by_content(path) if not path.suffix else registry.format_by_name(path)
    return kind is not None


def find_photos(folder: Path | str) -> list[Path]:
    """Photos under a folder, sorted, as `list_photos` finds them."""
    return list_photos(Path(folder)).photos
