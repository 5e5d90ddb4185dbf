"""How a photo of any shape meets a network's sizes: reflection padding, or overlapping tiles."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from itertools import product

import numpy as np
from numpy.typing import NDArray

from tinct.models.manifest import Input
from tinct.models.runtime import Network, Prediction

Float32Array = NDArray[np.float32]

# Share of a tile that at least overlaps with the next.
OVERLAP = 0.25
# A photo is never shown more drawn out than this.
MOST_DRAWN_OUT = 8


def content_size(given: Input, stride: int, shape: tuple[int, int], short_side: int) -> tuple[int, int]:
    """(h, w), multiples of `stride`, at which a network that pads or tiles sees a photo of `shape` (h, w).

    The aspect is kept, but for photos more than eight times as long as wide.
    """
    scales = [side / own for side, own in zip(_window(given, short_side), shape, strict=True)]
    scale = min(scales) if given.size is not None and given.fit == "pad" else max(scales)
    longest = MOST_DRAWN_OUT * min(_window(given, short_side))
    if given.size is not None and given.fit == "pad":
        longest = max(given.size)
    height, width = (max(1, round(min(own * scale, longest) / stride)) * stride for own in shape)
    return height, width


def predict_fitted(network: Network, lightness: Float32Array) -> Prediction:
    """Prediction for L (h, w), 0..100, of the size by `content_size`, or of a multiple where the input is stretched."""
    given = network.manifest.input
    if given.fit == "stretch":
        return network.predict(network.encode(lightness))
    if given.fit == "tile":
        tile = _window(given, given.short_side)
        return _tiled(network, lightness, tile)
    return _padded(network, lightness, given.size or _rounded_up(lightness.shape, given.multiple))


def _window(given: Input, short_side: int) -> tuple[int, int]:
    """(h, w) of the network's fixed size, or of a square of `short_side`, rounded up to what it takes."""
    return given.size or (_up(short_side, given.multiple),) * 2


def _padded(network: Network, lightness: Float32Array, size: tuple[int, int]) -> Prediction:
    """Prediction for L padded by reflection on all sides to `size`, without the padding."""
    stride = network.manifest.stride
    before = [(whole - own) // 2 // stride * stride for whole, own in zip(size, lightness.shape, strict=True)]
    padding = [
        (first, whole - own - first) for first, whole, own in zip(before, size, lightness.shape, strict=True)
    ]
    shown = np.pad(lightness, padding, "reflect") if any(map(any, padding)) else lightness
    answer = network.predict(network.encode(shown))
    rows, columns = (
        slice(first // stride, (first + own) // stride)
        for first, own in zip(before, lightness.shape, strict=True)
    )
    return _with_planes(answer, lightness, lambda planes: planes[:, rows, columns])


def _tiled(network: Network, lightness: Float32Array, tile: tuple[int, int]) -> Prediction:
    """Prediction for L from overlapping tiles, blended with weights that fall towards their edges."""
    stride = network.manifest.stride
    rows, columns = (_starts(own, side, stride) for own, side in zip(lightness.shape, tile, strict=True))
    shape = [side // stride for side in lightness.shape]
    total, weights = np.zeros((1, *shape), np.float32), np.zeros(shape, np.float32)
    for top, left in product(rows, columns):
        part = np.ascontiguousarray(lightness[top : top + tile[0], left : left + tile[1]])
        answer = _padded(network, part, tile)
        planes = _blendable(answer)
        height, width = planes.shape[1:]
        place = slice(top // stride, top // stride + height), slice(left // stride, left // stride + width)
        weight = np.outer(_ramp(height), _ramp(width))
        if len(total) != len(planes):
            total = np.zeros((len(planes), *shape), np.float32)
        total[:, *place] += planes * weight
        weights[place] += weight
    blended = np.asarray(total / weights, np.float32)
    if answer.ab is None:
        blended = np.log(np.maximum(blended, np.float32(1e-12)))
    return _with_planes(answer, lightness, lambda _: blended)


def _blendable(prediction: Prediction) -> Float32Array:
    """What may be averaged: ab, or probabilities."""
    if prediction.ab is not None:
        return prediction.ab
    assert prediction.log_probabilities is not None
    shifted = np.exp(prediction.log_probabilities - prediction.log_probabilities.max(0))
    return np.asarray(shifted / shifted.sum(0), np.float32)


def _starts(whole: int, tile: int, stride: int) -> list[int]:
    """Where tiles begin that cover `whole` evenly, multiples of `stride`."""
    if whole <= tile:
        return [0]
    count = int(np.ceil((whole - tile) / (tile * (1 - OVERLAP)))) + 1
    return [round(float(at) / stride) * stride for at in np.linspace(0, whole - tile, count)]


def _ramp(side: int) -> Float32Array:
    """Weights (side,) that rise from each end over the overlap."""
    distance = np.minimum(np.arange(side), np.arange(side)[::-1]) + 1
    return np.minimum(distance / max(1.0, OVERLAP * side), 1).astype(np.float32)


def _with_planes(
    prediction: Prediction, lightness: Float32Array, change: Callable[[Float32Array], Float32Array]
) -> Prediction:
    if prediction.ab is not None:
        return replace(prediction, lightness=lightness, ab=np.ascontiguousarray(change(prediction.ab)))
    assert prediction.log_probabilities is not None
    planes = np.ascontiguousarray(change(prediction.log_probabilities))
    return replace(prediction, lightness=lightness, log_probabilities=planes)


def _rounded_up(shape: tuple[int, ...], multiple: int) -> tuple[int, int]:
    height, width = (_up(side, multiple) for side in shape)
    return height, width


def _up(side: int, multiple: int) -> int:
    return -(-side // multiple) * multiple
