"""Evaluation of sampled colourings: diversity, and the closest to the original."""

from __future__ import annotations

from itertools import combinations
from typing import Any

import numpy as np

from tinct.color.difference import ciede2000
from tinct.color.lab import srgb_to_lab
from tinct.colorizer import Colorizer
from tinct.evaluation.evaluate import Figures
from tinct.evaluation.metrics import Pixels, mean_and_interval
from tinct.options import Options

SUBSAMPLING = 2


class VariantMeasure:
    """Evaluates `count` colourings sampled from a model's distribution, each photo's by a child of `rng`."""

    name = "variants"

    def __init__(
        self, colorizer: Colorizer, count: int, rng: np.random.Generator, options: Options | None = None
    ) -> None:
        self._colorizer, self._count, self._rng, self._options = colorizer, count, rng, options
        self._rows: list[Figures] = []
        self._without: list[float] = []

    def photo(self, lightness: Pixels, truth: Pixels, result: Pixels) -> Figures:
        """Mean CIEDE2000 between pairs of variants, of all variants to the original, and of the closest one."""
        session = self._colorizer.open(lightness, self._options)
        rng = self._rng.spawn(1)[0]
        # A mean over the photo needs only every second position.
        true, plain = (
            srgb_to_lab(pixels[::SUBSAMPLING, ::SUBSAMPLING] / 255.0) for pixels in (truth, result)
        )
        drawn = [
            srgb_to_lab(session.sample(rng).array()[::SUBSAMPLING, ::SUBSAMPLING] / 255.0)
            for _ in range(self._count)
        ]
        errors = [float(ciede2000(each, true).mean()) for each in drawn]
        pairs = [float(ciede2000(one, other).mean()) for one, other in combinations(drawn, 2)]
        row = {
            "variant_diversity": float(np.mean(pairs)) if pairs else 0.0,
            "variant_ciede2000": float(np.mean(errors)),
            f"best_of_{self._count}_ciede2000": min(errors),
        }
        self._rows.append(row)
        self._without.append(float(ciede2000(plain, true).mean()))
        return row

    def total(self) -> dict[str, Any]:
        """Means with 95 % intervals, and by how much the closest variant is better than the automatic
        colouring.
        """
        result: dict[str, Any] = {"variants": self._count}
        for name in self._rows[0]:
            result |= mean_and_interval(name, [row[name] for row in self._rows])
        without = np.array(self._without)
        best = np.array([row[f"best_of_{self._count}_ciede2000"] for row in self._rows])
        return result | mean_and_interval(
            f"reduction_best_of_{self._count}", (without - best) / without.mean()
        )
