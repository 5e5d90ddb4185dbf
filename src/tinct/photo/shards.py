"""Photos of tar shards and folders."""

from __future__ import annotations

import tarfile
from collections.abc import Iterator
from pathlib import Path

from tinct.errors import PhotoError
from tinct.photo.formats.folders import find_photos
from tinct.photo.vips_errors import first_line

SUFFIXES = (".webp", ".jpg", ".jpeg", ".png", ".tif", ".tiff")


def read_photos(source: Path) -> Iterator[tuple[str, bytes]]:
    """Names and bytes of the photos of a tar shard, or of a folder and those below it, in order."""
    if source.is_dir():
        for path in find_photos(source):
            try:
                data = path.read_bytes()
            except OSError as fault:
                raise PhotoError(
                    f"{path}: cannot be read ({fault.strerror}); check its permissions"
                ) from None
            yield path.name, data
        return
    try:
        with tarfile.open(source) as shard:
            for member in shard:
                handle = shard.extractfile(member) if member.isfile() else None
                if handle is not None and member.name.lower().endswith(SUFFIXES):
                    yield member.name, handle.read()
            if (
                source.stat().st_size < shard.offset + tarfile.BLOCKSIZE
            ):  # a whole shard ends with an empty block
                raise tarfile.ReadError("it ends in the middle of a photo")
    except FileNotFoundError:
        raise PhotoError(f"{source}: no such shard or folder of photos; give one that is there") from None
    except (tarfile.TarError, EOFError, OSError) as error:
        why = first_line(error).rstrip(":")
        raise PhotoError(f"{source}: this shard is damaged or cut short ({why}); fetch it again") from error
