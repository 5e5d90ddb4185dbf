"""EfficientNet-Lite as a table of blocks (Liu 2020, after Tan and Le 2019, Table 1).

Every convolution has TensorFlow's SAME padding and no bias, followed by a batch norm (eps 1e-3); ReLU6 after
each but the projection of a block. A block adds its input to its output if the shapes agree.
"""

from __future__ import annotations

from dataclasses import dataclass

from tinct.errors import NetworkError

NORM_EPS = 1e-3
STEM_CHANNELS = 32
STEM_KERNEL = 3
STEM_STRIDE = 2
TAP_NAMES = ("s4", "s8", "s16", "s32")

# (repeats, kernel, stride of the first, expansion, output channels) of each stage
STAGES: dict[str, tuple[tuple[int, int, int, int, int], ...]] = {
    "efficientnet-lite0": (
        (1, 3, 1, 1, 16),
        (2, 3, 2, 6, 24),
        (2, 5, 2, 6, 40),
        (3, 3, 2, 6, 80),
        (3, 5, 1, 6, 112),
        (4, 5, 2, 6, 192),
        (1, 3, 1, 6, 320),
    ),
    "efficientnet-lite2": (
        (1, 3, 1, 1, 16),
        (3, 3, 2, 6, 24),
        (3, 5, 2, 6, 48),
        (4, 3, 2, 6, 88),
        (4, 5, 1, 6, 120),
        (5, 5, 2, 6, 208),
        (1, 3, 1, 6, 352),
    ),
}


@dataclass(frozen=True)
class Block:
    """Mobile inverted bottleneck: expand 1x1, depthwise kernel x kernel, project 1x1."""

    in_channels: int
    out_channels: int
    kernel: int
    stride: int
    expand: int

    @property
    def hidden_channels(self) -> int:
        return self.in_channels * self.expand

    @property
    def residual(self) -> bool:
        """Whether the block adds its input to its output."""
        return self.stride == 1 and self.in_channels == self.out_channels


def blocks(model: str) -> tuple[Block, ...]:
    """All blocks of `model` in order, without stem and classifier; NetworkError for an unknown model."""
    if model not in STAGES:
        raise NetworkError(f"no backbone is called {model!r}; there are {', '.join(sorted(STAGES))}")
    found: list[Block] = []
    channels = STEM_CHANNELS
    for repeats, kernel, stride, expand, out in STAGES[model]:
        for index in range(repeats):
            found.append(Block(channels, out, kernel, stride if index == 0 else 1, expand))
            channels = out
    return tuple(found)


def taps(model: str) -> dict[str, int]:
    """Index of the block after which each tap `s4` ... `s32` is taken: the last at that stride."""
    last: dict[int, int] = {}
    stride = STEM_STRIDE
    for index, block in enumerate(blocks(model)):
        stride *= block.stride
        last[stride] = index
    return {name: last[int(name[1:])] for name in TAP_NAMES}


def tap_channels(model: str) -> dict[str, int]:
    """Channels of each tap, e.g. {'s4': 24, 's8': 40, 's16': 112, 's32': 320} for Lite0."""
    table = blocks(model)
    return {name: table[index].out_channels for name, index in taps(model).items()}


@dataclass(frozen=True)
class Convolution:
    """One convolution of the network: a square kernel, SAME padding, no bias, then a batch norm.

    `weights` is how many it has; `tap` the name of the tap that is taken after it, or "".
    """

    filters: int
    size: int
    stride: int
    weights: int
    tap: str = ""


def convolutions(model: str, in_channels: int) -> tuple[Convolution, ...]:
    """Every convolution of `model` in the order in which it runs, for an input of `in_channels`."""
    weights = in_channels * STEM_CHANNELS * STEM_KERNEL**2
    found = [Convolution(STEM_CHANNELS, STEM_KERNEL, STEM_STRIDE, weights)]
    after = {index: name for name, index in taps(model).items()}
    for index, block in enumerate(blocks(model)):
        hidden, out = block.hidden_channels, block.out_channels
        if block.expand > 1:
            found.append(Convolution(hidden, 1, 1, block.in_channels * hidden))
        found.append(Convolution(hidden, block.kernel, block.stride, hidden * block.kernel**2))
        found.append(Convolution(out, 1, 1, hidden * out, after.get(index, "")))
    return tuple(found)
