"""YAML as a tree whose nodes know their lines, for error messages."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from tinct.errors import short_reason
from tinct.networks.layer import mistake


@dataclass(frozen=True)
class Scalar:
    line: int
    content: Any

    def value(self) -> Any:
        return self.content


@dataclass(frozen=True)
class Sequence:
    line: int
    items: tuple[Node, ...]

    def value(self) -> Any:
        return [item.value() for item in self.items]


@dataclass(frozen=True)
class Mapping:
    line: int
    items: dict[str, Node]

    def get(self, key: str) -> Node | None:
        """The node under `key`; None if it is missing or null."""
        node = self.items.get(key)
        return None if isinstance(node, Scalar) and node.content is None else node

    def value(self) -> Any:
        return {key: item.value() for key, item in self.items.items()}


Node = Scalar | Sequence | Mapping


# Or a truth value, which is a kind of int.
_PLAIN_NUMBER = re.compile(
    r"[-+]?(0|[1-9][0-9_]*)(\.[0-9_]*)?([eE][-+]?[0-9]+)?|[-+]?\.[0-9_]+|[A-Za-z]+|[-+]?\.(inf|Inf|INF|nan|NaN|NAN)"
)


def read_tree(text: str, path: str) -> Node:
    """Parse one YAML document; NetworkError with the line if it is not plain YAML."""
    import yaml

    loader = yaml.SafeLoader(text)
    try:
        root = loader.get_single_node()
        if root is None:
            raise mistake(path, None, None, "the file is empty")
        return _grown(root, loader, path, set())
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        raise mistake(path, mark.line + 1 if mark else None, None, f"not YAML: {error.problem}") from None
    except yaml.YAMLError as error:
        raise mistake(path, None, None, f"not YAML: {short_reason(error, 1000)}") from None
    except RecursionError:
        raise mistake(path, None, None, "its blocks are nested too deeply") from None
    finally:
        loader.dispose()


def _grown(node: Any, loader: Any, path: str, seen: set[int]) -> Node:
    line = node.start_mark.line + 1
    if id(node) in seen:
        raise mistake(
            path, line, None, "`&` and `*` are not words of this language; use `defaults` or `repeat`"
        )
    seen.add(id(node))
    if node.id == "scalar":
        try:
            content = loader.construct_object(node)
        except ValueError as error:
            raise mistake(path, line, None, f"{node.value!r} cannot be read ({error})") from None
        if isinstance(content, int | float) and not _PLAIN_NUMBER.fullmatch(node.value):
            # Octal to YAML 1.1, ten to YAML 1.2; 1:30 is ninety.
            raise mistake(path, line, None, f"{node.value} is not a plain decimal number; write it as one")
        return Scalar(line, content)
    if node.id == "sequence":
        return Sequence(line, tuple(_grown(item, loader, path, seen) for item in node.value))
    items: dict[str, Node] = {}
    for key, value in node.value:
        name = key.value if key.id == "scalar" else None
        if name is None or name == "<<":
            raise mistake(path, key.start_mark.line + 1, None, "a field is one word followed by `:`")
        if name in items:
            raise mistake(path, key.start_mark.line + 1, None, f"{name!r} is given twice")
        items[name] = _grown(value, loader, path, seen)
        if name == "name" and isinstance(items[name].value(), bool):
            word = value.value
            raise mistake(
                path, key.start_mark.line + 1, None, f"{word} is read as true or false; quote it: '{word}'"
            )
    return Mapping(line, items)
