"""Opening a source by its path."""

from __future__ import annotations

import tarfile
import zipfile
from pathlib import Path
from typing import Any

from tinct.archive.sources.folder import FileList, Folder
from tinct.archive.sources.members import Tar, Zip
from tinct.archive.sources.source import Source
from tinct.errors import OptionError


def is_url(text: str) -> bool:
    """Whether a source or destination is a remote one, such as s3://bucket/folder."""
    return "://" in text


def remote() -> Any:
    """The module for remote folders; OptionError if what it needs is not installed."""
    try:
        from tinct.archive import remote as module
    except ModuleNotFoundError as error:
        raise OptionError(
            f"remote folders need the package {error.name}; install it with: pip install 'tinct[s3]'"
        ) from None
    return module


def open_source(source: str) -> Source:
    """The source that a path stands for: a folder, a .tar, a .zip, or a text file of paths, one on each line,
    or the URL of a remote folder.

    Raises OptionError if it is none of them.
    """
    if is_url(source):
        return remote().RemoteSource(source)  # type: ignore[no-any-return]
    path = Path(source)
    if path.is_dir():
        return Folder(path)
    if not path.is_file():
        raise OptionError(
            f"{source}: there is no such folder; give a folder, a .tar, a .zip or a list of files"
        )
    if zipfile.is_zipfile(path):
        return Zip(path)
    if path.suffix.lower() == ".tar":
        return Tar(path)
    if tarfile.is_tarfile(path):
        raise OptionError(f"{source}: photos in a compressed tar cannot be read one by one; unpack it first")
    if path.suffix.lower() in (".txt", ".list", ".lst"):
        return FileList(path)
    raise OptionError(f"{source}: is no folder, .tar, .zip or list of files (.txt); give one of them")
