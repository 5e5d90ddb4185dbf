"""Hints: what a person knows or wishes about the colours of places in a photo."""

from __future__ import annotations

import math
import numbers
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from tinct.errors import OptionError, suggestion
from tinct.guidance.color_names import parse_color

KINDS = ("color", "neutral", "keep", "barrier")
MAX_HINTS, MAX_POINTS, MAX_NOTE = 1000, 20_000, 2000
RADIUS, MAX_RADIUS = 0.01, 0.5

Point = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Hint:
    """A point or a stroke in a photo, and what is to happen there. Raises OptionError for what is no hint.

    points: one (x, y) or several along a stroke, as fractions 0..1 of the upright photo's width and height.
    color: for kind color, "#rrggbb", "a,b" in Lab units or a name of `tinct colors`; only its hue and chroma count, the
    lightness is the photo's.
    kind: color; neutral, which stays grey; keep, which stays as it is without hints; barrier, a line that no hint
    crosses.
    radius: of the point or stroke, as a fraction of the short side. reach: 0 colours the place alone, 1 all that is
    like it. note: why, for whoever reads the recipe.
    """

    points: tuple[Point, ...]
    color: str | None = None
    kind: str = "color"
    radius: float = RADIUS
    reach: float = 1.0
    note: str = ""
    ab: Point = field(init=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "points", _checked_points(self.points))
        if self.kind not in KINDS:
            raise OptionError(f"hint: there is no kind {self.kind!r}{suggestion(str(self.kind), KINDS)}")
        _check_number("radius", self.radius, MAX_RADIUS)
        _check_number("reach", self.reach, 1.0)
        if not isinstance(self.note, str) or len(self.note) > MAX_NOTE:
            raise OptionError(f"hint: its note is no text of at most {MAX_NOTE} characters; shorten it")
        if self.kind == "barrier" and len(self.points) < 2:
            raise OptionError("hint: a barrier of one point divides nothing; give it two points or more")
        if (self.color is not None) != (self.kind == "color"):
            what = "needs a color" if self.kind == "color" else "takes no color; leave it out"
            raise OptionError(f"hint: kind {self.kind} {what}")
        object.__setattr__(self, "ab", parse_color(self.color) if self.color is not None else (0.0, 0.0))

    @classmethod
    def parse(cls, text: str) -> Hint:
        """A point from X,Y,COLOR[,RADIUS], where COLOR is as for `Hint`, or neutral, or keep."""
        words = [word.strip() for word in text.split(",")]
        form = f"hint {text!r}: give X,Y,COLOR or X,Y,COLOR,RADIUS, such as 0.4,0.25,madder"
        if len(words) < 3:
            raise OptionError(form)
        color, rest = words[2], words[3:]
        if _is_number(color) and rest:
            color, rest = f"{color},{rest[0]}", rest[1:]
        if len(rest) > 1 or not all(map(_is_number, [*words[:2], *rest])):
            raise OptionError(form)
        settings: dict[str, Any] = {"radius": float(rest[0])} if rest else {}
        settings |= {"kind": color} if color in ("neutral", "keep") else {"color": color}
        return cls(((float(words[0]), float(words[1])),), **settings)


def check_hints(hints: Iterable[Hint]) -> tuple[Hint, ...]:
    """The hints as a tuple; OptionError for too many of them, or for what is no Hint."""
    found: list[Hint] = []
    points = 0
    for hint in hints:
        if not isinstance(hint, Hint):
            raise OptionError(f"hints: a {type(hint).__name__} is no Hint; make it one")
        points += len(hint.points)
        found.append(hint)
        if len(found) > MAX_HINTS or points > MAX_POINTS:
            raise OptionError(
                f"hints: more than {MAX_HINTS} of them, or {MAX_POINTS} points in all; "
                "leave out those that say the same"
            )
    return tuple(found)


def _checked_points(points: Any) -> tuple[Point, ...]:
    pair = isinstance(points, Sequence) and len(points) == 2
    if pair and all(isinstance(each, numbers.Real) for each in points):
        points = (points,)
    if not isinstance(points, Sequence) or isinstance(points, str) or not points:
        raise OptionError("hint: it has no points; give one (x, y), or several along a stroke")
    if len(points) > MAX_POINTS:
        raise OptionError(f"hint: {len(points)} points are too many; give at most {MAX_POINTS}")
    return tuple(_checked_point(point) for point in points)


def _checked_point(point: Any) -> Point:
    if not isinstance(point, Sequence) or isinstance(point, str) or len(point) != 2:
        raise OptionError(f"hint: the point {point!r} is no pair (x, y); give fractions 0 to 1 of the photo")
    for value in point:
        if isinstance(value, bool) or not isinstance(value, numbers.Real) or not math.isfinite(value):
            raise OptionError(f"hint: {value!r} is no coordinate; give fractions 0 to 1 of the photo")
        if not 0 <= float(value) <= 1:
            raise OptionError(
                f"hint: the point {point[0]:g},{point[1]:g} lies outside the photo; give fractions 0 to 1 of it"
            )
    return float(point[0]), float(point[1])


def _check_number(name: str, value: Any, high: float) -> None:
    bad = isinstance(value, bool) or not isinstance(value, numbers.Real) or not math.isfinite(value)
    if bad or not 0 <= value <= high:
        raise OptionError(f"hint: {name} is {value!r}; give a number from 0 to {high:g}")


def _is_number(word: str) -> bool:
    try:
        float(word)
    except ValueError:
        return False
    return True
