"""Memory that a step gives back is kept for the next one, and what lies about unused given back now and then."""

from __future__ import annotations

import ctypes
import sys
from typing import Any

# As malloc.h has them: from when on memory is given back, how much is asked for at once, and from when on apart.
TRIM_THRESHOLD, TOP_PAD, MMAP_THRESHOLD = -1, -2, -3
APART = 1 << 30, 1 << 25  # some versions take no more than the second
# Steps after which holes between kept blocks, into which nothing fits any more, go back to the system.
STEPS_KEPT = 100


def tune_malloc() -> None:
    """Let the C library keep what is freed, up to 2 GiB, where it is glibc; elsewhere do nothing.

    Otherwise every large tensor of every step is asked of the system and cleared by it anew.
    """
    mallopt = _of_glibc("mallopt")
    if mallopt is not None and any(mallopt(MMAP_THRESHOLD, size) for size in APART):
        mallopt(TRIM_THRESHOLD, (1 << 31) - 1)
        mallopt(TOP_PAD, 1 << 28)


def trim_heap(step: int) -> None:
    """At one step in `STEPS_KEPT`, let the C library give back what is free, where it is glibc.

    Without it one of two processes that keep their memory grew to 21 GB in 47 minutes, 2 of them in use.
    """
    trim = _of_glibc("malloc_trim") if step % STEPS_KEPT == 0 else None
    if trim is not None:
        trim(0)


def _of_glibc(name: str) -> Any:
    return getattr(ctypes.CDLL(None), name, None) if sys.platform == "linux" else None
