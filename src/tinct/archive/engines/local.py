"""Supervised worker processes of this machine: a worker that dies takes down no photo but its own."""

from __future__ import annotations

import multiprocessing
import os
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from multiprocessing import connection as mp
from pathlib import Path
from typing import Any, Protocol

from tinct.archive.colouring.job import CHANGED, ELSEWHERE, FAILED, QUARANTINED, Content, Copy, Job, Outcome
from tinct.archive.engines import worker as protocol
from tinct.archive.engines.limits import available_mb, resident_mb
from tinct.errors import ModelError, TinctError

ATTEMPTS = 3
_THREADS = "VIPS_CONCURRENCY"
_POLL = 0.1
_CHECK_MEMORY = 0.5
# Deaths of workers in a row, before any of them was ready, that end the run.
_DEATHS_AT_START = 10


class Desk(Protocol):
    """What an engine asks of the run: photos, results of identical content, and where outcomes go."""

    def next_job(self) -> Job | None: ...
    def find_result(self, job: Job, content: Content) -> Copy | str | None: ...
    def receive(self, outcome: Outcome) -> None: ...
    def renewed(self, job: Job) -> Job: ...
    def tick(self) -> bool:
        """Called often; whether the run should go on with further photos."""
        ...


@dataclass(slots=True)
class Limits:
    """Of one photo: seconds, and resident memory of its worker in MB. reserve: MB that stay free on the machine."""

    seconds: float
    megabytes: int
    reserve: float = 500.0


@dataclass(slots=True, eq=False)
class _Worker:
    process: Any
    connection: mp.Connection
    ready: bool = False
    job: Job | None = None
    content: Content | None = None
    since: float = 0.0
    fault: str = ""


@dataclass(slots=True)
class Pool:
    """Worker processes; `run` colours all photos of a desk. place: source, destination, parts, model, device."""

    place: tuple[Any, Any, Path, Path, str]
    count: int
    limits: Limits
    available: Callable[[], float] = available_mb
    _workers: list[_Worker] = field(default_factory=list)
    _later: deque[Job] = field(default_factory=deque)
    _waiting: dict[Content, list[Job]] = field(default_factory=dict)
    _failures: dict[int, int] = field(default_factory=dict)
    _deaths_at_start: int = 0
    _checked: float = 0.0

    def run(self, desk: Desk) -> None:
        """Colour the photos of a desk until there are none, or it wants no more; then photos in hand are finished.

        Raises ModelError for a model that workers cannot open, TinctError if workers cannot start.
        """
        self._later.clear()
        self._waiting.clear()
        self._failures.clear()
        while True:
            going = desk.tick()
            handed = going and self._hand_out(desk)
            busy = [each for each in self._workers if each.job is not None]
            if not busy and not handed and not (going and any(not each.ready for each in self._workers)):
                return
            self._wait(desk)
            self._enforce(desk)

    def close(self) -> None:
        """End all workers at once."""
        for each in self._workers:
            each.process.kill()
        for each in self._workers:
            each.process.join()
            each.connection.close()
        self._workers.clear()

    def _hand_out(self, desk: Desk) -> bool:
        """Give photos to idle workers, and start workers for them; whether any photo is left or was given."""
        given = False
        while True:
            idle = next((each for each in self._workers if each.ready and each.job is None), None)
            if idle is None and len(self._workers) >= self.count:
                return True
            busy = any(each.job is not None for each in self._workers)
            if busy and self.available() < self.limits.reserve:
                return True  # memory is short: no further photo until one is done
            job = self._next(desk)
            if job is None:
                return given or bool(self._waiting)
            if idle is None:
                self._later.appendleft(job)
                self._start()
                return True
            idle.job, idle.content, idle.fault, idle.since = job, None, "", time.monotonic()
            self._send(idle, job)
            given = True

    def _next(self, desk: Desk) -> Job | None:
        return desk.next_job() or (self._later.popleft() if self._later else None)

    def _start(self) -> None:
        context = multiprocessing.get_context("spawn")
        ours, theirs = context.Pipe()
        process = context.Process(target=protocol.main, args=(theirs, *self.place), daemon=True)
        with _one_thread():
            process.start()
        theirs.close()
        self._workers.append(_Worker(process, ours, since=time.monotonic()))

    def _wait(self, desk: Desk) -> None:
        """Handle what workers say, for at most a moment."""
        sources = {each.connection: each for each in self._workers}
        sentinels = {each.process.sentinel: each for each in self._workers}
        for ready in mp.wait([*sources, *sentinels], timeout=_POLL):
            worker = sources.get(ready) or sentinels[ready]  # type: ignore[call-overload]
            if worker not in self._workers:
                continue
            try:
                while worker.connection.poll():
                    self._handle(worker, worker.connection.recv(), desk)
            except (EOFError, OSError):
                self._bury(worker, desk)
                continue
            if ready in sentinels:
                self._bury(worker, desk)

    def _handle(self, worker: _Worker, message: tuple[Any, ...], desk: Desk) -> None:
        kind, *payload = message
        if kind == protocol.READY:
            worker.ready, self._deaths_at_start = True, 0
        elif kind == protocol.BROKEN:
            raise ModelError(payload[0])
        elif kind == protocol.HASHED:
            self._send(worker, self._answer(worker, tuple(payload[1:]), desk))
        elif kind == protocol.DEFERRED:
            assert worker.job is not None
            if worker.content is not None:  # else the desk keeps it
                self._waiting.setdefault(worker.content, []).append(worker.job)
            worker.job = worker.content = None
        else:
            job, content = worker.job, worker.content
            worker.job = worker.content = None
            self._release(content)
            if job is not None:
                self._settle(payload[0], desk)

    def _answer(self, worker: _Worker, content: Content, desk: Desk) -> Copy | str | None:
        if any(each.content == content for each in self._workers if each is not worker and each.job):
            worker.content = content
            return protocol.DEFERRED
        assert worker.job is not None
        answer = desk.find_result(worker.job, content)
        if answer == ELSEWHERE:
            return protocol.DEFERRED
        worker.content = content
        return answer

    def _release(self, content: Content | None) -> None:
        """Let the photos go on that waited for this content."""
        if content is not None:
            self._later.extend(self._waiting.pop(content, []))

    def _settle(self, outcome: Outcome, desk: Desk) -> None:
        """Hand over an outcome, or put the photo at the end of the queue if another attempt may succeed."""
        job = outcome.job
        if not outcome.stop and (outcome.state == CHANGED or (outcome.state == FAILED and outcome.transient)):
            self._failures[job.id] = self._failures.get(job.id, 0) + 1
            if self._failures[job.id] < ATTEMPTS:
                self._later.append(desk.renewed(job))
                return
        desk.receive(outcome)

    def _bury(self, worker: _Worker, desk: Desk) -> None:
        """Account for a worker that has died, and for its photo."""
        worker.process.join()
        worker.connection.close()
        self._workers.remove(worker)
        self._release(worker.content)
        if not worker.ready:
            self._deaths_at_start += 1
            if self._deaths_at_start >= _DEATHS_AT_START:
                code = worker.process.exitcode
                raise TinctError(f"workers end before they are ready (exit code {code}); install tinct again")
        job = worker.job
        if job is None:
            return
        cause = worker.fault or f"its worker died ({_ending(worker.process.exitcode)})"
        self._failures[job.id] = self._failures.get(job.id, 0) + 1
        if self._failures[job.id] < ATTEMPTS:
            self._later.append(job)
            return
        sentence = f"{os.fsdecode(job.path)}: {cause}, {ATTEMPTS} times; check this file"
        desk.receive(Outcome(job, QUARANTINED, sentence, seconds=time.monotonic() - worker.since))

    def _enforce(self, desk: Desk) -> None:
        """Kill workers that take too long or too much memory."""
        now = time.monotonic()
        check_memory = now - self._checked > _CHECK_MEMORY
        self._checked = now if check_memory else self._checked
        for each in list(self._workers):
            if each.job is None:
                continue
            if now - each.since > self.limits.seconds:
                each.fault = f"took longer than {self.limits.seconds:g} s"
            elif check_memory and resident_mb(each.process.pid) > self.limits.megabytes:
                each.fault = f"took more than {self.limits.megabytes} MB"
            if each.fault:
                each.process.kill()
                self._bury(each, desk)

    @staticmethod
    def _send(worker: _Worker, message: Any) -> None:
        try:
            worker.connection.send(message)
        except OSError:
            return  # it has died, which its sentinel tells


@contextmanager
def _one_thread() -> Iterator[None]:
    """Let processes that start in the block use one thread of libvips, which reads this when it is loaded."""
    before = os.environ.get(_THREADS)
    os.environ[_THREADS] = "1"
    try:
        yield
    finally:
        if before is None:
            del os.environ[_THREADS]
        else:
            os.environ[_THREADS] = before


def _ending(code: int | None) -> str:
    import signal

    if code is not None and code < 0:
        return f"killed by {signal.Signals(-code).name}"
    return f"exit code {code}"
