"""Uploads: a body streamed to disk, refused at its first bytes if it is no photo, or no film."""

from __future__ import annotations

import asyncio
import io
import os
import secrets
from collections.abc import Callable
from pathlib import Path
from urllib.parse import unquote

from fastapi import Request

from tinct import photo
from tinct.errors import PhotoError
from tinct.studio.api.answers import studio_of
from tinct.studio.film.content import film_suffix
from tinct.studio.rendering.worker import BusyError
from tinct.studio.safety import RefusedError

_HEAD = 512
_LONGEST_NAME = 200


def name_of(request: Request, usual: str = "photo") -> str:
    """The name that the page gives for an upload: shown, and made safe to be part of a file's name."""
    given = unquote(request.headers.get("x-file-name", ""), errors="replace").replace("\\", "/")
    name = "".join(each for each in given.rpartition("/")[2] if each.isprintable() and each not in '<>:"|?*')
    return name.strip(" .")[-_LONGEST_NAME:] or usual


async def receive_photo(request: Request, name: str) -> Path:
    """Stream an uploaded photo to disk; RefusedError 415 for what is none, BusyError if too many."""
    return await _receive(request, lambda head: _suffix(name, head))


async def receive_film(request: Request, name: str) -> Path:
    """Stream an uploaded film to disk; RefusedError 415 for what is none, BusyError if too many."""
    return await _receive(request, lambda head: _film_suffix(name, head))


async def _receive(request: Request, suffix_of: Callable[[bytes], str]) -> Path:
    studio = studio_of(request)
    if request.app.state.uploads >= studio.limits.uploads:
        raise BusyError("too many uploads at once; try again in a moment")
    request.app.state.uploads += 1
    path = studio.library.incoming / secrets.token_hex(8)
    try:
        suffix = await _stream(request, suffix_of, path)
        return await asyncio.to_thread(path.rename, path.with_suffix(suffix))
    except BaseException:
        path.unlink(missing_ok=True)
        raise
    finally:
        request.app.state.uploads -= 1


async def _stream(request: Request, suffix_of: Callable[[bytes], str], path: Path) -> str:
    """Write the body to a file, synced; the suffix of its format."""
    head, suffix = b"", None
    with path.open("xb") as file:
        async for piece in request.stream():
            if suffix is None:
                head += piece
                if len(head) < _HEAD:
                    continue
                suffix = suffix_of(head)
                piece = head
            await asyncio.to_thread(file.write, piece)
        if suffix is None:
            suffix = suffix_of(head)
            file.write(head)
        file.flush()
        await asyncio.to_thread(os.fsync, file.fileno())
    return suffix


def _suffix(name: str, head: bytes) -> str:
    try:
        return photo.suffix_of_content(name, lambda: io.BytesIO(head))
    except PhotoError as error:
        raise RefusedError(415, str(error)) from None


def _film_suffix(name: str, head: bytes) -> str:
    suffix = film_suffix(name, head)
    if suffix is None:
        raise RefusedError(415, f"{name}: begins like no film; give a film, such as an MP4 or Matroska file")
    return suffix
