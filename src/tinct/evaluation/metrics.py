"""Metrics of a coloured photo against the original: pure functions of sRGB pixels (h, w, 3), uint8."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from tinct.color.difference import ciede2000
from tinct.color.lab import srgb_to_lab
from tinct.evaluation.chroma_histogram import chroma_distance
from tinct.evaluation.edge_bleeding import edge_bleeding
from tinct.evaluation.ssim import ssim

Pixels = NDArray[np.uint8]
PEAK_AB = 256.0
RESAMPLES = 1000


@dataclass(frozen=True)
class PhotoFigures:
    """Figures of one photo: PSNR in dB, SSIM of sRGB, mean CIEDE2000, distance of the chroma histograms in ab
    units, colourfulness of result and original, edge bleeding.
    """

    psnr_rgb: float
    psnr_ab: float
    ssim: float
    ciede2000: float
    chroma_distance: float
    colourfulness: float
    true_colourfulness: float
    edge_bleeding: float


def measure(result: Pixels, truth: Pixels) -> PhotoFigures:
    """All figures of a result and its original, both (h, w, 3)."""
    ours, theirs = (srgb_to_lab(pixels / 255.0) for pixels in (result, truth))
    return PhotoFigures(
        psnr_rgb=psnr(result / 255.0, truth / 255.0, 1.0),
        psnr_ab=psnr(ours[..., 1:], theirs[..., 1:], PEAK_AB),
        ssim=ssim(result, truth),
        ciede2000=float(ciede2000(ours, theirs).mean()),
        chroma_distance=chroma_distance(ours[..., 1:], theirs[..., 1:]),
        colourfulness=colourfulness(result),
        true_colourfulness=colourfulness(truth),
        edge_bleeding=edge_bleeding(ours, theirs),
    )


def psnr(one: NDArray[np.floating], other: NDArray[np.floating], peak: float) -> float:
    """Peak signal-to-noise ratio in dB; equal arrays count as 100 dB so that means stay finite."""
    error = float(((one - other) ** 2).mean())
    return 100.0 if error == 0 else min(100.0, 10 * float(np.log10(peak**2 / error)))


def colourfulness(pixels: Pixels) -> float:
    """Colourfulness M3 of Hasler and Süsstrunk (2003) of sRGB pixels (h, w, 3): 0 grey, about 40 an average photo."""
    red, green, blue = (pixels[..., channel].astype(np.float64) for channel in range(3))
    red_green, yellow_blue = red - green, (red + green) / 2 - blue
    spread = np.hypot(red_green.std(), yellow_blue.std())
    return float(spread + 0.3 * np.hypot(red_green.mean(), yellow_blue.mean()))


def interval(values: NDArray[np.floating], rng: np.random.Generator) -> tuple[float, float]:
    """The 95 % bootstrap confidence interval of the mean of `values` (n,)."""
    means = values[rng.integers(0, len(values), (RESAMPLES, len(values)))].mean(1)
    return float(np.quantile(means, 0.025)), float(np.quantile(means, 0.975))


def mean_and_interval(name: str, values: ArrayLike) -> dict[str, Any]:
    """The mean of values (n,) under `name` and its 95 % interval under `name_95`, rounded to four digits."""
    given = np.asarray(values, np.float64)
    edges = interval(given, np.random.default_rng(0))
    return {name: round(float(given.mean()), 4), f"{name}_95": [round(edge, 4) for edge in edges]}
