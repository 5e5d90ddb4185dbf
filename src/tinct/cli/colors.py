"""`tinct colors`: the names of colours that hints may use."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from tinct.cli import streams


def colors(
    words: Annotated[
        list[str] | None,
        typer.Argument(help="Show only names or groups (dye, pigment, cloth, css) with these words."),
    ] = None,
) -> None:
    """List the named colours of hints with swatches and sources."""
    from tinct.errors import OptionError
    from tinct.guidance.color_names import named_colors

    wanted = [word.lower() for word in words or ()]
    found = [
        each
        for each in named_colors().values()
        if all(each.holds(word) or word == each.group for word in wanted)
    ]
    if not found:
        raise OptionError(f"there is no color with {' '.join(wanted)!r} in its name; see tinct colors")
    painted = streams.is_terminal(sys.stdout)
    for each in found:
        red, green, blue = each.rgb
        swatch = f"\x1b[48;2;{red};{green};{blue}m    \x1b[0m  " if painted else ""
        print(f"{swatch}{each.hex}  {each.name:22} {each.group:8} {each.source}")
