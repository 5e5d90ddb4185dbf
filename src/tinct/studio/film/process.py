"""The process in which a film is read and coloured: one task, told in a line of JSON, which answers in lines of JSON.

Films are decoded here and not in the server, so that one that makes a decoder fail ends this process alone. It stops
when it is told to, and ends at once with the server, since what it has finished is on disk.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import threading
import time
from collections.abc import Callable
from typing import Any

from tinct.errors import TinctError

# Progress is told so often at most.
_SECONDS_BETWEEN = 0.2
_NICENESS = 10


def main() -> None:
    """Do the task that standard input names."""
    # The server tells when to stop; where Ctrl-C in a terminal reaches both, it is for the server.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    if hasattr(os, "nice"):
        os.nice(_NICENESS)
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "w", encoding="utf-8")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    writing = threading.Lock()

    def tell(answer: dict[str, Any]) -> None:
        with writing:
            answers.write(json.dumps(answer) + "\n")
            answers.flush()

    job = json.loads(sys.stdin.readline())
    stop = threading.Event()
    threading.Thread(target=_listen, args=(stop,), daemon=True).start()
    try:
        from tinct.studio.film.tasks import TASKS

        TASKS[job["task"]](job, tell, stop.is_set)
    except TinctError as error:
        tell({"error": str(error)})
    except Exception as error:
        tell({"error": f"a fault of tinct itself ({type(error).__name__}: {error})"})
    tell({"done": True})
    # Not by way of the interpreter's end, which would wait for decoders.
    os._exit(0)


def throttled(tell: Callable[[dict[str, Any]], None]) -> Callable[[str, int, int], None]:
    """A function for progress (what, done, total), which is told now and then."""
    last_what, last_time = "", 0.0

    def progress(what: str, done: int, total: int) -> None:
        nonlocal last_what, last_time
        now = time.monotonic()
        if what != last_what or now - last_time > _SECONDS_BETWEEN:
            last_what, last_time = what, now
            tell({"progress": {"what": what, "done": done, "total": total}})

    return progress


def _listen(stop: threading.Event) -> None:
    for line in sys.stdin:
        if line.strip() == "stop":
            stop.set()
    # The server has ended.
    os._exit(3)


if __name__ == "__main__":
    main()
