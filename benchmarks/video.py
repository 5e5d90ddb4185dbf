"""Films: consistency, shots, fidelity, speed and memory of `tinct video`, each against its bar.

    python benchmarks/video.py [--clips FOLDER] [--only WORD] [--seconds 4]

The clips are made by code from examples/: pans with known motion, cuts, dissolves, flashes, grain. --clips: a
folder with films in colour, for the rows that need real motion; their colour is dropped first. Every film is
coloured with the default network. Speeds are given as measured, and as they would be if two cores did nothing
else. --strips: a folder for frame strips of the results, to be looked at.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from typing import Any

import av
import cv2
import numpy as np
from numpy.typing import NDArray

from tinct.color.difference import ciede2000
from tinct.color.lab import srgb_to_lab
from tinct.models.runtime import Network
from tinct.models.store import DEFAULT_MODEL, find_model
from tinct.options import Options
from tinct.video.film import FilmResult, colour_film
from tinct.video.plan import FilmOptions, plan_film
from tinct.video.project import read_project
from tinct.video.scan import RECORD, scan
from tinct.video.shots import find_shots
from tinct.video.source.probe import probe

EXAMPLES = Path(__file__).parents[1] / "examples"
NAMES = ("chelsea", "coffee", "astronaut", "rocket")
HEIGHT, WIDTH, SPEED, ZOOM = 360, 480, 2.0, 1.001
Image = NDArray[np.uint8]
Lab = NDArray[np.float64]
strips: Path | None = None


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--clips", type=Path, help="a folder of films in colour")
    parser.add_argument("--only", help="only the parts whose name holds this word")
    parser.add_argument("--seconds", type=float, default=4.0, help="length of the films for speed and memory")
    parser.add_argument("--strips", type=Path, help="a folder for frame strips")
    parser.add_argument("--work", nargs=3, metavar=("SOURCE", "TARGET", "EVERY"), help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.work:
        work(*given.work)
        return
    global strips
    strips = given.strips
    network = Network(find_model(DEFAULT_MODEL))
    print(f"{'measure':52s} {'result':>24s}   bar")
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        parts: dict[str, Callable[[], None]] = {
            "motion": lambda: known_motion(folder, network),
            "dissolve": lambda: residue(folder, network),
            "shots": lambda: shots(folder),
            "direction": lambda: direction(folder, network),
            "fidelity": lambda: fidelity(folder, network),
            "real": lambda: real(folder, network, given.clips),
            "speed": lambda: speed(folder, given.seconds),
            "memory": lambda: memory(folder, given.seconds),
        }
        for name, part in parts.items():
            if given.only is None or given.only in name:
                part()


def known_motion(folder: Path, network: Network) -> None:
    for grain, bar in ((0.0, "0.15"), (6.0, "0.25")):
        changes = {True: [], False: []}
        for number, name in enumerate(NAMES):
            frames = grainy(grey(pan(name, 40)), grain, number)
            source = write(folder / "pan.mkv", frames)
            for steady in (True, False):
                found = lab_frames(coloured(source, folder / "pan-out.mkv", network, steady=steady))
                changes[steady].append(change_along_motion(found))
        label = f"ab change along motion{', with grain' if grain else ''}"
        row(label, f"{np.mean(changes[True]):.3f} ({np.mean(changes[False]):.2f} by frame)", bar)


def residue(folder: Path, network: Network) -> None:
    """ab that is left of the old shot, in the second after a dissolve, against a film that begins there."""
    found = []
    for one, other in (("coffee", "chelsea"), ("astronaut", "coffee"), ("rocket", "astronaut")):
        first, second = grey(pan(one, 55)), grey(pan(other, 55))
        film = first[:30] + blend(first[30:], second[:25]) + second[25:]
        with_old = lab_frames(coloured(write(folder / "d.mkv", film), folder / "do.mkv", network))
        alone = lab_frames(coloured(write(folder / "a.mkv", second[25:]), folder / "ao.mkv", network))
        changed = np.abs(with_old[55:80, ..., 1:].mean((1, 2)) - alone[:25, ..., 1:].mean((1, 2)))
        found.append(float(changed.mean()))
    row(
        "residue of the old shot after a dissolve (mean ab)",
        f"{np.mean(found):.2f} (most {max(found):.2f})",
        "0.3",
    )


def shots(folder: Path) -> None:
    scenes = [grey(pan(name, 60, start)) for start in (0, 40, 80) for name in NAMES]
    film: list[Image] = []
    cuts: list[int] = []
    for scene in scenes[:9]:
        if film:
            cuts.append(len(film))
        film += scene[:34]
    flashes = [50, 120, 220]
    for at in flashes:
        for number in range(at, at + 2):
            film[number] = np.minimum(film[number].astype(int) * 2 + 100, 255).astype(np.uint8)
    dissolves = []
    for scene, length in zip(scenes[9:12], (12, 25, 40), strict=True):
        start = len(film)
        last = grey(pan(NAMES[length % 3], 60 + length, 20))
        film += last[:60]
        dissolves.append((start + 60, start + 60 + length))
        cuts.append(start)
        film += blend(last[60:], scene[:length]) + scene[length:]
    clip = probe(write(folder / "edit.mkv", film))
    found = find_shots(np.array(list(scan(clip, np.zeros(0, RECORD))), RECORD), 25.0)
    starts = [shot.start for shot in found[1:] if shot.kind == "shot"]
    transitions = [(shot.start, shot.end) for shot in found if shot.kind == "transition"]
    right = sum(any(abs(start - cut) <= 1 for start in starts) for cut in cuts)
    false = sum(any(abs(start - at) <= 3 for start in starts) for at in flashes)
    seen = sum(
        any(abs(a - start) < 10 and abs(b - end) < 10 for start, end in transitions) for a, b in dissolves
    )
    extra = len(starts) - right - len([1 for _, end in transitions if end in starts])
    row("cuts within one frame", f"{right} of {len(cuts)}, {max(extra, 0)} false", "all")
    row("false cuts at flashes", f"{false} of {len(flashes)}", "0")
    row("dissolves found", f"{seen} of {len(dissolves)}, {len(transitions) - seen} false", "all")


def direction(folder: Path, network: Network) -> None:
    """What a hint in the middle of a shot colours at all other times, where the known motion brings it."""
    places = {"coffee": (150, 200), "astronaut": (190, 300), "chelsea": (240, 120)}
    errors, beyond = [], []
    for name, place in places.items():
        film = grey(pan(name, 50)) + grey(pan("rocket", 10))
        source = write(folder / "hinted.mkv", film)
        x, y = motion(25) @ np.array([*place, 1.0])
        hint = {"points": [[x / WIDTH, y / HEIGHT]], "color": "5,-35", "radius": 0.03, "time": 1.0}
        labs = []
        for hints in ([], [hint]):
            (folder / "project.json").write_text(
                json.dumps({"format": 1, "shots": [{"start": 0, "hints": hints}, {"start": 2}]})
            )
            project = read_project(folder / "project.json")
            labs.append(lab_frames(coloured(source, folder / "hinted-out.mkv", network, project=project)))
        for number in range(50):
            column, row_of = motion(number) @ np.array([*place, 1.0]) / 2
            if 4 < column < WIDTH / 2 - 4 and 4 < row_of < HEIGHT / 2 - 4:
                there = labs[1][
                    number, round(row_of) - 1 : round(row_of) + 2, round(column) - 1 : round(column) + 2
                ]
                wanted = np.concatenate(
                    [there[..., :1], np.broadcast_to([5.0, -35.0], (*there.shape[:2], 2))], -1
                )
                errors.append(float(ciede2000(there, wanted).mean()))
        beyond.append(float(np.abs(labs[1][50:] - labs[0][50:]).max()))
    row("hinted colour along motion (CIEDE2000)", f"{np.mean(errors):.1f} (most {max(errors):.1f})", "small")
    row("change by a hint beyond the cut", f"{max(beyond):.2f}", "0")


def fidelity(folder: Path, network: Network) -> None:
    for depth in (8, 10):
        frames = [frame.astype(np.uint16 if depth > 8 else np.uint8) for frame in grey(pan("coffee", 20))]
        frames = [(frame << (depth - 8)) + number % 4 for number, frame in enumerate(frames)]
        pixels = "gray" if depth == 8 else "gray10le"
        source = write(folder / "deep.mkv", frames, pixels=pixels)
        result = coloured(source, folder / "deep-out.mkv", network, every=4)
        same = all(np.array_equal(a, b) for a, b in zip(luma(result), frames, strict=True))
        row(f"luma planes, FFV1, {depth} bit", "identical" if same else "differ", "identical")
    times = np.cumsum(np.random.default_rng(0).integers(1500, 9000, 40)).tolist()
    source = write(folder / "vfr.mp4", grey(pan("coffee", 40)), times=times, codec="libx264")
    for suffix in (".mp4", ".mkv"):
        target = folder / f"vfr-out{suffix}"
        coloured(source, target, network, every=8, codec="h264")
        gaps = np.array(seconds_of(target)) - np.array(seconds_of(source))
        row(
            f"timestamps, {suffix}",
            f"{1000 * np.ptp(gaps) / 2:.3f} ms",
            "0" if suffix == ".mp4" else "0.5 ms",
        )


def real(folder: Path, network: Network, clips: Path | None) -> None:
    if clips is None:
        print("(rows of real clips left out: give --clips)")
        return
    for path in sorted(each for each in clips.rglob("*") if each.suffix in (".mp4", ".avi", ".mkv")):
        true = [
            frame.reformat(height=-(-frame.height // 8) * 4, width=frame.width // 4 * 2, format="yuv420p")
            for frame in first_frames(path, 100)
        ]
        source = write(folder / "real.mkv", [plane(frame) for frame in true])
        truth = np.stack([lab_of(frame) for frame in true])
        steady = lab_frames(coloured(source, folder / "steady.mkv", network))
        single = lab_frames(coloured(source, folder / "single.mkv", network, steady=False))
        fourth = lab_frames(coloured(source, folder / "fourth.mkv", network, every=4))
        name = path.stem
        row(
            f"{name}: CDC against the grey film's",
            f"{cdc(steady) / cdc(lab_frames(source)):.2f} ({cdc(single) / cdc(lab_frames(source)):.2f} by frame)",
            "1.25",
        )
        for label, each in (("", steady), (", every fourth", fourth)):
            kept, error = chroma_of(each) / chroma_of(single), error_of(each, truth) / error_of(single, truth)
            row(
                f"{name}{label}: chroma kept / ab error",
                f"{100 * kept:.0f} % / {100 * error:.1f} %",
                "90 % / 103 %",
            )


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
    words = [sys.executable, __file__, "--work", str(source), str(target), str(every)]
    said = subprocess.run(words, check=True, capture_output=True, text=True).stdout.split()
    return float(said[-3]), float(said[-2]), float(said[-1])


def work(source: str, target: str, every: str) -> None:
    network = Network(find_model(DEFAULT_MODEL))
    start, busy = time.perf_counter(), time.process_time()
    coloured(Path(source), Path(target), network, every=int(every), codec="h264")
    took = time.perf_counter() - start, time.process_time() - busy
    print(*took, int(Path("/proc/self/status").read_text().split("VmHWM:")[1].split()[0]) / 1024)


def coloured(source: Path, target: Path, network: Network, codec: str = "ffv1", **fields: Any) -> Path:
    options = FilmOptions(codec=codec, overwrite=True, **fields)
    result: FilmResult = colour_film(plan_film(source, target, options), network, options, Options(scales=1))
    assert result.complete
    if strips is not None:
        draw_strip(target, strips / f"{len(list(strips.iterdir())):02d}-{source.stem}-{target.stem}.png")
    return target


def draw_strip(film: Path, path: Path, count: int = 12) -> None:
    """Frames from all over a film, side by side, six to a row."""
    with av.open(str(film)) as clip:
        shown = [
            frame.reformat(width=240, height=180, format="bgr24").to_ndarray()
            for frame in clip.decode(video=0)
        ]
    chosen = [shown[at] for at in np.linspace(0, len(shown) - 1, count).astype(int)]
    cv2.imwrite(str(path), np.vstack([np.hstack(chosen[:6]), np.hstack(chosen[6:])]))


def pan(name: str, count: int, start: int = 0) -> list[Image]:
    """RGB frames of a camera that moves and zooms over an example photo as `motion` says."""
    photo = cv2.imread(str(EXAMPLES / f"{name}.jpg"))
    scale = (HEIGHT + 60) / photo.shape[0]
    photo = cv2.cvtColor(cv2.resize(photo, None, fx=scale * 1.3, fy=scale * 1.3), cv2.COLOR_BGR2RGB)
    return [
        cv2.warpAffine(
            photo,
            motion(start + number),
            (WIDTH, HEIGHT),
            flags=cv2.INTER_AREA,
            borderMode=cv2.BORDER_REFLECT,
        )
        for number in range(count)
    ]


def motion(number: int) -> NDArray[np.float32]:
    size = ZOOM**number
    return np.array([[size, 0, -SPEED * number * 0.6 - 5], [0, size, -SPEED * number * 0.2 - 5]], np.float32)


def grey(frames: Sequence[Image]) -> list[Image]:
    # Luma of BT.601, limited range.
    return [np.rint(16 + (frame @ [0.299, 0.587, 0.114]) * 219 / 255).astype(np.uint8) for frame in frames]


def grainy(frames: Sequence[Image], sigma: float, seed: int) -> list[Image]:
    rng = np.random.default_rng(seed)
    return [np.clip(frame + rng.normal(0, sigma, frame.shape), 0, 255).astype(np.uint8) for frame in frames]


def blend(one: Sequence[Image], other: Sequence[Image]) -> list[Image]:
    parts = np.linspace(0, 1, len(one) + 2)[1:-1]
    return [np.rint(a * (1 - p) + b * p).astype(np.uint8) for a, b, p in zip(one, other, parts, strict=True)]


def write(
    path: Path,
    frames: Sequence[NDArray[Any]],
    *,
    codec: str = "ffv1",
    pixels: str | None = None,
    times: Sequence[int] | None = None,
) -> Path:
    pixels = pixels or ("gray" if codec == "ffv1" else "yuv420p")
    base = Fraction(1, 90000 if times else 25)
    with av.open(str(path), "w") as out:
        stream = out.add_stream(
            codec, rate=25, options={} if codec == "ffv1" else {"crf": "12", "preset": "veryfast"}
        )
        stream.height, stream.width, stream.pix_fmt = *frames[0].shape, pixels
        stream.time_base = stream.codec_context.time_base = base
        for number, each in enumerate(frames):
            frame = av.VideoFrame(stream.width, stream.height, pixels)
            for index, samples in enumerate(frame.planes):
                view = np.frombuffer(samples, each.dtype).reshape(samples.height, -1)[:, : samples.width]
                view[:] = each if index == 0 else 128
            frame.pts, frame.time_base = times[number] if times else number, base
            out.mux(stream.encode(frame))
        out.mux(stream.encode())
    return path


def first_frames(path: Path, count: int) -> Iterator[Any]:
    with av.open(str(path)) as clip:
        for number, frame in enumerate(clip.decode(video=0)):
            if number == count:
                return
            yield frame


def plane(frame: Any) -> Image:
    samples = frame.planes[0]
    return np.frombuffer(samples, np.uint8).reshape(frame.height, -1)[:, : frame.width].copy()


def luma(path: Path) -> Iterator[NDArray[Any]]:
    with av.open(str(path)) as clip:
        for frame in clip.decode(video=0):
            dtype = np.uint16 if frame.format.components[0].bits > 8 else np.uint8
            yield np.frombuffer(frame.planes[0], dtype).reshape(frame.height, -1)[:, : frame.width]


def lab_of(frame: Any) -> Lab:
    rgb = frame.reformat(format="rgb48le", width=WIDTH // 2, height=HEIGHT // 2).to_ndarray()
    return srgb_to_lab(rgb / 65535.0)


def lab_frames(path: Path) -> Lab:
    """Lab (n, h, w, 3) of all frames, at half the size of the clips made here."""
    with av.open(str(path)) as clip:
        return np.stack([lab_of(frame) for frame in clip.decode(video=0)])


def change_along_motion(lab: Lab) -> float:
    changes = []
    half = np.array([[0.5, 0, 0], [0, 0.5, 0], [0, 0, 1]])
    for number, (one, other) in enumerate(pairwise(lab)):
        here, there = (np.vstack([motion(each), [0, 0, 1]]) for each in (number, number + 1))
        back = half @ here @ np.linalg.inv(there) @ np.linalg.inv(half)
        moved = cv2.warpAffine(np.float32(other[..., 1:]), np.float32(back[:2]), other.shape[1::-1])
        changes.append(np.abs(moved - one[..., 1:])[10:-10, 10:-10].mean())
    return float(np.mean(changes))


def cdc(lab: Lab) -> float:
    """Colour distribution consistency (Liu et al. 2021): Jensen-Shannon divergences of histograms, t = 1, 2, 4."""
    from tinct.color.lab import lab_to_srgb

    rgb = np.clip(lab_to_srgb(lab) * 255, 0, 255).astype(int)
    histograms = np.stack([[np.bincount(f[..., c].ravel(), minlength=256) for c in range(3)] for f in rgb])
    shares = histograms / histograms.sum(-1, keepdims=True)
    return float(np.mean([divergence(shares[:-t], shares[t:]) for t in (1, 2, 4)]))


def divergence(one: Lab, other: Lab) -> float:
    middle = (one + other) / 2
    terms = [
        np.where(p > 0, p * np.log2(np.maximum(p, 1e-12) / np.maximum(middle, 1e-12)), 0)
        for p in (one, other)
    ]
    return float(np.mean((terms[0] + terms[1]).sum(-1) / 2))


def chroma_of(lab: Lab) -> float:
    return float(np.hypot(lab[..., 1], lab[..., 2]).mean())


def error_of(lab: Lab, truth: Lab) -> float:
    return float(np.sqrt(((lab[..., 1:] - truth[..., 1:]) ** 2).sum(-1)).mean())


def seconds_of(path: Path) -> list[float]:
    with av.open(str(path)) as clip:
        return [float(frame.pts * frame.time_base) for frame in clip.decode(video=0)]


def row(label: str, result: str, bar: str) -> None:
    print(f"{label:52s} {result:>24s}   {bar}", flush=True)


if __name__ == "__main__":
    main()
