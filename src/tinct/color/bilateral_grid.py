"""A bilateral grid of colours: 8-bit grey pixels coloured by lookup and bilinear interpolation.

After Chen, Paris and Durand, "Real-time edge-aware image processing with the bilateral grid" (2007): a grid over
place and lightness, coarse in place. Where ab is a line in L whose coefficients are bilinear between the nodes of a
grid, colour at one L changes little and nearly evenly from node to node, so that sRGB itself can be interpolated.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from tinct.color import lab
from tinct.color.rendering import encode_float, linear_rgb, working_memory

Float32Array = NDArray[np.float32]
IntpArray = NDArray[np.intp]
UInt64Array = NDArray[np.uint64]
Mask = NDArray[np.bool_]

CODES = 256
# Steps from one node to the next.
_STEPS = 16
# Red, green and blue share a word of 64 bits, 16 bits each, which leaves 4 bits of fraction before each weighting.
_LANES, _FRACTION = 4, 16
# Colours are computed at the L of these sRGB greys, and interpolated between.
_GREYS = np.append(np.arange(0, CODES - 1, 8), CODES - 1)
_LEVELS = lab.grey_to_lightness(_GREYS / 255).astype(np.float32)
# So many at a time.
_AT_ONCE = 1 << 15
# A cell is curved if its middle is this many codes from the mean of its corners, at any of these L.
_TOLERANCE = 3.0
_PROBES = np.array([8, 20, 32, 44, 56, 68, 80, 92], np.float32)


class BilateralGrid:
    """Colours of 256 grey codes at the nodes of a grid.

    coefficients: (4, h, w), slope of a and of b, offset of a and of b, of ab = slope * L + offset; lightness: L
    (0..100) of each code, (256,).
    """

    def __init__(self, coefficients: Float32Array, lightness: Float32Array) -> None:
        self._coefficients = coefficients
        self._colours = _packed_levels(coefficients)
        grey = 255 * lab.linear_to_srgb(lab.lightness_to_luminance(lightness))
        self._below = (np.searchsorted(_GREYS, grey, side="right") - 1).clip(0, len(_GREYS) - 2)
        part = (grey - _GREYS[self._below]) / np.diff(_GREYS)[self._below]
        self._upper_share = np.rint(part.clip(0, 1) * _STEPS).astype(np.uint64)

    def node_row(self, number: int) -> UInt64Array:
        """Packed colours (w + 1, 256) at a row of nodes; the last column again, and again the last row."""
        levels = self._colours[min(number, len(self._colours) - 1)]
        packed: UInt64Array = levels.take(self._below, axis=1)
        packed *= _STEPS - self._upper_share
        upper = levels.take(self._below + 1, axis=1)
        upper *= self._upper_share
        packed += upper
        _divide(packed.view(np.uint16))
        return packed

    def curved_cells(self) -> Mask:
        """(h, w), whether interpolation between a node and the next ones, right and below, is not good enough."""
        padded = np.pad(self._coefficients, ((0, 0), (0, 1), (0, 1)), mode="edge")
        nodes = _encoded(_PROBES, padded.reshape(4, -1)).reshape(3, len(_PROBES), *padded.shape[1:])
        middles = _encoded(_PROBES, _middles(padded).reshape(4, -1))
        off = np.abs(middles - _middles(nodes).reshape(middles.shape)).max(axis=(0, 1))
        curved: Mask = (off > _TOLERANCE / 255).reshape(self._coefficients.shape[1:])
        return curved


class Interpolator:
    """Colours codes between nodes, in memory that is used again, which saves the system's cost of fresh pages.

    width: of the grid; left, part: for each column of the photo the node before it and how far on (0..1) it is;
    pixels: at most so many at a time. For one thread.
    """

    def __init__(self, width: int, left: IntpArray, part: Float32Array, pixels: int) -> None:
        self._rows = np.empty((2, width + 1, CODES * _LANES), np.uint16)
        self._left = left * CODES
        self._right_share = np.rint(part * _STEPS).astype(np.uint64)
        self._left_share = _STEPS - self._right_share
        self._places = np.empty(pixels, np.intp)
        self._colours = np.empty((2, pixels), np.uint64)

    def set_row(self, above: UInt64Array, below: UInt64Array, part: float) -> None:
        """Go between two rows of nodes; part (0..1): how far on to the lower one."""
        row, other = self._rows
        step = round(part * _STEPS)
        np.multiply(above.view(np.uint16), np.uint16(_STEPS - step), out=row)
        np.multiply(below.view(np.uint16), np.uint16(step), out=other)
        row += other
        _divide(row)

    def color_codes(self, codes: NDArray[np.uint8], columns: slice, out: NDArray[np.uint8]) -> None:
        """Write sRGB (rows, width, 3) of codes (rows, width), which lie in those columns, to `out`."""
        flat = self._rows[0].reshape(-1).view(np.uint64)
        places = self._places[: codes.size].reshape(codes.shape)
        colours, others = (each[: codes.size].reshape(codes.shape) for each in self._colours)
        np.add(codes, self._left[columns], out=places)
        # `wrap` is the fastest way of `take`; no place is outside.
        flat.take(places, out=colours, mode="wrap")
        flat[CODES:].take(places, out=others, mode="wrap")
        colours *= self._left_share[columns]
        others *= self._right_share[columns]
        colours += others
        octets = colours.view(np.uint8).reshape(*codes.shape, 2 * _LANES)
        for channel in range(3):
            out[..., channel] = octets[..., 2 * channel + 1]


def _divide(lanes: NDArray[np.uint16]) -> None:
    """Take back the weights of an interpolation, with rounding."""
    lanes += np.uint16(_STEPS // 2)
    lanes >>= np.uint16(4)


def _packed_levels(coefficients: Float32Array) -> UInt64Array:
    """Packed colours (h, w + 1, levels) at all nodes and levels, the last column again."""
    height, width = coefficients.shape[1:]
    packed = np.zeros((height, width + 1, len(_LEVELS), _LANES), np.uint16)
    step = max(1, _AT_ONCE // (width * len(_LEVELS)))
    for top in range(0, height, step):
        rows = slice(top, top + step)
        encoded = _encoded(_LEVELS, coefficients[:, rows].reshape(4, -1))
        encoded *= 255 * _FRACTION
        # Half a code, so that what is cut off in the end is rounded.
        encoded += _FRACTION / 2 + 0.5
        for channel, values in enumerate(encoded):
            packed[rows, :-1, :, channel] = np.moveaxis(values.reshape(len(_LEVELS), -1, width), 0, -1)
    packed[:, -1] = packed[:, -2]
    return packed.view(np.uint64)[..., 0]


def _encoded(levels: Float32Array, coefficients: Float32Array) -> Float32Array:
    """sRGB 0..1 (3, levels, n) at each level of L for coefficients (4, n)."""
    shape = len(levels), coefficients.shape[1]
    lines = coefficients[:, None]
    lightness = np.broadcast_to(levels[:, None], shape)
    return encode_float(linear_rgb(lightness, lines[:2], lines[2:], working_memory(shape)))


def _middles(values: Float32Array) -> Float32Array:
    """Means of four neighbours, along the last two axes."""
    rows = values[..., 1:, :] + values[..., :-1, :]
    middles: Float32Array = (rows[..., 1:] + rows[..., :-1]) * np.float32(1 / 4)
    return middles
