"""What a film keeps: its cuts and dissolves are found, its luma and its timestamps come back."""

from __future__ import annotations

import numpy as np

from film.bench import Bench, row
from film.clips import NAMES, Image, blend, grey, luma, pan, seconds_of, write
from tinct.video.scan import RECORD, scan
from tinct.video.shots import find_shots
from tinct.video.source.probe import probe


def shots(bench: Bench) -> None:
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
    clip = probe(write(bench.folder / "edit.mkv", film))
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


def fidelity(bench: Bench) -> None:
    for depth in (8, 10):
        frames = [frame.astype(np.uint16 if depth > 8 else np.uint8) for frame in grey(pan("coffee", 20))]
        frames = [(frame << (depth - 8)) + number % 4 for number, frame in enumerate(frames)]
        pixels = "gray" if depth == 8 else "gray10le"
        source = write(bench.folder / "deep.mkv", frames, pixels=pixels)
        result = bench.coloured(source, "deep-out.mkv", every=4)
        same = all(np.array_equal(a, b) for a, b in zip(luma(result), frames, strict=True))
        row(f"luma planes, FFV1, {depth} bit", "identical" if same else "differ", "identical")
    times = np.cumsum(np.random.default_rng(0).integers(1500, 9000, 40)).tolist()
    source = write(bench.folder / "vfr.mp4", grey(pan("coffee", 40)), times=times, codec="libx264")
    for suffix in (".mp4", ".mkv"):
        target = bench.coloured(source, f"vfr-out{suffix}", every=8, codec="h264")
        gaps = np.array(seconds_of(target)) - np.array(seconds_of(source))
        row(
            f"timestamps, {suffix}",
            f"{1000 * np.ptp(gaps) / 2:.3f} ms",
            "0" if suffix == ".mp4" else "0.5 ms",
        )
