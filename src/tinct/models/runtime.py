"""Inference of a trained network with ONNX Runtime, which is imported when a network is opened."""

from __future__ import annotations

import os
from collections.abc import Callable
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
from tinct.models.manifest import Manifest, read_manifest

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

    Safe to share between threads. Raises ModelError for a folder that is incomplete, damaged or of an
    unsupported kind.
    """

    def __init__(self, folder: Path, *, threads: int | None = None) -> None:
        self.manifest = read_manifest(folder)
        count = physical_cores() if threads is None else threads
        sessions = {role: _open(file, count) for role, file in self.manifest.files.items()}
        self._encoder = sessions.get("encoder")
        self._decoder = sessions.get("decoder") or sessions["network"]
        self._feature_names = _check_feature_names(self.manifest, self._encoder, self._decoder)
        output = self.manifest.output
        self._bins = Bins(np.array(output.bins, np.float32)) if output.bins else None

    def encode(self, lightness: Float32Array) -> Features:
        """Features of L (h, w), 0..100, both sides multiples of the manifest's `multiple`."""
        shown = _scaled_input(self.manifest, lightness)
        if self._encoder is None:
            return Features((shown,), lightness)
        arrays = self._encoder.run(self._feature_names, {self.manifest.input.name: shown})
        return Features(tuple(arrays), lightness)

    def predict(self, features: Features, hints: Float32Array | None = None) -> Prediction:
        """Predict colours from features, with hints given to the network itself if there are any.

        User hints need `Prediction.colours` instead, which propagates them further. hints: (3, h / stride, w
        / stride) float32, channels a / 100, b / 100 and a mask of 0 and 1. Raises ModelError for hints to a
        network that takes none.
        """
        fed = dict(zip(self._feature_names, features.arrays, strict=True))
        expected = self.manifest.hints
        if expected is not None:
            height, width = (side // expected.stride for side in features.size)
            given = np.zeros((3, height, width), np.float32) if hints is None else hints
            fed[expected.name] = given[None].astype(np.float32, copy=False)
        elif hints is not None:
            raise ModelError(f"{self.manifest.title}: takes no hints; use a model that does, such as tinct-m")
        (answer,) = self._decoder.run([self.manifest.output.name], fed)
        return self._prediction(answer[0], features.lightness)

    def _prediction(self, answer: Float32Array, lightness: Float32Array) -> Prediction:
        output = self.manifest.output
        if output.kind == "ab_bins":
            return Prediction(lightness, log_probabilities=answer, bins=self._bins)
        if output.kind == "ab":
            return Prediction(lightness, ab=answer * np.float32(output.scale))
        rgb = np.moveaxis(answer.astype(np.float64) * output.scale, 0, -1)
        ab = np.moveaxis(srgb_to_lab(np.clip(rgb, 0, 1))[..., 1:], -1, 0)
        return Prediction(lightness, ab=np.ascontiguousarray(ab, np.float32))


def physical_cores() -> int:
    """Physical cores available to this process; at least 1."""
    try:
        usable = os.sched_getaffinity(0)
    except AttributeError:  # not Linux: unknown which threads share a core
        return os.cpu_count() or 1
    cores = set()
    for cpu in usable:
        siblings = Path(f"/sys/devices/system/cpu/cpu{cpu}/topology/thread_siblings_list")
        cores.add(siblings.read_text() if siblings.exists() else str(cpu))
    return max(1, len(cores))


def open_graph(file: Path) -> Callable[..., Float32Array]:
    """An ONNX file as a function from its inputs, in order, to its first output.

    Raises ModelError, naming the file, if it cannot be opened.
    """
    session = _open(file, physical_cores())
    names = [put.name for put in session.get_inputs()]
    first = session.get_outputs()[0].name

    def run(*given: Float32Array) -> Float32Array:
        (answer,) = session.run([first], dict(zip(names, given, strict=True)))
        return np.asarray(answer)

    return run


def _open(file: Path, threads: int) -> Any:
    from tinct.models.onnx_runtime import onnxruntime

    settings = onnxruntime.SessionOptions()
    settings.intra_op_num_threads = threads
    settings.inter_op_num_threads = 1
    settings.log_severity_level = 3
    # Threads that spin between photos would take cores from decoding and encoding the next one.
    settings.add_session_config_entry("session.intra_op.allow_spinning", "0")
    try:
        return onnxruntime.InferenceSession(file, settings, providers=["CPUExecutionProvider"])
    except Exception as error:  # ONNX Runtime raises a dozen types without a common base
        raise ModelError(
            f"{file}: ONNX Runtime cannot open it ({short_reason(error)}); export it again"
        ) from error


def _check_feature_names(manifest: Manifest, encoder: Any, decoder: Any) -> list[str]:
    """Names of the tensors between the two graphs, after checking the names in the manifest."""
    taken = [put.name for put in decoder.get_inputs()]
    hints = manifest.hints.name if manifest.hints else None
    features = [name for name in taken if name != hints]
    if encoder is None:
        _expect(manifest, features, [manifest.input.name], "takes")
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
            f"correct its manifest, or export it again"
        )


def _scaled_input(manifest: Manifest, lightness: Float32Array) -> Float32Array:
    if manifest.input.kind == "l":
        value: Any = lightness
    else:
        value = np.clip(lightness_to_grey(lightness), 0, 1)
    scaled = (value * manifest.input.scale + manifest.input.offset).astype(np.float32)
    channels = 1 if manifest.input.kind == "l" else 3
    return np.ascontiguousarray(np.broadcast_to(scaled, (1, channels, *scaled.shape)))
