"""Exact receptive fields: for every output position the set of input positions that can change it, along one
axis.

A field is periodic: moving `period` positions along the output moves the set by `shift` positions of the
input. So the sets of the first `period` positions describe a whole layer (1 in an encoder; more after
upsampling, where neighbouring outputs have fields of different size). A set is stored as the bits of an
integer, including the holes of dilated kernels. After Araujo, Norris and Sim, "Computing Receptive Fields of
Convolutional Neural Networks" (2019).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import gcd, lcm

Positions = tuple[int, int]  # lowest position, and bits counted from it; bits 0 for the empty set


@dataclass(frozen=True)
class Field:
    """Receptive fields along one axis; `whole` if every output sees the whole axis."""

    period: int
    shift: int
    positions: tuple[Positions, ...]
    whole: bool = False

    def at(self, output: int) -> Positions:
        """Input positions that reach `output`, any integer (the axis is unbounded)."""
        turns, index = divmod(output, self.period)
        low, bits = self.positions[index]
        return low + turns * self.shift, bits

    def inputs(self, output: int) -> list[int]:
        """Input positions that reach `output`, in order; those outside a photo are padding."""
        low, bits = self.at(output)
        return [low + i for i in range(bits.bit_length()) if bits >> i & 1]

    @property
    def size(self) -> int | None:
        """Extent of the largest field, first to last position; None for the whole axis."""
        return None if self.whole else max(bits.bit_length() for _, bits in self.positions)

    @property
    def centre(self) -> float | None:
        """Centre of the field of output position 0, in input positions."""
        low, bits = self.positions[0]
        return None if self.whole else low + (bits.bit_length() - 1) / 2


IDENTITY = Field(1, 1, ((0, 1),))


def strided(field: Field, size: int, stride: int, before: int, dilation: int = 1) -> Field:
    """The field after a convolution or a pooling with that kernel size, stride, padding before it and
    dilation."""
    period = field.period // gcd(field.period, stride)
    shift = field.shift * stride * period // field.period
    return _made(field, period, shift, lambda o: [o * stride - before + t * dilation for t in range(size)])


def transposed(field: Field, size: int, stride: int, cut: int, dilation: int = 1) -> Field:
    """The field after a transposed convolution whose output loses `cut` positions at the front."""

    def sources(output: int) -> list[int]:
        reached = [output + cut - t * dilation for t in range(size)]
        return [position // stride for position in reached if position % stride == 0]

    return _made(field, field.period * stride, field.shift, sources)


def bilinear(field: Field, factor: int) -> Field:
    """The field after linear interpolation to `factor` times the size, pixel centres kept in place."""

    def sources(output: int) -> list[int]:
        doubled = 2 * output + 1 - factor  # 2 * factor times the place between the input's positions
        low, rest = divmod(doubled, 2 * factor)
        return [low, low + 1] if rest else [low]

    return _made(field, field.period * factor, field.shift, sources)


def joined(fields: list[Field]) -> Field:
    """The union of the fields of several outputs of the same size."""
    period = lcm(*(field.period for field in fields))
    shift = fields[0].shift * period // fields[0].period
    positions = tuple(_union([field.at(o) for field in fields]) for o in range(period))
    return Field(period, shift, positions, any(field.whole for field in fields))


def everywhere(field: Field) -> Field:
    """The field after an operation over all positions."""
    return Field(field.period, field.shift, field.positions, whole=True)


def _made(field: Field, period: int, shift: int, sources: Callable[[int], list[int]]) -> Field:
    positions = tuple(_union([field.at(s) for s in sources(output)]) for output in range(period))
    return Field(period, shift, positions, field.whole)


def _union(sets: list[Positions]) -> Positions:
    filled = [(low, bits) for low, bits in sets if bits]
    if not filled:
        return 0, 0
    lowest = min(low for low, _ in filled)
    together = 0
    for low, bits in filled:
        together |= bits << (low - lowest)
    return lowest, together
