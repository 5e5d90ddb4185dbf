"""A browser over a running studio: Debian's Chromium, the real server and network, real photos.

Every test ends with the same promises: nothing went wrong in the page, the content policy had nothing to report, and no
request went anywhere but to the studio.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.studio.page.window import EXAMPLES, Server, Studio

CHROMIUM = Path(os.environ.get("TINCT_CHROMIUM", "/usr/bin/chromium"))
_ARGUMENTS = [
    "--no-sandbox", "--disable-background-networking", "--disable-component-update", "--disable-sync",
    "--no-first-run", "--disable-quic", "--disable-gpu", "--mute-audio",
]  # fmt: skip
_WATCH_POLICY = (
    "addEventListener('securitypolicyviolation', (event) => console.error('POLICY', event.violatedDirective))"
)


@pytest.fixture(scope="session")
def chromium() -> Iterator[Any]:
    """The browser, started once."""
    if not CHROMIUM.exists():
        if os.environ.get("CI"):
            pytest.fail(f"{CHROMIUM} is missing; install Debian's chromium")
        pytest.skip(f"{CHROMIUM} is missing")
    sync_api = pytest.importorskip("playwright.sync_api")
    with sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=_ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder that the studio is started with: two photos, and one in a folder below."""
    root = tmp_path_factory.mktemp("box") / "attic"
    (root / "1935").mkdir(parents=True)
    for name, target in (
        ("camera.jpg", "camera.jpg"),
        ("rocket.jpg", "rocket.jpg"),
        ("coffee.jpg", "1935/coffee.jpg"),
    ):
        (root / target).write_bytes((EXAMPLES / name).read_bytes())
    return root


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory, folder: Path, chromium: Any) -> Iterator[Server]:
    """One studio for all tests; its cookie is in `server.cookies`."""
    started = Server(tmp_path_factory.mktemp("work"), folder)
    context = chromium.new_context()
    context.request.get(started.start_url)
    started.cookies = context.storage_state()  # type: ignore[attr-defined]
    context.close()
    yield started
    started.stop()


@pytest.fixture
def open_studio(chromium: Any, server: Server) -> Iterator[Callable[..., Studio]]:
    """open_studio(**context): a window of the studio without photos, watched for what must not happen."""
    contexts, faults = [], []

    def opened(at: Server = server, **settings: Any) -> Studio:
        usual = {"viewport": {"width": 1200, "height": 760}, "reduced_motion": "reduce", "locale": "en-GB"}
        cookies = getattr(at, "cookies", None)
        context = chromium.new_context(**usual | settings, storage_state=cookies)
        context.set_default_timeout(60_000)
        context.add_init_script(_WATCH_POLICY)
        context.on("request", lambda request: _check_address(request.url, at.url, faults))
        contexts.append(context)
        page = context.new_page()
        # From the start: what listens only when a key is pressed may come too late for it.
        page.on("filechooser", lambda _: None)
        page.on("pageerror", lambda fault: faults.append(f"error: {fault}"))
        page.on("console", lambda message: _check_console(message.text, faults))
        if cookies:
            context.request.get(at.url)
            _forget_photos(context, at.url)
            page.goto(at.url)
        else:
            page.goto(at.start_url)
        page.wait_for_selector("html[data-ready]")
        return Studio(page, at.url)

    yield opened
    for context in contexts:
        context.close()
    assert faults == []


@pytest.fixture
def studio(open_studio: Callable[..., Studio]) -> Studio:
    """A window of the studio, without photos."""
    return open_studio()


def _forget_photos(context: Any, url: str) -> None:
    for photo in context.request.get(f"{url}/api/v1/photos").json():
        context.request.delete(f"{url}/api/v1/photos/{photo['id']}")
    for film in context.request.get(f"{url}/api/v1/films").json():
        context.request.delete(f"{url}/api/v1/films/{film['id']}")
    context.request.post(f"{url}/api/v1/queue", data={"paused": False})


def _check_address(asked: str, url: str, faults: list[str]) -> None:
    if not asked.startswith((f"{url}/", "blob:", "data:")):
        faults.append(f"request to {asked}")


def _check_console(text: str, faults: list[str]) -> None:
    if "POLICY" in text or "Content Security Policy" in text:
        faults.append(text)


@pytest.fixture(scope="session")
def large_photo() -> Callable[[Path], Path]:
    """Writes a grey JPEG of 4000 x 3000 pixels into a folder."""
    import pyvips

    def written(into: Path) -> Path:
        path = into / "large.jpg"
        small = pyvips.Image.new_from_file(str(EXAMPLES / "camera.jpg")).colourspace("b-w")
        small.resize(4000 / small.width, vscale=3000 / small.height).jpegsave(str(path))
        return path

    return written


@pytest.fixture(scope="session")
def reference(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A photo in strong colours: red at the left, green at the right."""
    import numpy as np
    import pyvips

    rng = np.random.default_rng(3)
    grey = rng.integers(90, 160, (200, 300, 1)).astype(np.float64)
    tint = np.where(np.arange(300)[None, :, None] < 160, [1.3, 0.5, 0.5], [0.5, 1.1, 0.5])
    path = tmp_path_factory.mktemp("reference") / "reference.png"
    pyvips.Image.new_from_array((grey * tint).clip(0, 255).astype(np.uint8)).pngsave(str(path))
    return path


@pytest.fixture(scope="session")
def film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    from tests.studio.page.filming import write_film

    return write_film(tmp_path_factory.mktemp("film") / "reel.mp4")
