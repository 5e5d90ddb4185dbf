"""A model's graphs in 8-bit integers: a quarter of the bytes, at a price in colour that is measured."""

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
from tinct.learning.run.suppress_output import suppress_output
from tinct.models import onnx_runtime
from tinct.models.runtime import Network, Prediction
from tinct.networks.build import BuiltNetwork

# Convolutions with fewer weights stay exact: a hundredth of the bytes of tinct-s, and half of what integers change.
EXACT_BELOW = 4_000

Float32Array = NDArray[np.float32]
quantization = onnx_runtime.quantization()


def quantize(exact: Path, folder: Path, photos: Sequence[Float32Array]) -> None:
    """Write to `folder` the graphs of the model in `exact` in int8; the manifest is the caller's.

    Ranges of activations come from lightnesses (h, w), 0..100, in `photos`; kernels have a scale per filter (static
    QDQ of ONNX Runtime). The graphs in `exact` must hold float32 kernels, `fold_batch_norm`.
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
                    _Shown(_inputs(network, role, photos)),
                    quant_format=quantization.QuantFormat.QDQ,
                    activation_type=quantization.QuantType.QUInt8,
                    weight_type=quantization.QuantType.QUInt8,  # signed ones overflow on processors without VNNI
                    per_channel=True,
                    nodes_to_exclude=_small_convolutions(prepared),
                )
        finally:
            prepared.unlink(missing_ok=True)


def mean_ciede2000(one: Path, other: Path, photos: Sequence[Float32Array]) -> float:
    """Mean CIEDE2000 between what two models of one kind colour, over lightnesses (h, w), 0..100."""
    models, found = (Network(one), Network(other)), []
    for lightness in photos:
        first, second = (_decode(model, model.predict(model.encode(lightness))) for model in models)
        stride = models[0].manifest.stride
        small = lightness[::stride, ::stride][: first.shape[1], : first.shape[2]]
        found.append(ciede2000(*(np.stack([small, *ab], -1) for ab in (first, second))).mean())
    return float(np.mean(found))


def fold_batch_norm(network: BuiltNetwork) -> BuiltNetwork:
    """A copy in evaluation mode whose kernels have their batch norms in them: ranges are those of what is computed."""
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
    said = onnx.load(graph).graph
    sizes = {kernel.name: math.prod(kernel.dims) for kernel in said.initializer}
    return [
        node.name
        for node in said.node
        if "Conv" in node.op_type and sizes.get(node.input[1], EXACT_BELOW) < EXACT_BELOW
    ]


def _decode(model: Network, prediction: Prediction) -> Float32Array:
    """ab (2, h, w) at the model's own temperature and vividness."""
    return prediction.colours(model.manifest.temperature, model.manifest.vividness)


def _inputs(network: Network, role: str, photos: Iterable[Float32Array]) -> Iterator[dict[str, Float32Array]]:
    """What the graph of this role is fed for each photo: lightness, or features and no hints."""
    said = network.manifest
    encoder = onnx_runtime.onnxruntime.InferenceSession(said.files["encoder"]) if role == "decoder" else None
    for lightness in photos:
        scaled = lightness[None, None] * np.float32(said.input.scale) + np.float32(said.input.offset)
        shown = {said.input.name: scaled.astype(np.float32)}
        if encoder is None:
            yield shown
            continue
        fed = {
            put.name: values
            for put, values in zip(encoder.get_outputs(), encoder.run(None, shown), strict=True)
        }
        if said.hints is not None:
            height, width = (side // said.hints.stride for side in lightness.shape)
            fed[said.hints.name] = np.zeros((1, 3, height, width), np.float32)
        yield fed


class _Shown(quantization.CalibrationDataReader):  # type: ignore[misc, name-defined]
    """Inputs one by one, as the calibration asks for them."""

    def __init__(self, inputs: Iterator[dict[str, Float32Array]]) -> None:
        self.inputs = inputs

    def get_next(self) -> dict[str, Float32Array] | None:
        """The next photo's inputs, or None after the last."""
        return next(self.inputs, None)
