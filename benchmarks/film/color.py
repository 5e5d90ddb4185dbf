"""Colours over time: along known motion, after a dissolve, from a hint, and against films in colour."""

from __future__ import annotations

import json
from itertools import pairwise
from pathlib import Path

import cv2
import numpy as np

from film.bench import Bench, row
from film.clips import (
    HEIGHT,
    NAMES,
    WIDTH,
    Lab,
    blend,
    first_frames,
    grainy,
    grey,
    lab_frames,
    lab_of,
    motion,
    pan,
    plane,
    write,
)
from tinct.color.difference import ciede2000
from tinct.color.lab import lab_to_srgb
from tinct.video.project import read_project


def known_motion(bench: Bench) -> None:
    for grain, bar in ((0.0, "0.15"), (6.0, "0.25")):
        changes = {True: [], False: []}
        for number, name in enumerate(NAMES):
            frames = grainy(grey(pan(name, 40)), grain, number)
            source = write(bench.folder / "pan.mkv", frames)
            for steady in (True, False):
                found = lab_frames(bench.coloured(source, "pan-out.mkv", steady=steady))
                changes[steady].append(change_along_motion(found))
        label = f"ab change along motion{', with grain' if grain else ''}"
        row(label, f"{np.mean(changes[True]):.3f} ({np.mean(changes[False]):.2f} by frame)", bar)


def residue(bench: Bench) -> None:
    """ab that is left of the old shot, in the second after a dissolve, against a film that begins there."""
    found = []
    for one, other in (("coffee", "chelsea"), ("astronaut", "coffee"), ("rocket", "astronaut")):
        first, second = grey(pan(one, 55)), grey(pan(other, 55))
        film = first[:30] + blend(first[30:], second[:25]) + second[25:]
        with_old = lab_frames(bench.coloured(write(bench.folder / "d.mkv", film), "do.mkv"))
        alone = lab_frames(bench.coloured(write(bench.folder / "a.mkv", second[25:]), "ao.mkv"))
        changed = np.abs(with_old[55:80, ..., 1:].mean((1, 2)) - alone[:25, ..., 1:].mean((1, 2)))
        found.append(float(changed.mean()))
    row(
        "residue of the old shot after a dissolve (mean ab)",
        f"{np.mean(found):.2f} (most {max(found):.2f})",
        "0.3",
    )


def direction(bench: Bench) -> None:
    """What a hint in the middle of a shot colours at all other times, where the known motion brings it."""
    places = {"coffee": (150, 200), "astronaut": (190, 300), "chelsea": (240, 120)}
    errors, beyond = [], []
    for name, place in places.items():
        film = grey(pan(name, 50)) + grey(pan("rocket", 10))
        source = write(bench.folder / "hinted.mkv", film)
        x, y = motion(25) @ np.array([*place, 1.0])
        hint = {"points": [[x / WIDTH, y / HEIGHT]], "color": "5,-35", "radius": 0.03, "time": 1.0}
        labs = []
        for hints in ([], [hint]):
            (bench.folder / "project.json").write_text(
                json.dumps({"format": 1, "shots": [{"start": 0, "hints": hints}, {"start": 2}]})
            )
            project = read_project(bench.folder / "project.json")
            labs.append(lab_frames(bench.coloured(source, "hinted-out.mkv", project=project)))
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


def real(bench: Bench, clips: Path | None) -> None:
    if clips is None:
        print("(rows of real clips left out: give --clips)")
        return
    for path in sorted(each for each in clips.rglob("*") if each.suffix in (".mp4", ".avi", ".mkv")):
        true = [
            frame.reformat(height=-(-frame.height // 8) * 4, width=frame.width // 4 * 2, format="yuv420p")
            for frame in first_frames(path, 100)
        ]
        source = write(bench.folder / "real.mkv", [plane(frame) for frame in true])
        truth = np.stack([lab_of(frame) for frame in true])
        steady = lab_frames(bench.coloured(source, "steady.mkv"))
        single = lab_frames(bench.coloured(source, "single.mkv", steady=False))
        fourth = lab_frames(bench.coloured(source, "fourth.mkv", every=4))
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
