"""Output sizes of layers, and the input sizes that a network accepts."""

from __future__ import annotations

from fractions import Fraction
from functools import partial
from math import lcm

from tinct.networks.layer import Layer, Network, Pair, mistake

BACKBONE_STRIDE = 32
LARGEST_SIDE = 1 << 16
LARGEST_FIELD = 1 << 17
LARGEST_GROWTH = 64


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
    """Factor by which both axes grow: 1/2 for a stride of 2, 2 for a transposed one."""
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


def check_bounds(network: Network) -> None:
    """Reject (NetworkError) a network that no photo is large enough for, before computing anything of that
    size.
    """
    scale, field = Fraction(1), Fraction(1)
    for layer in network.layers:
        wrong = partial(mistake, network.path, layer.line, layer.name)
        gathers = layer.kind not in ("conv_transpose", "upsample")
        field += (max(layer.effective_size) - 1) / (scale if gathers else scale * layer.stride)
        scale *= growth(layer)
        if field > LARGEST_FIELD:
            raise wrong(
                f"it would see {int(field):,} pixels, more than any photo has; lower a size or a dilation"
            )
        if scale > LARGEST_GROWTH:
            raise wrong(
                f"its output would be {scale} times as large as the photo; lower a stride or a factor"
            )
    if (multiple := size_multiple(network)) > LARGEST_SIDE:
        raise mistake(
            network.path, None, None, f"its strides need photos of at least {multiple:,} pixels; lower one"
        )


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
