"""Static 8-bit quantization of a model: a quarter of the bytes of float32, at a measured cost in colour."""

from __future__ import annotations

import copy
import math
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import numpy as np
import onnx
from numpy.typing import NDArray
from torch import nn
from torch.nn.utils.fusion import fuse_conv_bn_weights

from tinct.color.difference import ciede2000
from tinct.learning.suppress_output import suppress_output
from tinct.models import onnx_runtime
from tinct.models.runtime import Network, Prediction
from tinct.networks.build import BuiltNetwork

# Convolutions with fewer weights stay float32: 1 % of the bytes of tinct-s, half of the error of quantization.
FLOAT_BELOW = 4_000

Float32Array = NDArray[np.float32]
quantization = onnx_runtime.quantization()


def quantize(exact: Path, folder: Path, photos: Sequence[Float32Array]) -> None:
    """Write int8 graphs of the model in `exact` to `folder`; the manifest is the caller's.

    Activation ranges come from lightness arrays (h, w), 0..100, of `photos`; kernels have a scale per filter
    (static QDQ of ONNX Runtime). The graphs in `exact` must hold float32 kernels without batch norms, see
    `fold_batch_norm`.
    """
    folder.mkdir(parents=True, exist_ok=True)
    network = Network(exact)
    for role, path in network.manifest.files.items():
        prepared = folder / f"{role}.prepared.onnx"
        try:
            with suppress_output():
                quantization.quant_pre_process(path, prepared, skip_symbolic_shape=True)
                quantization.quantize_static(
                    prepared,
                    folder / path.name,
                    _InputReader(_inputs(network, role, photos)),
                    quant_format=quantization.QuantFormat.QDQ,
                    activation_type=quantization.QuantType.QUInt8,
                    weight_type=quantization.QuantType.QUInt8,  # signed ones overflow on processors without VNNI
                    per_channel=True,
                    nodes_to_exclude=_small_convolutions(prepared),
                )
        finally:
            prepared.unlink(missing_ok=True)


def mean_ciede2000(one: Path, other: Path, photos: Sequence[Float32Array]) -> float:
    """Mean CIEDE2000 between the colours of two models of one kind, over lightness arrays (h, w), 0..100."""
    models, found = (Network(one), Network(other)), []
    for lightness in photos:
        first, second = (_decode(model, model.predict(model.encode(lightness))) for model in models)
        stride = models[0].manifest.stride
        small = lightness[::stride, ::stride][: first.shape[1], : first.shape[2]]
        found.append(ciede2000(*(np.stack([small, *ab], -1) for ab in (first, second))).mean())
    return float(np.mean(found))


def fold_batch_norm(network: BuiltNetwork) -> BuiltNetwork:
    """A copy in evaluation mode with batch norms folded into the kernels, as the graph is computed."""
    copied = copy.deepcopy(network).eval()
    for module in copied.modules():
        conv, norm = getattr(module, "conv", None), getattr(module, "norm", None)
        if isinstance(norm, nn.BatchNorm2d) and isinstance(conv, nn.Conv2d | nn.ConvTranspose2d):
            assert norm.running_mean is not None
            assert norm.running_var is not None
            conv.weight, conv.bias = fuse_conv_bn_weights(
                conv.weight, conv.bias, norm.running_mean, norm.running_var, norm.eps, norm.weight, norm.bias,
                transpose=isinstance(conv, nn.ConvTranspose2d),
            )  # fmt: skip
            module.norm = nn.Identity()
    return copied


def _small_convolutions(graph: Path) -> list[str]:
    """Names of the convolutions with few weights."""
    nodes = onnx.load(graph).graph
    sizes = {kernel.name: math.prod(kernel.dims) for kernel in nodes.initializer}
    return [
        node.name
        for node in nodes.node
        if "Conv" in node.op_type and sizes.get(node.input[1], FLOAT_BELOW) < FLOAT_BELOW
    ]


def _decode(model: Network, prediction: Prediction) -> Float32Array:
    """ab (2, h, w) at the model's own decoding."""
    return prediction.colours(model.manifest.decoding)


def _inputs(network: Network, role: str, photos: Iterable[Float32Array]) -> Iterator[dict[str, Float32Array]]:
    """Inputs of the graph of this role for each photo: lightness, or features and empty hints."""
    manifest = network.manifest
    encoder = (
        onnx_runtime.onnxruntime.InferenceSession(manifest.files["encoder"]) if role == "decoder" else None
    )
    for lightness in photos:
        scaled = lightness[None, None] * np.float32(manifest.input.scale[0]) + np.float32(
            manifest.input.offset[0]
        )
        scaled_input = {manifest.input.name: scaled.astype(np.float32)}
        if encoder is None:
            yield scaled_input
            continue
        inputs = {
            put.name: values
            for put, values in zip(encoder.get_outputs(), encoder.run(None, scaled_input), strict=True)
        }
        if manifest.hints is not None:
            height, width = (side // manifest.hints.stride for side in lightness.shape)
            inputs[manifest.hints.name] = np.zeros((1, 3, height, width), np.float32)
        yield inputs


class _InputReader(quantization.CalibrationDataReader):  # type: ignore[misc, name-defined]
    """Calibration inputs, one by one."""

    def __init__(self, inputs: Iterator[dict[str, Float32Array]]) -> None:
        self.inputs = inputs

    def get_next(self) -> dict[str, Float32Array] | None:
        """The inputs of the next photo, or None after the last."""
        return next(self.inputs, None)
