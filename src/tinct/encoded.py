"""An opened photo with the network's answer, from which any number of guided colourings are computed."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tinct import photo
from tinct.color.decode import Decoding
from tinct.errors import OptionError
from tinct.guidance.hints import Hint
from tinct.guidance.painting import paint
from tinct.guidance.placing import Canvas, follow
from tinct.guidance.recipe import digest, file_digest
from tinct.guidance.references import Reference, features_of, matched_samples, with_palette
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
    """

    hints: tuple[Hint, ...] = ()
    variant: tuple[int, int] | None = None
    sampled: Float32Array | None = None
    date: str | None = None
    references: tuple[Reference, ...] = ()
    strength: float = 1.0
    mode: str = "match"


class Encoded:
    """A photo and the network's prediction for it, which is made at first use. Safe to share between threads."""

    def __init__(
        self, network: Network, opened: photo.Photo, options: Options, source: Path | bytes | Array
    ) -> None:
        self.network, self.photo, self._options = network, opened, options
        self.origin = None if isinstance(source, np.ndarray) else source
        self.scaled = lru_cache(maxsize=4)(self._scaled)
        self.automatic = lru_cache(maxsize=4)(self._automatic)

    @cached_property
    def prediction(self) -> Prediction:
        """The prediction at the model's input sizes."""
        return predict(self.network, self.photo, self._options)

    @cached_property
    def canvas(self) -> Canvas:
        """The grid of predicted colours on the photo."""
        return Canvas.of(self.photo, self.prediction)

    def coefficients(self, decoding: Decoding, guidance: Guidance) -> Float32Array:
        """Coefficients of the photo's chroma, as `photo.render` takes them."""
        ab = self.automatic(decoding) if guidance.sampled is None else guidance.sampled
        automatic = photo.chroma_coefficients(self.photo, ab)
        if not guidance.hints and not guidance.references:
            return automatic
        soft = None
        if guidance.references and guidance.mode == "palette":
            ab = with_palette(ab, guidance.references, guidance.strength)
        elif guidance.references:
            soft = matched_samples(self.features, guidance.references, ab, guidance.strength)
        guided = photo.chroma_coefficients(self.photo, follow(ab, self.canvas, guidance.hints, soft))
        if not guidance.hints:
            return guided
        return paint(guided, automatic, self.photo.thumbnail, guidance.hints)

    @cached_property
    def features(self) -> Float32Array:
        """Features of the photo, to be compared with those of references."""
        return features_of(self.photo, self.network)

    def digest(self) -> str:
        """SHA-256 of the photo's file; OptionError for an array, which has none."""
        if self.origin is None:
            raise OptionError("a recipe is for a photo given by its path or as bytes; this one is an array")
        return digest(self.origin) if isinstance(self.origin, bytes) else file_digest(self.origin)

    def _automatic(self, decoding: Decoding) -> Float32Array:
        """ab (2, h, w) of the network, without guidance."""
        return self.prediction.colours(decoding)

    def _scaled(self, width: int, height: int) -> photo.Photo:
        """The photo at another size, as `photo.scaled` makes it; the last few are kept."""
        return photo.scaled(self.photo, width, height)
