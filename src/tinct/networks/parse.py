"""Network files: YAML to frozen records; a mistake is reported with file, line, layer and the nearest valid
word.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from tinct.errors import NetworkError, suggestion
from tinct.networks.arithmetic import measure
from tinct.networks.layer import (
    HINTS,
    INPUT,
    KINDS,
    OUTPUTS,
    POOLS,
    SECTIONS,
    Input,
    Layer,
    Network,
    Output,
    mistake,
)  # fmt: skip
from tinct.networks.values import FIELDS, Entry, Place, fields_of, layer_of, number, whole, word
from tinct.networks.yamltree import Mapping, Node, Sequence, read_tree

CATALOG = Path(__file__).parent / "catalog"
TOP = ("about", "input", "output", "hints", "defaults", *SECTIONS)
MOST_LAYERS = 1000


def catalog_names() -> list[str]:
    """Names of the shipped networks, sorted."""
    return sorted(path.stem for path in CATALOG.glob("*.yaml"))


def find_network(name: str | Path) -> Network:
    """The network of a file, or the shipped one of that name; NetworkError with the nearest name if there is
    neither.
    """
    path = Path(name)
    if path.suffix in (".yaml", ".yml") or path.is_file():
        return read_network(path)
    shipped = CATALOG / f"{name}.yaml"
    if str(name) in catalog_names():
        return read_network(shipped)
    raise NetworkError(f"no network is called {str(name)!r}{suggestion(str(name), catalog_names())}")


def read_network(path: Path) -> Network:
    """Read and check a network file, including shapes; NetworkError with file, line and layer if it is wrong."""
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise NetworkError(f"{path}: there is no such file") from None
    except (OSError, UnicodeDecodeError) as error:
        raise NetworkError(f"{path}: cannot be read as a text file ({error})") from None
    return parse_network(text, str(path))


def parse_network(text: str, path: str = "network.yaml") -> Network:
    """Read and check a network from text; `path` is its name in errors."""
    top = read_tree(text, path)
    if not isinstance(top, Mapping):
        raise mistake(path, top.line, None, f"a network file is a block of {', '.join(TOP)}")
    for key, entry in top.items.items():
        if key not in TOP:
            raise mistake(path, entry.line, None, f"unknown word {key!r}{suggestion(key, TOP)}")
    place = Place(path, top.line)
    output = _output(top, place)
    network = Network(
        name=Path(path).stem,
        path=path,
        about=_about(top, place),
        input=_input(top, place),
        output=output,
        hints=_hints(top, place),
        layers=_layers(top, path),
    )
    _check_names(network)
    measure(network, 1)
    return network


def _about(top: Mapping, place: Place) -> str:
    node = top.get("about")
    if node is None:
        return ""
    value = node.value()
    if not isinstance(value, str):
        raise mistake(place.path, node.line, None, "`about` is one line of text; put it in quotes")
    return value


def _block(
    top: Mapping, key: str, place: Place, readers: dict[str, Callable[[Node, Place], Any]]
) -> dict[str, Any]:
    node = top.get(key)
    if node is None:
        return {}
    if not isinstance(node, Mapping):
        raise mistake(place.path, node.line, None, f"`{key}` is a block of {', '.join(readers)}")
    for name, entry in node.items.items():
        if name not in readers:
            raise mistake(
                place.path,
                entry.line,
                None,
                f"unknown word {name!r} in `{key}`{suggestion(name, list(readers))}",
            )
    return {name: readers[name](entry, Place(place.path, entry.line)) for name, entry in node.items.items()}


def _input(top: Mapping, place: Place) -> Input:
    return Input(**_block(top, "input", place, {"scale": number("scale"), "offset": number("offset")}))


def _output(top: Mapping, place: Place) -> Output:
    node = top.get("output")
    if node is None:
        raise mistake(place.path, None, None, f"`output` is missing; give it as one of {', '.join(OUTPUTS)}")
    kind = word("output", OUTPUTS)
    if not isinstance(node, Mapping):
        return Output(kind(node, Place(place.path, node.line)))
    positive = {name: number(name, above=0) for name in ("scale", "step")}
    return Output(**_block(top, "output", place, {"kind": kind, **positive}))


def _hints(top: Mapping, place: Place) -> int | None:
    if top.get("hints") is None:
        return None
    return int(_block(top, "hints", place, {"stride": whole("stride", 1, 64)}).get("stride", 1))


def _layers(top: Mapping, path: str) -> tuple[Layer, ...]:
    defaults = _defaults(top, path)
    layers: list[Layer] = []
    counts: dict[str, int] = {}
    for section in SECTIONS:
        node = top.get(section)
        if node is None:
            continue
        if not isinstance(node, Sequence):
            raise mistake(path, node.line, None, f"`{section}` is a list of layers, each starting with `-`")
        for item in node.items:
            layers += _repeated(item, section, defaults, counts, path)
            if len(layers) > MOST_LAYERS:
                raise mistake(path, item.line, None, f"more than {MOST_LAYERS} layers; lower a `repeat`")
    if not layers:
        raise mistake(path, None, None, f"there are no layers; write them under {', '.join(SECTIONS)}")
    return tuple(layers)


def _defaults(top: Mapping, path: str) -> dict[str, dict[str, Entry]]:
    """Values under `defaults` for each kind: a kind's own block over the general one.

    The general padding is that of convolutions: a pool, whose size differs, takes one from its own block only.
    """
    node = top.get("defaults")
    found: dict[str, dict[str, Entry]] = {kind: {} for kind in KINDS}
    if node is None:
        return found
    if not isinstance(node, Mapping):
        raise mistake(path, node.line, None, "`defaults` is a block of fields, or of kinds with their fields")
    every = {name for kind in KINDS for name in FIELDS[kind]} - {"name", "kind", "skip", "repeat"}
    for key, entry in node.items.items():
        if key not in every and key not in KINDS:
            raise mistake(
                path,
                entry.line,
                None,
                f"unknown word {key!r} in `defaults`{suggestion(key, sorted(every | set(KINDS)))}",
            )
        for kind in KINDS:
            if key in every and key in FIELDS[kind] and not (key == "padding" and kind in POOLS):
                found[kind].setdefault(key, Entry(entry, entry.line))
    for kind in KINDS:
        own = node.get(kind)
        if own is not None:
            if not isinstance(own, Mapping):
                raise mistake(path, own.line, None, f"`{kind}` in `defaults` is a block of fields")
            found[kind] |= fields_of(own, kind, Place(path, own.line, None))
    return found


def _repeated(
    item: Node, section: str, defaults: dict[str, dict[str, Entry]], counts: dict[str, int], path: str
) -> list[Layer]:
    if not isinstance(item, Mapping):
        raise mistake(
            path, item.line, None, f"a layer in `{section}` is a block such as {{kind: conv, filters: 32}}"
        )
    name = item.get("name")
    label = str(name.value()) if name is not None else None
    place = Place(path, item.line, label)
    if item.get("kind") is None:
        raise mistake(path, item.line, label, f"`kind` is missing; choose from {', '.join(KINDS)}")
    kind = word("kind", KINDS)(item.items["kind"], place)
    counts[kind] = counts.get(kind, 0) + 1
    label = label or f"{kind}{counts[kind]}"
    place = Place(path, item.line, label)
    given = fields_of(item, kind, place)
    repeat = whole("repeat", 1, 100)(given.pop("repeat").node, place) if "repeat" in given else 1
    values = {**defaults[kind], **given}
    names = [label] if repeat == 1 else [f"{label}_{i + 1}" for i in range(repeat)]
    return [layer_of(each, kind, section, values, place) for each in names]


def _check_names(network: Network) -> None:
    known: list[str] = [INPUT] + ([HINTS] if network.hints else [])
    for index, layer in enumerate(network.layers):
        place = (network.path, layer.line, layer.name)
        if layer.kind == "backbone" and index:
            raise mistake(*place, "a backbone reads the photo, so it must be the first layer")
        for name in layer.skip:
            if name == HINTS and not network.hints:
                raise mistake(*place, "it takes hints, but the file has no `hints: {stride: ...}`")
            if name == HINTS and layer.section == "encoder":
                raise mistake(
                    *place, "hints join after the encoder, which runs once per photo whatever the hints are"
                )
            if name not in known:
                later = any(name == other.name for other in network.layers[index:])
                why = " is not earlier than this layer" if later else suggestion(name, known)
                raise mistake(
                    *place, f"unknown output {name!r} in `skip`{why}" if not later else f"skip {name!r}{why}"
                )
        for name in (layer.name, *(tap for tap in layer.taps if tap != layer.name)):
            if name in known or name in (INPUT, HINTS):
                raise mistake(*place, f"the name {name!r} is taken; give every layer its own")
            known.append(name)
