"""What a run reports: a bar on a terminal, warnings and faults as lines, and the summary."""

from __future__ import annotations

import sys
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from tinct.cli import streams
from tinct.cli.colorize.plan import Job
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
def progress(count: int) -> Iterator[tuple[Callable[[], None], Callable[[str], None]]]:
    """How to take a step and how to say a line: over a bar for several photos on a terminal, else plainly."""
    if count < 2 or not streams.is_terminal(sys.stderr):
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


def summary(jobs: list[Job], failed: int, seconds: float) -> str:
    """The last line of a run: how many photos are coloured, how many failed, how long it took."""
    done = len(jobs) - failed
    where = f": {jobs[0].target}" if len(jobs) == done == 1 else ""
    faults = f", {failed} failed" if failed else ""
    return f"{done} photo{'s' * (done != 1)} coloured{faults} in {seconds:.1f} s{where}"
