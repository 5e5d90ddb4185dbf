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
# From a change to the decoded preview, as the page does it.
_CHANGE = """async ([number, body, side]) => {
    const started = performance.now();
    const headers = {'content-type': 'application/json'};
    const path = `/api/v1/photos/${number}`;
    const changed = await (await fetch(path, {method: 'PATCH', headers, body: JSON.stringify(body)})).json();
    const answer = await fetch(`${path}/preview?revision=${changed.revision}&short_side=${side}`);
    if (!answer.ok) throw new Error(answer.status);
    await createImageBitmap(await answer.blob());
    return performance.now() - started;
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
    """Hints added and dragged, to the decoded preview."""
    rng = np.random.default_rng(0)
    with studio(folder) as (url, _), window() as page:
        client = browser(url) if page is None else None
        if page is not None:
            page.goto(url, wait_until="load")
            number = page.evaluate(
                "async (data) => (await (await fetch('/api/v1/photos', {method: 'POST', headers: "
                "{'content-type': 'application/octet-stream'}, body: new Uint8Array(data)})).json()).id",
                list(small_photo(middle)),
            )
        else:
            assert client is not None
            number = client.post("/api/v1/photos", content=small_photo(middle), headers=OCTETS).json()["id"]

        def change(hints: list[dict[str, Any]], coalesce: bool) -> float:
            body = {"hints": hints, "coalesce": coalesce}
            if page is not None:
                return float(page.evaluate(_CHANGE, [number, body, 512])) / 1000
            started = time.perf_counter()
            revision = client.patch(f"/api/v1/photos/{number}", json=body).json()["revision"]
            answer = client.get(f"/api/v1/photos/{number}/preview", params={"revision": revision})
            answer.raise_for_status()
            return time.perf_counter() - started

        where = "in Chromium" if page is not None else "over HTTP"
        for count, bar in ((20, "150 ms"), (100, "400 ms")):
            hints = [new_hint(rng) for _ in range(count)]
            change(hints, False)
            times = []
            for _number in range(25):
                # Nobody places hints faster.
                time.sleep(0.3)
                times.append(change([*hints[:-1], new_hint(rng)], False))
            label = f"added hint to new preview {where}, p95, {count} hints"
            yield label, f"{1000 * np.percentile(times, 95):.0f} ms", bar
        hints, count, started = [new_hint(rng) for _ in range(20)], 0, time.perf_counter()
        while time.perf_counter() - started < 5:
            at = 2 * np.pi * count / 60
            moved = hints[-1] | {"points": [[0.5 + 0.3 * np.cos(at), 0.5 + 0.3 * np.sin(at)]]}
            change([*hints[:-1], moved], True)
            count += 1
        yield f"dragging a hint {where}, 20 hints", f"{count / 5:.1f} previews a second", "8"


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
    grain = pyvips.Image.gaussnoise(width, height, sigma=4)
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
