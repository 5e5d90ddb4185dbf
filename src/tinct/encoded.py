"""An opened photo with the network's answer, from which any number of guided colourings are computed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from tinct import photo
from tinct.color.decode import Decoding, entropy
from tinct.color.geodesic import Guide
from tinct.color.resample import resize_area
from tinct.errors import OptionError
from tinct.guidance.hints import Hint
from tinct.guidance.painting import Brushes, paint
from tinct.guidance.placing import Canvas, spread_hints
from tinct.guidance.recipe import digest, file_digest
from tinct.guidance.references import Reference, features_of, matched_samples, with_palette
from tinct.guidance.refinement import CLOSE, Region, View, crowded_regions, refine, view, zooms_of
from tinct.inference import MOST_ENLARGED, predict
from tinct.models.fitting import predict_fitted
from tinct.models.runtime import Network, Prediction
from tinct.options import Options

Array = NDArray[Any]
Float32Array = NDArray[np.float32]
Key = TypeVar("Key")
Value = TypeVar("Value")

_REGIONS_KEPT = 32


@dataclass(frozen=True, slots=True, eq=False)
class Guidance:
    """What a colouring follows.

    variant: its number, from 1, and of how many. sampled: the colours ab (2, h, w) of a variant, in place of the mean.
    date: of the result, YYYY-MM-DD, in place of today. references, strength, mode: as for `Session.with_references`.
    grey: no colour at all, for comparison.
    """

    hints: tuple[Hint, ...] = ()
    variant: tuple[int, int] | None = None
    sampled: Float32Array | None = None
    date: str | None = None
    references: tuple[Reference, ...] = ()
    strength: float = 1.0
    mode: str = "match"
    grey: bool = False

    @property
    def facts(self) -> dict[str, str | int | float]:
        """What the metadata of a result say about it."""
        found: dict[str, str | int | float] = {}
        if self.hints:
            found["hints"] = len(self.hints)
        if self.references:
            found["references"] = len(self.references)
            found |= {"reference_strength": self.strength, "reference_mode": self.mode}
        if self.variant is not None:
            found["variant"] = "{} of {}".format(*self.variant)
        return found if self.date is None else found | {"date": self.date}


@dataclass(frozen=True, slots=True, eq=False)
class _Basis:
    """The colours that hints are followed from: as a guide, as coefficients, and in regions."""

    guide: Guide
    coefficients: Float32Array
    views: dict[Region, View]


class Encoded:
    """A photo and the network's prediction for it, which is made at first use. Safe to share between threads."""

    def __init__(
        self, network: Network, opened: photo.Photo, options: Options, source: Path | bytes | Array
    ) -> None:
        self.network, self.photo, self._options = network, opened, options
        self.origin = None if isinstance(source, np.ndarray) else source
        self._scaled: dict[tuple[int, int], photo.Photo] = {}
        self._automatic: dict[Decoding, Float32Array] = {}
        self._bases: dict[tuple[bytes, Decoding], _Basis] = {}
        self._details: dict[tuple[Region, Decoding], tuple[Float32Array, Float32Array]] = {}
        self._enlarged: dict[int, Float32Array] = {}
        self._brushes: Brushes = {}

    @cached_property
    def prediction(self) -> Prediction:
        """The prediction at the model's input sizes."""
        return predict(self.network, self.photo, self._options)

    @cached_property
    def canvas(self) -> Canvas:
        """The grid of predicted colours on the photo."""
        return Canvas.of(self.photo, self.prediction)

    def place(self, x: float, y: float) -> tuple[tuple[int, int], float]:
        """The (row, column) of the grid at a place, fractions of the photo, and L there."""
        height, width = self.prediction.size
        ((across, down),) = self.canvas.placed([(x, y)])
        row, column = (
            min(max(int(at * size), 0), size - 1) for at, size in ((down, height), (across, width))
        )
        rows, columns = self.photo.thumbnail.shape
        level = self.photo.thumbnail[min(int(y * rows), rows - 1), min(int(x * columns), columns - 1)]
        return (row, column), float(level)

    def coefficients(self, decoding: Decoding, guidance: Guidance) -> Float32Array:
        """Coefficients of the photo's chroma, as `photo.render` takes them."""
        if guidance.grey:
            return np.zeros((4, 1, 1), np.float32)
        ab = self.automatic(decoding) if guidance.sampled is None else guidance.sampled
        automatic = self._basis(ab, decoding).coefficients
        if not guidance.hints and not guidance.references:
            return automatic
        soft = None
        if guidance.references and guidance.mode == "palette":
            ab = with_palette(ab, guidance.references, guidance.strength)
        elif guidance.references:
            soft = matched_samples(self.features, guidance.references, ab, guidance.strength)
        basis = self._basis(ab, decoding)
        followed = spread_hints(basis.guide, self.canvas, guidance.hints, soft)
        guided = (
            basis.coefficients if followed is None else photo.chroma_coefficients(self.photo, followed.ab)
        )
        if not guidance.hints:
            return guided
        regions = crowded_regions(guidance.hints, self.canvas, self._largest_zoom())
        if regions and followed is not None:
            views = [(region, self._view(basis, region, decoding)) for region in regions]
            guided = refine(guided, followed, guidance.hints, views, self.photo.thumbnail.shape)
        zooms = zooms_of(guidance.hints, regions, self.canvas)
        return paint(guided, automatic, self.photo.thumbnail, guidance.hints, zooms, self._brushes)

    @cached_property
    def entropy(self) -> Float32Array:
        """Entropy (h, w), 0..1, of a prediction with a distribution."""
        assert self.prediction.log_probabilities is not None
        return entropy(self.prediction.log_probabilities)

    @cached_property
    def features(self) -> Float32Array:
        """Features of the photo, to be compared with those of references."""
        return features_of(self.photo, self.network)

    def digest(self) -> str:
        """SHA-256 of the photo's file; OptionError for an array, which has none."""
        if self.origin is None:
            raise OptionError("a recipe is for a photo given by its path or as bytes; this one is an array")
        return digest(self.origin) if isinstance(self.origin, bytes) else file_digest(self.origin)

    def automatic(self, decoding: Decoding) -> Float32Array:
        """ab (2, h, w) of the network, without guidance."""
        return remember(self._automatic, decoding, lambda: self.prediction.colours(decoding))

    def _largest_zoom(self) -> float:
        """How much finer than that of the prediction the pixels of the photo allow the grid of a region to be."""
        box = self.photo.content_box
        sides = self.photo.height * (1 - box.top - box.bottom), self.photo.width * (1 - box.left - box.right)
        return float(MOST_ENLARGED * min(sides) / min(self.prediction.lightness.shape))

    def prepare_regions(self, decoding: Decoding) -> Iterator[None]:
        """Encode each region of the coarsest kind, one at a time."""
        zoom = min(CLOSE)
        if zoom > self._largest_zoom():
            return
        for row in range(2 * zoom - 1):
            for column in range(2 * zoom - 1):
                yield
                self._detail(Region(zoom, row, column), decoding)

    def _basis(self, ab: Float32Array, decoding: Decoding) -> _Basis:
        """What hints are followed from: colours ab (2, h, w)."""

        def make() -> _Basis:
            coefficients = photo.chroma_coefficients(self.photo, ab)
            return _Basis(Guide(ab, self.canvas.lightness), coefficients, {})

        return remember(self._bases, (ab.tobytes(), decoding), make)

    def _view(self, basis: _Basis, region: Region, decoding: Decoding) -> View:
        """The basis in a region, at its own resolution."""

        def make() -> View:
            lightness, detail = self._detail(region, decoding)
            return view(region, self.canvas, lightness, detail, basis.coefficients)

        return remember(basis.views, region, make, _REGIONS_KEPT)

    def _detail(self, region: Region, decoding: Decoding) -> tuple[Float32Array, Float32Array]:
        """L (h, w) and predicted ab (2, h, w) of a region, as large as the network sees the whole photo."""

        def make() -> tuple[Float32Array, Float32Array]:
            height, width = self.prediction.lightness.shape
            top, left = region.row * height // 2, region.column * width // 2
            lightness = self._enlarged_by(region.zoom)[top : top + height, left : left + width]
            seen = predict_fitted(self.network, np.ascontiguousarray(lightness))
            mean = self.prediction.annealed(decoding.temperature).mean((1, 2))
            ab = decoding.apply(seen.annealed(decoding.temperature), mean)
            return resize_area(lightness, *seen.size), ab

        return remember(self._details, (region, decoding), make, _REGIONS_KEPT)

    def _enlarged_by(self, zoom: int) -> Float32Array:
        """L of the photo, so many times as large as the network sees it."""
        height, width = self.prediction.lightness.shape
        size = zoom * height, zoom * width
        return remember(self._enlarged, zoom, lambda: photo.network_input_of_size(self.photo, *size), 2)

    def scaled(self, width: int, height: int) -> photo.Photo:
        """The photo at another size, as `photo.scaled` makes it."""
        return remember(self._scaled, (width, height), lambda: photo.scaled(self.photo, width, height))


def remember(kept: dict[Key, Value], key: Key, make: Callable[[], Value], most: int = 4) -> Value:
    """The value kept for a key, made if there is none; the `most` newest are kept.

    A plain dict, since `lru_cache` of a method would keep its object alive until the garbage collector comes.
    """
    found = kept.get(key)
    if found is not None:
        return found
    value = make()
    # Other threads may add and remove meanwhile: only steps that they cannot interrupt.
    for oldest in list(kept)[: max(0, len(kept) - most + 1)]:
        kept.pop(oldest, None)
    kept[key] = value
    return value
