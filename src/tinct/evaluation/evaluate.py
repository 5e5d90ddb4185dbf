"""Evaluation of a model: convert photos to grey, colour them as user photos, compare with the originals."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from tinct import photo
from tinct.color.lab import lab_to_srgb, srgb_to_lab
from tinct.colorizer import Colorizer
from tinct.errors import TinctError
from tinct.evaluation.metrics import PhotoFigures, Pixels, mean_and_interval, measure
from tinct.options import Options

FIGURES = ("psnr_rgb", "psnr_ab", "ssim", "ciede2000", "chroma_distance", "colourfulness", "edge_bleeding")
BASELINES = ("grey", "mean-colour")
ColorizePixels = Callable[[Pixels], Pixels]
Figures = dict[str, float]


class Measure(Protocol):
    """A further metric: `photo` is called for each photo in turn, then `total` once."""

    @property
    def name(self) -> str:
        """Its name in the shares of time."""

    def photo(self, lightness: Pixels, truth: Pixels, result: Pixels, /) -> Figures:
        """Figures of one photo, from sRGB pixels (h, w, 3)."""

    def total(self) -> dict[str, Any]:
        """Figures of all photos."""


@dataclass(frozen=True)
class Evaluation:
    """Figures of a model over photos; `seconds` is the median time of one colouring.

    more and totals: figures of further metrics, per photo and of all; spent: seconds by step, colouring
    first. vividness: chroma relative to the model's tuned result; None of a baseline.
    """

    model: str
    names: tuple[str, ...]
    photos: tuple[PhotoFigures, ...]
    seconds: float
    more: tuple[Figures, ...] = ()
    totals: Mapping[str, Any] = field(default_factory=dict)
    spent: Mapping[str, float] = field(default_factory=dict)
    vividness: float | None = None

    def column(self, figure: str) -> NDArray[np.float64]:
        """One figure of all photos, in order."""
        return np.array([getattr(each, figure) for each in self.photos])

    def summary(self) -> dict[str, Any]:
        """Means with 95 % intervals, colourfulness as a share of the originals', ΔCF (difference of means,
        mean of differences), further metrics and shares of time.
        """
        result: dict[str, Any] = {
            "model": self.model,
            "photos": len(self.photos),
            "seconds": round(self.seconds, 4),
        }
        if self.vividness is not None:
            result["vividness"] = round(self.vividness, 4)
        for figure in FIGURES:
            result |= mean_and_interval(figure, self.column(figure))
        ours, truth = self.column("colourfulness"), self.column("true_colourfulness")
        result["colourfulness_share"] = round(float(ours.mean() / truth.mean()), 4)
        result["delta_cf_of_means"] = round(abs(float(ours.mean() - truth.mean())), 4)
        result["mean_of_delta_cf"] = round(float(np.abs(ours - truth).mean()), 4)
        result |= self.totals
        whole = sum(self.spent.values())
        return result | {"share_of_time": {step: round(part / whole, 4) for step, part in self.spent.items()}}

    def as_json(self) -> dict[str, Any]:
        """Summary and the figures of every photo."""
        rows = [
            {"name": name, **asdict(figures), **more}
            for name, figures, more in zip(self.names, self.photos, self.more, strict=True)
        ]
        return {"summary": self.summary(), "photos": rows}


def evaluate(
    name: str, colour: ColorizePixels, photos: Iterable[tuple[str, bytes]], measures: Sequence[Measure] = (),
    *, vividness: float | None = None, step: Callable[[], None] = lambda: None,
) -> Evaluation:  # fmt: skip
    """Colour the lightness of each photo and compare with the original; TinctError if no photo can be read.

    step: called after each photo.
    """
    names, figures, seconds, more = [], [], [], []
    spent = dict.fromkeys(["reading", "colouring", "figures", *(each.name for each in measures)], 0.0)
    for photo_name, data in photos:
        with _timed(spent, "reading"):
            truth = photo.decode_srgb(data, name=photo_name)
            lightness = to_grey(truth)
        before = spent["colouring"]
        with _timed(spent, "colouring"):
            result = colour(lightness)
        seconds.append(spent["colouring"] - before)
        with _timed(spent, "figures"):
            figures.append(measure(result, truth))
        found: Figures = {}
        for each in measures:
            with _timed(spent, each.name):
                found |= each.photo(lightness, truth, result)
        names.append(photo_name)
        more.append(found)
        step()
    if not names:
        raise TinctError("There is no photo to measure with; give a folder or a tar of photos in colour")
    if not any(each.true_colourfulness for each in figures):
        raise TinctError("None of these photos has colour to compare with; give photos in colour")
    totals: dict[str, Any] = {}
    for each in measures:
        with _timed(spent, each.name):
            totals |= each.total()
    return Evaluation(
        name, tuple(names), tuple(figures), float(np.median(seconds)), tuple(more), totals, spent, vividness
    )


def to_grey(truth: Pixels) -> Pixels:
    """The photo in grey: sRGB (h, w, 3) of the same lightness L."""
    lab = srgb_to_lab(truth / 255.0)
    lab[..., 1:] = 0
    return _pixels(lab)


def grey(lightness: Pixels) -> Pixels:
    """Baseline that adds no colour."""
    return lightness


def model_colorizer(
    model: str | Path, options: Options | None = None, device: str = "auto"
) -> ColorizePixels:
    """A function that colours pixels with `model`, as user photos are coloured."""
    colorizer = Colorizer(model, device=device)
    return lambda lightness: np.asarray(colorizer.colorize(lightness, options), np.uint8)


def mean_colour(photos: Iterable[tuple[str, bytes]]) -> ColorizePixels:
    """Baseline that gives every pixel the mean ab of these photos."""
    means = [
        srgb_to_lab(photo.decode_srgb(data, 64, name=name) / 255.0)[..., 1:].mean((0, 1))
        for name, data in photos
    ]
    ab = np.mean(means, 0)

    def colour(lightness: Pixels) -> Pixels:
        lab = srgb_to_lab(lightness / 255.0)
        lab[..., 1:] = ab
        return _pixels(lab)

    return colour


def find_colorizer(
    model: str, options: Options, photos: list[tuple[str, bytes]], device: str = "auto"
) -> ColorizePixels:
    """A model by name or folder, or a baseline: `grey`, or `mean-colour` of these photos."""
    if model == "grey":
        return grey
    return mean_colour(photos) if model == "mean-colour" else model_colorizer(model, options, device)


def read_limited(source: Path, limit: int | None) -> list[tuple[str, bytes]]:
    """The photos of a folder or tar, or the first `limit` of them, as bytes; TinctError if there is none."""
    found = list(islice(photo.read_photos(source), limit))
    if not found:
        raise TinctError(f"{source}: holds no photo; give a folder or a tar of photos in colour")
    return found


@contextmanager
def _timed(spent: dict[str, float], step: str) -> Iterator[None]:
    started = time.perf_counter()
    yield
    spent[step] += time.perf_counter() - started


def _pixels(lab: NDArray[np.float64]) -> Pixels:
    return np.asarray(np.rint(lab_to_srgb(lab).clip(0, 1) * 255), np.uint8)
