"""Speed and memory of a film that is coloured in a process of its own."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

import cv2

from film.bench import coloured, row
from film.clips import grey, pan, write
from tinct.models.runtime import Network
from tinct.models.store import DEFAULT_MODEL, find_model

COMMAND = Path(__file__).parents[1] / "video.py"


def speed(folder: Path, seconds: float) -> None:
    for height, width, every, bar in ((480, 854, 1, 8), (480, 854, 4, 15), (1080, 1920, 4, 4)):
        source = folder / f"{height}.mp4"
        if not source.exists():
            write(
                source,
                [cv2.resize(f, (width, height)) for f in grey(pan("coffee", round(25 * seconds)))],
                codec="libx264",
            )
        took, busy, _ = timed(source, folder / "speed.mp4", every)
        frames = round(25 * seconds)
        row(
            f"{height}p, network on every {every}",
            f"{frames / took:.1f} fps, {2 * frames / busy:.1f} idle",
            str(bar),
        )


def memory(folder: Path, seconds: float) -> None:
    short = grey(pan("coffee", round(25 * seconds)))
    small = [cv2.resize(frame, (854, 480)) for frame in short]
    one = timed(write(folder / "short.mp4", small, codec="libx264"), folder / "m.mp4", 8)[2]
    ten = timed(write(folder / "long.mp4", small * 10, codec="libx264"), folder / "m.mp4", 8)[2]
    row("memory, 480p", f"{one:.0f} MB", "600 MB")
    row("memory at ten times the length", f"{100 * (ten / one - 1):+.0f} %", "+10 %")


def timed(source: Path, target: Path, every: int) -> tuple[float, float, float]:
    """Seconds, seconds of processor and megabytes of a film coloured in a process of its own."""
    words = [sys.executable, str(COMMAND), "--work", str(source), str(target), str(every)]
    figures = subprocess.run(words, check=True, capture_output=True, text=True).stdout.split()
    return float(figures[-3]), float(figures[-2]), float(figures[-1])


def work(source: str, target: str, every: str) -> None:
    network = Network(find_model(DEFAULT_MODEL))
    start, busy = time.perf_counter(), time.process_time()
    coloured(Path(source), Path(target), network, every=int(every), codec="h264")
    took = time.perf_counter() - start, time.process_time() - busy
    print(*took, int(Path("/proc/self/status").read_text().split("VmHWM:")[1].split()[0]) / 1024)
