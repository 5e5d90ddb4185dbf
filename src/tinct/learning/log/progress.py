"""What a run shows while it trains."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

Log = Callable[[str], None]


@dataclass(frozen=True)
class Progress:
    """A run after one of its steps.

    rate: samples a second; left: seconds until it ends, at that rate or by its limit of time. loss: mean
    training loss since the last validation; val_loss and grey_loss: those of the last validation.
    """

    step: int
    steps: int
    rate: float
    left: float
    loss: float = math.nan
    val_loss: float = math.nan
    grey_loss: float = math.nan


@dataclass(frozen=True)
class Display:
    """Where a run tells what it does: lines, the number of photos read, and each step."""

    line: Log
    photos: Callable[[int], None] = lambda _: None
    step: Callable[[Progress], None] = lambda _: None


class Speedometer:
    """Samples a second over the last steps."""

    def __init__(self, batch: int, decay: float = 0.9) -> None:
        self.batch, self.decay = batch, decay
        self.seconds, self.steps = math.nan, 0

    def step(self, seconds: float) -> None:
        """Count a step of so many seconds; the first is left out, because it also prepares the others."""
        self.steps += 1
        if self.steps > 1:
            new = self.steps == 2
            self.seconds = seconds if new else self.decay * self.seconds + (1 - self.decay) * seconds

    @property
    def rate(self) -> float:
        """Samples a second; 0 before the second step."""
        return 0.0 if not self.seconds > 0 else self.batch / self.seconds
