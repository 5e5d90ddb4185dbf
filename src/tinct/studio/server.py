"""The server: a socket of this machine, the start URL, and a clean end."""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Callable, Sequence
from pathlib import Path

import uvicorn

from tinct.colorizer import Colorizer
from tinct.errors import OptionError
from tinct.studio.app import application
from tinct.studio.limits import Limits
from tinct.studio.project.library import library_in
from tinct.studio.project.roots import roots_of
from tinct.studio.safety import Gate
from tinct.studio.studio import Studio


def serve(
    paths: Sequence[Path],
    *,
    work: Path,
    host: str,
    port: int,
    model: str | Path,
    device: str,
    started: Callable[[str], None],
    limits: Limits | None = None,
) -> None:
    """Serve the studio until SIGINT or SIGTERM. started: is told the start URL once requests are answered.

    port 0: a free one. Raises OptionError for a path, host or port that cannot be used, ModelError for a model.
    """
    limits = limits or Limits()
    roots = roots_of(paths)
    listening = _listen(host, port)
    shown = f"[{host}]" if ":" in host else host
    gate = Gate(f"http://{shown}:{listening.getsockname()[1]}")
    with listening, library_in(work, limits) as library:
        studio = Studio(library, Colorizer(model, device=device), roots, limits)
        try:
            config = uvicorn.Config(
                application(studio, gate),
                http="h11",
                ws="none",
                log_config=None,
                access_log=False,
                server_header=False,
                date_header=False,
                proxy_headers=False,
                timeout_graceful_shutdown=3,
            )
            _Server(config, lambda: started(gate.new_url()), studio).run(sockets=[listening])
        finally:
            studio.close()


class _Server(uvicorn.Server):
    """A server that says when it answers, and ends streams of events before it waits for connections."""

    def __init__(self, config: uvicorn.Config, ready: Callable[[], None], studio: Studio) -> None:
        super().__init__(config)
        self._ready, self._studio = ready, studio

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started:
            self._ready()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        self._studio.events.close()
        await super().shutdown(sockets)


def _listen(host: str, port: int) -> socket.socket:
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        raise OptionError(f"host is {host!r}; give the address of this machine, such as 127.0.0.1") from None
    if address.is_unspecified:
        raise OptionError(f"host is {host}, which is every network of this machine; give the address of one")
    family = socket.AF_INET6 if address.version == 6 else socket.AF_INET
    opened = socket.socket(family, socket.SOCK_STREAM)
    try:
        opened.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        opened.bind((host, port))
        opened.listen(128)
    except (OSError, OverflowError) as fault:
        opened.close()
        raise OptionError(f"{host}, port {port}: cannot be used ({fault}); give another --port") from None
    return opened
