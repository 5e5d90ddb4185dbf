"""A studio with a tiny network, and a folder of photos; it stops by itself."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("fastapi")
pytest.importorskip("httpx")

from tests.studio.server.serving import Running, running, write_photo

Start = Callable[..., Running]


@pytest.fixture
def start(tiny_model: Path, tmp_path: Path) -> Iterator[Start]:
    """Starts studios: paths, and keywords as of `studio_server`."""
    usual: dict[str, Any] = {"work": tmp_path / "work", "model": tiny_model}
    with ExitStack() as stack:
        yield lambda *paths, **settings: stack.enter_context(running(*paths, **usual | settings))


@pytest.fixture
def studio(start: Start, folder: Path) -> Running:
    """A studio with a folder of two photos."""
    return start(folder)


@pytest.fixture
def client(studio: Running) -> Any:
    """A browser in that studio."""
    return studio.entered()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with two photos, one in a folder of its own."""
    made = tmp_path / "album"
    (made / "more").mkdir(parents=True)
    write_photo(made / "one.png", 96, 128)
    write_photo(made / "more" / "two.jpg", 64, 48)
    return made
