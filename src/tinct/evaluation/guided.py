"""Colouring with hints, or sampled colourings; the network runs once per photo."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tinct import photo
from tinct.evaluation.metrics import Pixels
from tinct.inference import decoding_for, predict
from tinct.models.manifest import Manifest
from tinct.models.runtime import Network, Prediction
from tinct.models.store import find_model
from tinct.options import Options

Float32Array = NDArray[np.float32]


class HintedColorizer:
    """A model kept open. Raises ModelError if it cannot be used.

    decoding: the model's tuned one, with the vividness and temperature of the options.
    """

    def __init__(self, model: str | Path, options: Options | None = None) -> None:
        options = options or Options()
        self._network = Network(find_model(model))
        self._options = options
        self.decoding = decoding_for(options, self._network.manifest)

    @property
    def manifest(self) -> Manifest:
        """The model's manifest."""
        return self._network.manifest

    @property
    def can_sample(self) -> bool:
        """Whether the model predicts a distribution, from which colourings can be sampled."""
        return self.manifest.output.kind == "ab_bins"

    def encode(self, lightness: Pixels) -> Encoded:
        """A grey photo (h, w, 3), resized and encoded, with its prediction."""
        opened = photo.read(lightness)
        return Encoded(opened, predict(self._network, opened, self._options))

    def grid(self, encoded: Encoded) -> tuple[int, int]:
        """(h, w) of the grid of hints."""
        return encoded.prediction.size

    def crop_to_content(self, encoded: Encoded, pixels: NDArray[Any]) -> NDArray[Any]:
        """Crop `pixels` (h, w, ...) to what the network sees: all but the flat border of a scan."""
        height, width = pixels.shape[:2]
        return pixels[encoded.photo.content_box.slices(height, width)]

    def colour(self, encoded: Encoded, hints: Float32Array | None = None) -> Pixels:
        """The photo in colour (h, w, 3), following `hints` (3, gh, gw): a, b in Lab units and a mask of 0 and
        1.
        """
        return self._compose(encoded, encoded.prediction.colours(self.decoding, hints))

    def sample(self, encoded: Encoded, rng: np.random.Generator) -> Pixels:
        """One sampled colouring (h, w, 3); only of a model that `can_sample`."""
        return self._compose(encoded, encoded.prediction.sample(self.decoding, rng))

    def _compose(self, encoded: Encoded, ab: Float32Array) -> Pixels:
        return np.asarray(photo.to_array(photo.join(encoded.photo, ab)), np.uint8)


@dataclass(frozen=True, slots=True, eq=False)
class Encoded:
    """An opened photo and its prediction without hints."""

    photo: photo.Photo
    prediction: Prediction
