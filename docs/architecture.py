"""Write docs/architecture.md: the packages of tinct, and who imports whom, from the source.

    python docs/architecture.py

The tests compare the file with what this script would write.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[1]
SOURCE = ROOT / "src" / "tinct"
TARGET = Path(__file__).with_suffix(".md")
# Modules that everything may import; arrows to them would hide the others.
BASE = {"atomic", "errors", "options", "deprecation", "version"}
TOP_MODULES = (
    "colorizer",
    "session",
    "encoded",
    "inference",
    "targets",
    "inputs",
    "placement",
    "options",
    "lock",
    "atomic",
    "deprecation",
    "errors",
    "version",
)

TEXT = """# Architecture

`python docs/architecture.py` writes this page from the source; the tests compare it.

An arrow points from a package to one that it imports. Arrows that follow from others, and those to `options`, `errors`,
`atomic`, `deprecation` and `version`, are omitted. Packages within `photo` and `learning` also use the modules at their
top.

```mermaid
{diagram}
```

| package | purpose |
|---|---|
{table}

The import contracts in `pyproject.toml` enforce this order, and that torch, pyvips, onnxruntime, av, cv2, fastapi,
typer and rich are imported only where they belong.
"""


def page() -> str:
    """The text of docs/architecture.md."""
    arrows = reduced(imports())
    diagram = "\n".join(["flowchart TD", *(f"    {one} --> {other}" for one, other in sorted(arrows))])
    table = "\n".join(f"| `{name}` | {purpose(name)} |" for name in [*packages(), *TOP_MODULES])
    return TEXT.format(diagram=diagram, table=table)


def packages() -> list[str]:
    """Names of the packages below tinct, such as `photo.formats`."""
    folders = [path.parent.relative_to(SOURCE) for path in SOURCE.rglob("__init__.py")]
    return sorted(".".join(folder.parts) for folder in folders if folder.parts)


def purpose(name: str) -> str:
    """First sentence of the docstring of a package or module."""
    path = SOURCE / name.replace(".", "/")
    file = path / "__init__.py" if path.is_dir() else path.with_suffix(".py")
    return " ".join((ast.get_docstring(ast.parse(file.read_text())) or "").split("\n\n")[0].split())


def imports() -> set[tuple[str, str]]:
    """Pairs of packages of which the first imports the second, but not a part its whole."""
    found = set()
    for path in SOURCE.rglob("*.py"):
        importer = node_of(path.relative_to(SOURCE).with_suffix("").parts)
        for module in imported(ast.parse(path.read_text())):
            other = node_of(tuple(module.split(".")[1:]))
            if importer and other and importer != other and not importer.startswith(f"{other}."):
                found.add((importer, other))
    return found


def imported(tree: ast.AST) -> Iterator[str]:
    """Modules of tinct that a tree imports, other than for type checking."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.dump(node.test):
            continue
        if isinstance(node, ast.ImportFrom) and node.module and node.module.split(".")[0] == "tinct":
            yield from (f"{node.module}.{alias.name}" for alias in node.names)
        elif isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names if alias.name.split(".")[0] == "tinct")
        yield from imported(node)


def node_of(parts: tuple[str, ...]) -> str:
    """The package or top module that holds a module or name; empty for those that have no node."""
    for length in range(len(parts), 0, -1):
        folder = SOURCE.joinpath(*parts[:length])
        if folder.is_dir():
            return ".".join(parts[:length])
    known = parts and (SOURCE / parts[0]).with_suffix(".py").is_file() and parts[0] not in BASE
    return parts[0] if known and not parts[0].startswith("__") else ""


def reduced(arrows: set[tuple[str, str]]) -> set[tuple[str, str]]:
    """The arrows without those that a longer way implies."""

    def reaches(start: str, end: str, without: tuple[str, str], seen: frozenset[str] = frozenset()) -> bool:
        return any(
            other == end or (other not in seen and reaches(other, end, without, seen | {other}))
            for one, other in arrows
            if one == start and (one, other) != without
        )

    return {arrow for arrow in arrows if not reaches(*arrow, arrow)}


if __name__ == "__main__":
    TARGET.write_text(page(), encoding="utf-8")
