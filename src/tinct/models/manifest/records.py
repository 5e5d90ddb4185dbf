"""What a manifest says: input, output, hints and files of a network, as frozen records."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tinct.color.decode import Decoding

# Kinds and how many channels each has.
INPUT_KINDS = {"l": 1, "lab": 3, "grey_rgb": 3}
OUTPUT_KINDS = {"ab_bins": 0, "ab": 2, "lab": 3, "rgb": 3}
FITS = ("stretch", "pad", "tile")


@dataclass(frozen=True, slots=True)
class Input:
    """Input of the network.

    kind l: one channel, L in 0..100; lab: L and two channels of zero; grey_rgb: three equal channels, the sRGB
    grey of that L in 0..1. Each channel is multiplied by its `scale` and `offset` is added.
    size: (h, w) of a network that takes no other, or None: the photo is then resized to `short_side`, both sides
    multiples of `multiple`. fit: how the photo's shape meets that size: `stretch` rounds each side, `pad` keeps
    the aspect and fills up by reflection, `tile` covers the long side with overlapping tiles.
    short_sides: sizes, ascending, whose predictions are averaged where the photo is large enough; none: only
    `short_side`.
    """

    kind: str
    name: str
    scale: tuple[float, ...]
    offset: tuple[float, ...]
    short_side: int
    multiple: int
    short_sides: tuple[int, ...] = ()
    size: tuple[int, int] | None = None
    fit: str = "stretch"


@dataclass(frozen=True, slots=True)
class ExtraInput:
    """A further input of the network that is always constant, such as hint channels of zeros.

    `value` at each position, at 1/stride of the input size where the graph leaves the size open.
    """

    name: str
    value: float
    stride: int = 1


@dataclass(frozen=True, slots=True)
class Output:
    """Output of the network.

    kind ab_bins: log-probabilities, not necessarily normalised, over `bins`, given by their centres (a, b); of the
    others each channel times its `scale` plus its `offset` is, for ab, Lab a and b; for lab, L, a and b, of which L
    is not used; for rgb, sRGB in 0..1.
    """

    kind: str
    name: str
    scale: tuple[float, ...] = ()
    offset: tuple[float, ...] = ()
    bins: tuple[tuple[float, float], ...] = ()


@dataclass(frozen=True, slots=True)
class Hints:
    """User hints: channels a / 100, b / 100 and a mask, at 1/stride of the input size."""

    name: str
    stride: int


@dataclass(frozen=True, slots=True)
class Manifest:
    """The parsed manifest; `stride` is the input size over the output size.

    files: the ONNX file of each role, `network` or `encoder` and `decoder`; data: files of weights that these
    refer to (ONNX external data), by the role.
    """

    folder: Path
    name: str
    version: str
    license: str
    source: Mapping[str, Any]
    files: Mapping[str, Path]
    input: Input
    output: Output
    stride: int
    hints: Hints | None
    decoding: Decoding
    figures: Mapping[str, Any]
    data: Mapping[str, tuple[Path, ...]] = field(default_factory=dict)
    extra_inputs: tuple[ExtraInput, ...] = ()

    @property
    def title(self) -> str:
        """Name and version, as written into the provenance of results."""
        return f"{self.name} {self.version}"

    @property
    def has_distribution(self) -> bool:
        """Whether the network predicts a distribution, from which variants and suggestions are drawn."""
        return self.output.kind == "ab_bins"
