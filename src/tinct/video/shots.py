"""Shots of a film: cuts, dissolves and fades, found in the records of a scan."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tinct.video.scan import CANDIDATE, FLASH_FRAMES, RECORD, Records
from tinct.video.source.bars import Content, find_content

# A cut's share of pixels that pass the check is below this part of that of the frames around it.
_DROP = 0.6
# A flash is over when so much of the frame before it is found again.
_BRIDGED = 0.55
# A passage above this residual of chroma (in steps of 8 bits) is in colour.
IN_COLOUR = 2.0
# Combed pixels in a frame above which it shows two fields of different times.
COMBED = 0.02
# Of a dissolve: the least difference of its two ends (levels), their largest correlation, the largest misfit of the
# parabola, and its least sag (squared levels a pixel).
_LEAST_DIFFERENCE, _MOST_CORRELATION, _MOST_MISFIT, _LEAST_SAG = 8.0, 0.7, 0.2, 2.0
_CELLS_THAT_SAG = 0.6
_MARGIN = 3
# By so much a window may fit worse than one that is shorter by a factor of e.
_LONGER = 0.15
# Shots that end so long before the last frame of a scan are settled: a transition takes no longer.
_SETTLED_SECONDS = 3.0


@dataclass(frozen=True, slots=True)
class Shot:
    """Frames `start` up to but without `end` of a film.

    kind: shot, or transition for a dissolve or fade; in_colour: whether it was in colour already. content: the
    picture inside its black bars, None without bars.
    """

    start: int
    end: int
    kind: str = "shot"
    in_colour: bool = False
    content: Content | None = None

    @property
    def middle(self) -> int:
        """The frame in the middle, its key frame."""
        return (self.start + self.end) // 2


def find_shots(records: Records, rate: float) -> list[Shot]:
    """Shots and transitions that cover all frames of a scan without gaps; rate: frames per second."""
    count = len(records)
    cuts = find_cuts(records)
    transitions = find_transitions(records, cuts, rate)
    edges: list[tuple[int, str]] = [(0, "shot"), *((cut, "shot") for cut in cuts)]
    for start, end in transitions:
        edges = [each for each in edges if not start <= each[0] <= end]
        edges += [(start, "transition"), (end, "shot")]
    edges.sort()
    shots = []
    for (start, kind), (end, _) in zip(edges, [*edges[1:], (count, "")], strict=True):
        if start < end:
            colour = bool(np.median(records["colour"][start:end]) > IN_COLOUR)
            shots.append(Shot(start, end, kind, colour))
    return shots


class GrowingShots:
    """The shots of a scan that is under way: each is told once the frames to come no longer change it much."""

    def __init__(self, rate: float, height: int, width: int) -> None:
        self._rate, self._size, self._step = rate, (height, width), max(1, round(_SETTLED_SECONDS * rate))
        self._records: list[Any] = []
        self._first = 0

    def add(self, record: Any) -> list[Shot]:
        """The shots, with their contents, that are settled with the next record."""
        self._records.append(record)
        if len(self._records) % self._step:
            return []
        records = np.array(self._records, RECORD)
        found = find_shots(records, self._rate)
        settled = [shot for shot in found[:-1] if shot.end <= len(records) - self._step]
        if not settled:
            return []
        first, end = self._first, settled[-1].end
        self._records, self._first = self._records[end:], first + end
        return [
            replace(shot, start=first + shot.start, end=first + shot.end)
            for shot in with_contents(settled, records, *self._size)
        ]


def with_contents(shots: Sequence[Shot], records: Records, height: int, width: int) -> list[Shot]:
    """The shots of frames (height, width), each with the content inside its bars."""
    return [
        replace(shot, content=find_content(records["bars"][shot.start : shot.end], height, width))
        for shot in shots
    ]


def find_cuts(records: Records) -> list[int]:
    """First frames after the cuts; flashes are left out."""
    share = records["share"]
    cuts = []
    for at in np.flatnonzero(share < CANDIDATE):
        around = [*share[max(1, at - 5) : at], *share[at + 1 : at + 6]]
        usual = float(np.median(around)) if around else 1.0
        if at > 0 and share[at] < _DROP * usual and not _in_flash(records, int(at)):
            cuts.append(int(at))
    return cuts


def find_transitions(records: Records, cuts: Sequence[int], rate: float) -> list[tuple[int, int]]:
    """(start, end) of dissolves and fades.

    In a blend of two unrelated pictures the energy of gradients follows the parabola (1 - x)^2 A + x^2 B between
    those of the two, and the pictures at the two ends differ.
    """
    found: list[tuple[float, int, int]] = []
    edges = [0, *cuts, len(records)]
    lengths = sorted({round(rate * 0.3 * 1.2**step) for step in range(13)})
    for first, last in pairwise(edges):
        energy = records["energy"][first:last].mean((1, 2), dtype=np.float64)
        for length in lengths:
            if 4 <= length < len(energy) - 2:
                fits = _parabola_fits(energy, length)
                for at in np.flatnonzero(fits < _MOST_MISFIT).tolist():
                    found.append((float(fits[at]), first + at, first + at + length))
    chosen: list[tuple[int, int]] = []
    # A part of a dissolve fits nearly as well as the whole.
    found.sort(key=lambda each: each[0] - _LONGER * math.log(each[2] - each[1]))
    for _, start, end in found:
        apart = all(end <= other[0] or start >= other[1] for other in chosen)
        if apart and _differ(records["thumbnail"], start, end) and _everywhere(records["energy"], start, end):
            chosen.append((start, end))
    count = len(records)
    return sorted((max(0, start - _MARGIN), min(count, end + _MARGIN)) for start, end in chosen)


def _parabola_fits(energy: NDArray[np.float64], length: int) -> NDArray[np.float64]:
    """Misfit (n,) of the parabola from each frame to the one `length` later: 0 is exact, 1 no better than a line."""
    windows = np.lib.stride_tricks.sliding_window_view(energy, length + 1)
    share = np.linspace(0, 1, length + 1)
    start, end = windows[:, :1], windows[:, -1:]
    line = (1 - share) * start + share * end
    parabola = (1 - share) ** 2 * start + share**2 * end
    sag = np.sqrt(np.mean((line - parabola) ** 2, 1))
    misfit = np.sqrt(np.mean((windows - parabola) ** 2, 1)) / np.maximum(sag, 1e-6)
    # Of shorter windows within a dissolve the parabola is flatter: they fit less well than that of its length.
    return np.where(sag > _LEAST_SAG, misfit, np.inf)


def _everywhere(energy: NDArray[np.float32], start: int, end: int) -> bool:
    """Whether the parabola explains most cells of the frames better than a line does: in a blend all of them sag,
    where something passes by only some.
    """
    cells = energy[start : min(end + 1, len(energy))].reshape(-1, energy[0].size).astype(np.float64)
    share = np.linspace(0, 1, len(cells))[:, None]
    line = (1 - share) * cells[0] + share * cells[-1]
    parabola = (1 - share) ** 2 * cells[0] + share**2 * cells[-1]
    better = ((cells - parabola) ** 2).sum(0) < ((cells - line) ** 2).sum(0)
    return float(better.mean()) >= _CELLS_THAT_SAG


def _differ(thumbnails: NDArray[np.uint8], start: int, end: int) -> bool:
    one, other = (thumbnails[at].astype(np.float32).ravel() for at in (start, min(end, len(thumbnails) - 1)))
    size = float(np.sqrt(np.mean((other - one) ** 2)))
    return size > _LEAST_DIFFERENCE and _correlation(one, other) < _MOST_CORRELATION


def _correlation(one: NDArray[np.float32], other: NDArray[np.float32]) -> float:
    """Correlation of two thumbnails; 0 if one of them is flat, as at the end of a fade."""
    spread = float(one.std() * other.std())
    if one.std() < 4 or other.std() < 4:
        return 0.0
    return float(np.mean((one - one.mean()) * (other - other.mean()))) / spread


def _in_flash(records: Records, at: int) -> bool:
    """Whether a candidate begins a flash, or ends one that an earlier candidate began."""
    for first in range(max(0, at - FLASH_FRAMES), at + 1):
        if records["share"][first] < CANDIDATE and records["bridge"][first] > _BRIDGED:
            return True
    return False
