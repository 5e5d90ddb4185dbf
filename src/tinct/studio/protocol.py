"""HTTP connections that cannot be held for nothing: bounded in number, in time for headers, in bytes left unread."""

from __future__ import annotations

import asyncio

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

from tinct.studio.limits import Limits


def bounded_protocol(limits: Limits) -> type[asyncio.Protocol]:
    """The protocol of a server with these limits."""

    class Bounded(H11Protocol):
        _deadline: asyncio.TimerHandle | None = None
        _unread = 0

        def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
            super().connection_made(transport)
            if len(self.connections) > limits.connections:
                transport.abort()
                return
            self._expect_headers()

        def data_received(self, data: bytes) -> None:
            answered = self.cycle is not None and self.cycle.response_complete
            if answered and self.conn.their_state is h11.SEND_BODY:
                # The rest of a body that was refused: read, so that the browser gets the answer, but not for ever.
                self._unread += len(data)
                if self._unread > limits.unread_bytes:
                    self.transport.abort()
                    return
            elif self._deadline is None and (self.cycle is None or answered):
                self._expect_headers()
            super().data_received(data)
            if self.cycle is not None and not self.cycle.response_complete:
                self._forget_deadline()

        def connection_lost(self, exc: Exception | None) -> None:
            self._forget_deadline()
            super().connection_lost(exc)

        def _expect_headers(self) -> None:
            self._deadline = self.loop.call_later(limits.header_seconds, self._too_slow)

        def _forget_deadline(self) -> None:
            if self._deadline is not None:
                self._deadline.cancel()
                self._deadline = None

        def _too_slow(self) -> None:
            self._deadline = None
            if self.cycle is None or self.cycle.response_complete:
                self.transport.close()

    return Bounded
