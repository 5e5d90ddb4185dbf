"""Ctrl-C and SIGTERM: finish the current photo, then stop; a second request stops at once."""

from __future__ import annotations

import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

_asked = threading.Event()
_at_work = threading.Event()


def listen() -> None:
    """Handle SIGINT and SIGTERM: raise KeyboardInterrupt, or wait for the current photo."""
    for event in (_asked, _at_work):
        event.clear()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, _stop)


@contextmanager
def at_work() -> Iterator[None]:
    """Defer a first request to `check` while a photo is processed: libvips' callbacks would swallow an
    exception.
    """
    _at_work.set()
    try:
        yield
    finally:
        _at_work.clear()
    check()


@contextmanager
def deferred() -> Iterator[None]:
    """Defer a first request until the block ends, which asks `requested` by itself."""
    _at_work.set()
    try:
        yield
    finally:
        _at_work.clear()


def requested() -> bool:
    """Whether a stop was requested."""
    return _asked.is_set()


def check() -> None:
    """Raise KeyboardInterrupt if a stop was requested."""
    if _asked.is_set():
        raise KeyboardInterrupt


def _stop(_: int, __: FrameType | None) -> None:
    again = _asked.is_set()
    _asked.set()
    if again or not _at_work.is_set():
        raise KeyboardInterrupt
    if sys.stderr.isatty():
        print("\ntinct: finishing the photos in hand; repeat to stop at once", file=sys.stderr)
