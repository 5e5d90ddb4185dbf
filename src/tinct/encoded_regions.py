"""Regions of a photo that the network sees again, enlarged, because hints lie close together in them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from tinct import photo
from tinct.cache import remember
from tinct.color.decode import Decoding
from tinct.color.resample import resize_area
from tinct.guidance.hints import Hint
from tinct.guidance.placing import Canvas
from tinct.guidance.refinement import CLOSE, Region, crowded_regions
from tinct.inference import MOST_ENLARGED
from tinct.models.fitting import predict_fitted
from tinct.models.runtime import Network, Prediction

Float32Array = NDArray[np.float32]

REGIONS_KEPT = 32


class EncodedRegions:
    """The regions of a photo that were encoded last. Safe to share between threads."""

    def __init__(self, network: Network, opened: photo.Photo, prediction: Prediction, canvas: Canvas) -> None:
        self._network, self._photo, self._prediction, self._canvas = network, opened, prediction, canvas
        self._kept: dict[tuple[Region, Decoding], tuple[Float32Array, Float32Array]] = {}
        self._enlarged: dict[int, Float32Array] = {}
        self._crowded: dict[tuple[Hint, ...], list[Region]] = {}

    def crowded(self, hints: Sequence[Hint]) -> list[Region]:
        """The regions that hints need, as by `crowded_regions`, for which the photo has pixels."""
        return remember(
            self._crowded,
            tuple(hints),
            lambda: crowded_regions(hints, self._canvas, self._largest_zoom()),
        )

    def ready(self, hints: Sequence[Hint], decoding: Decoding) -> tuple[Region, ...] | None:
        """Those of the regions that hints need which are encoded; None if all are."""
        needed = self.crowded(hints)
        ready = tuple(each for each in needed if (each, decoding) in self._kept)
        return None if len(ready) == len(needed) else ready

    def prepare(self, hints: Sequence[Hint], decoding: Decoding, *, ahead: bool) -> Iterator[None]:
        """Encode the regions that hints need, one at a time; ahead: then all of the coarsest kind."""
        for region in [*self.crowded(hints), *(self._coarsest() if ahead else [])]:
            if (region, decoding) not in self._kept:
                self.encode(region, decoding)
                yield

    def encode(self, region: Region, decoding: Decoding) -> tuple[Float32Array, Float32Array]:
        """L (h, w) and predicted ab (2, h, w) of a region, as large as the network sees the whole photo."""

        def make() -> tuple[Float32Array, Float32Array]:
            height, width = self._prediction.lightness.shape
            top, left = region.row * height // 2, region.column * width // 2
            lightness = self._enlarged_by(region.zoom)[top : top + height, left : left + width]
            seen = predict_fitted(self._network, np.ascontiguousarray(lightness))
            mean = self._prediction.annealed(decoding.temperature).mean((1, 2))
            ab = decoding.apply(seen.annealed(decoding.temperature), mean)
            return resize_area(lightness, *seen.size), ab

        return remember(self._kept, (region, decoding), make, REGIONS_KEPT)

    def _coarsest(self) -> list[Region]:
        zoom = min(CLOSE)
        if zoom > self._largest_zoom():
            return []
        return [Region(zoom, row, column) for row in range(2 * zoom - 1) for column in range(2 * zoom - 1)]

    def _largest_zoom(self) -> float:
        """How much finer than that of the prediction the pixels of the photo allow the grid of a region to be."""
        box = self._photo.content_box
        sides = (
            self._photo.height * (1 - box.top - box.bottom),
            self._photo.width * (1 - box.left - box.right),
        )
        return float(MOST_ENLARGED * min(sides) / min(self._prediction.lightness.shape))

    def _enlarged_by(self, zoom: int) -> Float32Array:
        """L of the photo, so many times as large as the network sees it."""
        height, width = self._prediction.lightness.shape
        size = zoom * height, zoom * width
        return remember(self._enlarged, zoom, lambda: photo.network_input_of_size(self._photo, *size), 2)
