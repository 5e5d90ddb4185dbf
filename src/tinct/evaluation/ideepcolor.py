"""PSNR against the number of hints, by the protocol of Zhang et al. 2017, "Real-Time User-Guided Colorization"."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tinct.color.lab import srgb_to_lab
from tinct.color.resample import resize_area
from tinct.colorizer import Colorizer
from tinct.errors import PhotoWarning
from tinct.evaluation.evaluate import Figures, to_grey
from tinct.evaluation.metrics import Pixels, mean_and_interval, psnr
from tinct.guidance.hints import Hint
from tinct.options import Options

COUNTS = (0, 1, 2, 5, 10, 20, 50, 100)
# Published for siggraph17 on 1,000 photos of ImageNet: 24.43, 25.37, 26.20, 27.39, 28.42, 29.34, 30.42, 31.13 dB. The
# photos differ, so compare gains.
SIDE, PATCH = 256, 6


class IdeepcolorMeasure:
    """Measures a model by the protocol; the places of each photo come from a child of `rng`.

    Photos are squashed to 256 x 256. A hint is the true mean of 6 x 6 pixels, placed by a normal distribution about the
    middle, with a deviation of a quarter of the side.
    """

    name = "ideepcolor"

    def __init__(
        self,
        colorizer: Colorizer,
        rng: np.random.Generator,
        options: Options | None = None,
        counts: Sequence[int] = COUNTS,
    ) -> None:
        self._colorizer, self._rng, self._options, self._counts = colorizer, rng, options, tuple(counts)
        self._rows: list[Figures] = []

    def photo(self, lightness: Pixels, truth: Pixels, result: Pixels) -> Figures:  # noqa: ARG002
        """PSNR of RGB with each number of hints; each set of hints contains the smaller ones."""
        squashed = squash(truth)
        lab = srgb_to_lab(squashed / 255.0)
        session = self._colorizer.open(to_grey(squashed), self._options)
        hints = true_hints(lab[..., 1:], max(self._counts), self._rng.spawn(1)[0])
        row: Figures = {}
        with warnings.catch_warnings():
            # A mean colour may be out of gamut at the lightness of its middle.
            warnings.simplefilter("ignore", PhotoWarning)
            for count in self._counts:
                pixels = session.with_hints(hints[:count]).array()
                row[f"ideepcolor_psnr_{count}"] = psnr(pixels / 255.0, squashed / 255.0, 1.0)
        self._rows.append(row)
        return row

    def total(self) -> dict[str, Any]:
        """Means with 95 % intervals, and the gain over no hints."""
        result: dict[str, Any] = {}
        values = np.array([list(row.values()) for row in self._rows])
        for count, column in zip(self._counts, values.T, strict=True):
            result |= mean_and_interval(f"ideepcolor_psnr_{count}", column)
            if count:
                result |= mean_and_interval(f"ideepcolor_gain_{count}", column - values[:, 0])
        return result


def squash(pixels: Pixels) -> Pixels:
    """sRGB (h, w, 3) resized to 256 x 256, whatever its shape."""
    planes = [
        resize_area(np.ascontiguousarray(pixels[..., channel], np.float32), SIDE, SIDE)
        for channel in range(3)
    ]
    return np.rint(np.stack(planes, -1)).astype(np.uint8)


def true_hints(ab: NDArray[np.float64], count: int, rng: np.random.Generator) -> list[Hint]:
    """`count` hints of the mean of 6 x 6 pixels of ab (256, 256, 2), each inside the photo."""
    half = PATCH / 2
    found = []
    for _ in range(count):
        row, column = np.clip(rng.normal(SIDE / 2, SIDE / 4, 2), half, SIDE - half).round().astype(int)
        patch = ab[row - PATCH // 2 : row + PATCH // 2, column - PATCH // 2 : column + PATCH // 2]
        a, b = patch.mean((0, 1))
        found.append(Hint((column / SIDE, row / SIDE), f"{a},{b}", radius=half / SIDE))
    return found
