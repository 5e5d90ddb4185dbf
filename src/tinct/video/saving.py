"""Small results of films, such as projects and previews, written whole or not at all."""

from __future__ import annotations

from pathlib import Path

from tinct.atomic import atomic_write
from tinct.errors import VideoError, short_reason


def save(path: Path, data: bytes, *, overwrite: bool) -> None:
    """Write a file atomically; VideoError, naming it, if it exists or cannot be written."""
    try:
        with atomic_write(path, overwrite=overwrite) as partial:
            partial.write_bytes(data)
    except FileExistsError:
        raise existing(path) from None
    except OSError as error:
        raise VideoError(
            f"{path}: cannot be written ({short_reason(error)}); choose another folder"
        ) from None


def existing(path: Path) -> VideoError:
    """The error for a result whose name is taken."""
    return VideoError(f"{path}: exists already; choose another name, or allow it with --overwrite")
