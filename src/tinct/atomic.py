"""Atomic writes: a hidden file beside the target, synced to disk, then renamed in one step."""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

# Windows cannot open a folder, and makes a rename durable by itself.
SYNC_FOLDERS = os.name != "nt"


@contextmanager
def atomic_write(target: Path, *, overwrite: bool, mode: int = 0o666) -> Iterator[Path]:
    """Yield a hidden path beside the target, which becomes the target at the end, or is removed on an error.

    mode: permissions of the file, without those that the umask takes away; its owner may always read and write it.
    Raises FileExistsError if the target exists, unless `overwrite`; OSError if it cannot be written.
    """
    if not overwrite and os.path.lexists(target):
        raise FileExistsError(target)
    # 50 characters of at most four bytes each: a name has at most 255.
    partial = target.parent / f".{target.name[:50]}.{secrets.token_hex(4)}.part"
    create(partial, mode)
    try:
        yield partial
        _rename(partial, target, overwrite)
    finally:
        partial.unlink(missing_ok=True)


def create(path: Path, mode: int = 0o666) -> None:
    """Make an empty file of those permissions, as `atomic_write` takes them; FileExistsError if it is there."""
    os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, (mode & 0o666) | 0o600))


def atomic_write_text(target: Path, text: str) -> None:
    """Write a text file atomically, over what was there; OSError leaves that unchanged."""
    with atomic_write(target, overwrite=True) as partial:
        partial.write_text(text, encoding="utf-8")


def sync_folder(folder: Path | bytes) -> None:
    """Make the names in a folder durable, where the system can; OSError if it refuses."""
    if not SYNC_FOLDERS:
        return
    opened = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)


def _rename(partial: Path, target: Path, overwrite: bool) -> None:
    with partial.open("rb+") as file:
        os.fsync(file.fileno())
    if overwrite:
        os.replace(partial, target)
    else:
        try:
            # A link fails if the name has been taken meanwhile; a rename would overwrite it.
            os.link(partial, target)
        except FileExistsError:
            raise
        except OSError:
            if os.path.lexists(target):
                raise FileExistsError(target) from None
            os.rename(partial, target)
    # Shares and drop boxes refuse it; the file has its name by now.
    with suppress(OSError):
        sync_folder(target.parent)
