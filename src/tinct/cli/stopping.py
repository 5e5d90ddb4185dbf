"""Ctrl-C and SIGTERM: finish the current photo, then stop; a second request stops at once."""

from __future__ import annotations

import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import NoReturn

FINISHING_PHOTOS = "finishing the photos in hand"
_told = FINISHING_PHOTOS
_farewell = "stopped; every result that has its name is complete"
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
def deferred(told: str = FINISHING_PHOTOS) -> Iterator[None]:
    """Defer a first request until the block ends, which asks `requested` by itself.

    told: what the block does first, said on a terminal.
    """
    global _told
    _told = told
    _at_work.set()
    try:
        yield
    finally:
        _at_work.clear()
        _told = FINISHING_PHOTOS


def stop(sentence: str) -> NoReturn:
    """Raise KeyboardInterrupt; `sentence` tells what is kept and how to go on."""
    global _farewell
    _farewell = sentence
    raise KeyboardInterrupt


def farewell() -> str:
    """What to tell the user at the end of a stopped program."""
    return _farewell


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
        print(f"\ntinct: {_told}; repeat to stop at once", file=sys.stderr)
