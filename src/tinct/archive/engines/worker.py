"""A worker process: colours photos one after another, with one thread, until its parent ends."""

from __future__ import annotations

import os
import queue
import signal
import threading
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from tinct.archive.colouring.job import Copy, Job

READY, HASHED, OUTCOME, DEFERRED, BROKEN = "ready", "hashed", "outcome", "deferred", "broken"
_PR_SET_PDEATHSIG = 1


def main(
    connection: Connection, source: Any, destination: Any, parts: Path, model: Path, device: str
) -> None:
    """Answer each Job on the connection with (OUTCOME, Outcome) or (DEFERRED, id).

    (HASHED, id, sha256, digest, suffix) asks for a result of identical content: the answer is a Copy, None (colour it)
    or DEFERRED. Requests to stop are for the parent; if that is gone, the process ends at once.
    """
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)
    _end_with_parent()
    inbox: queue.SimpleQueue[Any] = queue.SimpleQueue()
    threading.Thread(target=_receive, args=(connection, inbox), daemon=True).start()
    from tinct.archive.colouring.photo import Deferred, Place, colour
    from tinct.colorizer import Colorizer
    from tinct.errors import TinctError
    from tinct.photo import disable_cache

    disable_cache()
    place = Place(source, destination, parts)
    try:
        colorizer = Colorizer(model, threads=1, device=device)
    except TinctError as error:
        connection.send((BROKEN, str(error)))
        return
    connection.send((READY,))
    while True:
        job: Job = inbox.get()

        def ask(sha256: str, job: Job = job) -> Copy | None:
            connection.send((HASHED, job.id, sha256, job.digest, os.path.splitext(job.target)[1].lower()))
            answer = inbox.get()
            if answer == DEFERRED:
                raise Deferred
            return answer  # type: ignore[no-any-return]

        try:
            outcome = colour(job, place, lambda: colorizer, ask)
        except Deferred:
            connection.send((DEFERRED, job.id))
            continue
        connection.send((OUTCOME, outcome))


def _receive(connection: Connection, inbox: queue.SimpleQueue[Any]) -> None:
    try:
        while True:
            inbox.put(connection.recv())
    except (EOFError, OSError):
        os._exit(1)  # the parent is gone; a photo in hand has no name yet, or is complete


def _end_with_parent() -> None:
    """Ask Linux to kill this process when its parent dies, even in the middle of a long call."""
    try:
        import ctypes

        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    except (OSError, AttributeError):
        return
