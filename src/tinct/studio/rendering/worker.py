"""A thread that does jobs one by one: the most urgent first, and of one kind for one photo only the newest."""

from __future__ import annotations

import heapq
import threading
from collections.abc import Callable, Hashable
from concurrent.futures import Future
from dataclasses import dataclass, field
from enum import IntEnum
from itertools import count
from typing import Any


class SupersededError(Exception):
    """A newer request took the place of this one."""


class BusyError(Exception):
    """Too many jobs wait already."""


class Priority(IntEnum):
    """Order of jobs: what a person waits for, then the rest."""

    NOW = 0
    SOON = 1
    LATER = 2


@dataclass(order=True)
class _Job:
    priority: int
    number: int
    key: Hashable = field(compare=False)
    version: Hashable = field(compare=False)
    work: Callable[[], Any] = field(compare=False)
    future: Future[Any] = field(compare=False)


class Worker:
    """One thread and the jobs that wait for it."""

    def __init__(self, name: str, max_waiting: int) -> None:
        self._max_waiting = max_waiting
        self._jobs: list[_Job] = []
        self._newest: dict[Hashable, _Job] = {}
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
        """The future result of a job. A waiting job of the same key is superseded: its future raises
        SupersededError; but if it is of the same version, not None, its result serves both. BusyError if too many wait.
        """
        job = _Job(priority, next(self._numbers), key, version, work, Future())
        with self._changed:
            older = self._newest.get(key)
            if older is not None and version is not None and older.version == version:
                return older.future
            if older is None and len(self._newest) >= self._max_waiting:
                raise BusyError("too much is asked for at once; try again in a moment")
            self._newest[key] = job
            heapq.heappush(self._jobs, job)
            self._changed.notify()
        if older is not None and not older.future.cancelled():
            older.future.set_exception(SupersededError("a newer request took the place of this one"))
        return job.future

    def pause(self, paused: bool) -> None:
        """Let jobs of priority LATER wait, or go on."""
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
            job.future.cancel()

    def _run(self) -> None:
        while (job := self._next()) is not None:
            if not job.future.set_running_or_notify_cancel():
                continue
            try:
                result = job.work()
            except BaseException as error:
                job.future.set_exception(error)
            else:
                job.future.set_result(result)
                del result
            del job

    def _next(self) -> _Job | None:
        with self._changed:
            while not self._ended:
                while self._jobs and not (self.paused and self._jobs[0].priority >= Priority.LATER):
                    job = heapq.heappop(self._jobs)
                    if self._newest.get(job.key) is job:
                        del self._newest[job.key]
                        return job
                self._changed.wait()
        return None
