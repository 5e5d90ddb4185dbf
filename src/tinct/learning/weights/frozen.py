"""Frozen part of a backbone, run by ONNX Runtime on a CPU: three times as fast as torch in eager mode."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import cast

import torch
from torch import Tensor, nn

from tinct.errors import TrainingError
from tinct.learning.suppress_output import suppress_output
from tinct.models.onnx_runtime import onnxruntime
from tinct.networks.backbones import EfficientNetLite
from tinct.networks.build import BuiltNetwork

Frozen = Callable[[Tensor], dict[str, Tensor]]


def get_backbone(network: BuiltNetwork) -> EfficientNetLite:
    """The backbone that is the whole encoder of `network`; TrainingError if there is none to freeze."""
    if not has_backbone(network):
        raise TrainingError(
            f"{network.network.name}: has no backbone to freeze; set `trainable: all` in the experiment"
        )
    return cast(EfficientNetLite, network.get_submodule(network.network.layers[0].name))


def has_backbone(network: BuiltNetwork) -> bool:
    """Whether the whole encoder of `network` is a backbone."""
    encoder = [layer for layer in network.network.layers if layer.section == "encoder"]
    return len(encoder) == 1 and encoder[0].kind == "backbone"


def frozen_backbone(network: BuiltNetwork, trainable: str, shape: tuple[int, ...], threads: int) -> Frozen:
    """A function from scaled lightness of this shape to the features at which training starts, with the
    present weights.

    trainable: `decoder` freezes the whole backbone, `tail` its blocks up to stride 8.
    """
    backbone = copy.deepcopy(get_backbone(network)).requires_grad_(False).eval()
    run = backbone.early if trainable == "tail" else backbone
    if next(backbone.parameters()).device.type != "cpu":
        return frozen_in_torch(run)
    names = ["s4", "s8"] if trainable == "tail" else list(backbone.taps)
    with suppress_output():
        program = torch.onnx.export(
            _TupleOutput(run), (torch.zeros(shape),), output_names=names, dynamo=True, verbose=False
        )
    assert program is not None
    settings = onnxruntime.SessionOptions()
    settings.intra_op_num_threads = threads
    settings.add_session_config_entry("session.intra_op.allow_spinning", "0")
    graph = program.model_proto.SerializeToString()
    session = onnxruntime.InferenceSession(graph, settings, providers=["CPUExecutionProvider"])
    name = session.get_inputs()[0].name

    def features(lightness: Tensor) -> dict[str, Tensor]:
        outputs = session.run(names, {name: lightness.contiguous().numpy()})
        return {tap: torch.from_numpy(values) for tap, values in zip(names, outputs, strict=True)}

    return features


def frozen_in_torch(run: Callable[[Tensor], dict[str, Tensor]]) -> Frozen:
    """Part of a backbone as a plain function, so that it is no submodule of the network."""

    def features(lightness: Tensor) -> dict[str, Tensor]:
        with torch.no_grad():
            return run(lightness)

    return features


class _TupleOutput(nn.Module):
    """Part of a backbone with a tuple of features as output, as an ONNX graph needs."""

    def __init__(self, run: Callable[[Tensor], dict[str, Tensor]]) -> None:
        super().__init__()
        self.run = run

    def forward(self, lightness: Tensor) -> tuple[Tensor, ...]:
        return tuple(self.run(lightness).values())
