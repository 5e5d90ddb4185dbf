"""The server: a socket of this machine, the start URL, and a clean end."""

from __future__ import annotations

import ipaddress
import signal
import socket
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import uvicorn

from tinct.colorizer import Colorizer
from tinct.errors import OptionError
from tinct.models.store import find_model
from tinct.studio.app import application
from tinct.studio.limits import Limits
from tinct.studio.project.library import library_in
from tinct.studio.project.roots import roots_of
from tinct.studio.protocol import bounded_protocol
from tinct.studio.rendering.remarks import gathering
from tinct.studio.safety import Gate
from tinct.studio.studio import Studio

_KEEP_ALIVE_SECONDS = 30
_LAST_ANSWERS_SECONDS = 3


class Server(uvicorn.Server):
    """A server of the studio; `run` serves until SIGINT or SIGTERM, or until `should_exit` is set."""

    def __init__(self, studio: Studio, gate: Gate, listening: socket.socket, limits: Limits) -> None:
        super().__init__(
            uvicorn.Config(
                application(studio, gate),
                http=bounded_protocol(limits),
                ws="none",
                log_config=None,
                access_log=False,
                server_header=False,
                date_header=False,
                proxy_headers=False,
                timeout_keep_alive=_KEEP_ALIVE_SECONDS,
                timeout_graceful_shutdown=_LAST_ANSWERS_SECONDS,
            )
        )
        self.studio, self.gate, self._listening = studio, gate, listening
        self._ready: Callable[[str], None] = lambda _: None

    def serve_until_stopped(self, ready: Callable[[str], None]) -> None:
        """Serve. ready: is told the start URL as soon as requests are answered."""
        self._ready = ready
        self.run(sockets=[self._listening])

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Let SIGINT and SIGTERM stop the server, and nothing more."""
        if threading.current_thread() is not threading.main_thread():
            yield
            return
        usual = {each: signal.signal(each, self.handle_exit) for each in (signal.SIGINT, signal.SIGTERM)}
        try:
            yield
        finally:
            for number, handler in usual.items():
                signal.signal(number, handler)

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started:
            self._ready(self.gate.new_url())

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        # Streams of events end only when they are told to.
        self.studio.events.close()
        await super().shutdown(sockets)


@contextmanager
def studio_server(
    paths: Sequence[Path],
    *,
    work: Path,
    model: str | Path,
    host: str = "127.0.0.1",
    port: int = 0,
    device: str = "auto",
    limits: Limits | None = None,
) -> Iterator[Server]:
    """A server for photos and folders, with all of its threads; port 0 is a free one.

    Raises OptionError for a path, host, port or work folder that cannot be used, ModelError for a model.
    """
    limits = limits or Limits()
    roots = roots_of(paths)
    with _listen(host, port) as listening, library_in(work, limits) as library, gathering():
        shown = f"[{host}]" if ":" in host else host
        gate = Gate(f"http://{shown}:{listening.getsockname()[1]}")
        studio = Studio(library, Colorizer(model, device=device), roots, limits, model=find_model(model))
        try:
            yield Server(studio, gate, listening, limits)
        finally:
            studio.close()


def _listen(host: str, port: int) -> socket.socket:
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        raise OptionError(f"host is {host!r}; give the address of this machine, such as 127.0.0.1") from None
    if address.is_unspecified:
        raise OptionError(f"host is {host}, which is every network of this machine; give the address of one")
    family = socket.AF_INET6 if address.version == 6 else socket.AF_INET
    # Named, so that asyncio switches Nagle's algorithm off, which would hold each answer back for 40 ms.
    opened = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        opened.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        opened.bind((host, port))
        opened.listen(128)
    except (OSError, OverflowError) as fault:
        opened.close()
        raise OptionError(f"{host}, port {port}: cannot be used ({fault}); give another --port") from None
    return opened
