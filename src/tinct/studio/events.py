"""Server-sent events: one stream for each browser, told of changes from any thread."""

from __future__ import annotations

import asyncio
import json
from collections import OrderedDict
from collections.abc import AsyncIterator, Mapping
from typing import Any

# A comment now and then, so that a closed connection is noticed.
_SECONDS_BETWEEN = 15.0
# A browser that reads nothing for so many events is given up; it asks for everything when it comes back.
_MOST_PENDING = 1000


class Events:
    """Streams by browser; a new one of the same browser closes the old one."""

    def __init__(self, max_streams: int) -> None:
        self._max_streams = max_streams
        self._streams: OrderedDict[str, asyncio.Queue[bytes | None]] = OrderedDict()
        self._loop: asyncio.AbstractEventLoop | None = None

    def bind(self, loop: asyncio.AbstractEventLoop) -> None:
        """Deliver events in this loop from now on."""
        self._loop = loop

    def tell(self, kind: str, data: Mapping[str, Any]) -> None:
        """Send an event to all browsers; from any thread."""
        text = f"event: {kind}\ndata: {json.dumps(data)}\n\n".encode()
        if self._loop is not None and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._deliver, text)

    async def stream(self, browser: str) -> AsyncIterator[bytes]:
        """Events for a browser, as bytes of text/event-stream."""
        own: asyncio.Queue[bytes | None] = asyncio.Queue(_MOST_PENDING)
        self._close(browser)
        self._streams[browser] = own
        while len(self._streams) > self._max_streams:
            self._close(next(iter(self._streams)))
        try:
            yield b"retry: 1000\n\n"
            while True:
                try:
                    text = await asyncio.wait_for(own.get(), _SECONDS_BETWEEN)
                except TimeoutError:
                    text = b": here\n\n"
                if text is None:
                    return
                yield text
        finally:
            if self._streams.get(browser) is own:
                del self._streams[browser]

    def close(self) -> None:
        """End all streams."""
        for browser in list(self._streams):
            self._close(browser)

    def _deliver(self, text: bytes) -> None:
        for browser, queue in list(self._streams.items()):
            if queue.full():
                self._close(browser)
            else:
                queue.put_nowait(text)

    def _close(self, browser: str) -> None:
        queue = self._streams.pop(browser, None)
        if queue is not None:
            while queue.full():
                queue.get_nowait()
            queue.put_nowait(None)
