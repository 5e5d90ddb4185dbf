"""Distances in the features of a given network: of all photos together (Fréchet), and of pairs (LPIPS)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tinct.evaluation.evaluate import Figures
from tinct.evaluation.frechet import frechet_distance
from tinct.evaluation.metrics import Pixels, mean_and_interval

BATCH = 8

Rows = NDArray[np.float32]
Features = Callable[[Sequence[Pixels]], Rows]
PairDistance = Callable[[Pixels, Pixels], float]


class FeatureAccumulator:
    """Accumulates features (n, d) of photos in batches, so that few photos are in memory."""

    def __init__(self, features: Features) -> None:
        self._features = features
        self._pending: list[Pixels] = []
        self._rows: list[Rows] = []
        self.closed = False

    def add(self, pixels: Pixels) -> None:
        """Add a photo (h, w, 3) of any size; ignored after `rows`."""
        if not self.closed:
            self._pending.append(pixels)
            if len(self._pending) == BATCH:
                self._flush()

    def rows(self) -> Rows:
        """The features of all photos, in order."""
        self._flush()
        self.closed = True
        return np.concatenate(self._rows)

    def _flush(self) -> None:
        if self._pending:
            self._rows.append(self._features(self._pending))
            self._pending = []


class FeatureDistance:
    """Fréchet distance between coloured and true photos, under `name`; models may share the truths."""

    def __init__(self, name: str, features: Features, truths: FeatureAccumulator) -> None:
        self.name = name
        self._ours, self._truths = FeatureAccumulator(features), truths

    def photo(self, _: Pixels, truth: Pixels, result: Pixels) -> Figures:
        """Nothing per photo: the distance is between sets."""
        self._ours.add(result)
        self._truths.add(truth)
        return {}

    def total(self) -> dict[str, Any]:
        """The distance."""
        return {self.name: round(frechet_distance(self._ours.rows(), self._truths.rows()), 4)}


class PairMeasure:
    """A distance between each coloured photo and the original, under `name`."""

    def __init__(self, name: str, distance: PairDistance) -> None:
        self.name = name
        self._distance = distance
        self._values: list[float] = []

    def photo(self, _: Pixels, truth: Pixels, result: Pixels) -> Figures:
        """The distance of this photo."""
        self._values.append(self._distance(result, truth))
        return {self.name: self._values[-1]}

    def total(self) -> dict[str, Any]:
        """Mean and 95 % interval."""
        return mean_and_interval(self.name, self._values)
