"""Fields of each kind of layer, and how their values are read and checked."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import isfinite
from typing import Any

from tinct.errors import suggestion
from tinct.networks.efficientnet import STAGES
from tinct.networks.kernels import INIT_NAMES, KERNEL_NAMES, named_kernels
from tinct.networks.layer import ACTIVATIONS, MODES, NORMS, Kernel, Layer, Pair, mistake
from tinct.networks.yamltree import Mapping, Node, Sequence

_EVERY = ("name", "kind", "skip", "repeat")
_CONVOLUTION = (
    *_EVERY, "filters", "size", "stride", "padding", "dilation", "groups", "bias", "norm", "activation",
    "init", "trainable", "dropout",
)  # fmt: skip
FIELDS: dict[str, tuple[str, ...]] = {
    "conv": _CONVOLUTION,
    "conv_transpose": (*_CONVOLUTION, "output_padding"),
    "max_pool": (*_EVERY, "size", "stride", "padding", "dilation", "dropout"),
    "avg_pool": (*_EVERY, "size", "stride", "padding", "dropout"),
    "upsample": (*_EVERY, "factor", "mode", "dropout"),
    "global_context": (*_EVERY, "bias", "init", "trainable", "dropout"),
    "backbone": ("name", "kind", "model", "trainable"),
}
LARGEST = 1 << 16


@dataclass(frozen=True)
class Place:
    """Position of a value in a file, for errors."""

    path: str
    line: int
    layer: str | None = None


@dataclass(frozen=True)
class Entry:
    """A value as written, with its line."""

    node: Node
    line: int


Reader = Callable[[Node, Place], Any]


def fields_of(block: Mapping, kind: str, place: Place) -> dict[str, Entry]:
    """The fields in a layer's block; NetworkError for one that `kind` does not have."""
    allowed = FIELDS[kind]
    for key, node in block.items.items():
        if key not in allowed:
            others = [other for other in FIELDS if key in FIELDS[other]]
            why = (
                f"; {', '.join(others)} has it, {kind} has {', '.join(allowed)}"
                if others
                else suggestion(key, allowed)
            )
            raise mistake(place.path, node.line, place.layer, f"unknown field {key!r} for {kind}{why}")
    return {key: Entry(node, node.line) for key, node in block.items.items()}


def layer_of(name: str, kind: str, section: str, values: dict[str, Entry], place: Place) -> Layer:
    """The record of a layer from the values in its file; NetworkError for an invalid value."""
    line = place.line

    def read(field: str, reader: Reader, default: Any) -> Any:
        if field not in values or field not in FIELDS[kind]:
            return default
        return reader(values[field].node, Place(place.path, values[field].line, name))

    def wrong(field: str, what: str) -> Exception:
        at = values[field].line if field in values else line
        return mistake(place.path, at, name, what)

    if not name.replace("_", "a").replace("-", "a").isalnum() or name[0].isdigit():
        raise wrong("name", f"a name is letters, digits, `_` and `-`, starting with a letter, not {name!r}")
    convolves = kind in ("conv", "conv_transpose")
    pools = kind in ("max_pool", "avg_pool")
    if convolves and "filters" not in values:
        raise wrong("kind", "`filters` is missing: how many kernels does it have?")
    size = read("size", pair("size", 1, 256), (3, 3) if convolves else (2, 2) if pools else (1, 1))
    stride = read("stride", whole("stride", 1, 64), max(size) if pools else 1)
    if kind == "upsample":
        stride = read("factor", whole("factor", 1, 64), 2)
    dilation = read("dilation", whole("dilation", 1, 1024), 1)
    span = (dilation * (size[0] - 1) + 1, dilation * (size[1] - 1) + 1)
    extra = read("output_padding", whole("output_padding", 0, 1024), 0)
    if extra and extra >= max(stride, dilation):
        raise wrong("output_padding", f"output_padding {extra} must be below the stride or the dilation")
    padding = read("padding", _padding, "same")
    if isinstance(padding, tuple):
        top, left = padding
        sides = (top, top, left, left)
    elif padding == "valid":
        sides = (0, 0, 0, 0)
    elif kind == "conv_transpose":
        sides, extra = _same_transposed(span, stride, dilation, extra, wrong)
    else:
        sides = (*_same(span[0], stride), *_same(span[1], stride))
    if kind == "max_pool" and any(side >= span[i // 2] for i, side in enumerate(sides)):
        raise wrong(
            "padding",
            f"padding of {max(sides)} is not less than its size, so some places would see no input at all",
        )
    return Layer(
        name=name,
        kind=kind,
        section=section,
        line=line,
        filters=read("filters", whole("filters", 1, LARGEST), None),
        size=size,
        stride=stride,
        padding=sides,
        dilation=dilation,
        output_padding=extra,
        groups=read("groups", whole("groups", 1, LARGEST), 1),
        bias=read("bias", flag("bias"), True),
        norm=read("norm", word("norm", NORMS), "none"),
        activation=read("activation", word("activation", ACTIVATIONS), "none"),
        init=read("init", _init(kind, size), "he"),
        trainable=read("trainable", flag("trainable"), True),
        dropout=read("dropout", number("dropout", least=0, below=1), 0.0),
        skip=read("skip", _names, ()),
        mode=read("mode", word("mode", MODES), "nearest"),
        model=read("model", word("model", tuple(STAGES)), "efficientnet-lite0" if kind == "backbone" else ""),
    )


def word(field: str, words: tuple[str, ...]) -> Reader:
    """A reader of one of `words`."""

    def reader(node: Node, place: Place) -> str:
        value = "none" if (given := node.value()) is None and "none" in words else given
        if not isinstance(value, str) or value not in words:
            raise mistake(
                place.path,
                node.line,
                place.layer,
                f"unknown {field} {value!r}{suggestion(str(value), words)}",
            )
        return value

    return reader


def whole(field: str, least: int, most: int) -> Reader:
    """A reader of an integer from `least` to `most`."""

    def reader(node: Node, place: Place) -> int:
        value = node.value()
        if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
            what = f"{field} is a whole number from {least} to {most}, not {value!r}"
            raise mistake(place.path, node.line, place.layer, what)
        return value

    return reader


def number(
    field: str, least: float | None = None, above: float | None = None, below: float | None = None
) -> Reader:
    """A reader of a number within its bounds."""

    def reader(node: Node, place: Place) -> float:
        value = node.value()
        good = isinstance(value, int | float) and not isinstance(value, bool) and isfinite(value)
        good = good and (least is None or value >= least)
        good = good and (above is None or value > above) and (below is None or value < below)
        if not good:
            bounds = [f"at least {least}"] if least is not None else []
            bounds += [f"above {above}"] if above is not None else []
            bounds += [f"below {below}"] if below is not None else []
            what = f"{field} is a number{' ' if bounds else ''}{' and '.join(bounds)}, not {value!r}"
            raise mistake(place.path, node.line, place.layer, what)
        return float(value)

    return reader


def flag(field: str) -> Reader:
    """A reader of true or false."""

    def reader(node: Node, place: Place) -> bool:
        value = node.value()
        if not isinstance(value, bool):
            raise mistake(place.path, node.line, place.layer, f"{field} is true or false, not {value!r}")
        return value

    return reader


def pair(field: str, least: int, most: int) -> Reader:
    """A reader of one whole number for both axes, or of [vertical, horizontal]."""
    one = whole(field, least, most)

    def reader(node: Node, place: Place) -> Pair:
        if not isinstance(node, Sequence):
            side = one(node, place)
            return side, side
        if len(node.items) != 2:
            what = f"{field} is one number or two, [vertical, horizontal], not {len(node.items)}"
            raise mistake(place.path, node.line, place.layer, what)
        return one(node.items[0], place), one(node.items[1], place)

    return reader


def _padding(node: Node, place: Place) -> Pair | str:
    value = node.value()
    if isinstance(value, str):
        return str(word("padding", ("same", "valid"))(node, place))
    sides: Pair = pair("padding", 0, 4096)(node, place)
    return sides


def _same(span: int, stride: int) -> Pair:
    """Padding before and after so that n places become n / stride, as in TensorFlow."""
    total = max(span - stride, 0)
    return total // 2, total - total // 2


def _same_transposed(
    span: Pair, stride: int, dilation: int, extra: int, wrong: Callable[[str, str], Exception]
) -> tuple[tuple[int, int, int, int], int]:
    """What to cut so that n places become n * stride; an odd rest becomes output padding."""
    cuts, rests = [], set()
    for side in span:
        cut = max(0, -(-(side - stride + extra) // 2))
        cuts.append(cut)
        rests.add(stride - side + 2 * cut)
    rest = rests.pop()
    if rests or rest >= max(stride, dilation, 1) or (extra and extra != rest):
        raise wrong(
            "padding",
            f"`padding: same` cannot be had with this size and stride {stride}; give the padding in numbers",
        )
    return (cuts[0], cuts[0], cuts[1], cuts[1]), rest


def _names(node: Node, place: Place) -> tuple[str, ...]:
    value = node.value()
    names = value if isinstance(value, list) else [value]
    if not names or not all(isinstance(name, str) for name in names):
        raise mistake(
            place.path, node.line, place.layer, "skip is the name of an earlier output, or a list of them"
        )
    return tuple(names)


def _init(kind: str, size: Pair) -> Reader:
    def reader(node: Node, place: Place) -> str | tuple[Kernel, ...]:
        if not isinstance(node, Sequence):
            name = str(word("init", INIT_NAMES)(node, place))
            if name in KERNEL_NAMES and kind != "conv":
                raise mistake(
                    place.path, node.line, place.layer, f"init {name!r} is for conv, not for {kind}"
                )
            if name in KERNEL_NAMES and named_kernels(name, size) is None:
                what = f"init {name!r} has a kernel of 3x3, not of {size[0]}x{size[1]}; give `size: 3`"
                raise mistake(place.path, node.line, place.layer, what)
            return name
        kernels = node.items if _depth(node) == 3 else (node,)
        return tuple(_kernel(kernel, size, place) for kernel in kernels)

    return reader


def _depth(node: Node) -> int:
    return 1 + _depth(node.items[0]) if isinstance(node, Sequence) and node.items else 0


def _kernel(node: Node, size: Pair, place: Place) -> Kernel:
    rows = node.items if isinstance(node, Sequence) else ()
    if len(rows) != size[0] or not all(
        isinstance(row, Sequence) and len(row.items) == size[1] for row in rows
    ):
        what = f"given values must be {size[0]} rows of {size[1]} numbers, as the kernel's size says"
        raise mistake(place.path, node.line, place.layer, what)
    value = number("init")
    return tuple(tuple(value(item, place) for item in row.items) for row in rows if isinstance(row, Sequence))
