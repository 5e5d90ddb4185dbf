"""Standard output and standard error: lines that are always one line, on streams that may be full or closed."""

from __future__ import annotations

import errno
import os
import re
import sys

# What a write to a stream that is full, closed or read by nobody fails with.
OF_OUTPUT = (errno.ENOSPC, errno.EPIPE, errno.EBADF, errno.EIO, errno.EDQUOT)
_CONTROL = re.compile(r"[\0-\x1f\x7f]")


def complain(sentence: str) -> None:
    """Print a line on standard error; where that is closed or full nobody can be told."""
    if sys.stderr is None:
        return
    try:
        print(one_line(sentence), file=sys.stderr, flush=True)
    except (OSError, ValueError):
        _abandon(sys.stderr.fileno())


def tell(sentence: str) -> bool:
    """Print a line on standard output; if it cannot be, say why on standard error, and return False."""
    if sys.stdout is None:
        return True
    try:
        encoding = sys.stdout.encoding or "utf-8"
        print(one_line(sentence).encode(encoding, "backslashreplace").decode(encoding), flush=True)
    except (OSError, ValueError) as error:
        _abandon(sys.stdout.fileno())
        complain(f"tinct: {unwritable(error)}")
        return False
    return True


def flush() -> str | None:
    """Write out what standard output still holds; the reason, in words, if it cannot be."""
    if sys.stdout is None:
        return None
    try:
        sys.stdout.flush()
    except (OSError, ValueError) as error:
        _abandon(sys.stdout.fileno())
        return unwritable(error)
    return None


def abandon_output() -> None:
    """Forget what standard output still holds, which cannot be written."""
    if sys.stdout is not None:
        _abandon(sys.stdout.fileno())


def unwritable(error: Exception) -> str:
    """Why standard output cannot be written to, and what to do."""
    if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT):
        return "standard output cannot be written: the disk is full; free some space and run again"
    reason = (error.strerror if isinstance(error, OSError) else None) or str(error)
    return f"standard output cannot be written ({reason}); make room, or send it elsewhere"


def one_line(text: str) -> str:
    """Text without line ends and other control characters, and with bytes that are no UTF-8 spelt out."""
    spelt = text.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")
    return _CONTROL.sub(lambda found: repr(found.group())[1:-1], spelt)


def is_terminal(stream: object) -> bool:
    """Whether a stream is open and a terminal."""
    return stream is not None and bool(stream.isatty())  # type: ignore[attr-defined]


def _abandon(descriptor: int) -> None:
    """Point a stream to nowhere, so that Python does not fail again when it flushes it at the end."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, descriptor)
    os.close(nowhere)
