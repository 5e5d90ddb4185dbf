"""Work done in a thread, one item ahead of its use."""

from __future__ import annotations

import queue
import threading
from collections.abc import Iterator
from typing import Any, Generic, TypeVar

Item = TypeVar("Item")


class Lookahead(Generic[Item]):
    """An iterator run in a thread of its own, one item ahead."""

    def __init__(self, items: Iterator[Item]) -> None:
        self._queue: queue.Queue[Any] = queue.Queue(maxsize=1)
        self._items, self._closing = items, threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def __enter__(self) -> Iterator[Item]:
        self._thread.start()
        return iter(self._take, None)

    def __exit__(self, *_: object) -> None:
        self._closing.set()
        while self._thread.is_alive():
            try:
                self._queue.get(timeout=0.05)
            except queue.Empty:
                continue

    def _run(self) -> None:
        try:
            for item in self._items:
                self._queue.put(item)
                if self._closing.is_set():
                    return
            self._queue.put(None)
        except BaseException as error:
            self._queue.put(error)

    def _take(self) -> Item | None:
        item = self._queue.get()
        if isinstance(item, BaseException):
            raise item
        return item  # type: ignore[no-any-return]
