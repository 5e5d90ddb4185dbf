"""What `tinct train` shows while it trains: a bar on a terminal, else lines."""

from __future__ import annotations

import math
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, TypeVar

from tinct.cli import streams

if TYPE_CHECKING:
    from tinct.learning.log.progress import Display, Progress

LINE_SECONDS = 30
Told = TypeVar("Told")


@contextmanager
def training_display() -> Iterator[Display]:
    """A display on standard error, if that is a terminal; else lines on standard output."""
    from tinct.learning.log.progress import Display

    if not streams.is_terminal(sys.stderr):
        photos_read = _sometimes(lambda count: f"{count:,} photos read")
        yield Display(line=_tell, photos=photos_read, step=_sometimes(in_words, first=True))
        return
    from rich.console import Console
    from rich.progress import BarColumn, TextColumn
    from rich.progress import Progress as Bar

    console = Console(stderr=True, soft_wrap=True)
    columns = TextColumn("{task.description}"), BarColumn(bar_width=24), TextColumn("{task.fields[told]}")
    with Bar(*columns, console=console) as bar:
        task = bar.add_task("starting", total=None, told="")

        def photos(count: int) -> None:
            bar.update(task, description="reading photos", told=f"{count:,}")

        def step(now: Progress) -> None:
            bar.update(task, description="training", total=now.steps, completed=now.step, told=in_words(now))

        yield Display(
            line=lambda text: bar.console.print(streams.one_line(text), markup=False, highlight=False),
            photos=photos,
            step=step,
        )


def in_words(now: Progress) -> str:
    """Where a run is: step, time left, photos a second, losses."""
    parts = [f"step {now.step:,} of {now.steps:,}"]
    if math.isfinite(now.left):
        parts.append(f"{duration(now.left)} left")
    if now.rate:
        parts.append(f"{now.rate:.1f} photos/s")
    if math.isfinite(now.loss):
        parts.append(f"loss {now.loss:.3f}")
    if math.isfinite(now.val_loss):
        parts.append(f"validation {now.val_loss:.3f} (grey {now.grey_loss:.3f})")
    return ", ".join(parts)


def duration(seconds: float) -> str:
    """Seconds as 0:08, 12:05 or 3:10:00."""
    minutes, left = divmod(max(0, round(seconds)), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{left:02}" if hours else f"{minutes}:{left:02}"


def _tell(text: str) -> None:
    streams.tell(text)


def _sometimes(words: Callable[[Told], str], *, first: bool = False) -> Callable[[Told], None]:
    """Tell one every LINE_SECONDS, and the first of them if asked."""
    last = -math.inf if first else time.monotonic()

    def report(now: Told) -> None:
        nonlocal last
        if time.monotonic() - last > LINE_SECONDS:
            last = time.monotonic()
            _tell(words(now))

    return report
