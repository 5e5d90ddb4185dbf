"""The studio: start, first colours, previews while hints are added and dragged, tiles, memory, export.

    python benchmarks/studio.py [first_page] [first_colours] [previews] [tiles_and_export] [many_photos]

Starts `tinct studio` as a user does, and measures from outside: in Chromium by playwright, where both are installed,
else by HTTP. Medians and 95th percentiles on this machine.
"""

from __future__ import annotations

import hashlib
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import warnings
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pyvips

import tinct
from tinct.errors import PhotoWarning

Rows = Iterator[tuple[str, str, str]]
OCTETS = {"content-type": "application/octet-stream"}
# From the next key to the picture that it changes, as it is painted.
_WATCH = """() => {
    window.drawn = new Promise((resolve) => {
        let started;
        addEventListener('keydown', () => { started = performance.now(); }, {capture: true, once: true});
        new MutationObserver((_, observer) => {
            observer.disconnect();
            requestAnimationFrame(() => setTimeout(() => resolve(performance.now() - started)));
        }).observe(document.getElementById('preview'), {attributeFilter: ['src']});
    });
}"""
_COUNT = """() => {
    window.looks = 0;
    const count = () => { window.looks += 1; };
    new MutationObserver(count).observe(document.getElementById('preview'), {attributeFilter: ['src']});
}"""
_CHANGE = """async (hints) => {
    const [photo] = await (await fetch('/api/v1/photos')).json();
    const headers = {'content-type': 'application/json'};
    await fetch(`/api/v1/photos/${photo.id}`, {method: 'PATCH', headers, body: JSON.stringify({hints})});
}"""


def main() -> None:
    """Measure and print the table."""
    warnings.simplefilter("ignore", PhotoWarning)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        photos = folder / "photos"
        photos.mkdir()
        large = write_photo(photos / "large.tif", 10_000, 10_000)
        middle = write_photo(photos / "middle.jpg", 6000, 4000)
        print(f"{'measure':52s} {'result':>28s}   bar")
        parts = (first_page, first_colours, previews, tiles_and_export, many_photos)
        chosen = [part for part in parts if part.__name__ in sys.argv[1:]] or parts
        for part in chosen:
            for label, result, bar in part(folder, large if part is tiles_and_export else middle):
                print(f"{label:52s} {result:>28s}   {bar}", flush=True)


def first_page(folder: Path, _: Path) -> Rows:
    """Start of the process to the page in a browser."""
    times = []
    with window() as page:
        for _number in range(3):
            started = time.perf_counter()
            with studio(folder) as (url, _process):
                if page is None:
                    browser(url).get("/").raise_for_status()
                else:
                    page.goto(url, wait_until="load")
                times.append(time.perf_counter() - started)
    yield "start to first page", f"{np.median(times):.2f} s", "2.5 s"


def first_colours(folder: Path, middle: Path) -> Rows:
    """Upload of 24 megapixels to the first preview."""
    times = []
    with studio(folder) as (url, _):
        client = browser(url)
        for _number in range(4):
            started = time.perf_counter()
            number = upload(client, middle)
            client.get(f"/api/v1/photos/{number}/preview").raise_for_status()
            times.append(time.perf_counter() - started)
            client.delete(f"/api/v1/photos/{number}")
    yield "24 MP JPEG: drop to first colours, the first time", f"{times[0]:.2f} s", "1.5 s"
    yield "24 MP JPEG: drop to first colours, later", f"{np.median(times[1:]):.2f} s", "1.5 s"


def previews(folder: Path, middle: Path) -> Rows:
    """Hints added and dragged, to the preview."""
    with studio(folder) as (url, _), window() as page:
        if page is None:
            yield "added hint to new preview", "not measured: there is no Chromium", "150 ms"
            return
        page.goto(url)
        page.wait_for_selector("html[data-ready]")
        photo = {"name": middle.name, "mimeType": "image/jpeg", "buffer": small_photo(middle)}
        page.set_input_files("#files", [photo])
        yield from previews_in(page)


def previews_in(page: Any) -> Rows:
    """In the page itself, as a person does it: from the key that takes a suggested colour to the painted picture."""
    rng = np.random.default_rng(0)
    for count, bar in ((20, "150 ms"), (100, "400 ms")):
        hints = [new_hint(rng) for _ in range(count - 1)]
        page.wait_for_selector("body[data-drawn=true]")
        page.evaluate(_CHANGE, hints)
        page.locator("#hints .hint").nth(count - 2).wait_for()
        times = []
        while len(times) < 25:
            page.mouse.click(*place(page, free_place(hints, rng)))
            page.locator("button.suggestion").first.wait_for()
            # Nobody is faster.
            page.wait_for_timeout(300)
            page.evaluate(_WATCH)
            page.keyboard.press(str(rng.integers(1, 1 + page.locator("button.suggestion").count())))
            times.append(page.evaluate("drawn"))
            page.keyboard.press("Escape")
            page.keyboard.press("Control+z")
            page.wait_for_timeout(300)
        label = f"added hint to new preview in Chromium, p95, {count} hints"
        yield label, f"{np.percentile(times, 95):.0f} ms (median {np.median(times):.0f})", bar
    page.evaluate(_CHANGE, [new_hint(rng) for _ in range(19)] + [{"points": [[0.8, 0.5]], "color": "olive"}])
    page.wait_for_timeout(2000)
    page.mouse.move(*place(page, (0.8, 0.5)))
    page.mouse.down()
    page.evaluate(_COUNT)
    started = time.perf_counter()
    while (passed := time.perf_counter() - started) < 5:
        page.mouse.move(*place(page, (0.5 + 0.3 * np.cos(passed), 0.5 + 0.3 * np.sin(passed))))
        page.wait_for_timeout(16)
    yield "dragging a hint in Chromium, 20 hints", f"{page.evaluate('looks') / 5:.1f} previews a second", "8"


def place(page: Any, at: tuple[float, float]) -> tuple[float, float]:
    """Where a place of the photo, in fractions of it, is in the window."""
    box = page.locator("#layer").bounding_box()
    return box["x"] + at[0] * box["width"], box["y"] + at[1] * box["height"]


def free_place(hints: list[dict[str, Any]], rng: np.random.Generator) -> tuple[float, float]:
    """A place without the marker of a hint."""
    taken = np.array([each["points"][0] for each in hints])
    while True:
        x, y = rng.uniform(0.03, 0.97, 2)
        if np.abs(taken - (x, y)).max(1).min() > 0.03:
            return float(x), float(y)


def tiles_and_export(folder: Path, large: Path) -> Rows:
    """Random tiles of 100 megapixels, and its export."""
    rng = np.random.default_rng(0)
    with studio(folder, large.parent) as (url, process):
        client = browser(url)
        root = client.get("/api/v1/roots").json()[0]["id"]
        number = client.post("/api/v1/photos/open", json={"root": root, "path": large.name}).json()["id"]
        started = time.perf_counter()
        client.get(f"/api/v1/photos/{number}/preview").raise_for_status()
        yield "100 MP TIFF: first colours", f"{time.perf_counter() - started:.2f} s", "-"
        client.patch(f"/api/v1/photos/{number}", json={"hints": [new_hint(rng) for _ in range(5)]})
        document = client.get(f"/api/v1/photos/{number}").json()
        times = []
        for at in range(200):
            level = document["levels"] - 1 - at % 5
            count = -(-(10_000 >> at % 5) // 256)
            column, row = rng.integers(0, count, 2)
            path = f"/api/v1/photos/{number}/tiles/result/{document['revision']}/{level}/{column}_{row}"
            started = time.perf_counter()
            client.get(path).raise_for_status()
            times.append(time.perf_counter() - started)
        yield "tile of a 100 MP TIFF, p95", f"{1000 * np.percentile(times, 95):.0f} ms", "100 ms"
        started = time.perf_counter()
        export = client.post("/api/v1/exports", json={"photo": number}).json()["id"]
        while (state := client.get(f"/api/v1/exports/{export}").json())["state"] in ("waiting", "running"):
            time.sleep(0.05)
        took = time.perf_counter() - started
        digest = hashlib.sha256(client.get(state["file"]).content).hexdigest()
        recipe = [tinct.Hint(tuple(map(tuple, each["points"])), each["color"]) for each in document["hints"]]
        expected = tinct.Colorizer().open(large).with_hints(recipe).save(folder / "expected.tif")
        same = hashlib.sha256(expected.read_bytes()).hexdigest() == digest
        yield (
            "export of 100 MP",
            f"{took:.1f} s, {'same bytes' if same else 'OTHER BYTES'}",
            "20 s, the library's",
        )
        yield "memory at 100 MP, largest", f"{peak_megabytes(process):.0f} MB", "600 MB"


def many_photos(folder: Path, middle: Path) -> Rows:
    """Twenty photos of 24 megapixels, looked at in turn."""
    with studio(folder) as (url, process):
        client = browser(url)
        numbers = [upload(client, middle) for _ in range(20)]
        for number in [*numbers, *numbers]:
            client.get(f"/api/v1/photos/{number}/preview", params={"short_side": 500}).raise_for_status()
        yield "memory with 20 open photos of 24 MP, largest", f"{peak_megabytes(process):.0f} MB", "600 MB"


@contextmanager
def studio(folder: Path, *roots: Path) -> Iterator[tuple[str, int]]:
    """A studio in a process of its own: its start URL and process id."""
    work = Path(tempfile.mkdtemp(dir=folder))
    words = [sys.executable, "-m", "tinct", "studio", *map(str, roots), "--no-browser", "--work", str(work)]
    with subprocess.Popen(words, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            found = re.search(r"http://\S+", process.stdout.readline())
            assert found is not None
            yield found.group(), process.pid
        finally:
            process.send_signal(signal.SIGINT)
            process.wait()
    shutil.rmtree(work, ignore_errors=True)


@contextmanager
def window() -> Iterator[Any]:
    """A page of Chromium, or None where it is not installed."""
    chromium = shutil.which("chromium")
    try:
        from playwright.sync_api import sync_playwright
    except ImportError:
        chromium = None
    if chromium is None:
        yield None
        return
    with ExitStack() as stack:
        player = stack.enter_context(sync_playwright())
        opened = player.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        stack.callback(opened.close)
        yield opened.new_page()


def browser(url: str) -> Any:
    client = httpx.Client(base_url=url.partition("/?")[0], timeout=120, trust_env=False)
    assert client.get(url).status_code == 303
    return client


def upload(client: Any, path: Path) -> str:
    headers = OCTETS | {"x-file-name": path.name}
    return str(client.post("/api/v1/photos", content=path.read_bytes(), headers=headers).json()["id"])


def new_hint(rng: np.random.Generator) -> dict[str, Any]:
    color = "#" + rng.integers(40, 200, 3).astype(np.uint8).tobytes().hex()
    return {"points": [rng.random(2).tolist()], "color": color}


def write_photo(path: Path, width: int, height: int) -> Path:
    """A grey photo with grain, enlarged from one of examples/."""
    source = pyvips.Image.new_from_file(str(Path(__file__).parents[1] / "examples" / "camera.jpg"))
    large = source.extract_band(0).resize(
        width / source.width, vscale=height / source.height, kernel="linear"
    )
    grain = pyvips.Image.gaussnoise(width, height, sigma=4, mean=0)
    grey = (large + grain).clamp(min=0, max=255).cast("uchar").copy(interpretation="b-w")
    options = {"compression": "deflate", "predictor": "horizontal"} if path.suffix == ".tif" else {"Q": 90}
    grey.write_to_file(str(path), **options)
    return path


def small_photo(middle: Path) -> bytes:
    """The photo at 2 megapixels, for what does not depend on its size."""
    return bytes(pyvips.Image.thumbnail(str(middle), 1800).jpegsave_buffer(Q=90))


def peak_megabytes(process: int) -> float:
    status = Path(f"/proc/{process}/status").read_text()
    return int(status.split("VmHWM:")[1].split()[0]) / 1024


if __name__ == "__main__":
    main()
