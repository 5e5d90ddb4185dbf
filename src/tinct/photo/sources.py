"""Byte sources: a path or buffer, reopened for each pass, and its format."""

from __future__ import annotations

import io
import os
import stat
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

import pyvips

from tinct.errors import PhotoError, PhotoWarning
from tinct.photo.formats import other_kinds, registry


@dataclass(frozen=True)
class ByteSource:
    """The bytes of a photo file, with a name for errors; `open` starts from the first byte."""

    name: str
    open: Callable[[], BinaryIO]
    path: Path | None = None
    data: bytes | None = None

    @property
    def mode(self) -> int:
        """Permissions of the file; those of any new file for bytes."""
        return stat.S_IMODE(self.path.stat().st_mode) if self.path is not None else 0o666

    def load(self, loader: str, **options: Any) -> pyvips.Image:
        """Open the image with a loader of libvips ("jpegload", ...); raises pyvips.Error."""
        if self.data is not None:
            return getattr(pyvips.Image, loader + "_buffer")(self.data, **options)
        # By a descriptor, which libvips duplicates: a name need not be UTF-8, as libvips wants it.
        with self.open() as file:
            source = pyvips.Source.new_from_descriptor(file.fileno())
        return getattr(pyvips.Image, loader + "_source")(source, **options)


def byte_source(source: Path | str | bytes) -> ByteSource:
    """The source of a photo given by path or as bytes."""
    if isinstance(source, bytes):
        return ByteSource("photo", lambda: io.BytesIO(source), data=source)
    path = Path(source)
    return ByteSource(str(source), lambda: path.open("rb"), path)


def format_of_source(source: ByteSource) -> str:
    """Name of the format of a source, by its signature; PhotoError if it cannot be read or is no photo."""
    name = source.name
    try:
        if source.path is not None and _is_special(source.path):
            raise PhotoError(f"{name}: this is a device or a pipe; give a file, or its bytes")
        with source.open() as file:
            head = file.read(512)
    except FileNotFoundError:
        raise PhotoError(f"{name}: there is no such file; check the name") from None
    except IsADirectoryError:
        raise PhotoError(f"{name}: this is a folder; give the photos in it") from None
    except PermissionError as fault:
        raise PhotoError(f"{name}: cannot be read ({fault.strerror}); check its permissions") from None
    except OSError as fault:
        raise PhotoError(f"{name}: cannot be read ({fault.strerror}); check the name and the disk") from None
    except ValueError as fault:
        raise PhotoError(f"{name!r}: no name of a file ({fault}); check it") from None
    if not head:
        raise PhotoError(f"{name}: the file is empty; copy it again from where it came")
    kind = registry.sniff(head)
    if kind in registry.READABLE:
        return str(kind)
    if (maker := other_kinds.camera_raw(head)) is not None:
        raise camera_raw_error(name, maker)
    other = other_kinds.other_kind(head)
    kind_of = f" ({other})" if other else ""
    raise PhotoError(
        f"{name}: not a photo of a kind that tinct reads{kind_of}; give JPEG, PNG, WebP, TIFF, AVIF, HEIC or JXL"
    )


def suffix_of_content(name: str, opened: Callable[[], BinaryIO]) -> str:
    """Suffix of the format of a photo by its first bytes; PhotoError, with that name, if it is no photo."""
    return registry.READABLE[format_of_source(ByteSource(name, opened))].suffixes[0]


def camera_raw_error(name: str, kind: str) -> PhotoError:
    """The error for a camera raw file: it must be developed first, rather than its preview coloured."""
    return PhotoError(
        f"{name}: a camera raw file ({kind}), which must be developed first; "
        "save it as TIFF with a raw developer and give that"
    )


def left_out(name: str, what: str) -> None:
    """Warn that a result lacks something that its photo has."""
    warnings.warn(f"{name}: {what} is left out of the result", PhotoWarning, stacklevel=3)


def _is_special(path: Path) -> bool:
    # Of os.path, which is False for a name that is too long or cannot be reached.
    return os.path.exists(path) and not (os.path.isfile(path) or os.path.isdir(path))
