"""A thread that does jobs one by one: the most urgent first, and of one kind for one photo only the newest.

Long jobs are generators, which let more urgent ones go first at each `yield`.
"""

from __future__ import annotations

import heapq
import threading
import time
from collections.abc import Callable, Generator, Hashable
from concurrent.futures import Future
from dataclasses import dataclass, field
from enum import IntEnum
from itertools import count
from typing import Any

# Jobs of priority IDLE begin when no other has ended for so long.
_IDLE_SECONDS = 0.5


class SupersededError(Exception):
    """A newer request took the place of this one."""


class BusyError(Exception):
    """Too many jobs wait already."""


class Priority(IntEnum):
    """Order of jobs: what a person waits for, then the rest."""

    NOW = 0
    SOON = 1
    LATER = 2
    IDLE = 3


@dataclass(order=True)
class _Job:
    priority: int
    number: int
    key: Hashable = field(compare=False)
    version: Hashable = field(compare=False)
    work: Callable[[], Any] = field(compare=False)
    future: Future[Any] = field(compare=False)
    steps: Generator[None, None, Any] | None = field(default=None, compare=False)


class Worker:
    """One thread and the jobs that wait for it."""

    def __init__(self, name: str, max_waiting: int) -> None:
        self._max_waiting = max_waiting
        self._jobs: list[_Job] = []
        self._newest: dict[Hashable, _Job] = {}
        self._running: _Job | None = None
        self._last_ended = 0.0
        self._numbers = count()
        self._changed = threading.Condition()
        self._ended = False
        self.paused = False
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)
        self._thread.start()

    def submit(
        self,
        key: Hashable,
        work: Callable[[], Any],
        priority: Priority = Priority.NOW,
        version: Hashable = None,
    ) -> Future[Any]:
        """The future result of a job: what `work` returns, or the generator that it returns.

        A waiting job of the same key is superseded: its future raises SupersededError; but if it, or the one that runs,
        is of the same version, not None, its result serves both. BusyError if too many wait.
        """
        job = _Job(priority, next(self._numbers), key, version, work, Future())
        with self._changed:
            older = self._newest.get(key)
            for each in (self._running, older):
                if version is not None and each is not None and (each.key, each.version) == (key, version):
                    return each.future
            if older is None and len(self._newest) >= self._max_waiting:
                raise BusyError("too much is asked for at once; try again in a moment")
            self._newest[key] = job
            heapq.heappush(self._jobs, job)
            self._changed.notify()
        if older is not None and not older.future.cancelled():
            older.future.set_exception(_superseded())
        return job.future

    def pause(self, paused: bool) -> None:
        """Let jobs of priority LATER or IDLE wait, or go on."""
        with self._changed:
            self.paused = paused
            self._changed.notify()

    def close(self) -> None:
        """End the thread after the job in hand; jobs that wait are cancelled."""
        with self._changed:
            self._ended = True
            self._changed.notify()
        self._thread.join()
        for job in self._newest.values():
            if not job.future.cancel():
                job.future.set_exception(BusyError("the studio is stopping"))

    def _run(self) -> None:
        while (job := self._next()) is not None:
            if job.steps is None and not job.future.set_running_or_notify_cancel():
                self._ended_job(job)
                continue
            try:
                if job.steps is None:
                    result = job.work()
                    job.steps = result if isinstance(result, Generator) else None
                if job.steps is not None:
                    ended, result = _advanced(job.steps)
                    if not ended:
                        self._wait_again(job)
                        continue
            except BaseException as error:
                job.future.set_exception(error)
            else:
                job.future.set_result(result)
                del result
            self._ended_job(job)
            del job

    def _ended_job(self, job: _Job) -> None:
        with self._changed:
            self._running = None
            if job.priority < Priority.IDLE:
                self._last_ended = time.monotonic()

    def _wait_again(self, job: _Job) -> None:
        """Put a job that has more steps back to its place, unless a newer one has taken it."""
        with self._changed:
            self._running = None
            superseded = job.key in self._newest
            if not superseded:
                self._newest[job.key] = job
                heapq.heappush(self._jobs, job)
        if superseded:
            job.future.set_exception(_superseded())

    def _next(self) -> _Job | None:
        with self._changed:
            while not self._ended:
                wait = None
                while self._jobs and not (self.paused and self._jobs[0].priority >= Priority.LATER):
                    if self._jobs[0].priority >= Priority.IDLE:
                        wait = self._last_ended + _IDLE_SECONDS - time.monotonic()
                        if wait > 0:
                            break
                    job = heapq.heappop(self._jobs)
                    if self._newest.get(job.key) is job:
                        del self._newest[job.key]
                        self._running = job
                        return job
                    wait = None
                self._changed.wait(wait)
        return None


def _advanced(steps: Generator[None, None, Any]) -> tuple[bool, Any]:
    """Whether a job has ended with its next step, and its result."""
    try:
        return False, next(steps)
    except StopIteration as end:
        return True, end.value


def _superseded() -> SupersededError:
    return SupersededError("a newer request took the place of this one")
