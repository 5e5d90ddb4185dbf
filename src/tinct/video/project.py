"""The project of a film: its shots as JSON, to be read, corrected and given back."""

from __future__ import annotations

import json
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

from tinct.errors import OptionError, short_reason
from tinct.video.probe import Clip
from tinct.video.saving import save
from tinct.video.shots import Shot

FORMAT = 1
KINDS = ("shot", "transition")
_REMEDY = "correct it, or write it anew with tinct video shots"


@dataclass(frozen=True, slots=True)
class Project:
    """Shots of a film as (start in seconds, kind, in_colour), in order; text: of the file."""

    starts: tuple[tuple[float, str, bool], ...]
    text: str

    def shots(self, timestamps: Sequence[int], time_base: float, first: int) -> list[Shot]:
        """The shots by numbers of frames; timestamps: of all frames, first: the one of second 0."""
        times = [(each - first) * time_base for each in timestamps]
        # Half a millisecond: times in the file are rounded.
        edges = [bisect_left(times, start - 0.0005) for start, _, _ in self.starts]
        edges = [0, *edges[1:], len(times)]
        return [
            Shot(edges[at], edges[at + 1], kind, in_colour)
            for at, (_, kind, in_colour) in enumerate(self.starts)
            if edges[at] < edges[at + 1]
        ]


def write_project(
    path: Path, clip: Clip, timestamps: Sequence[int], shots: Sequence[Shot], *, overwrite: bool = False
) -> None:
    """Write the shots of a film with their times and key frames; VideoError if the file cannot be written."""

    def seconds(frame: int) -> float:
        return round(float((timestamps[frame] - clip.first) * clip.time_base), 4)

    content = {
        "format": FORMAT,
        "clip": clip.path.name,
        "frames": len(timestamps),
        "shots": [
            {
                "start": seconds(shot.start),
                "key": seconds((shot.start + shot.end) // 2),
                "first_frame": shot.start,
                "frames": shot.end - shot.start,
                "kind": shot.kind,
                "in_colour": shot.in_colour,
                "hints": [],
            }
            for shot in shots
        ],
    }
    save(path, (json.dumps(content, indent=1) + "\n").encode(), overwrite=overwrite)


def read_project(path: Path) -> Project:
    """Read a project; OptionError, naming the file and the shot, for what is none."""
    try:
        text = path.read_text(encoding="utf-8")
        content = json.loads(text)
    except (OSError, ValueError) as error:
        raise OptionError(f"{path}: is no project ({short_reason(error)}); {_REMEDY}") from None
    if not isinstance(content, dict) or content.get("format") != FORMAT:
        raise OptionError(f"{path}: is no project of format {FORMAT}; {_REMEDY}")
    listed = content.get("shots")
    if not isinstance(listed, list) or not listed:
        raise OptionError(f"{path}: has no shots; {_REMEDY}")
    starts = tuple(_shot(path, number, each) for number, each in enumerate(listed, 1))
    for number, (one, other) in enumerate(pairwise(starts), 2):
        if other[0] <= one[0]:
            raise OptionError(f"{path}: shot {number} does not start after the one before; {_REMEDY}")
    return Project(starts, text)


def _shot(path: Path, number: int, given: Any) -> tuple[float, str, bool]:
    where = f"{path}: shot {number}"
    if not isinstance(given, dict):
        raise OptionError(f"{where} is no table of names and values; {_REMEDY}")
    start, kind, in_colour = given.get("start"), given.get("kind", "shot"), given.get("in_colour", False)
    if isinstance(start, bool) or not isinstance(start, int | float) or start < 0:
        raise OptionError(f"{where}: start is {start!r}; give seconds from 0")
    if kind not in KINDS:
        raise OptionError(f"{where}: kind is {kind!r}; give one of {', '.join(KINDS)}")
    if not isinstance(in_colour, bool):
        raise OptionError(f"{where}: in_colour is {in_colour!r}; give true or false")
    if given.get("hints"):
        raise OptionError(f"{where}: hints of films are not known to this tinct; leave them empty")
    return float(start), str(kind), in_colour
