"""A user's photo with hints, or with colours drawn: the way of a photo, its network run once for all of them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tinct import photo
from tinct.evaluation.metrics import Pixels
from tinct.models.manifest import Manifest
from tinct.models.runtime import Network, Prediction
from tinct.models.store import find_model
from tinct.options import Options

Float32Array = NDArray[np.float32]


class Guided:
    """A model kept open. Raises ModelError for one that cannot be used.

    temperature and vividness: those of the options, or else the model's tuned ones.
    """

    def __init__(self, model: str | Path, options: Options | None = None) -> None:
        options = options or Options()
        self._network = Network(find_model(model))
        said = self._network.manifest
        self.vividness = said.vividness if options.vividness is None else options.vividness
        self.temperature = said.temperature if options.temperature is None else options.temperature

    @property
    def manifest(self) -> Manifest:
        """What the model's folder says of it."""
        return self._network.manifest

    @property
    def draws(self) -> bool:
        """Whether the model answers with a distribution, from which colourings can be drawn."""
        return self.manifest.output.kind == "ab_bins"

    def encode(self, lightness: Pixels) -> Encoded:
        """A grey photo (h, w, 3), shrunk, encoded, and what the network says of it."""
        opened = photo.read(lightness)
        shown = self.manifest.input
        small = photo.network_input(opened, shown.short_side, shown.multiple)
        return Encoded(opened, self._network.predict(self._network.encode(small)))

    def grid(self, encoded: Encoded) -> tuple[int, int]:
        """(h, w) of the grid on which hints are given."""
        return encoded.prediction.size

    def seen(self, encoded: Encoded, pixels: NDArray[Any]) -> NDArray[Any]:
        """What the network sees of `pixels` (h, w, ...): all but the flat border of a scan; the grid is over this."""
        height, width = pixels.shape[:2]
        return pixels[encoded.photo.content_box.slices(height, width)]

    def colour(self, encoded: Encoded, hints: Float32Array | None = None) -> Pixels:
        """The photo in colour (h, w, 3), following `hints` (3, gh, gw): a, b in Lab units and a mask of 0 and 1."""
        return self._joined(encoded, encoded.prediction.colours(self.temperature, self.vividness, hints))

    def drawn(self, encoded: Encoded, rng: np.random.Generator) -> Pixels:
        """One of the colourings that the model holds possible (h, w, 3); only of one that `draws`."""
        return self._joined(encoded, encoded.prediction.sample(self.temperature, self.vividness, rng))

    def _joined(self, encoded: Encoded, ab: Float32Array) -> Pixels:
        return np.asarray(photo.to_array(photo.join(encoded.photo, ab)), np.uint8)


@dataclass(frozen=True, slots=True, eq=False)
class Encoded:
    """A photo, opened, and what the network says of it without hints."""

    photo: photo.Photo
    prediction: Prediction
