"""Inference of a trained network with ONNX Runtime, which is imported when a network is opened."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tinct.color.bins import Bins
from tinct.color.decode import Decoding, annealed_mean, mean_entropy, sample_colouring
from tinct.color.hint_propagation import propagate_hints
from tinct.color.lab import lightness_to_grey, srgb_to_lab
from tinct.color.resample import resize_area
from tinct.errors import ModelError, short_reason
from tinct.models.devices import find_device
from tinct.models.manifest import INPUT_KINDS, OUTPUT_KINDS, Manifest, Output, read_manifest
from tinct.models.memory import check_memory
from tinct.models.sessions import (
    NUMBER_TYPES,
    check_tensors,
    constant_input,
    open_session,
    physical_cores,
)

Float32Array = NDArray[np.float32]


@dataclass(frozen=True, slots=True, eq=False)
class Prediction:
    """Output of a network for a photo, at 1/stride of the input size.

    Either `log_probabilities` (n, h, w) float32 over the n `bins`, up to a constant at each position, or `ab`
    (2, h, w) float32 in Lab units. lightness: L (h, w), 0..100, of the input. smaller: predictions for the same
    photo at smaller input sizes, which `annealed` averages with this one.
    """

    lightness: Float32Array
    log_probabilities: Float32Array | None = None
    bins: Bins | None = None
    ab: Float32Array | None = None
    smaller: tuple[Prediction, ...] = ()

    @property
    def size(self) -> tuple[int, int]:
        """(h, w) of the grid of colours, which is also that of hints."""
        answer = self.log_probabilities if self.ab is None else self.ab
        assert answer is not None
        return answer.shape[1], answer.shape[2]

    def colours(self, decoding: Decoding, hints: Float32Array | None = None) -> Float32Array:
        """ab (2, h, w): `annealed`, with chroma as `decoding` says.

        hints: (3, h, w), the requested a and b in Lab units and a mask of 0 and 1;
        `color.hint_propagation.propagate_hints` extends them to similar regions.
        """
        plain = decoding.apply(self.annealed(decoding.temperature))
        return (
            plain if hints is None else propagate_hints(plain, resize_area(self.lightness, *self.size), hints)
        )

    def annealed(self, temperature: float | None) -> Float32Array:
        """ab (2, h, w): the mean over input sizes of ab as predicted; of a distribution the annealed mean at
        `temperature` (None: 1).
        """
        own = self._annealed_alone(temperature)
        if not self.smaller:
            return own
        resized = [
            np.stack([resize_area(plane, *self.size) for plane in each.annealed(temperature)])
            for each in self.smaller
        ]
        return np.asarray(np.mean([own, *resized], 0), np.float32)

    def mean_uncertainty(self) -> float | None:
        """Mean entropy of the distributions, 0 (one bin) to 1 (all bins equal); None without a distribution.

        Taken at the largest input size, at every second position of every second row.
        """
        if self.log_probabilities is None:
            return None
        return mean_entropy(self.log_probabilities[:, ::2, ::2])

    def sample(self, decoding: Decoding, rng: np.random.Generator) -> Float32Array:
        """ab (2, h, w): one coherent colouring sampled by `color.decode.sample_colouring` about the mean over
        input sizes, with chroma as `decoding` says.

        Only for a network that predicts a distribution.
        """
        assert self.log_probabilities is not None
        assert self.bins is not None
        temperature = decoding.temperature or 1.0
        drawn = sample_colouring(self.log_probabilities, self.bins, temperature, rng)
        shift = self.annealed(temperature) - self._annealed_alone(temperature)
        return decoding.apply(drawn + shift)

    def _annealed_alone(self, temperature: float | None) -> Float32Array:
        if self.ab is not None:
            return self.ab
        assert self.log_probabilities is not None
        assert self.bins is not None
        return annealed_mean(self.log_probabilities, self.bins, temperature or 1.0)


@dataclass(frozen=True, slots=True, eq=False)
class Features:
    """Output of the encoder: arrays in the decoder's order, and the encoded L (h, w), 0..100."""

    arrays: tuple[Float32Array, ...]
    lightness: Float32Array

    @property
    def size(self) -> tuple[int, int]:
        """(h, w) that was encoded."""
        height, width = self.lightness.shape
        return height, width


class Network:
    """An opened model; the encoder runs once per photo, the decoder once per change of hints.

    device: one of `devices.DEVICES`; the attribute `device` is the one that is used. Safe to share between threads.
    Raises ModelError for a folder that is incomplete, damaged or of an unsupported kind.
    """

    def __init__(self, folder: Path, *, threads: int | None = None, device: str = "cpu") -> None:
        self.manifest = read_manifest(folder)
        found = find_device(device)
        check_memory(self.manifest)
        count = physical_cores() if threads is None else threads
        sessions = {role: open_session(file, count, found) for role, file in self.manifest.files.items()}
        self.device = (
            found.name if all(found.provider in s.get_providers() for s in sessions.values()) else "cpu"
        )
        self._encoder = sessions.get("encoder")
        self._decoder = sessions.get("decoder") or sessions["network"]
        self._feature_names = _check_feature_names(self.manifest, self._encoder, self._decoder)
        output = self.manifest.output
        self._bins = Bins(np.array(output.bins, np.float32)) if output.bins else None

    def encode(self, lightness: Float32Array) -> Features:
        """Features of L (h, w), 0..100, both sides multiples of the manifest's `multiple`."""
        shown = _network_input(self.manifest, lightness)
        if self._encoder is None:
            return Features((shown,), lightness)
        arrays = self._run(
            self._encoder, self._feature_names, {self.manifest.input.name: shown}, lightness.shape
        )
        return Features(tuple(arrays), lightness)

    def predict(self, features: Features, hints: Float32Array | None = None) -> Prediction:
        """Predict colours from features, with hints given to the network itself if there are any.

        User hints need `Prediction.colours` instead, which propagates them further. hints: (3, h / stride, w
        / stride) float32, channels a / 100, b / 100 and a mask of 0 and 1. Raises ModelError for hints to a
        network that takes none, and for an answer that is not of the shape in the manifest, or no number.
        """
        return self._prediction(self.answer(features, hints), features)

    def answer(self, features: Features, hints: Float32Array | None = None) -> Float32Array:
        """The output (c, h, w) of the network as it is; features and hints as for `predict`."""
        fed = dict(zip(self._feature_names, features.arrays, strict=True))
        expected = self.manifest.hints
        if expected is not None:
            height, width = (side // expected.stride for side in features.size)
            given = np.zeros((3, height, width), np.float32) if hints is None else hints
            fed[expected.name] = given[None].astype(np.float32, copy=False)
        elif hints is not None:
            raise ModelError(f"{self.manifest.title}: takes no hints; use a model that does, such as tinct-m")
        (answer,) = self._run(self._decoder, [self.manifest.output.name], fed, features.size)
        return np.asarray(answer[0], np.float32)

    def _run(self, session: Any, outputs: list[str], fed: dict[str, Any], size: tuple[int, ...]) -> list[Any]:
        """Outputs of a graph, whose constant inputs and number types are filled in."""
        constant = {each.name: each for each in self.manifest.extra_inputs}
        complete = {
            put.name: constant_input(put, constant[put.name], size)
            if put.name in constant
            else fed[put.name].astype(NUMBER_TYPES[put.type], copy=False)
            for put in session.get_inputs()
        }
        try:
            return list(session.run(outputs, complete))
        except Exception as error:  # ONNX Runtime raises a dozen types without a common base
            raise ModelError(
                f"{self.manifest.title}: ONNX Runtime cannot run it ({short_reason(error)}); "
                "correct its manifest, or export it again"
            ) from error

    def _prediction(self, answer: Float32Array, features: Features) -> Prediction:
        _check_answer(self.manifest, answer, features.size)
        output = self.manifest.output
        if output.kind == "ab_bins":
            return Prediction(features.lightness, log_probabilities=answer, bins=self._bins)
        values = in_units(output, answer)
        if output.kind == "rgb":
            rgb = np.moveaxis(values.astype(np.float64), 0, -1)
            values = np.moveaxis(srgb_to_lab(np.clip(rgb, 0, 1)).astype(np.float32), -1, 0)
        return Prediction(features.lightness, ab=np.ascontiguousarray(values[-2:]))


def _check_answer(manifest: Manifest, answer: Float32Array, size: tuple[int, int]) -> None:
    """Raise ModelError for an answer (c, h, w) of another shape than the manifest says, or not of numbers."""
    height, width = (side // manifest.stride for side in size)
    channels = len(manifest.output.bins) or OUTPUT_KINDS[manifest.output.kind]
    if answer.shape != (channels, height, width):
        raise ModelError(
            f"{manifest.title}: answers with {_by(answer.shape)} numbers, not {_by((channels, height, width))}; "
            "correct its manifest (output, stride), or add it again"
        )
    if not np.isfinite(answer).all():
        raise ModelError(
            f"{manifest.title}: answers with what is no number (NaN or infinity); use another model, "
            "or export it in float32"
        )


def _by(shape: tuple[int, ...]) -> str:
    return " x ".join(map(str, shape))


def _check_feature_names(manifest: Manifest, encoder: Any, decoder: Any) -> list[str]:
    """Names of the tensors between the two graphs, after checking the names in the manifest."""
    constant = [each.name for each in manifest.extra_inputs]
    for session in (encoder, decoder):
        if session is not None:
            check_tensors(manifest.folder, session)
    inputs = [put.name for session in (encoder, decoder) if session for put in session.get_inputs()]
    _expect(manifest, inputs, constant, "takes")
    taken = [put.name for put in decoder.get_inputs() if put.name not in constant]
    hints = manifest.hints.name if manifest.hints else None
    features = [name for name in taken if name != hints]
    if encoder is None:
        _expect(manifest, features, [manifest.input.name], "takes")
        _expect(manifest, [manifest.input.name], features, "is given")
    else:
        _expect(manifest, [put.name for put in encoder.get_inputs()], [manifest.input.name], "takes")
        _expect(manifest, [put.name for put in encoder.get_outputs()], features, "encodes to")
    _expect(manifest, [put.name for put in decoder.get_outputs()], [manifest.output.name], "answers with")
    _expect(manifest, taken, [hints] if hints else [], "takes")
    return features


def _expect(manifest: Manifest, present: list[str], needed: list[str], verb: str) -> None:
    missing = [name for name in needed if name not in present]
    if missing:
        raise ModelError(
            f"{manifest.folder}: the network {verb} {', '.join(present)}, not {', '.join(missing)}; "
            "correct its manifest, or export it again"
        )


def _network_input(manifest: Manifest, lightness: Float32Array) -> Float32Array:
    """The input (1, c, h, w) of the network for L (h, w), 0..100."""
    given = manifest.input
    first: Any = lightness if given.kind != "grey_rgb" else np.clip(lightness_to_grey(lightness), 0, 1)
    zero = np.zeros_like(lightness) if given.kind == "lab" else first
    planes = [first, *[zero] * (INPUT_KINDS[given.kind] - 1)]
    scaled = [
        (plane * scale + offset).astype(np.float32)
        for plane, scale, offset in zip(planes, given.scale, given.offset, strict=True)
    ]
    return np.stack(scaled)[None]


def in_units(output: Output, answer: Float32Array) -> Float32Array:
    """The answer (c, h, w) of the network in the units of its kind."""
    scale, offset = (np.array(each, np.float32)[:, None, None] for each in (output.scale, output.offset))
    return np.asarray(answer * scale + offset, np.float32)
