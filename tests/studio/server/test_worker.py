"""The thread that does the studio's jobs: which comes first, which is never done, and what takes long."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator

import pytest

from tinct.studio.rendering.worker import BusyError, Priority, SupersededError, Worker


def test_a_worker_does_the_newest_of_a_kind_and_the_urgent_first() -> None:
    worker, go, done = Worker("test", 4), threading.Event(), []
    begun = threading.Event()
    first = worker.submit("first", lambda: begun.set() or go.wait())
    assert begun.wait(10)
    old = worker.submit("preview", lambda: done.append("old"))
    late = worker.submit("open", lambda: done.append("late"), Priority.LATER)
    new = worker.submit("preview", lambda: done.append("new"), version=1)
    assert worker.submit("preview", lambda: done.append("twice"), version=1) is new
    worker.submit("a", lambda: None)
    worker.submit("b", lambda: None)
    with pytest.raises(BusyError):
        worker.submit("c", lambda: None)
    go.set()
    for future in (first, new, late):
        future.result(10)
    with pytest.raises(SupersededError):
        old.result(10)
    assert done == ["new", "late"]
    worker.close()


def test_a_worker_survives_what_its_jobs_raise() -> None:
    worker = Worker("test", 4)
    with pytest.raises(ZeroDivisionError):
        worker.submit("a", lambda: 1 / 0).result(10)
    assert worker.submit("b", lambda: 3).result(10) == 3
    worker.close()


def test_a_long_job_lets_urgent_ones_go_first_at_each_step() -> None:
    worker, go, done = Worker("test", 4), threading.Event(), []

    def steps() -> Iterator[None]:
        for number in range(3):
            go.wait(10)
            done.append(number)
            yield
        return "long"

    long = worker.submit("long", steps, Priority.SOON, version=1)
    while not long.running():
        time.sleep(0.001)
    urgent = worker.submit("urgent", lambda: done.append("urgent"))
    assert worker.submit("long", steps, Priority.SOON, version=1) is long
    go.set()
    assert long.result(10) == "long"
    urgent.result(10)
    assert done == [0, "urgent", 1, 2]
    worker.close()


def test_a_long_job_ends_when_a_newer_one_takes_its_place() -> None:
    worker, begun, go, done = Worker("test", 4), threading.Event(), threading.Event(), []

    def steps() -> Iterator[None]:
        begun.set()
        go.wait(10)
        yield
        done.append("old")

    old = worker.submit("long", steps, version=1)
    assert begun.wait(10)
    new = worker.submit("long", lambda: done.append("new"), version=2)
    go.set()
    new.result(10)
    with pytest.raises(SupersededError):
        old.result(10)
    assert done == ["new"]
    worker.close()


def test_a_long_job_that_fails_or_is_stopped_says_so() -> None:
    worker, begun, go = Worker("test", 4), threading.Event(), threading.Event()

    def failing() -> Iterator[None]:
        yield
        raise ValueError("no")

    def endless() -> Iterator[None]:
        while True:
            begun.set()
            go.wait(10)
            yield

    with pytest.raises(ValueError, match="no"):
        worker.submit("failing", failing).result(10)
    stopped = worker.submit("endless", endless)
    assert begun.wait(10)
    threading.Timer(0.1, go.set).start()
    worker.close()
    with pytest.raises(BusyError):
        stopped.result(10)


def test_an_idle_job_waits_until_nothing_is_asked_for() -> None:
    worker, done = Worker("test", 4), []
    idle = worker.submit("idle", lambda: done.append(time.monotonic()), Priority.IDLE)
    asked = time.monotonic()
    while time.monotonic() < asked + 1:
        worker.submit("asked", lambda: None).result(10)
        time.sleep(0.05)
    assert not idle.done()
    last = time.monotonic()
    idle.result(10)
    assert 0.3 < done[0] - last < 3
    worker.close()
