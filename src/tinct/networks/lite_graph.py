"""EfficientNet-Lite as an ONNX graph for inference: three times as fast on a CPU as torch."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import helper, numpy_helper

from tinct.networks.efficientnet import NORM_EPS, STEM_STRIDE, blocks

OPSET = 17

Weights = Mapping[str, NDArray[np.float32]]


def pooled_graph(model: str, weights: Weights, side: int) -> onnx.ModelProto:
    """The graph from scaled pictures (n, 3, side, side) to the last block's features, averaged (n, c, 1, 1).

    weights: the backbone's state dict as arrays. Batch norms are folded into their kernels.
    """
    made = _Made(weights)
    x = made.convolution("stem", "x", STEM_STRIDE)
    for index, block in enumerate(blocks(model)):
        name, shown = f"blocks.{index}", x
        if block.expand > 1:
            x = made.convolution(f"{name}.expand", x)
        x = made.convolution(f"{name}.depthwise", x, block.stride, groups=block.hidden_channels)
        x = made.convolution(f"{name}.project", x, linear=True)
        if block.residual:
            x = made.node("Add", [shown, x], name)
    made.node("GlobalAveragePool", [x], "features")
    ends = [
        helper.make_tensor_value_info(name, onnx.TensorProto.FLOAT, shape)
        for name, shape in (("x", ("n", 3, side, side)), ("features", ("n", block.out_channels, 1, 1)))
    ]
    graph = helper.make_graph(made.nodes, model, ends[:1], ends[1:], made.constants)
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", OPSET)], ir_version=8)


class _Made:
    """Nodes and constants of a graph under construction."""

    def __init__(self, weights: Weights) -> None:
        self.weights = weights
        self.nodes: list[onnx.NodeProto] = []
        self.constants: list[onnx.TensorProto] = []
        self.constant("least", np.float32(0))
        self.constant("most", np.float32(6))

    def node(self, kind: str, inputs: list[str], name: str, **settings: Any) -> str:
        self.nodes.append(helper.make_node(kind, inputs, [name], **settings))
        return name

    def constant(self, name: str, value: NDArray[np.float32] | np.float32) -> str:
        self.constants.append(numpy_helper.from_array(np.asarray(value, np.float32), name))
        return name

    def convolution(
        self, name: str, x: str, stride: int = 1, *, groups: int = 1, linear: bool = False
    ) -> str:
        """Convolution and batch norm in one, padded as TensorFlow's SAME, with ReLU6 unless `linear`."""
        norm = {
            part: self.weights[f"{name}.norm.{part}"]
            for part in ("weight", "bias", "running_mean", "running_var")
        }
        gain = norm["weight"] / np.sqrt(norm["running_var"] + NORM_EPS)
        kernel = self.constant(
            f"{name}.kernel", self.weights[f"{name}.conv.weight"] * gain[:, None, None, None]
        )
        bias = self.constant(f"{name}.bias", norm["bias"] - norm["running_mean"] * gain)
        y = self.node(
            "Conv",
            [x, kernel, bias],
            f"{name}.sum",
            auto_pad="SAME_UPPER",
            strides=[stride, stride],
            group=groups,
        )
        return y if linear else self.node("Clip", [y, "least", "most"], f"{name}.active")
