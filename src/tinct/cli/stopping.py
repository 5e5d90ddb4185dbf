"""Ctrl-C and a polite kill: the photo at hand is finished, then the run ends; asked twice, it ends at once."""

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
    """From now on SIGINT and SIGTERM raise KeyboardInterrupt, or wait for the photo at hand."""
    for event in (_asked, _at_work):
        event.clear()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, _stop)


@contextmanager
def at_work() -> Iterator[None]:
    """While a photo is at hand, a first request waits for `check`: libvips' callbacks would swallow an exception."""
    _at_work.set()
    try:
        yield
    finally:
        _at_work.clear()
    check()


def check() -> None:
    """Raise KeyboardInterrupt if a stop was asked for."""
    if _asked.is_set():
        raise KeyboardInterrupt


def _stop(_: int, __: FrameType | None) -> None:
    again = _asked.is_set()
    _asked.set()
    if again or not _at_work.is_set():
        raise KeyboardInterrupt
    if sys.stderr.isatty():
        print("\ntinct: finishing the photo at hand; once more stops at once", file=sys.stderr)
