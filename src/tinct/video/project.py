"""The project of a film: its shots and their direction as JSON, to be read, changed and given back."""

from __future__ import annotations

import json
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

from tinct.errors import OptionError, short_reason
from tinct.guidance.hint_file import check_keys
from tinct.video.direction.shot_direction import (
    ShotDirection,
    ShotHint,
    ShotReference,
    hints_of,
    references_of,
)
from tinct.video.output.saving import save
from tinct.video.shots import Shot
from tinct.video.source.probe import Clip

FORMAT = 1
KINDS = ("shot", "transition")
_KEYS = (
    "start", "key", "first_frame", "frames", "kind", "in_colour", "place", "hints", "references",
)  # fmt: skip
_REMEDY = "correct it, or write it anew with tinct video shots"
# Times in the file are rounded.
_ROUNDING = 0.0005


@dataclass(frozen=True, slots=True)
class Project:
    """Direction of the shots of a film, in order."""

    path: Path
    directions: tuple[ShotDirection, ...]

    @property
    def summary(self) -> str:
        """What it directs, in a line."""
        hints = sum(len(each.hints) for each in self.directions)
        references = sum(len(each.references) for each in self.directions)
        directed = sum(bool(each.hints or each.references) for each in self.directions)
        counted = (
            f"{len(self.directions)} shots, {hints} hints and {references} references in {directed} of them"
        )
        return f"{self.path}: {counted}"

    def shots(
        self, timestamps: Sequence[int], time_base: float, first: int
    ) -> list[tuple[Shot, ShotDirection]]:
        """The shots by numbers of frames, each with its direction; those without frames are left out.

        timestamps: of all frames, first: the one of second 0.
        """
        times = [(each - first) * time_base for each in timestamps]
        edges = [bisect_left(times, each.start - _ROUNDING) for each in self.directions]
        edges = [0, *edges[1:], len(times)]
        return [
            (Shot(edges[at], edges[at + 1], each.kind, each.in_colour), each)
            for at, each in enumerate(self.directions)
            if edges[at] < edges[at + 1]
        ]


def write_project(
    path: Path,
    clip: Clip,
    timestamps: Sequence[int],
    shots: Sequence[Shot],
    places: Sequence[int | None],
    *,
    overwrite: bool = False,
) -> None:
    """Write the shots of a film with their times, key frames and places; VideoError if it cannot be written."""

    def seconds(frame: int) -> float:
        return round(float((timestamps[frame] - clip.first) * clip.time_base), 4)

    content = {
        "format": FORMAT,
        "clip": clip.path.name,
        "frames": len(timestamps),
        "shots": [
            {
                "start": seconds(shot.start),
                "key": seconds(shot.middle),
                "first_frame": shot.start,
                "frames": shot.end - shot.start,
                "kind": shot.kind,
                "in_colour": shot.in_colour,
                "place": place,
                "hints": [],
                "references": [],
            }
            for shot, place in zip(shots, places, strict=True)
        ],
    }
    save(path, (json.dumps(content, indent=1) + "\n").encode(), overwrite=overwrite)


def read_project(path: Path) -> Project:
    """Read a project; OptionError, naming the file and the shot, for what is none."""
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        raise OptionError(f"{path}: is no project ({short_reason(error)}); {_REMEDY}") from None
    if not isinstance(content, dict) or content.get("format") != FORMAT:
        raise OptionError(f"{path}: is no project of format {FORMAT}; {_REMEDY}")
    listed = content.get("shots")
    if not isinstance(listed, list) or not listed:
        raise OptionError(f"{path}: has no shots; {_REMEDY}")
    directions = tuple(_direction(path, number, each) for number, each in enumerate(listed, 1))
    for number, (one, other) in enumerate(pairwise(directions), 2):
        if other.start <= one.start:
            raise OptionError(f"{path}: shot {number} does not start after the one before; {_REMEDY}")
    ends = [*(each.start for each in directions[1:]), float("inf")]
    for number, (each, end) in enumerate(zip(directions, ends, strict=True), 1):
        _check_direction(f"{path}: shot {number}", each, end)
    return Project(path, directions)


def _direction(path: Path, number: int, given: Any) -> ShotDirection:
    where = f"{path}: shot {number}"
    if not isinstance(given, dict):
        raise OptionError(f"{where} is no table of names and values; {_REMEDY}")
    check_keys(where, given, _KEYS)
    start, kind, in_colour = given.get("start"), given.get("kind", "shot"), given.get("in_colour", False)
    key, place = given.get("key"), given.get("place")
    if not _is_time(start):
        raise OptionError(f"{where}: start is {start!r}; give seconds from 0")
    if key is not None and not _is_time(key):
        raise OptionError(f"{where}: key is {key!r}; give seconds within the shot")
    if kind not in KINDS:
        raise OptionError(f"{where}: kind is {kind!r}; give one of {', '.join(KINDS)}")
    if not isinstance(in_colour, bool):
        raise OptionError(f"{where}: in_colour is {in_colour!r}; give true or false")
    if isinstance(place, bool) or not isinstance(place, int | str | None):
        raise OptionError(f"{where}: place is {place!r}; give a number or a name")
    return ShotDirection(
        float(start),  # type: ignore[arg-type]
        str(kind),
        in_colour,
        None if key is None else float(key),
        place,
        hints_of(where, given.get("hints", [])),
        references_of(where, path.parent, given.get("references", [])),
    )


def _check_direction(where: str, given: ShotDirection, end: float) -> None:
    """OptionError for direction that no frame of the shot could follow."""
    directed: list[ShotHint | ShotReference] = [*given.hints, *given.references]
    if directed and given.in_colour:
        raise OptionError(
            f"{where}: keeps its own colours and has hints or references; set in_colour to false"
        )
    for each in directed:
        if each.time is not None and not given.start - _ROUNDING <= each.time < end:
            raise OptionError(
                f"{where}: a hint or reference at {each.time:g} s is outside of it; move it to its own shot"
            )
        if each.scope == "place" and given.place is None:
            raise OptionError(
                f"{where}: a hint or reference is for its place, but it has none; name the place"
            )
    if given.key is not None and not given.start - _ROUNDING <= given.key < end:
        raise OptionError(f"{where}: key is {given.key:g} s, outside of it; give seconds within the shot")


def _is_time(value: Any) -> bool:
    return not isinstance(value, bool) and isinstance(value, int | float) and value >= 0
