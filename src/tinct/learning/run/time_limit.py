"""The time that a run may take, over all its starts."""

from __future__ import annotations

import time


class TimeLimit:
    """Counts the seconds of a run, from its creation on and those of earlier starts; `minutes` is its limit.

    Without a limit the share is 0.
    """

    def __init__(self, minutes: float | None = None) -> None:
        self.limit = None if minutes is None else 60 * minutes
        self.before, self.started = 0.0, time.monotonic()

    @property
    def seconds(self) -> float:
        """Seconds that the run has taken."""
        return self.before + time.monotonic() - self.started

    @property
    def share(self) -> float:
        """Share of the limit that is used, 0..1."""
        return 0.0 if self.limit is None else min(1.0, self.seconds / self.limit)

    @property
    def reached(self) -> bool:
        """Whether the limit is reached."""
        return self.share >= 1.0
