"""Control over colours: exactness at hints, response and leakage, times of previews, suggestions, references, variants,
replay.

    python benchmarks/control.py PHOTOS.tar [COUNT [PART ...]]

The photos are in colour; COUNT of them are used (default 50). PART: a name such as replays, for that part alone. Times
are medians on this machine, with their ratio to one run of the network on the same photo. tinct evaluate --hints
--protocol ideepcolor gives PSNR against the number of hints.
"""

from __future__ import annotations

import sys
import tempfile
import time
import warnings
from collections.abc import Callable, Iterator
from contextlib import suppress
from itertools import combinations
from pathlib import Path

import numpy as np
import pyvips

import tinct
from tinct import photo
from tinct.color.difference import ciede2000
from tinct.color.gamut import max_chroma
from tinct.color.lab import srgb_to_lab
from tinct.errors import PhotoWarning
from tinct.evaluation.evaluate import to_grey
from tinct.evaluation.hints import HintMeasure
from tinct.evaluation.metrics import Pixels
from tinct.guidance.recipe import read_recipe

HINTS_PER_PHOTO, SUGGESTIONS_PER_PHOTO = 4, 10
CROP = 0.65
RUNS = 7
SUFFIXES = (".jpg", ".png", ".tif", ".webp")
Rows = Iterator[tuple[str, str, str]]


def main() -> None:
    """Measure and print the table."""
    count = int(sys.argv[2]) if len(sys.argv) > 2 else 50
    found = list(photo.read_photos(Path(sys.argv[1])))[:count]
    truths = [photo.decode_srgb(data, name=name) for name, data in found]
    colorizer = tinct.Colorizer()
    warnings.simplefilter("ignore", PhotoWarning)
    parts = (exactness, responses, previews, suggestions, references, variants, replays)
    for part in [
        each for each in parts if each.__name__ in (sys.argv[3:] or [one.__name__ for one in parts])
    ]:
        for label, value, bar in part(colorizer, truths):
            print(f"{label:48} {value:32} bar {bar}", flush=True)


def exactness(colorizer: tinct.Colorizer, truths: list[Pixels]) -> Rows:
    """Colours at random hints that sRGB can show."""
    rng, errors = np.random.default_rng(0), []
    for truth in truths:
        grey = to_grey(truth)
        session, lab = colorizer.open(grey), srgb_to_lab(grey / 255.0)
        for x, y in rng.random((HINTS_PER_PHOTO, 2)):
            row, column = int(y * grey.shape[0]), int(x * grey.shape[1])
            hue = rng.uniform(0, 2 * np.pi)
            chroma = rng.random() * float(max_chroma(lab[row, column, 0], np.degrees(hue)))
            wanted = np.array([lab[row, column, 0], chroma * np.cos(hue), chroma * np.sin(hue)])
            guided = session.with_hints([tinct.Hint((x, y), f"{wanted[1]},{wanted[2]}")])
            shown = guided.tile(column, row, 1, 1)[0, 0]
            errors.append(float(ciede2000(srgb_to_lab(shown / 255.0), wanted)))
    yield (
        f"colour at {len(errors)} hints, CIEDE2000",
        f"{np.mean(errors):.2f}, max {max(errors):.2f}",
        "1.0, max 2.0",
    )


def responses(colorizer: tinct.Colorizer, truths: list[Pixels]) -> Rows:
    """An improbable hint: how far its object follows, and all else."""
    measure = HintMeasure(colorizer, np.random.default_rng(0))
    for truth in truths:
        grey = to_grey(truth)
        measure.photo(grey, truth, colorizer.colorize(grey))
    total = measure.total()
    value = f"{100 * total['hint_response']:.0f} %, elsewhere {100 * total['hint_leakage']:.0f} %"
    yield "improbable hint, response of its object", value, "75 %, at most 10 %"


def previews(colorizer: tinct.Colorizer, truths: list[Pixels]) -> Rows:
    """From an added hint to a preview of 512 pixels: time, CPU time, and its ratio to one run of the network."""
    grey = pyvips.Image.new_from_array(to_grey(truths[0])).thumbnail_image(1400, height=1024, size="force")
    large = grey.numpy()
    network = timed([lambda: colorizer.open(large).prediction] * RUNS)
    session = colorizer.open(large)
    session.preview(512)
    rng = np.random.default_rng(0)
    places, colours = rng.random((100 + RUNS, 2)), rng.uniform(-30, 30, (100 + RUNS, 2))
    for kind, colour in (("one colour", lambda a, b: "10,-10"), ("many", lambda a, b: f"{a},{b}")):  # noqa: ARG005
        hints = [tinct.Hint((x, y), colour(*ab)) for (x, y), ab in zip(places, colours, strict=True)]
        for count, bar in ((20, 60), (50, 90), (100, 150)):
            session.with_hints(hints[: count - 1]).preview(512)
            added = [[*hints[: count - 1], hint] for hint in hints[100:]]
            seconds, busy = timed(
                [lambda given=given: session.with_hints(given).preview(512) for given in added]
            )
            value = f"{1000 * seconds:.0f} ms, CPU {1000 * busy:.0f} ms = {busy / network[1]:.2f}"
            yield f"added to {count} hints of {kind}, preview", value, f"{bar} ms"


def suggestions(colorizer: tinct.Colorizer, truths: list[Pixels]) -> Rows:
    """How often the true colour of a place is near one of nine suggestions."""
    rng, hits, seconds = np.random.default_rng(0), [], []
    for truth in truths:
        session, lab = colorizer.open(to_grey(truth)), srgb_to_lab(truth / 255.0)
        session.preview(64)
        for x, y in rng.random((SUGGESTIONS_PER_PHOTO, 2)):
            true = lab[int(y * lab.shape[0]), int(x * lab.shape[1])]
            started = time.perf_counter()
            found = session.suggest(x, y)
            seconds.append(time.perf_counter() - started)
            hits.append(min(float(ciede2000(np.array([true[0], *each.ab]), true)) for each in found) <= 8)
    yield "true colour near one of nine suggestions", f"{100 * np.mean(hits):.0f} %", "70 %"
    yield "suggestions", f"{1000 * np.median(seconds):.0f} ms", "50 ms"


def references(colorizer: tinct.Colorizer, truths: list[Pixels]) -> Rows:
    """Another crop of the same photo as a reference, and a photo that has nothing to do with it."""
    plain, guided, unrelated, moved = [], [], [], []
    for number, truth in enumerate(truths):
        width = truth.shape[1]
        left, right = truth[:, : int(CROP * width)], truth[:, int((1 - CROP) * width) :]
        session, lab = colorizer.open(to_grey(left)), srgb_to_lab(left / 255.0)
        others = [png(right), png(truths[number - 1])]
        try:
            sessions = [session, *(session.with_references([other]) for other in others)]
        except tinct.PhotoError:  # a grey photo is no reference
            continue
        labs = [srgb_to_lab(each.array() / 255.0) for each in sessions]
        for errors, each in zip((plain, guided, unrelated), labs, strict=True):
            errors.append(float(ciede2000(each, lab).mean()))
        moved.append(float(ciede2000(labs[0], labs[2]).mean()))
    yield (
        "reference, another crop, CIEDE2000",
        f"{100 * (np.mean(guided) / np.mean(plain) - 1):+.0f} %",
        "-15 %",
    )
    yield (
        "reference, unrelated, CIEDE2000",
        f"{100 * (np.mean(unrelated) / np.mean(plain) - 1):+.0f} %, moved by {np.mean(moved):.1f}",
        "untouched",
    )


def variants(colorizer: tinct.Colorizer, truths: list[Pixels]) -> Rows:
    """The best of five variants against the automatic one, and how far they differ."""
    plain, best, apart = [], [], []
    for truth in truths:
        lab = srgb_to_lab(truth[::2, ::2] / 255.0)
        labs = [
            srgb_to_lab(each.array()[::2, ::2] / 255.0) for each in colorizer.open(to_grey(truth)).variants(5)
        ]
        errors = [float(ciede2000(each, lab).mean()) for each in labs]
        plain.append(errors[0])
        best.append(min(errors))
        apart.append(np.mean([ciede2000(one, other).mean() for one, other in combinations(labs, 2)]))
    value = f"{100 * (1 - np.mean(best) / np.mean(plain)):.0f} %, {np.mean(apart):.1f} apart"
    yield "variants, best of 5 below the automatic", value, "12 %, 5 apart"


def replays(colorizer: tinct.Colorizer, truths: list[Pixels]) -> Rows:
    """How many results a recipe file reproduces byte for byte: four formats, hints, variants and references."""
    same = 0
    hints = [
        tinct.Hint((0.3, 0.4), "12,-8"),
        tinct.Hint((0.33, 0.42), "madder"),
        tinct.Hint((0.7, 0.6), kind="keep"),
    ]
    for number, truth in enumerate(truths):
        data = saved(to_grey(truth), SUFFIXES[number % len(SUFFIXES)])
        reference = [png(truths[number - 1])]
        session = colorizer.open(data)
        if number % 3 == 1:
            session = session.variants(4)[2]
        if number % 3 == 2:
            with suppress(tinct.PhotoError):  # a grey photo is no reference
                session = session.with_references(reference, 0.8)
        session = session.with_hints(hints)
        with tempfile.TemporaryDirectory() as folder:
            session.recipe().save(Path(folder) / "recipe.json")
            recipe = read_recipe(Path(folder) / "recipe.json")
        options = tinct.Options.from_dict(dict(recipe.options))
        again = tinct.Colorizer().open(data, options).follow_recipe(recipe, reference)
        same += session.to_bytes() == again.to_bytes()
    yield "replay, identical bytes", f"{same} of {len(truths)}", "all"


def png(pixels: Pixels) -> bytes:
    """Pixels as a PNG file."""
    return saved(pixels, ".png")


def saved(pixels: Pixels, suffix: str) -> bytes:
    """Pixels as a file of a format."""
    return bytes(pyvips.Image.new_from_array(np.ascontiguousarray(pixels)).write_to_buffer(suffix))


def timed(work: list[Callable[[], object]]) -> tuple[float, float]:
    """Seconds and seconds of CPU time of the middle one of several runs."""
    found = []
    for each in work:
        started, busy = time.perf_counter(), time.process_time()
        each()
        found.append((time.perf_counter() - started, time.process_time() - busy))
    seconds, cpu = np.median(found, axis=0)
    return float(seconds), float(cpu)


if __name__ == "__main__":
    main()
