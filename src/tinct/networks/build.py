"""Build torch modules from the records of a network; the state dict has the names of the file."""

from __future__ import annotations

from math import ceil, sqrt

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from tinct.errors import NetworkError
from tinct.networks.arithmetic import Row, measure
from tinct.networks.backbones import build_backbone
from tinct.networks.describe import memory
from tinct.networks.kernels import named_kernels
from tinct.networks.layer import HINT_CHANNELS, HINTS, INPUT, Layer, Network
from tinct.networks.sizes import padded_size, size_multiple

ACTIVATIONS: dict[str, type[nn.Module]] = {
    "none": nn.Identity, "relu": nn.ReLU, "leaky_relu": nn.LeakyReLU, "elu": nn.ELU, "gelu": nn.GELU,
    "silu": nn.SiLU, "tanh": nn.Tanh, "sigmoid": nn.Sigmoid,
}  # fmt: skip
MOST_GROUPS = 8
MOST_PARAMETERS = 1 << 31
# Hints are few and small numbers: without a gain the weights that read them take many times as long to learn.
HINT_GAIN = 40.0


def build(network: Network, generator: torch.Generator | None = None) -> BuiltNetwork:
    """Build the module of `network`; weights are drawn as the `init` of each layer says, from `generator` or
    the global one.
    """
    if generator is None:
        return BuiltNetwork(network)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(int(torch.randint(1 << 62, (1,), generator=generator)))
        return BuiltNetwork(network)


class BuiltNetwork(nn.Module):
    """A network in two halves: `encode` runs once per photo, `decode` once per change of hints.

    The photo is a tensor (n, 1, h, w) of L * scale + offset as `network.input` says; the output is (n, c,
    h', w') where c and its meaning stand in `network.output` and h' = h / stride of the output. Hints are
    (n, 3, h / s, w / s): a/100, b/100 and mask, with s = `network.hints`; None stands for none given. Where they
    join they are averaged to that size and multiplied by HINT_GAIN.
    """

    def __init__(self, network: Network) -> None:
        super().__init__()
        self.network = network
        measured = measure(network)
        rows = measured.rows
        if measured.parameters > MOST_PARAMETERS:
            taken = memory(4 * measured.parameters)
            raise NetworkError(f"{network.path}: its weights would take {taken} of memory; use fewer filters")
        for row in rows:
            # not add_module: it refuses names such as `train` that a file may well give
            self._modules[row.layer.name] = _module(row)
            if not row.layer.trainable:
                self._modules[row.layer.name].requires_grad_(False)  # type: ignore[union-attr]
        self.multiple = size_multiple(network)
        self.output_stride = int(1 / rows[-1].scale)
        encoder = sum(layer.section == "encoder" for layer in network.layers)
        self._encoder = min(encoder, len(rows) - 1)  # the last layer is always the second half's
        wanted = {name for i in range(self._encoder, len(rows)) for name in network.sources(i)}
        inside = {INPUT} | {n for layer in network.layers[: self._encoder] for n in (layer.name, *layer.taps)}
        self.taps = tuple(sorted(wanted & inside))

    def forward(self, photo: Tensor, hints: Tensor | None = None) -> Tensor:
        """The output for a photo of any size: it is padded by replication, and the output cropped."""
        height, width = photo.shape[-2:]
        padded = padded_size(self.network, height, width)
        photo = _padded(photo, padded, "replicate")
        if hints is not None and self.network.hints:
            hints = _padded(
                hints, (padded[0] // self.network.hints, padded[1] // self.network.hints), "constant"
            )
        output = self.decode(self.encode(photo), hints)
        if padded == (height, width):
            return output
        return output[..., : ceil(height / self.output_stride), : ceil(width / self.output_stride)]

    def encode(self, photo: Tensor) -> dict[str, Tensor]:
        """Outputs of the encoder that later layers need, by name; both sides must be multiples of `multiple`."""
        outputs = self._run({INPUT: photo}, 0, self._encoder, None)
        return {name: outputs[name] for name in self.taps}

    def decode(self, taps: dict[str, Tensor], hints: Tensor | None = None) -> Tensor:
        """The output from what `encode` returned, and hints."""
        return self._run(dict(taps), self._encoder, len(self.network.layers), hints)[
            self.network.layers[-1].name
        ]

    def before_head(self, taps: dict[str, Tensor], hints: Tensor | None = None) -> Tensor:
        """The input of the last layer, for a loss at some positions only; `last_layer` of it equals `decode`."""
        last = len(self.network.layers) - 1
        return self._given(last, self._run(dict(taps), self._encoder, last, hints), hints)

    def last_layer(self, features: Tensor) -> Tensor:
        """The last layer alone."""
        answer: Tensor = self._modules[self.network.layers[-1].name](features)  # type: ignore[misc]
        return answer

    def outputs(self, photo: Tensor, hints: Tensor | None = None) -> dict[str, Tensor]:
        """The output of every layer by name, for inspection; sizes as in `encode`."""
        return self._run({INPUT: photo}, 0, len(self.network.layers), hints)

    def train(self, mode: bool = True) -> BuiltNetwork:
        """As torch's, but layers with `trainable: false` keep their batch statistics."""
        super().train(mode)
        for layer in self.network.layers:
            if not layer.trainable:
                self._modules[layer.name].eval()  # type: ignore[union-attr]
        return self

    def _run(
        self, outputs: dict[str, Tensor], start: int, stop: int, hints: Tensor | None
    ) -> dict[str, Tensor]:
        for index in range(start, stop):
            layer = self.network.layers[index]
            x = self._given(index, outputs, hints)
            y = self._modules[layer.name](x)  # type: ignore[misc]
            if layer.kind == "backbone":
                outputs.update(y)
                y = y[layer.taps[-1]]
            outputs[layer.name] = y
        return outputs

    def _given(self, index: int, outputs: dict[str, Tensor], hints: Tensor | None) -> Tensor:
        first, *skips = self.network.sources(index)
        x = outputs[first]
        return torch.cat([x, *(self._skipped(name, outputs, x, hints) for name in skips)], 1) if skips else x

    def _skipped(self, name: str, outputs: dict[str, Tensor], beside: Tensor, hints: Tensor | None) -> Tensor:
        if name != HINTS:
            return outputs[name]
        if hints is None:
            return beside.new_zeros(beside.shape[0], HINT_CHANNELS, *beside.shape[-2:])
        factor = hints.shape[-1] // beside.shape[-1]
        return HINT_GAIN * (F.avg_pool2d(hints, factor) if factor > 1 else hints)


class Convolution(nn.Module):
    """A convolution, transposed or not, then norm, activation and dropout of whole channels."""

    def __init__(self, row: Row) -> None:
        super().__init__()
        layer, filters = row.layer, row.channels
        top, bottom, left, right = layer.padding
        self.outside = () if (top, left) == (bottom, right) else (left, right, top, bottom)
        padding = (0, 0) if self.outside else (top, left)
        if layer.kind == "conv":
            self.conv: nn.Conv2d | nn.ConvTranspose2d = nn.Conv2d(
                row.in_channels,
                filters,
                layer.size,
                layer.stride,
                padding,
                layer.dilation,
                layer.groups,
                layer.bias,
            )
        else:
            self.conv = nn.ConvTranspose2d(
                row.in_channels,
                filters,
                layer.size,
                layer.stride,
                padding,
                layer.output_padding,
                layer.groups,
                layer.bias,
                layer.dilation,
            )
        initialise(self.conv, layer)
        if layer.norm == "batch":
            self.norm: nn.Module = nn.BatchNorm2d(filters)
        elif layer.norm == "group":
            self.norm = nn.GroupNorm(norm_groups(filters), filters)
        else:
            self.norm = nn.Identity()
        self.activation = ACTIVATIONS[layer.activation]()
        self.dropout = nn.Dropout2d(layer.dropout) if layer.dropout else nn.Identity()

    def forward(self, x: Tensor) -> Tensor:
        if self.outside:
            x = F.pad(x, self.outside)
        y: Tensor = self.dropout(self.activation(self.norm(self.conv(x))))
        return y


class Pool(nn.Module):
    """Largest value or mean of each window; what lies outside the photo is never the largest, and counts as
    0 in a mean."""

    def __init__(self, layer: Layer) -> None:
        super().__init__()
        top, bottom, left, right = layer.padding
        self.outside = (left, right, top, bottom)
        self.size, self.stride, self.dilation = layer.size, layer.stride, layer.dilation
        self.largest = layer.kind == "max_pool"

    def forward(self, x: Tensor) -> Tensor:
        if any(self.outside):
            x = F.pad(x, self.outside, value=float("-inf") if self.largest else 0.0)
        if self.largest:
            return F.max_pool2d(x, self.size, self.stride, 0, self.dilation)
        return F.avg_pool2d(x, self.size, self.stride)


class GlobalContext(nn.Module):
    """x + conv1x1(global average pool of x): adds global context to every position."""

    def __init__(self, channels: int, layer: Layer) -> None:
        super().__init__()
        self.conv = nn.Conv2d(channels, channels, 1, bias=layer.bias)
        initialise(self.conv, layer)

    def forward(self, x: Tensor) -> Tensor:
        y: Tensor = x + self.conv(x.mean((2, 3), keepdim=True))
        return y


def norm_groups(filters: int) -> int:
    """Number of groups of `norm: group` (Wu and He 2018): at most 8, equal, of at least two channels."""
    return next(g for g in range(MOST_GROUPS, 0, -1) if filters % g == 0 and (g == 1 or filters // g >= 2))


def initialise(conv: nn.Conv2d | nn.ConvTranspose2d, layer: Layer) -> None:
    """Set weights as `layer.init` says and the bias to 0.

    he: normal, variance 2 / inputs of one output (He et al. 2015); xavier: 2 / (inputs + outputs) (Glorot
    and Bengio 2010). A kernel known by name or given in numbers is applied to the mean of a filter's input
    channels.
    """
    if conv.bias is not None:
        nn.init.zeros_(conv.bias)
    inputs = conv.in_channels // conv.groups * layer.size[0] * layer.size[1]
    outputs = conv.out_channels // conv.groups * layer.size[0] * layer.size[1]
    if layer.kind == "conv_transpose":
        inputs = max(1, inputs // layer.stride**2)
    else:
        outputs = max(1, outputs // layer.stride**2)
    if layer.init == "he":
        nn.init.normal_(conv.weight, std=sqrt(2 / inputs))
    elif layer.init == "xavier":
        nn.init.normal_(conv.weight, std=sqrt(2 / (inputs + outputs)))
    elif layer.init == "zeros":
        nn.init.zeros_(conv.weight)
    else:
        kernels = named_kernels(layer.init, layer.size) if isinstance(layer.init, str) else layer.init
        _fix(conv, torch.tensor(kernels, dtype=conv.weight.dtype))


def _fix(conv: nn.Conv2d | nn.ConvTranspose2d, kernels: Tensor) -> None:
    per_group = conv.out_channels // conv.groups
    with torch.no_grad():
        for filter_ in range(conv.out_channels):
            kernel = kernels[filter_ % len(kernels)] / (conv.in_channels // conv.groups)
            if isinstance(conv, nn.ConvTranspose2d):
                group, place = divmod(filter_, per_group)
                members = conv.in_channels // conv.groups
                conv.weight[group * members : (group + 1) * members, place] = kernel
            else:
                conv.weight[filter_] = kernel


def _module(row: Row) -> nn.Module:
    layer = row.layer
    if layer.kind in ("conv", "conv_transpose"):
        return Convolution(row)
    if layer.kind == "backbone":
        return build_backbone(layer.model, row.in_channels)
    if layer.kind == "global_context":
        body: nn.Module = GlobalContext(row.channels, layer)
    elif layer.kind == "upsample":
        corners = False if layer.mode == "bilinear" else None
        body = nn.Upsample(scale_factor=layer.stride, mode=layer.mode, align_corners=corners)
    else:
        body = Pool(layer)
    return body if not layer.dropout else nn.Sequential(body, nn.Dropout2d(layer.dropout))


def _padded(x: Tensor, size: tuple[int, int], mode: str) -> Tensor:
    below, beside = size[0] - x.shape[-2], size[1] - x.shape[-1]
    if below < 0 or beside < 0:
        raise NetworkError(f"hints of {tuple(x.shape[-2:])} are larger than the photo's size allows: {size}")
    return F.pad(x, (0, beside, 0, below), mode=mode) if below or beside else x
