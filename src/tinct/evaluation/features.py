"""Distances by what networks see: of all photos together (Fréchet), of pairs (LPIPS). The networks are handed in."""

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
    """Features (n, d) of photos that are handed in one by one and seen in batches, so that few are held at a time."""

    def __init__(self, features: Features) -> None:
        self._features = features
        self._waiting: list[Pixels] = []
        self._rows: list[Rows] = []
        self.closed = False

    def add(self, pixels: Pixels) -> None:
        """Take one more photo (h, w, 3); any size. After `rows` was asked for, nothing more is taken."""
        if not self.closed:
            self._waiting.append(pixels)
            if len(self._waiting) == BATCH:
                self._see()

    def rows(self) -> Rows:
        """The features of all photos, in their order."""
        self._see()
        self.closed = True
        return np.concatenate(self._rows)

    def _see(self) -> None:
        if self._waiting:
            self._rows.append(self._features(self._waiting))
            self._waiting = []


class FeatureDistance:
    """The Fréchet distance between coloured and true photos, under `name`; the truths may be shared between models."""

    def __init__(self, name: str, features: Features, truths: FeatureAccumulator) -> None:
        self.name = name
        self._ours, self._truths = FeatureAccumulator(features), truths

    def photo(self, _: Pixels, truth: Pixels, result: Pixels) -> Figures:
        """Nothing for one photo alone: the distance is between sets."""
        self._ours.add(result)
        self._truths.add(truth)
        return {}

    def total(self) -> dict[str, Any]:
        """The distance."""
        return {self.name: round(frechet_distance(self._ours.rows(), self._truths.rows()), 4)}


class PairMeasure:
    """A distance between each coloured photo and the true one, under `name`."""

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
