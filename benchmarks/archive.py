"""Archives: workers, overhead, ledger and memory, each as a ratio or beside its bar, measured in one run.

    python benchmarks/archive.py [--only ledger workers memory ray] [--photos 60] [--many 10000] [--ray 1000]

Photos are samples of `examples/`, enlarged to one megapixel, all different. The rate of a run is that between its first
and its last photo, so that starting the workers does not count. Bare parts: two processes that decode, convert to Lab
and back, run the network and encode, and do nothing else.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import os
import resource
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pyvips

from tinct import photo
from tinct.archive.colouring.job import Entry
from tinct.archive.ledger import Ledger
from tinct.archive.scan import Rules, scan
from tinct.archive.table import EMPTY
from tinct.colorizer import Colorizer
from tinct.inference import predict
from tinct.models.runtime import Network
from tinct.models.store import DEFAULT_MODEL, find_model
from tinct.options import Options

EXAMPLES = sorted((Path(__file__).parents[1] / "examples").glob("*.jpg"))
PARTS = ("ledger", "workers", "memory", "ray")
RUN = [sys.executable, "-m", "tinct", "archive"]


def main() -> None:
    """Measure and print the table."""
    asked = argparse.ArgumentParser()
    asked.add_argument("--only", choices=PARTS, nargs="+", default=["ledger", "workers"])
    asked.add_argument("--rows", type=int, default=1_000_000, help="paths in the ledger")
    asked.add_argument("--photos", type=int, default=60, help="photos of one megapixel for the workers")
    asked.add_argument("--many", type=int, default=10_000, help="photos of 0.08 megapixels for the memory")
    asked.add_argument("--ray", type=int, default=1_000, help="photos of one megapixel for Ray against local")
    given = asked.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        if "ledger" in given.only:
            ledger_of_many(folder / "ledger.sqlite", given.rows)
        if "workers" in given.only:
            workers(folder, given.photos)
        if "memory" in given.only:
            memory_of_many(folder, given.many)
        if "ray" in given.only:
            ray_against_local(folder, given.ray)


def workers(folder: Path, count: int) -> None:
    """Two workers against one and against the bare parts, overhead and memory."""
    source = photos(folder / "source", count)
    before = cpu_seconds()
    few = photos(folder / "few", 2)
    rate(few, folder / "few-done", 1)
    start = cpu_seconds() - before
    before = cpu_seconds()
    one, _, _ = rate(source, folder / "one", 1)
    used = (cpu_seconds() - before - start) / (count - 2)
    two, peak, _ = rate(source, folder / "two", 2)
    bare, bare_used = bare_rate(source)
    alone, alone_used = in_process(source)
    say("two workers against one", two / one, "x", "bar 1.8")
    say("two workers against the bare parts", 100 * two / bare, "%", "bar 85")
    say("CPU time of the bare parts against a run", 100 * bare_used / used, "%", "on a busy machine")
    say("overhead per photo, one worker", 1000 * (1 / one - alone), "ms", "bar 10")
    say("overhead per photo, CPU time", 1000 * (used - alone_used), "ms", f"of {1000 * used:.0f} ms")
    say("two workers", two, "photos/s", f"bare parts {bare:.2f}, one worker {one:.2f}")
    say("memory of the run, proportional set size", peak, "MB", "bar 1200")


def memory_of_many(folder: Path, count: int) -> None:
    """How much the memory of a run grows between its second quarter and its second half."""
    _, peak, growth = rate(photos(folder / "many", count, 320, 240), folder / "many-done", 2)
    say(f"memory of a run over {count:,} photos", peak, "MB", "bar 1200")
    say("growth over its last half", growth, "%", "bar 5")


def ray_against_local(folder: Path, count: int) -> None:
    """The rate of Ray on this machine against that of the workers, starts excluded."""
    source = photos(folder / "for-ray", count)
    local, _, _ = rate(source, folder / "local", 2)
    cluster, _, _ = rate(source, folder / "ray", 2, "--engine", "ray")
    same = contents(folder / "local") == contents(folder / "ray")
    say(f"Ray against local, {count:,} photos", 100 * cluster / local, "%", f"bar 75; same bytes: {same}")


def say(what: str, value: float, unit: str, note: str) -> None:
    """Print a line of the table."""
    print(f"{what:44} {value:9.2f} {unit:9} {note}", flush=True)


class Paths:
    """A source of so many paths, without files: listing costs nothing."""

    name = "paths"

    def __init__(self, count: int) -> None:
        self.lists = [
            [
                Entry(
                    f"box {number:05}/roll {number % 36:02}/{each:04}.jpg".encode(), 2_000_000, 10**18 + each
                )
                for each in range(1000)
            ]
            for number in range(count // 1000)
        ]

    def folders(self) -> Iterator[list[Entry]]:
        yield from self.lists


def ledger_of_many(file: Path, count: int) -> None:
    """Time to put paths into a new ledger and to find all of them done again, and its size."""
    source, digest = Paths(count), "0" * 64
    ledger, rules = Ledger(file, create=True), Rules(Options(), EMPTY, lambda _: digest)
    started = time.perf_counter()
    scan(source, ledger, rules)  # type: ignore[arg-type]
    say(f"{count:,} paths into the ledger", time.perf_counter() - started, "s", "bar 60")
    ledger.close()
    say("size of that ledger", file.stat().st_size / 1e6, "MB", "bar 150")
    with sqlite3.connect(file) as database:
        database.execute("INSERT INTO settings VALUES (1, ?, '{}')", (digest,))
        database.execute(
            "UPDATE photos SET state = 0, settings = 1, source_sha256 = randomblob(32), "
            "result_sha256 = randomblob(32), result_size = 2000000, attempts = 1, "
            "seconds = 0.25, uncertainty = 0.5, how = 'coloured', finished = 1e9"
        )
    ledger = Ledger(file, create=True)
    started = time.perf_counter()
    found = scan(source, ledger, rules)  # type: ignore[arg-type]
    assert (found.new, found.other_options, found.changed) == (0, 0, 0)
    say(f"resume with {count:,} done", time.perf_counter() - started, "s", "bar 60; listing excluded")
    say("size of that ledger", file.stat().st_size / 1e6, "MB", "with digests and results")
    ledger.close()


def photos(folder: Path, count: int, width: int = 1152, height: int = 868) -> Path:
    """So many different JPEGs, of one megapixel unless told."""
    folder.mkdir()
    samples = [
        pyvips.Image.new_from_file(str(each))
        .colourspace("b-w")
        .thumbnail_image(width, height=height, size="force")
        .copy_memory()
        for each in EXAMPLES
    ]
    for number in range(count):
        image = samples[number % len(samples)].wrap(x=number // len(samples) % width)
        image.jpegsave(str(folder / f"{number:05}.jpg"), Q=90)
    return folder


def rate(source: Path, dest: Path, workers: int, *more: str) -> tuple[float, float, float]:
    """Photos per second of a run, its peak memory in MB, and how much that grew over its last half, in percent."""
    run = subprocess.Popen(
        [*RUN, str(source), str(dest), "--workers", str(workers), *more], stdout=subprocess.DEVNULL
    )
    samples: list[tuple[float, float]] = []
    watcher = threading.Thread(target=watch_memory, args=(run, samples))
    watcher.start()
    assert run.wait() == 0
    watcher.join()
    events = [json.loads(line) for line in (dest / ".tinct" / "log.jsonl").read_text().splitlines()]
    times = [each["time"] for each in events if each["event"] == "done"]
    middle = times[len(times) // 2]
    early = max((used for at, used in samples if times[len(times) // 4] < at < middle), default=0)
    late = max((used for at, used in samples if at >= middle), default=0)
    growth = 100 * (late / early - 1) if early else 0.0
    return (len(times) - 1) / (times[-1] - times[0]), max((used for _, used in samples), default=0), growth


def watch_memory(run: subprocess.Popen[bytes], samples: list[tuple[float, float]]) -> None:
    """Sample the proportional set size of a process and its descendants, in MB."""
    while run.poll() is None:
        samples.append((time.time(), sum(map(pss, [run.pid, *descendants(run.pid)]))))
        time.sleep(0.5)


def descendants(pid: int) -> list[int]:
    """Process ids below a process."""
    try:
        children = [int(each) for each in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    except OSError:
        return []
    return children + [below for child in children for below in descendants(child)]


def pss(pid: int) -> float:
    """Proportional set size of a process in MB."""
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
        return next(int(line.split()[1]) for line in lines if line.startswith("Pss:")) / 1000
    except (OSError, StopIteration):
        return 0.0


def cpu_seconds() -> float:
    """CPU time of the processes that have ended, with their own."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def bare_rate(source: Path) -> tuple[float, float]:
    """Photos per second of two processes that do only the parts, and the CPU seconds of a photo."""
    files = sorted(source.iterdir())
    context = multiprocessing.get_context("spawn")
    queue = context.Queue()
    halves = [files[::2], files[1::2]]
    processes = [context.Process(target=bare, args=(half, queue)) for half in halves]
    for each in processes:
        each.start()
    spans = [queue.get() for _ in processes]
    for each in processes:
        each.join()
    number = len(files) - 2
    return number / (max(end for _, end, _ in spans) - min(start for start, _, _ in spans)), sum(
        used for _, _, used in spans
    ) / number


def bare(files: list[Path], queue: multiprocessing.Queue[tuple[float, float, float]]) -> None:
    """Decode, convert to Lab and back, run the network, encode; without the first photo, which warms up."""
    os.environ["VIPS_CONCURRENCY"] = "1"
    pyvips.cache_set_max(0)
    network, options = Network(find_model(DEFAULT_MODEL), threads=1), Options()
    started = used = 0.0
    for number, file in enumerate(files):
        if number == 1:
            started, used = time.time(), time.process_time()
        predict(network, photo.read(file), options)
        image = pyvips.Image.new_from_file(str(file)).colourspace("lab").colourspace("srgb")
        image.jpegsave_buffer(Q=92)
    queue.put((started, time.time(), time.process_time() - used))


def in_process(source: Path) -> tuple[float, float]:
    """Seconds per photo of a Colorizer with one thread, file to file, and CPU seconds."""
    colorizer, options = Colorizer(threads=1), Options(overwrite=True)
    files = sorted(source.iterdir())
    target = source.parent / "alone.jpg"
    colorizer.colorize_file(files[0], target, options)
    started, used = time.perf_counter(), time.process_time()
    for file in files[1:]:
        colorizer.colorize_file(file, target, options)
    number = len(files) - 1
    return (time.perf_counter() - started) / number, (time.process_time() - used) / number


def contents(folder: Path) -> dict[str, bytes]:
    """The bytes of every result."""
    return {path.name: path.read_bytes() for path in folder.glob("*.jpg")}


if __name__ == "__main__":
    main()
