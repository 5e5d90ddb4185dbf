"""How large the output of each layer is, and which input sizes a network can run at."""

from __future__ import annotations

from fractions import Fraction
from math import lcm

from tinct.networks.layer import Layer, Network, Pair, mistake

BACKBONE_STRIDE = 32


def output_size(layer: Layer, side: int, axis: int) -> int:
    """Places that `layer` gives on one axis (0 vertical, 1 horizontal) from `side` places; below 1: cannot
    run."""
    padding = layer.padding[2 * axis] + layer.padding[2 * axis + 1]
    span = layer.effective_size[axis]
    if layer.kind == "conv_transpose":
        return (side - 1) * layer.stride - padding + span + layer.output_padding
    if layer.kind == "upsample":
        return side * layer.stride
    if layer.kind == "backbone":
        return -(-side // BACKBONE_STRIDE)
    if layer.kind == "global_context":
        return side
    return (side + padding - span) // layer.stride + 1


def growth(layer: Layer) -> Fraction:
    """How much longer both axes become: 1/2 for a stride of 2, 2 for a transposed one."""
    if layer.kind == "backbone":
        return Fraction(1, BACKBONE_STRIDE)
    grows = layer.kind in ("conv_transpose", "upsample")
    return Fraction(layer.stride) if grows else Fraction(1, layer.stride)


def size_multiple(network: Network) -> int:
    """The number that both sides of an input must be multiples of, so that every stride divides exactly."""
    multiple = network.hints or 1
    scale = Fraction(1)
    for layer in network.layers:
        scale *= growth(layer)
        multiple = lcm(multiple, scale.denominator)
    return multiple


def padded_size(network: Network, height: int, width: int) -> Pair:
    """The size to which a height x width input is padded so that it can run: a multiple, and large enough.

    Raises NetworkError if no size is large enough.
    """
    multiple = size_multiple(network)
    return _padded(network, height, 0, multiple), _padded(network, width, 1, multiple)


def _padded(network: Network, side: int, axis: int, multiple: int) -> int:
    first = max(-(-side // multiple), 1) * multiple
    for fitted in range(first, first + 1000 * multiple, multiple):
        if _runs(network, fitted, axis):
            return fitted
    raise mistake(network.path, None, None, "no photo is large enough for its layers; give them more padding")


def _runs(network: Network, side: int, axis: int) -> bool:
    for layer in network.layers:
        side = output_size(layer, side, axis)
        if side < 1:
            return False
    return True
