"""Networks with the exact signature of known families whose colours are known: an affine map of their input.

Built from the published exports: names, ranges, sizes and types of the tensors are theirs, the layers are not.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

Side = int | str


@dataclass(frozen=True)
class StandIn:
    """output = weight @ inputs + bias at each position, after an average over `stride` x `stride`."""

    weight: Sequence[Sequence[float]]
    bias: Sequence[float]
    size: tuple[Side, Side]
    inputs: dict[str, int] = field(default_factory=lambda: {"input": 1})
    output: str = "output"
    stride: int = 1
    half: bool = False


def write(made: StandIn, path: Path, *, external: str | None = None, padding: int = 0) -> Path:
    """Write the graph; external: the file, beside it, that its weights go to; padding: numbers it does not use."""
    number = TensorProto.FLOAT16 if made.half else TensorProto.FLOAT
    dtype = np.float16 if made.half else np.float32
    weight = np.asarray(made.weight, dtype)[..., None, None]
    constants = [
        numpy_helper.from_array(weight, "weight"),
        numpy_helper.from_array(np.asarray(made.bias, dtype), "bias"),
    ]
    nodes = [helper.make_node("Concat", list(made.inputs), ["all"], axis=1)]
    if made.stride > 1:
        nodes.append(
            helper.make_node(
                "AveragePool", ["all"], ["pooled"], kernel_shape=[made.stride] * 2, strides=[made.stride] * 2
            )
        )
    nodes.append(
        helper.make_node("Conv", ["pooled" if made.stride > 1 else "all", "weight", "bias"], [made.output])
    )
    if padding:
        constants.append(numpy_helper.from_array(np.zeros(padding, dtype), "unused"))
        nodes.append(helper.make_node("Identity", ["unused"], ["ignored"]))
    out = [side if isinstance(side, str) else side // made.stride for side in made.size]
    if made.stride > 1:
        out = [f"{side}_out" if isinstance(side, str) else side for side in out]
    graph = helper.make_graph(
        nodes,
        "stand-in",
        [helper.make_tensor_value_info(n, number, (1, c, *made.size)) for n, c in made.inputs.items()],
        [helper.make_tensor_value_info(made.output, number, (1, len(made.bias), *out))],
        constants,
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    if external is None:
        onnx.save(model, path)
    else:
        onnx.save(model, path, save_as_external_data=True, location=external, size_threshold=0)
    return path


# The colours that each computes, as functions of L (0..100) or of the sRGB grey (0..1): inside sRGB for L in 30..75.
AB_OF_L = (((0.5,), (-0.4,)), (-20.0, 30.0))
AB_OF_GREY = (((20.0, 10.0, 5.0), (-30.0, 2.0, 1.0)), (-12.0, 18.0))
# Of grey * 255 in R, G, B: each its own share of one of the three, so that another order would show.
RGB_OF_GREY = (((0.6, 0, 0), (0, 0.7, 0), (0, 0, 0.9)), (60.0, 25.0, 0.0))


def ddcolor(side: int = 512) -> StandIn:
    """DDColor: sRGB of the grey in 0..1; ab in Lab units; squares of 512, of the tiny one also of 256."""
    return StandIn(*AB_OF_GREY, (side, side), {"input": 3})


def deoldify(size: tuple[Side, Side] = (256, 256), *, half: bool = False) -> StandIn:
    """DeOldify: grey as RGB in 0..255; RGB in 0..255; one size, or any multiple of 32; float16 variants."""
    return StandIn(*RGB_OF_GREY, size, {"input": 3}, "output", half=half)


def siggraph17(*, hints: bool = False) -> StandIn:
    """siggraph17: L as it is, of any size, with or without its hint channels; ab in Lab units."""
    if not hints:
        return StandIn(*AB_OF_L, ("height", "width"), {"input_L": 1}, "output_ab")
    weight = [[*row, 3.0, -2.0, 50.0] for row in AB_OF_L[0]]
    return StandIn(weight, AB_OF_L[1], ("h", "w"), {"input_A": 1, "input_B": 2, "mask_B": 1}, "output")


def eccv16(*, half: bool = False) -> StandIn:
    """eccv16: L as it is, squares of 256; ab in Lab units."""
    return StandIn(*AB_OF_L, (256, 256), {"input": 1}, half=half)


def expected_ab(made: StandIn, lightness: np.ndarray) -> np.ndarray:
    """ab (h, w, 2) of L (h, w) that a family's stand-in computes, by scikit-image."""
    from skimage import color

    grey_lab = np.stack([lightness, 0 * lightness, 0 * lightness], -1)
    grey = color.lab2rgb(grey_lab)
    if len(made.bias) == 3:
        rgb = (grey * 255) @ np.array(made.weight).T + np.array(made.bias)
        return np.asarray(color.rgb2lab(rgb / 255)[..., 1:])
    shown = grey if next(iter(made.inputs.values())) == 3 else lightness[..., None]
    weight = np.array(made.weight)[:, : shown.shape[-1]]
    return np.asarray(shown @ weight.T + np.array(made.bias))


def manifest(**changes: Any) -> dict[str, Any]:
    """A manifest of format 2 without its files, as small as it may be."""
    return {
        "format": 2,
        "name": "stand-in",
        "input": {"kind": "l", "name": "input", "short_side": 64, "multiple": 1},
        "output": {"kind": "ab", "name": "output", "scale": 1},
    } | changes
