"""L and chroma of many pixels to sRGB in float32: chroma reduced at constant L and hue, few passes over memory."""

from __future__ import annotations

from functools import cache

import numpy as np
from numpy.typing import NDArray

from tinct.color.lab import WHITE, XYZ_TO_RGB, linear_to_srgb

Float32Array = NDArray[np.float32]
Mask = NDArray[np.bool_]

# Where the cube root of CIE 1976 L*a*b* gives way to a straight line, and the slope of that line.
_KNEE, _SLOPE = 6 / 29, 108 / 841
# Linear light this far outside 0..1 counts as inside: two thirds of a 16-bit step.
_SLACK = 1e-5
_STEPS = 5
# Divisors are kept from zero.
_LEAST = 1e-7
# Linear light is looked up in so many steps, 10 to the first step of 8 bits.
_LOOKUP_STEPS = 32768
# X/Xn - Y, and Z/Zn - Y, in red, green and blue; the weights of each row sum to 1, so a grey stays one exactly.
_OF_X, _OF_Z = ((XYZ_TO_RGB * WHITE)[:, column].astype(np.float32) for column in (0, 2))
# Planes in the working memory, three each: fx, fz and fy of CIE 1976 L*a*b*; X/Xn, Z/Zn and Y; red, green and blue;
# what lies between.
_F, _XZY, _RGB, _SPARE = (slice(first, first + 3) for first in range(0, 12, 3))
_PLANES = 12
# f in a and b: fx = fy + a / 500, fz = fy - b / 200.
_PER_AB = np.array([1 / 500, -1 / 200], np.float32)


def working_memory(shape: tuple[int, ...]) -> Float32Array:
    """Memory for `linear_rgb` on pixels of a shape; using it again saves the system's cost of fresh pages."""
    return np.empty((_PLANES, *shape), np.float32)


def linear_rgb(
    lightness: Float32Array, slope: Float32Array, offset: Float32Array, memory: Float32Array
) -> Float32Array:
    """Linear sRGB (3, ...) of the colours ab = slope * L + offset, in 0..1 but for a slack of 1e-5; in `memory`.

    lightness: L (0..100) of any shape; slope, offset: (2, ...), of shapes that broadcast to it; memory:
    `working_memory` of that shape. Where sRGB cannot show a colour its chroma is reduced at constant L and hue, by
    false position.
    """
    f = memory[_F]
    np.multiply(lightness, 1 / 116, out=f[2])
    f[2] += 16 / 116
    per_ab = _PER_AB.reshape(2, *[1] * lightness.ndim)
    np.multiply(lightness, slope * per_ab, out=f[:2])
    f[:2] += offset * per_ab
    f[:2] += f[2]
    _fill_linear(memory)
    excess = _excess(memory)
    outside = np.flatnonzero(excess > _SLACK)
    if outside.size:
        flat = memory.reshape(_PLANES, -1)
        reduced = _reduced(flat[_F].take(outside, axis=1), flat[5].take(outside), excess.take(outside))
        flat[_RGB, outside] = reduced
    return memory[_RGB]


def encode_bytes(linear: Float32Array) -> NDArray[np.uint8]:
    """sRGB-encoded values 0..255 of linear light, which is clipped to 0..1."""
    places = (linear * np.float32(_LOOKUP_STEPS)).astype(np.intp)
    return _bytes_of_light().take(places, mode="clip")


def encode_float(linear: Float32Array) -> Float32Array:
    """sRGB-encoded values 0..1 of linear light, which is clipped to 0..1."""
    linear = np.clip(linear, 0, 1)
    encoded: Float32Array = linear ** np.float32(1 / 2.4)
    encoded *= 1.055
    encoded -= 0.055
    np.multiply(linear, 12.92, out=encoded, where=linear <= 0.0031308)
    return encoded


def _fill_linear(memory: Float32Array) -> None:
    """Compute linear red, green and blue of fx, fz and fy."""
    f, values, rgb, spare = memory[_F], memory[_XZY], memory[_RGB], memory[_SPARE]
    # Above the knee the cube of f, below it the tangent of that.
    # `clip` takes a third of the time of `maximum` with a number.
    np.clip(f, np.float32(_KNEE), np.float32(np.inf), out=spare)
    np.subtract(f, spare, out=values)
    values *= _SLOPE
    np.multiply(spare, spare, out=rgb)
    rgb *= spare
    values += rgb
    values[:2] -= values[2]
    weights = (3, *[1] * (memory.ndim - 1))
    np.multiply(values[0], _OF_X.reshape(weights), out=rgb)
    np.multiply(values[1], _OF_Z.reshape(weights), out=spare)
    rgb += spare
    rgb += values[2]


def _excess(memory: Float32Array) -> Float32Array:
    """How far linear light leaves 0..1, negative inside; in a spare plane."""
    red, green, blue = memory[_RGB]
    below: Float32Array
    below, above, _ = memory[_SPARE]
    np.maximum(red, green, out=above)
    np.maximum(above, blue, out=above)
    above -= 1
    np.minimum(red, green, out=below)
    np.minimum(below, blue, out=below)
    np.negative(below, out=below)
    np.maximum(below, above, out=below)
    return below


def _reduced(f: Float32Array, y: Float32Array, excess: Float32Array) -> Float32Array:
    """Linear RGB (3, n) of colours outside sRGB, at the edge of sRGB in their own lightness and hue.

    The share of chroma that is inside is found by false position (the Illinois variant). What little the last step
    leaves outside is mixed with grey of the same luminance.
    """
    memory = working_memory(y.shape)
    fy = f[2]
    difference = f[:2] - fy
    memory[2] = fy
    low, high = np.zeros_like(y), np.ones_like(y)
    at_low, at_high = -np.maximum(np.minimum(y, 1 - y), _LEAST), excess
    before, half, one = None, np.float32(0.5), np.float32(1)
    for _ in range(_STEPS):
        share = low - at_low * ((high - low) / (at_high - at_low))
        np.multiply(difference, share, out=memory[:2])
        memory[:2] += fy
        _fill_linear(memory)
        found = _excess(memory)
        inside = found <= 0
        before = ~inside if before is None else before
        # An end that stays for a second step counts half, or it would stay for good.
        at_low, at_high = (
            np.where(inside, found, at_low * np.where(before, one, half)),
            np.where(inside, at_high * np.where(before, half, one), found),
        )
        low, high = np.where(inside, share, low), np.where(inside, high, share)
        before = inside
    return _mixed_with_grey(memory[_RGB], y)


def _mixed_with_grey(linear: Float32Array, y: Float32Array) -> Float32Array:
    above = np.maximum(linear.max(axis=0) - y, _LEAST)
    below = np.maximum(y - linear.min(axis=0), _LEAST)
    share = np.minimum(np.minimum((1 - y) / above, y / below), 1)
    linear -= y
    linear *= np.maximum(share, 0)
    linear += y
    return linear


@cache
def _bytes_of_light() -> NDArray[np.uint8]:
    middles = (np.arange(_LOOKUP_STEPS) + 0.5) / _LOOKUP_STEPS
    table: NDArray[np.uint8] = np.round(linear_to_srgb(middles) * 255).astype(np.uint8)
    return table
