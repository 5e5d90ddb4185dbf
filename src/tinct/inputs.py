"""What a caller may give as a photo: paths, buffers, binary files, arrays and PIL images."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tinct.errors import PhotoError

ACCEPTED = "a path, bytes, a binary file, a NumPy array or a PIL image"
# Modes of PIL that are arrays of grey or RGB samples, with alpha or without, as they are.
_PIL_MODES = ("1", "L", "LA", "RGB", "RGBA", "I;16")


def photo_input(source: Any) -> Path | bytes | NDArray[Any]:
    """Return a path, the bytes of a photo file, or an array, from any accepted kind of source.

    A binary file is read from its position to its end. Raises PhotoError, naming the accepted kinds, for others.
    """
    if isinstance(source, np.ndarray):
        return source
    if isinstance(source, str | os.PathLike):
        return _path(source)
    if _is_pil(source):
        return _pil_array(source)
    if hasattr(source, "read"):
        return _read(source)
    try:
        data = bytes(memoryview(source))
    except TypeError:
        raise PhotoError(f"a {type(source).__name__} is no photo; give {ACCEPTED}") from None
    if not data:
        raise PhotoError(f"photo: the {type(source).__name__} is empty; give the bytes of a photo file")
    return data


def like_input(source: Any, result: Path | bytes | NDArray[Any]) -> Any:
    """Return the result as a PIL image if the source was one, else unchanged."""
    if not _is_pil(source) or not isinstance(result, np.ndarray):
        return result
    return sys.modules["PIL.Image"].fromarray(result)  # imported by whoever made the source


def _path(source: str | os.PathLike[Any]) -> Path:
    try:
        text = os.fsdecode(os.fspath(source))
    except Exception as error:  # whatever a class that only claims to be a path raises
        raise PhotoError(f"a {type(source).__name__} gives no path ({error}); give {ACCEPTED}") from error
    if not text or "\0" in text:
        raise PhotoError(f"photo: the path {text!r} names no file; give {ACCEPTED}")
    return Path(text)


def _read(source: Any) -> bytes:
    try:
        data = source.read()
    except (OSError, ValueError) as error:
        raise PhotoError(f"photo: the file cannot be read ({error}); open it again") from error
    if not isinstance(data, bytes | bytearray | memoryview):
        raise PhotoError("photo: the file is open as text; open it in mode 'rb'")
    if not data:
        raise PhotoError("photo: the file is empty, or has been read to its end; open it again, or seek(0)")
    return bytes(data)


def _is_pil(source: Any) -> bool:
    image = sys.modules.get("PIL.Image")
    return image is not None and isinstance(source, image.Image)


def _pil_array(image: Any) -> NDArray[Any]:
    if image.mode in ("I", "F"):
        raise PhotoError(f"a PIL image of mode {image.mode} has no known white; convert it to L or I;16")
    if image.mode in _PIL_MODES:
        return np.asarray(image)
    transparent = "A" in image.getbands() or "transparency" in image.info
    return np.asarray(image.convert("RGBA" if transparent else "RGB"))
