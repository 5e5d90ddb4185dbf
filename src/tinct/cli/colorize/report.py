"""What a run reports while it goes on: a bar on a terminal, warnings and faults as lines."""

from __future__ import annotations

import sys
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from tinct.cli import streams
from tinct.errors import PhotoWarning


@contextmanager
def show_photo_warnings(say: Callable[[str], None]) -> Iterator[None]:
    """Say each PhotoWarning inside the block as a line of its own."""
    with warnings.catch_warnings():
        warnings.simplefilter("always", PhotoWarning)
        usual = warnings.showwarning

        def show(message: Any, category: type[Warning], *place: Any, **more: Any) -> None:
            if issubclass(category, PhotoWarning):
                say(f"tinct: {message}")
            else:
                usual(message, category, *place, **more)

        warnings.showwarning = show
        yield


@contextmanager
def progress(
    count: int, *, quiet: bool = False
) -> Iterator[tuple[Callable[[], None], Callable[[str], None]]]:
    """How to take a step and how to say a line: over a bar for several photos on a terminal, else plainly."""
    if quiet or count < 2 or not streams.is_terminal(sys.stderr):
        yield (lambda: None), streams.complain
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TimeRemainingColumn

    console = Console(stderr=True, soft_wrap=True)
    with Progress(
        "Colouring", BarColumn(), MofNCompleteColumn(), TimeRemainingColumn(), console=console
    ) as bar:
        task = bar.add_task("", total=count)
        yield (
            (lambda: bar.advance(task)),
            (lambda line: bar.console.print(streams.one_line(line), markup=False, highlight=False)),
        )
