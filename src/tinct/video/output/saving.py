"""Small results of films, such as projects and previews, written whole or not at all."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import av

from tinct.atomic import atomic_write
from tinct.errors import VideoError, short_reason
from tinct.video.source.probe import ffmpeg_reason


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


def make_folder(path: Path) -> None:
    """Make a folder and those above it; VideoError, naming it, if that cannot be."""
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise VideoError(f"{path}: cannot be a folder ({short_reason(error)}); choose another one") from None


@contextmanager
def resumable(target: Path) -> Iterator[None]:
    """Turn failures to write, such as those of a full disk, into a VideoError that names the target."""
    try:
        yield
    except FileExistsError:
        raise existing(target) from None
    except (av.error.FFmpegError, OSError) as error:
        raise VideoError(
            f"{target}: cannot be written ({ffmpeg_reason(error)}); make room, or choose another folder, and run "
            f"the same command again: what is encoded is kept"
        ) from None


def existing(path: Path) -> VideoError:
    """The error for a result whose name is taken."""
    return VideoError(f"{path}: exists already; choose another name, or allow it with --overwrite")
