"""A studio on a free port of 127.0.0.1 in a thread, browsers for it, and photos to give them."""

from __future__ import annotations

import socket
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pyvips

from tinct.studio.server import Server, studio_server

SECONDS = 60


@dataclass
class Running:
    """A server that runs in a thread, and the URL that it printed."""

    server: Server
    url: str
    stop: Callable[[], None]

    @property
    def origin(self) -> str:
        return self.server.gate.origin

    def client(self, **settings: Any) -> Any:
        """A browser without cookies."""
        return httpx.Client(base_url=self.origin, timeout=SECONDS, trust_env=False, **settings)

    def entered(self) -> Any:
        """A browser that came by a start URL."""
        client = self.client()
        url = self.url or self.server.gate.new_url()
        self.url = ""
        assert client.get(url).status_code == 303
        return client


Start = Callable[..., Running]


@contextmanager
def running(*paths: Path, **settings: Any) -> Iterator[Running]:
    """A studio that serves until it is stopped, or the block ends."""
    with ExitStack() as stack:
        server = stack.enter_context(studio_server(paths, **settings))
        ready, urls = threading.Event(), []

        def tell(url: str) -> None:
            urls.append(url)
            ready.set()

        thread = threading.Thread(target=server.serve_until_stopped, args=(tell,))

        @stack.callback
        def end() -> None:
            server.should_exit = True
            thread.join(SECONDS)
            assert not thread.is_alive()

        thread.start()
        assert ready.wait(SECONDS)
        yield Running(server, urls[0], stack.close)


def write_photo(path: Path, height: int, width: int, seed: int = 0) -> Path:
    """A grey photo of soft noise."""
    small = np.random.default_rng(seed).integers(20, 235, (8, 8)).astype(np.uint8)
    image = pyvips.Image.new_from_array(small).resize(width / 8, vscale=height / 8, kernel="linear")
    image.copy(interpretation="b-w").write_to_file(str(path))
    return path


def upload(client: Any, path: Path, **headers: str) -> Any:
    """The answer to an upload of a photo."""
    kind = {"content-type": "application/octet-stream", "x-file-name": path.name}
    return client.post("/api/v1/photos", content=path.read_bytes(), headers=kind | headers)


def opened(client: Any, path: str = "one.png") -> dict[str, Any]:
    """A photo of the first root, opened and ready."""
    (root,) = [each for each in client.get("/api/v1/roots").json() if each["kind"] == "folder"]
    answer = client.post("/api/v1/photos/open", json={"root": root["id"], "path": path})
    assert answer.status_code in (200, 201), answer.text
    return ready(client, answer.json()["id"])


def ready(client: Any, number: str) -> dict[str, Any]:
    """A photo after its first colours."""
    assert client.get(f"/api/v1/photos/{number}/preview").status_code == 200
    document: dict[str, Any] = client.get(f"/api/v1/photos/{number}").json()
    assert document["state"] == "ready"
    return document


def port_of(studio: Running) -> int:
    return int(studio.origin.rpartition(":")[2])


def raw(studio: Running, request: bytes) -> bytes:
    """The first bytes of the answer to a request as it is."""
    with socket.create_connection(("127.0.0.1", port_of(studio)), timeout=10) as connection:
        connection.sendall(request)
        return connection.recv(5000)


def finished(client: Any, number: str) -> dict[str, Any]:
    """An export after it ended."""
    for _ in range(1200):
        state: dict[str, Any] = client.get(f"/api/v1/exports/{number}").json()
        if state["state"] not in ("waiting", "running"):
            return state
        time.sleep(0.05)
    raise AssertionError("the export did not end")


def browser(process: subprocess.Popen[str]) -> Any:
    """A browser that came by the address that a process printed."""
    assert process.stdout is not None
    url = process.stdout.readline().split()[-1]
    client = httpx.Client(base_url=url.partition("/?")[0], timeout=60, trust_env=False)
    assert client.get(url).status_code == 303
    return client
