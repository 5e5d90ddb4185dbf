"""Cost and receptive field of a network from its records alone: sizes, parameters, multiply-adds, memory.

For one photo in 32-bit floats; a multiply-add is one product and one sum inside a convolution.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction
from functools import partial

from tinct.networks import efficientnet, fields
from tinct.networks.fields import Field
from tinct.networks.layer import HINT_CHANNELS, HINTS, INPUT, Layer, Network, mistake
from tinct.networks.sizes import check_bounds, growth, output_size, padded_size, size_multiple

FLOAT_BYTES = 4


@dataclass(frozen=True)
class Row:
    """One layer at one input size; `height` and `width` are its output's, `field` is (vertical,
    horizontal)."""

    layer: Layer
    in_channels: int
    channels: int
    height: int
    width: int
    scale: Fraction
    parameters: int
    trainable: int
    multiply_adds: int
    activation_bytes: int
    field: tuple[Field, Field]

    @property
    def receptive_field(self) -> tuple[int | None, int | None]:
        """(height, width) of the receptive field in photo pixels; None for the whole photo."""
        return self.field[0].size, self.field[1].size

    @property
    def centre(self) -> tuple[float | None, float | None]:
        """Centre of the receptive field of the first output position, in photo pixels."""
        return self.field[0].centre, self.field[1].centre


@dataclass(frozen=True)
class Measure:
    """A network at one input size: its rows, and the size after padding to its multiple."""

    network: Network
    height: int
    width: int
    padded_height: int
    padded_width: int
    multiple: int
    rows: tuple[Row, ...]
    outputs: dict[str, _Output] = field(repr=False)

    @property
    def parameters(self) -> int:
        return sum(row.parameters for row in self.rows)

    @property
    def trainable(self) -> int:
        return sum(row.trainable for row in self.rows)

    @property
    def multiply_adds(self) -> int:
        return sum(row.multiply_adds for row in self.rows)

    @property
    def activation_bytes(self) -> int:
        return sum(row.activation_bytes for row in self.rows)

    @property
    def total_stride(self) -> int:
        """Photo pixels between neighbouring positions at the coarsest layer."""
        return int(max(1 / output.scale for output in self.outputs.values()))

    @property
    def deepest(self) -> Row:
        """The last layer before the decoder: papers state its receptive field for the network."""
        before = [row for row in self.rows if row.layer.section in ("encoder", "bottleneck")]
        return (before or list(self.rows))[-1]

    @property
    def dense_weights(self) -> int:
        """Weights of one dense layer between this input and this output."""
        last = self.rows[-1]
        return self.height * self.width * last.height * last.width * last.channels


@dataclass(frozen=True)
class _Output:
    channels: int
    height: int
    width: int
    scale: Fraction
    field: tuple[Field, Field]


def measure(network: Network, height: int = 256, width: int | None = None) -> Measure:
    """Measure `network` at an input of height x width pixels (square if no width is given).

    Raises NetworkError naming the two layers if their shapes cannot meet, or the layer that no photo is enough for.
    """
    width = height if width is None else width
    check_bounds(network)
    padded_height, padded_width = padded_size(network, height, width)
    rows, outputs = _walk(network, padded_height, padded_width)
    return Measure(network, height, width, padded_height, padded_width, size_multiple(network), rows, outputs)


def _walk(network: Network, height: int, width: int) -> tuple[tuple[Row, ...], dict[str, _Output]]:
    whole = (fields.IDENTITY, fields.IDENTITY)
    outputs = {INPUT: _Output(1, height, width, Fraction(1), whole)}
    rows: list[Row] = []
    for index, layer in enumerate(network.layers):
        before = _concatenated(network, index, outputs)
        row = _row(network, layer, before)
        rows.append(row)
        outputs[layer.name] = _Output(row.channels, row.height, row.width, row.scale, row.field)
        if layer.kind == "backbone":
            outputs |= _tap_outputs(layer, before)
    _check_end(network, rows, height, width)
    return tuple(rows), outputs


def _concatenated(network: Network, index: int, outputs: dict[str, _Output]) -> _Output:
    layer = network.layers[index]
    names = network.sources(index)
    photo = outputs[INPUT]
    main = outputs[names[0]]
    channels, seen = main.channels, [main.field]
    wrong = partial(mistake, network.path, layer.line, layer.name)
    for name in layer.skip:
        if name == HINTS:
            channels += HINT_CHANNELS
            share = main.scale * (network.hints or 1)
            if share.numerator != 1 or main.height != main.scale * photo.height:
                raise wrong(
                    f"hints at 1/{network.hints} of the photo cannot be joined to {names[0]!r} "
                    f"at {main.scale} of it; give `hints: {{stride: {1 / main.scale}}}`"
                )
            continue
        other = outputs[name]
        if (other.height, other.width) != (main.height, main.width):
            raise wrong(
                f"{names[0]!r} gives {main.height}x{main.width} places and {name!r} "
                f"{other.height}x{other.width} for a photo of {photo.height}x{photo.width}, "
                "so they cannot be joined; skip to an output of that size, or change a stride or a padding"
            )
        channels += other.channels
        seen.append(other.field)
    field = fields.joined([s[0] for s in seen]), fields.joined([s[1] for s in seen])
    return _Output(channels, main.height, main.width, main.scale, field)


def _row(network: Network, layer: Layer, before: _Output) -> Row:
    if layer.kind == "backbone":
        return _backbone_row(layer, before)
    channels = before.channels if layer.filters is None else layer.filters
    for what, count in (("input channels", before.channels), ("filters", channels)):
        if count % layer.groups:
            raise mistake(
                network.path,
                layer.line,
                layer.name,
                f"{layer.groups} groups do not divide its {count} {what}",
            )
    height, width = (output_size(layer, side, axis) for axis, side in ((0, before.height), (1, before.width)))
    convolves = layer.kind in ("conv", "conv_transpose")
    pointwise = layer.kind == "global_context"
    kernel = layer.size[0] * layer.size[1] * before.channels * channels // layer.groups
    weights = kernel if convolves or pointwise else 0
    norm = 2 * channels if layer.norm != "none" else 0
    parameters = weights + (channels if layer.bias and weights else 0) + norm
    runs = before.height * before.width if layer.kind == "conv_transpose" else height * width
    return Row(
        layer=layer,
        in_channels=before.channels,
        channels=channels,
        height=height,
        width=width,
        scale=before.scale * growth(layer),
        parameters=parameters,
        trainable=parameters if layer.trainable else 0,
        multiply_adds=weights if pointwise else weights * runs,
        activation_bytes=FLOAT_BYTES * channels * height * width,
        field=(_seen(layer, before.field[0], 0), _seen(layer, before.field[1], 1)),
    )


def _seen(layer: Layer, field: Field, axis: int) -> Field:
    size, stride, before = layer.size[axis], layer.stride, layer.padding[2 * axis]
    if layer.kind == "global_context" or layer.norm == "group":  # its statistics are those of the whole photo
        field = fields.everywhere(field)
    if layer.kind == "conv_transpose":
        return fields.transposed(field, size, stride, before, layer.dilation)
    if layer.kind == "upsample":
        if layer.mode == "bilinear":
            return fields.bilinear(field, stride)
        return fields.transposed(field, stride, stride, 0)
    return fields.strided(field, size, stride, before, layer.dilation)


def _backbone_row(layer: Layer, before: _Output) -> Row:
    """All convolutions of an EfficientNet-Lite without its classifier, each followed by a batch norm."""
    side = (before.height, before.width)
    parameters = multiply_adds = activations = 0
    for convolution in efficientnet.convolutions(layer.model, before.channels):
        side = (-(-side[0] // convolution.stride), -(-side[1] // convolution.stride))
        places = side[0] * side[1]
        parameters += convolution.weights + 2 * convolution.filters
        multiply_adds += convolution.weights * places
        activations += FLOAT_BYTES * convolution.filters * places
    last = _tap_outputs(layer, before)[layer.taps[-1]]
    return Row(
        layer=layer,
        in_channels=before.channels,
        channels=last.channels,
        height=last.height,
        width=last.width,
        scale=last.scale,
        parameters=parameters,
        trainable=parameters if layer.trainable else 0,
        multiply_adds=multiply_adds,
        activation_bytes=activations,
        field=last.field,
    )


def _tap_outputs(layer: Layer, before: _Output) -> dict[str, _Output]:
    seen = before.field
    found: dict[str, _Output] = {}
    for convolution in efficientnet.convolutions(layer.model, before.channels):
        if convolution.size > 1:
            front = (convolution.size - convolution.stride) // 2
            seen = (
                fields.strided(seen[0], convolution.size, convolution.stride, front),
                fields.strided(seen[1], convolution.size, convolution.stride, front),
            )
        if convolution.tap:
            stride = int(convolution.tap[1:])
            height, width = before.height // stride, before.width // stride
            channels = convolution.filters
            found[convolution.tap] = _Output(channels, height, width, before.scale / stride, seen)
    return found


def _check_end(network: Network, rows: list[Row], height: int, width: int) -> None:
    last = rows[-1]
    expected = int(last.scale * height), int(last.scale * width)
    wrong = partial(mistake, network.path, last.layer.line, last.layer.name)
    if last.scale.numerator != 1:
        raise wrong(
            f"the output is {last.scale} times as large as the photo; "
            "it must be as large, or 1/2, 1/3 ... of it"
        )
    for row in rows:
        wanted = int(row.scale * height), int(row.scale * width)
        if (row.height, row.width) != wanted and (last.height, last.width) != expected:
            raise mistake(
                network.path,
                row.layer.line,
                row.layer.name,
                f"a photo of {height}x{width} becomes {row.height}x{row.width} places here where the strides say "
                f"{wanted[0]}x{wanted[1]}; {_remedy(row, wanted)}",
            )
    if network.output.kind == "ab" and last.channels != 2:
        raise wrong(
            f"output `ab` is the channels a and b, but the last layer has {last.channels}; "
            "give it `filters: 2`"
        )


def _remedy(row: Row, wanted: tuple[int, int]) -> str:
    if row.height > wanted[0] or row.width > wanted[1]:
        return "choose a smaller padding, such as `padding: same`"
    if row.layer.kind == "conv_transpose":
        return "add what its stride loses, such as `output_padding: 1`"
    return "choose paddings that do not shrink it, such as `padding: same`"
