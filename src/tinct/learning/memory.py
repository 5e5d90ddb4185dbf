"""Memory that a step gives back is kept for the next one."""

from __future__ import annotations

import ctypes
import sys

# As malloc.h has them: from when on memory is given back, how much is asked for at once, and from when on apart.
TRIM_THRESHOLD, TOP_PAD, MMAP_THRESHOLD = -1, -2, -3
APART = 1 << 30, 1 << 25  # some versions take no more than the second


def keep_memory() -> None:
    """Let the C library keep what is freed, up to 2 GiB, where it is glibc; elsewhere do nothing.

    Otherwise every large tensor of every step is asked of the system and cleared by it anew.
    """
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None) if sys.platform == "linux" else None
    if mallopt is not None and any(mallopt(MMAP_THRESHOLD, size) for size in APART):
        mallopt(TRIM_THRESHOLD, (1 << 31) - 1)
        mallopt(TOP_PAD, 1 << 28)
