"""What the library warns of, gathered for the photo or export that it is about, in any thread."""

from __future__ import annotations

import threading
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from tinct.errors import PhotoWarning

_gathered = threading.local()


@contextmanager
def gathering() -> Iterator[None]:
    """Let `remarks` work inside the block, which lasts as long as the studio.

    `warnings.catch_warnings` is for one thread only; here a single function serves all of them.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("always", PhotoWarning)
        usual = warnings.showwarning

        def show(message: Any, category: type[Warning], *place: Any, **more: Any) -> None:
            found: list[str] | None = getattr(_gathered, "found", None)
            if not issubclass(category, PhotoWarning):
                usual(message, category, *place, **more)
            elif found is not None and str(message) not in found:
                found.append(str(message))

        warnings.showwarning = show
        yield


@contextmanager
def remarks() -> Iterator[list[str]]:
    """The sentences that the library warns with inside the block, in this thread."""
    found: list[str] = []
    _gathered.found = found
    try:
        yield found
    finally:
        _gathered.found = None
