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
# X/Xn - Y and Z/Zn - Y in red, green and blue; the weights of each row sum to 1, so a grey stays one exactly.
_WEIGHTS: list[tuple[float, float]] = [
    (float(row[0] * WHITE[0]), float(row[2] * WHITE[2])) for row in XYZ_TO_RGB
]
# fx, fy, fz of CIE 1976 L*a*b*, X/Xn, Y and Z/Zn, two for what lies between, and the result.
_PLANES = 11


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
    fx, fy, fz, _, y, _, *spare = memory[:8]
    np.multiply(lightness, 1 / 116, out=fy)
    fy += 16 / 116
    for f, part, scale in ((fx, 0, 1 / 500), (fz, 1, -1 / 200)):
        np.multiply(lightness, slope[part] * np.float32(scale), out=f)
        f += offset[part] * np.float32(scale)
        f += fy
    _inverse(fy, y, *spare)
    _fill_linear(memory)
    excess = _excess(memory)
    outside = np.flatnonzero(excess > _SLACK)
    if outside.size:
        flat = memory.reshape(_PLANES, -1)
        f, y, excess = flat[:3, outside], flat[4, outside], excess.reshape(-1)[outside]
        flat[-3:, outside] = _reduced(f, y, excess)
    return memory[-3:]


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


def _inverse(f: Float32Array, value: Float32Array, bent: Float32Array, cube: Float32Array) -> None:
    """X/Xn, Y or Z/Zn of Lab's f: its cube above the knee, the tangent of that below."""
    np.maximum(f, _KNEE, out=bent)
    np.subtract(f, bent, out=value)
    value *= _SLOPE
    np.multiply(bent, bent, out=cube)
    cube *= bent
    value += cube


def _fill_linear(memory: Float32Array) -> None:
    """Compute linear red, green and blue of fx, fz and Y."""
    fx, _, fz, x, y, z, spare, other, *channels = memory
    _inverse(fx, x, spare, other)
    _inverse(fz, z, spare, other)
    x -= y
    z -= y
    for channel, (of_x, of_z) in zip(channels, _WEIGHTS, strict=True):
        np.multiply(x, of_x, out=channel)
        np.multiply(z, of_z, out=spare)
        channel += spare
        channel += y


def _excess(memory: Float32Array) -> Float32Array:
    """How far linear light leaves 0..1, negative inside."""
    below: Float32Array
    below, above, red, green, blue = memory[-5:]
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
    memory[4] = y
    fx, fy, fz = f
    dx, dz = fx - fy, fz - fy
    low, high = np.zeros_like(y), np.ones_like(y)
    at_low, at_high = -np.maximum(np.minimum(y, 1 - y), _LEAST), excess
    before, half, one = None, np.float32(0.5), np.float32(1)
    for _ in range(_STEPS):
        share = low - at_low * ((high - low) / (at_high - at_low))
        for plane, difference in ((memory[0], dx), (memory[2], dz)):
            np.multiply(share, difference, out=plane)
            plane += fy
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
    return _mixed_with_grey(memory[-3:], y)


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
