"""ColorizationModule one megapixel: the cold command, the warm library, the network, memory, change of lightness.

    python benchmarks/colouring.py

The photo is a sample of `examples/`, enlarged to 1152 x 868. Times are medians of several runs, beside
pyvips' own decoding and encoding of the same photo, plain and with a trip to Lab and back.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pyvips

import tinct
from tinct import photo
from tinct.color.lab import srgb_to_lab
from tinct.models.runtime import Network
from tinct.models.store import find_model

EXAMPLES = Path(__file__).parents[1] / "examples"
RUNS = 9


def main() -> None:
    """Measure and print the table."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        source = folder / "photo.jpg"
        image = pyvips.Image.new_from_file(str(EXAMPLES / "rocket.jpg"))
        image.thumbnail_image(1152, height=868, size="force").jpegsave(str(source), Q=90)
        data = source.read_bytes()
        colorizer = tinct.Colorizer()
        plain = median(lambda: again(data))
        by_lab = median(lambda: again(data, "lab"))
        warm = median(lambda: colorizer.colorize(data))
        network = median(network_alone())
        cold, memory = cold_command(source, folder)
        version = median(lambda: subprocess.run([*COMMAND, "--version"], check=True, capture_output=True))
        rows = [
            ("pyvips: decode and encode", plain, ""),
            ("pyvips: decode, to Lab and back, encode", by_lab, ""),
            ("network alone, 256 x 256", network, "bar 100 ms"),
            (
                "warm Colorizer, JPEG bytes to JPEG bytes",
                warm,
                f"bar 150 ms; {warm / by_lab:.1f} x Lab and back",
            ),
            ("cold command", cold, f"bar 1500 ms; {cold / warm:.1f} x warm"),
            ("tinct --version", version, "bar 150 ms"),
        ]
        for label, seconds, note in rows:
            print(f"{label:44} {1000 * seconds:7.0f} ms   {note}")
        print(f"{'peak memory of the cold command':44} {memory:7.0f} MB   bar 250 MB")
    print(
        f"{'mean |ΔL| over the examples, read from PNG':44} {change_of_lightness(colorizer):7.3f}      bar 0.3"
    )


COMMAND = [sys.executable, "-m", "tinct"]


def median(work: Callable[[], object]) -> float:
    """Seconds of the middle one of several runs after one that does not count."""
    work()
    times = []
    for _ in range(RUNS):
        started = time.perf_counter()
        work()
        times.append(time.perf_counter() - started)
    return float(np.median(times))


def again(data: bytes, space: str | None = None) -> bytes:
    """Decode and encode, with a trip to another colour space if one is given."""
    image = pyvips.Image.new_from_buffer(data, "").colourspace("srgb")
    if space:
        image = image.colourspace(space).colourspace("srgb")
    return bytes(image.jpegsave_buffer(Q=90))


def network_alone() -> Callable[[], object]:
    """One run of encoder and decoder on 256 x 256 lightness."""
    network, lightness = Network(find_model("tinct-m")), np.full((256, 256), 50, np.float32)
    return lambda: network.predict(network.encode(lightness))


def cold_command(source: Path, folder: Path) -> tuple[float, float]:
    """Median seconds of `tinct PHOTO` in a fresh process, and its peak memory in MB."""
    words = [str(source), "-o", str(folder / "out.jpg"), "--overwrite"]
    seconds = median(lambda: subprocess.run([*COMMAND, *words], check=True, capture_output=True))
    watched = (
        f"from tinct.cli.app import run; run({['colorize', *words]}); print(open('/proc/self/status').read())"
    )
    said = subprocess.run([sys.executable, "-c", watched], check=True, capture_output=True, text=True).stdout
    peak = next(line.split()[1] for line in said.splitlines() if line.startswith("VmHWM"))
    return seconds, int(peak) / 1000


def change_of_lightness(colorizer: tinct.Colorizer) -> float:
    """Mean |ΔL| between the examples and their results."""
    changes = []
    for path in photo.find_photos(EXAMPLES):
        before = photo.decode_srgb(path.read_bytes())
        png = photo.to_bytes(
            photo.read(before), photo.join(photo.read(before), np.zeros((2, 8, 8), np.float32)), "png"
        )
        after = photo.decode_srgb(colorizer.colorize(png))
        changes.append(
            np.abs(srgb_to_lab(after / 255.0)[..., 0] - srgb_to_lab(before / 255.0)[..., 0]).mean()
        )
    return float(np.mean(changes))


if __name__ == "__main__":
    main()
