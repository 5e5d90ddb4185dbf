"""A small grey film of three shots, two of the same place, and what browsers do with films."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

SHOTS = (20, 24, 20)


def write_film(path: Path, *, codec: str = "libx264", height: int = 96, width: int = 128) -> Path:
    """A film of 64 frames at 10 per second: a pan, another one, and the first place again."""
    from tests.video.clips import pan, write_clip

    frames = [
        *pan(1, SHOTS[0], height, width),
        *pan(2, SHOTS[1], height, width),
        *pan(1, SHOTS[2], height, width, speed=0.5),
    ]
    return write_clip(path, frames, codec=codec, rate=10)


def upload_film(client: Any, path: Path, **headers: str) -> Any:
    """The answer to an upload of a film."""
    kind = {"content-type": "application/octet-stream", "x-file-name": path.name}
    return client.post("/api/v1/films", content=path.read_bytes(), headers=kind | headers)


def open_film(client: Any, path: str) -> dict[str, Any]:
    """A film of the first root, once its shots are known."""
    (root,) = [each for each in client.get("/api/v1/roots").json() if each["kind"] == "folder"]
    answer = client.post("/api/v1/films/open", json={"root": root["id"], "path": path})
    assert answer.status_code in (200, 201), answer.text
    return known(client, answer.json()["id"])


def known(client: Any, number: str) -> dict[str, Any]:
    """A film once its shots are known."""
    return until(client, number, lambda film: film["state"] in ("ready", "failed"))


def until(client: Any, number: str, wanted: Callable[[dict[str, Any]], Any]) -> dict[str, Any]:
    """A film once it is as wanted."""
    for _ in range(2400):
        film: dict[str, Any] = client.get(f"/api/v1/films/{number}").json()
        if wanted(film):
            return film
        time.sleep(0.05)
    raise AssertionError(f"it never came to be so: {film}")


def rendered(client: Any, number: str, state: str = "done") -> dict[str, Any]:
    """A film once its rendering has come to a state."""
    return until(
        client, number, lambda film: film["rendering"] and film["rendering"]["state"] in (state, "failed")
    )
