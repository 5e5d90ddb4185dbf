"""An opened photo with the network's answer, from which any number of guided colourings are computed."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tinct import photo
from tinct.cache import remember
from tinct.color.decode import Decoding, entropy
from tinct.color.geodesic import Guide
from tinct.encoded_regions import REGIONS_KEPT, EncodedRegions
from tinct.errors import OptionError
from tinct.guidance.hints import Hint
from tinct.guidance.painting import Brushes, paint
from tinct.guidance.placing import Canvas, spread_hints
from tinct.guidance.recipe import digest, file_digest
from tinct.guidance.references import Reference, features_of, matched_samples, with_palette
from tinct.guidance.refinement import Region, View, refine, view, zooms_of
from tinct.inference import predict
from tinct.models.runtime import Network, Prediction
from tinct.options import Options

Array = NDArray[Any]
Float32Array = NDArray[np.float32]


@dataclass(frozen=True, slots=True, eq=False)
class Guidance:
    """What a colouring follows.

    variant: its number, from 1, and of how many. sampled: the colours ab (2, h, w) of a variant, in place of the mean.
    date: of the result, YYYY-MM-DD, in place of today. references, strength, mode: as for `Session.with_references`.
    grey: no colour at all, for comparison. regions: those that are refined, if not all that the hints need.
    """

    hints: tuple[Hint, ...] = ()
    variant: tuple[int, int] | None = None
    sampled: Float32Array | None = None
    date: str | None = None
    references: tuple[Reference, ...] = ()
    strength: float = 1.0
    mode: str = "match"
    grey: bool = False
    regions: tuple[Region, ...] | None = None

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
        self._brushes: Brushes = {}

    @cached_property
    def prediction(self) -> Prediction:
        """The prediction at the model's input sizes."""
        return predict(self.network, self.photo, self._options)

    @cached_property
    def canvas(self) -> Canvas:
        """The grid of predicted colours on the photo."""
        return Canvas.of(self.photo, self.prediction)

    @cached_property
    def regions(self) -> EncodedRegions:
        """The regions of the photo that are encoded again."""
        return EncodedRegions(self.network, self.photo, self.prediction, self.canvas)

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
        regions = self.regions.crowded(guidance.hints) if guidance.regions is None else guidance.regions
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

    def _basis(self, ab: Float32Array, decoding: Decoding) -> _Basis:
        """What hints are followed from: colours ab (2, h, w)."""

        def make() -> _Basis:
            coefficients = photo.chroma_coefficients(self.photo, ab)
            return _Basis(Guide(ab, self.canvas.lightness), coefficients, {})

        return remember(self._bases, (ab.tobytes(), decoding), make)

    def _view(self, basis: _Basis, region: Region, decoding: Decoding) -> View:
        """The basis in a region, at its own resolution."""

        def make() -> View:
            lightness, detail = self.regions.encode(region, decoding)
            return view(region, self.canvas, lightness, detail, basis.coefficients)

        return remember(basis.views, region, make, REGIONS_KEPT)

    def scaled(self, width: int, height: int) -> photo.Photo:
        """The photo at another size, as `photo.scaled` makes it."""
        return remember(self._scaled, (width, height), lambda: photo.scaled(self.photo, width, height))
