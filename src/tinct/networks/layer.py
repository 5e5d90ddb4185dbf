"""Records of the layer language: a network is a tuple of layers, each a frozen record."""

from __future__ import annotations

from dataclasses import dataclass

from tinct.errors import NetworkError, suggestion
from tinct.networks.efficientnet import tap_channels

SECTIONS = ("encoder", "bottleneck", "decoder", "head")
POOLS = ("max_pool", "avg_pool")
KINDS = ("conv", "conv_transpose", "max_pool", "avg_pool", "upsample", "global_context", "backbone")
NORMS = ("none", "batch", "group")
ACTIVATIONS = ("none", "relu", "leaky_relu", "elu", "gelu", "silu", "tanh", "sigmoid")
MODES = ("nearest", "bilinear")
OUTPUTS = ("ab", "ab_bins")
INPUT = "input"
HINTS = "hints"
HINT_CHANNELS = 3

Pair = tuple[int, int]
Kernel = tuple[tuple[float, ...], ...]


@dataclass(frozen=True)
class Layer:
    """One line of a network file with everything resolved; a pair is (vertical, horizontal).

    `filters` is the number of kernels and so of output channels; None where the kind keeps its channels.
    `padding` is (top, bottom, left, right); for `conv_transpose` it is what is cut off the output.
    The `stride` of an `upsample` is its factor. `skip` names earlier outputs (a layer, a backbone's tap,
    `input` or `hints`) that are concatenated to the previous layer's output before this layer runs.
    """

    name: str
    kind: str
    section: str
    line: int
    filters: int | None = None
    size: Pair = (1, 1)
    stride: int = 1
    padding: tuple[int, int, int, int] = (0, 0, 0, 0)
    dilation: int = 1
    output_padding: int = 0
    groups: int = 1
    bias: bool = True
    norm: str = "none"
    activation: str = "none"
    init: str | tuple[Kernel, ...] = "he"
    trainable: bool = True
    dropout: float = 0.0
    skip: tuple[str, ...] = ()
    mode: str = "nearest"
    model: str = ""

    @property
    def effective_size(self) -> Pair:
        """The side of the square that the kernel spans with its dilation: d (k - 1) + 1 on each axis."""
        return (
            self.dilation * (self.size[0] - 1) + 1,
            self.dilation * (self.size[1] - 1) + 1,
        )

    @property
    def taps(self) -> tuple[str, ...]:
        """Names of the extra outputs of a backbone, the last of them its own output; () for every other
        kind."""
        return tuple(tap_channels(self.model)) if self.kind == "backbone" else ()


@dataclass(frozen=True)
class Input:
    """Scaling of L (0..100) to the input of one channel: L * scale + offset."""

    scale: float = 0.01
    offset: float = 0.0


@dataclass(frozen=True)
class Output:
    """What the head's channels mean.

    kind `ab`: two channels; times `scale` they are a and b in CIELAB units.
    kind `ab_bins`: one logit per bin of a grid over the ab plane with `step` units between centres.
    """

    kind: str = "ab"
    scale: float = 100.0
    step: float = 10.0


@dataclass(frozen=True)
class Network:
    """A whole network file: what goes in, what comes out, and the layers in the order in which they run.

    `hints` is None, or the stride of the hint planes: a/100, b/100 and mask at 1/stride of the photo's size.
    """

    name: str
    path: str
    about: str
    input: Input
    output: Output
    hints: int | None
    layers: tuple[Layer, ...]

    @property
    def bins(self) -> int | None:
        """Number of ab bins of the head; None for a network that predicts ab."""
        return self.layers[-1].filters if self.output.kind == "ab_bins" else None

    def layer(self, name: str) -> Layer:
        """The layer of that name; NetworkError with the nearest name if there is none."""
        for layer in self.layers:
            if layer.name == name:
                return layer
        names = [layer.name for layer in self.layers]
        raise NetworkError(f"{self.path}: there is no layer {name!r}{suggestion(name, names)}")

    def sources(self, index: int) -> tuple[str, ...]:
        """Names of the outputs that layer number `index` reads: the one before it, then its skips."""
        if not index:
            return (INPUT, *self.layers[0].skip)
        before = self.layers[index - 1]
        return (before.taps[-1] if before.taps else before.name, *self.layers[index].skip)


def mistake(path: str, line: int | None, layer: str | None, what: str) -> NetworkError:
    """NetworkError for a mistake in a network file, with file, line and layer."""
    where = path if line is None else f"{path}, line {line}"
    return NetworkError(f"{where}, layer {layer!r}: {what}" if layer else f"{where}: {what}")
