"""The full-size path: 12 megapixels warm, 200 megapixels in strips, the cold command.

    python benchmarks/full_size.py [--runs 9] [--megapixels 200]

The photos are scikit-image's samples, tiled with mirroring, saved as grey JPEG of quality 90. Times are medians of runs
that alternate with what they are compared to, because other programs share the machine. ab is what the default network
answers; the network itself, whose cost is the same for every photo, is left out of the times. The cold command includes
it.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pyvips
from photo_streaming import answer, tiled

from tinct import photo
from tinct.inference import decoding_for, predict
from tinct.models.runtime import Network
from tinct.models.store import DEFAULT_MODEL, find_model
from tinct.options import Options

STREAMING = Path(__file__).with_name("photo_streaming.py")
QUALITY = 90
WIDTH, HEIGHT = 4004, 2997
# Loads what the command loads and tells its own peak memory, in kB.
COMMAND = """
import sys
from tinct.cli.app import run
try:
    run(sys.argv[1:])
except SystemExit as end:
    assert not end.code, end.code
print(open("/proc/self/status").read().split("VmHWM:")[1].split()[0])
"""


def main() -> None:
    """Measure and print the tables."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--runs", type=int, default=9)
    parser.add_argument("--megapixels", type=float, default=200)
    given = parser.parse_args()
    photo.disable_cache()  # as the command line does
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        warm(folder, given.runs)
        streamed(folder, given.megapixels, max(3, given.runs // 3))
        cold(folder, given.runs)


def warm(folder: Path, runs: int) -> None:
    """12 megapixels: reading, averaging, composing and writing, against decoding and encoding alone."""
    source, target = folder / "12.jpg", folder / "12-out.jpg"
    tiled(WIDTH * HEIGHT / 1e6 * 1.3).crop(0, 0, WIDTH, HEIGHT).jpegsave(str(source), Q=QUALITY)
    network = Network(find_model(DEFAULT_MODEL))
    prediction = predict(network, photo.read(source), Options())
    ab = prediction.colours(decoding_for(Options(), network.manifest))
    pixels = photo.join(photo.read(source), ab).copy_memory()

    def decode() -> None:
        pyvips.Image.new_from_file(str(source), access="sequential").copy_memory()

    def encode() -> None:
        pixels.jpegsave(str(target), Q=QUALITY, subsample_mode="off")

    def colour() -> None:
        opened = photo.read(source)
        photo.network_input(opened, 224, 32)
        photo.write(opened, photo.join(opened, ab), target, overwrite=True, quality=QUALITY)

    (decoding, encoding, colouring), (decode_cpu, encode_cpu, colour_cpu) = medians(
        runs, decode, encode, colour
    )
    print(f"{WIDTH} x {HEIGHT} grey JPEG, warm")
    print(f"  decode {1000 * decoding:.0f} ms, encode 4:4:4 {1000 * encoding:.0f} ms")
    print(f"  read, average, compose, write {1000 * colouring:.0f} ms")
    print(f"  ratio {colouring / (decoding + encoding):.2f} (bar 4, aim 2.5)")
    print(f"  ratio of processor time {colour_cpu / (decode_cpu + encode_cpu):.2f}")


def streamed(folder: Path, megapixels: float, runs: int) -> None:
    """A large photo in a process of its own, against pyvips to Lab and back in another."""
    source, target = folder / "large.jpg", folder / "large-out.jpg"
    tiled(megapixels).jpegsave(str(source), Q=QUALITY)
    answer(source)
    rows: dict[str, list[tuple[float, float]]] = {"plain": [], "ours": []}
    for _ in range(runs):
        for kind, measured in rows.items():
            command = [sys.executable, str(STREAMING), "--work", kind, str(source), str(target)]
            said = subprocess.run(command, check=True, capture_output=True, text=True).stdout.split()
            measured.append((float(said[0]), float(said[1])))
            target.unlink()
    plain, ours = (np.median([seconds for seconds, _ in measured]) for measured in rows.values())
    print(f"{megapixels:g} megapixels, grey JPEG")
    print(f"  pyvips to Lab and back {plain:.1f} s, {max(peak for _, peak in rows['plain']):.0f} MB at most")
    print(
        f"  tinct {ours:.1f} s, {max(peak for _, peak in rows['ours']):.0f} MB at most "
        f"(bar 250), ratio {ours / plain:.2f} (bar 1.5, aim 1)"
    )


def cold(folder: Path, runs: int) -> None:
    """`tinct PHOTO` of one megapixel in a new process."""
    source, target = folder / "1.jpg", folder / "1-out.jpg"
    tiled(1).jpegsave(str(source), Q=QUALITY)
    command = [sys.executable, "-c", COMMAND, "colorize", str(source), "-o", str(target), "--overwrite"]
    peaks = []

    def run() -> None:
        done = subprocess.run(command, check=True, capture_output=True, text=True)
        peaks.append(int(done.stdout.split()[-1]) / 1024)

    seconds = medians(runs, run)[0][0]
    print(f"cold command, 1 megapixel: {seconds:.2f} s, {np.median(peaks):.0f} MiB")


def medians(runs: int, *works: Callable[[], None]) -> tuple[list[float], list[float]]:
    """Seconds, and seconds of processor time, of each piece of work, in turns, after a turn that does not count."""
    taken: list[list[tuple[float, float]]] = [[] for _ in works]
    for turn in range(runs + 1):
        for work, times in zip(works, taken, strict=True):
            started, processor = time.perf_counter(), time.process_time()
            work()
            if turn:
                times.append((time.perf_counter() - started, time.process_time() - processor))
    wall, cpu = zip(*(np.median(times, axis=0).tolist() for times in taken), strict=True)
    return list(wall), list(cpu)


if __name__ == "__main__":
    main()
