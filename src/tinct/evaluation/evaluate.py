"""Measuring a model: drop the colour of photos in colour, colour them as a user's photo is coloured,
compare.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tinct import photo
from tinct.color.lab import lab_to_srgb, srgb_to_lab
from tinct.colorizer import Colorizer
from tinct.errors import TinctError
from tinct.evaluation.metrics import PhotoFigures, Pixels, interval, measure
from tinct.options import Options

FIGURES = ("psnr_rgb", "psnr_ab", "ssim", "ciede2000", "chroma_distance", "colourfulness", "bleeding")
Colour = Callable[[Pixels], Pixels]


@dataclass(frozen=True)
class Evaluation:
    """The figures of a model over photos; `seconds` is the median time of one colouring."""

    model: str
    names: tuple[str, ...]
    photos: tuple[PhotoFigures, ...]
    seconds: float

    def column(self, figure: str) -> NDArray[np.float64]:
        """One figure of all photos, in their order."""
        return np.array([getattr(each, figure) for each in self.photos])

    def summary(self) -> dict[str, Any]:
        """Means with 95 % intervals, colourfulness as a share of the truth's,
        ΔCF both ways (difference of means, mean of differences).
        """
        rng = np.random.default_rng(0)
        said: dict[str, Any] = {
            "model": self.model,
            "photos": len(self.photos),
            "seconds": round(self.seconds, 4),
        }
        for figure in FIGURES:
            values = self.column(figure)
            said[figure] = round(float(values.mean()), 4)
            said[f"{figure}_95"] = [round(edge, 4) for edge in interval(values, rng)]
        ours, truth = self.column("colourfulness"), self.column("true_colourfulness")
        said["colourfulness_share"] = round(float(ours.mean() / truth.mean()), 4)
        said["delta_cf_of_means"] = round(abs(float(ours.mean() - truth.mean())), 4)
        said["mean_of_delta_cf"] = round(float(np.abs(ours - truth).mean()), 4)
        return said

    def as_json(self) -> dict[str, Any]:
        """Summary and every photo's figures."""
        rows = [
            {"name": name, **asdict(figures)} for name, figures in zip(self.names, self.photos, strict=True)
        ]
        return {"summary": self.summary(), "photos": rows}


def evaluate(name: str, colour: Colour, photos: Iterable[tuple[str, bytes]]) -> Evaluation:
    """Colour the lightness of each photo in colour, and measure. TinctError when no photo can be read."""
    names, figures, seconds = [], [], []
    for photo_name, data in photos:
        truth = photo.pixels(data, name=photo_name)
        started = time.perf_counter()
        result = colour(grey_of(truth))
        seconds.append(time.perf_counter() - started)
        names.append(photo_name)
        figures.append(measure(result, truth))
    if not names:
        raise TinctError("There is no photo to measure with; give a folder or a tar of photos in colour.")
    if not any(each.true_colourfulness for each in figures):
        raise TinctError("None of these photos has colour to compare with; give photos in colour.")
    return Evaluation(name, tuple(names), tuple(figures), float(np.median(seconds)))


def grey_of(truth: Pixels) -> Pixels:
    """The photo without its colour: the sRGB grey (h, w, 3) of the same lightness L."""
    lab = srgb_to_lab(truth / 255.0)
    lab[..., 1:] = 0
    return _pixels(lab)


def grey(lightness: Pixels) -> Pixels:
    """The baseline that adds no colour at all."""
    return lightness


def with_model(model: str | Path, options: Options | None = None) -> Colour:
    """The way a user's photo is coloured by `model`, as a function of pixels."""
    colorizer = Colorizer(model)
    return lambda lightness: np.asarray(colorizer.colorize(lightness, options), np.uint8)


def mean_colour(photos: Iterable[tuple[str, bytes]]) -> Colour:
    """The baseline that gives every place the mean ab of these photos."""
    means = [
        srgb_to_lab(photo.pixels(data, 64, name=name) / 255.0)[..., 1:].mean((0, 1)) for name, data in photos
    ]
    ab = np.mean(means, 0)

    def colour(lightness: Pixels) -> Pixels:
        lab = srgb_to_lab(lightness / 255.0)
        lab[..., 1:] = ab
        return _pixels(lab)

    return colour


def named_colour(model: str, options: Options, photos: list[tuple[str, bytes]]) -> Colour:
    """A model by name or folder, or one of the baselines `grey` and `mean-colour` (of these very photos)."""
    if model == "grey":
        return grey
    return mean_colour(photos) if model == "mean-colour" else with_model(model, options)


def read_limited(source: Path, limit: int | None) -> list[tuple[str, bytes]]:
    """The photos of a folder or tar, or the first `limit` of them, as bytes."""
    return list(islice(photo.read_photos(source), limit))


def _pixels(lab: NDArray[np.float64]) -> Pixels:
    return np.asarray(np.rint(lab_to_srgb(lab).clip(0, 1) * 255), np.uint8)
