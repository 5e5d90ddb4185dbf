"""Sources and destinations behind fsspec, such as s3://: the one module that imports it."""

from __future__ import annotations

import errno
import os
import secrets
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import fsspec

from tinct.archive.colouring.job import Entry
from tinct.archive.sources.source import SourceGoneError, reason_not_to_colour, with_sidecars
from tinct.errors import OptionError

_REGULAR = 0o100644


class _Remote:
    """A folder of a remote file system, opened in each process by itself."""

    def __init__(self, url: str) -> None:
        self.name = url.rstrip("/")
        self._opened: tuple[Any, str] | None = None
        self._fs()

    def __getstate__(self) -> dict[str, object]:
        return self.__dict__ | {"_opened": None}

    def _fs(self) -> Any:
        if self._opened is None:
            try:
                # Listings that are kept would hide what other machines have written since.
                fs, root = fsspec.core.url_to_fs(self.name, use_listings_cache=False)
            except (ImportError, ValueError) as error:
                raise OptionError(
                    f"{self.name}: cannot be opened ({error}); install the extra for it"
                ) from None
            self._opened = fs, root.rstrip("/")
        return self._opened[0]

    def _path(self, path: bytes) -> str:
        self._fs()
        assert self._opened is not None
        return f"{self._opened[1]}/{os.fsdecode(path)}"

    @contextmanager
    def local(self, path: bytes, scratch: Path) -> Iterator[Path]:
        place = scratch / f"fetched-{secrets.token_hex(8)}{os.path.splitext(os.fsdecode(path))[1]}"
        try:
            with _as_os_errors():
                self._fs().get_file(self._path(path), str(place))
            yield place
        finally:
            place.unlink(missing_ok=True)

    def is_there(self) -> bool:
        try:
            with _as_os_errors():
                return bool(self._fs().exists(self._path(b"").rstrip("/")))
        except OSError:
            return False


class RemoteSource(_Remote):
    """Files of a remote folder."""

    def folders(self) -> Iterator[list[Entry]]:
        if not self.is_there():
            raise SourceGoneError(
                f"{self.name}: the source cannot be reached; check the address and run again"
            )
        root = self._path(b"")
        with _as_os_errors():
            for _, _, files in self._fs().walk(root.rstrip("/"), detail=True):
                found = []
                for info in files.values():
                    path = os.fsencode(info["name"].removeprefix(root))
                    if info["name"].startswith(root) and path:
                        reason = reason_not_to_colour(os.path.basename(path), _REGULAR)
                        found.append((path, int(info.get("size") or 0), _mtime_ns(info), reason))
                if found:
                    yield with_sidecars(sorted(found))

    def stat(self, path: bytes) -> tuple[int, int]:
        with _as_os_errors():
            info = self._fs().info(self._path(path))
        return int(info.get("size") or 0), _mtime_ns(info)


class RemoteDestination(_Remote):
    """Results in a remote folder. An object is complete or absent, and a new one replaces none (S3: If-None-Match)."""

    def exists(self, path: bytes) -> bool:
        with _as_os_errors():
            return bool(self._fs().exists(self._path(path)))

    def publish(self, part: Path, path: bytes, *, replace: bool) -> None:
        with _as_os_errors():
            mode = "overwrite" if replace else "create"
            self._fs().put_file(str(part), self._path(path), mode=mode)

    def sync(self, paths: Iterable[bytes]) -> None:
        """Nothing: an object is durable when it is there."""

    def listing(self) -> None:
        """None: a look at every object would cost a request each."""
        return

    def is_there(self) -> bool:
        try:
            with _as_os_errors():
                self._fs().info(self._path(b"").lstrip("/").split("/")[0])
        except FileNotFoundError:
            return False
        except OSError:
            return False
        return True


def _mtime_ns(info: dict[str, Any]) -> int:
    """When a file was last changed, in nanoseconds; 0 where the file system does not tell."""
    time = info.get("LastModified") or info.get("mtime") or info.get("last_modified") or 0
    seconds = time.timestamp() if hasattr(time, "timestamp") else float(time)
    return int(seconds) * 10**9


@contextmanager
def _as_os_errors() -> Iterator[None]:
    """Errors of clients, which have no common base, as OSError; those of a connection may be gone at the next try."""
    try:
        yield
    except (OSError, OptionError, SourceGoneError):
        raise
    except Exception as error:
        raise OSError(errno.EIO, f"{type(error).__name__}: {error}") from error
