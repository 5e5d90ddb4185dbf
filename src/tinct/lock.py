"""One process at a time on a file: a lock that the system releases when that process ends, however it ends."""

from __future__ import annotations

import os
import platform
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tinct.errors import TinctError


@contextmanager
def locked(file: Path, about: Path) -> Iterator[None]:
    """Hold the lock of a file; TinctError about a folder, naming the holder, if another process has it."""
    # SQLite's own lock, because it works on every system and on network shares that know locks.
    database = sqlite3.connect(file.with_name(file.name + ".lock"), timeout=0, isolation_level=None)
    holder = file.with_name(file.name + ".holder")
    try:
        try:
            database.execute("BEGIN EXCLUSIVE")
        except sqlite3.OperationalError as error:
            if "locked" not in str(error):
                raise TinctError(f"{file}: cannot be locked ({error}); check the folder") from None
            who = holder.read_text(encoding="utf-8") if holder.exists() else "another run"
            raise TinctError(f"{about}: {who} is at work on it; wait until it ends, or stop it") from None
        holder.write_text(f"process {os.getpid()} on {platform.node()}", encoding="utf-8")
        yield
        holder.unlink(missing_ok=True)
    finally:
        database.close()
