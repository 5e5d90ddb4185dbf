"""The part of a network that does not learn, run by ONNX Runtime on a CPU:
three times as fast there as torch in eager mode.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from pathlib import Path
from typing import cast

import onnxruntime
import torch
from torch import Tensor, nn

from tinct.errors import LearningError
from tinct.networks.backbones import EfficientNetLite
from tinct.networks.build import BuiltNetwork

Frozen = Callable[[Tensor], dict[str, Tensor]]


def backbone_of(network: BuiltNetwork) -> EfficientNetLite:
    """The backbone that is the whole encoder of `network`; LearningError if it has none,
    so that nothing can be frozen.
    """
    encoder = [layer for layer in network.network.layers if layer.section == "encoder"]
    if len(encoder) != 1 or encoder[0].kind != "backbone":
        raise LearningError(
            f"{network.network.name}: has no backbone to leave frozen; say `learn: all` in the experiment."
        )
    return cast(EfficientNetLite, network.get_submodule(encoder[0].name))


def frozen_part(
    network: BuiltNetwork, learn: str, shape: tuple[int, ...], folder: Path, threads: int
) -> Frozen:
    """What turns scaled lightness of this shape into the features that learning starts from.

    learn: `decoder` freezes the backbone, `tail` its blocks up to 1/8. The graph is written to `folder`.
    """
    backbone = backbone_of(network).eval()
    run = backbone.early if learn == "tail" else backbone
    if next(backbone.parameters()).is_cuda:
        return _in_torch(run)
    names = ["s4", "s8"] if learn == "tail" else list(backbone.taps)
    graph = folder / "frozen.onnx"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torch.onnx.export(
            _Listed(run),
            (torch.zeros(shape),),
            graph,
            output_names=names,
            dynamo=True,
            external_data=False,
            verbose=False,
        )
    settings = onnxruntime.SessionOptions()
    settings.intra_op_num_threads = threads
    settings.add_session_config_entry("session.intra_op.allow_spinning", "0")
    session = onnxruntime.InferenceSession(graph, settings, providers=["CPUExecutionProvider"])
    name = session.get_inputs()[0].name

    def features(lightness: Tensor) -> dict[str, Tensor]:
        outputs = session.run(names, {name: lightness.contiguous().numpy()})
        return {tap: torch.from_numpy(values) for tap, values in zip(names, outputs, strict=True)}

    return features


def _in_torch(run: Callable[[Tensor], dict[str, Tensor]]) -> Frozen:
    def features(lightness: Tensor) -> dict[str, Tensor]:
        with torch.no_grad():
            return run(lightness)

    return features


class _Listed(nn.Module):
    """A part of a backbone that gives its features as a tuple, as an ONNX graph must."""

    def __init__(self, run: Callable[[Tensor], dict[str, Tensor]]) -> None:
        super().__init__()
        self.run = run

    def forward(self, lightness: Tensor) -> tuple[Tensor, ...]:
        return tuple(self.run(lightness).values())
