"""A studio with a tiny network, and a folder of photos; it stops by itself. Left out without the extra `studio`."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from tests.studio.server.serving import Running, Start


_missing = [name for name in ("fastapi", "uvicorn", "httpx") if find_spec(name) is None]
collect_ignore_glob = ["test_*.py"] if _missing else []


@pytest.fixture
def start(tiny_model: Path, tmp_path: Path) -> Iterator[Start]:
    """Starts studios: paths, and keywords as of `studio_server`."""
    from tests.studio.server.serving import running

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
    from tests.studio.server.serving import write_photo

    made = tmp_path / "album"
    (made / "more").mkdir(parents=True)
    write_photo(made / "one.png", 96, 128)
    write_photo(made / "more" / "two.jpg", 64, 48)
    return made
