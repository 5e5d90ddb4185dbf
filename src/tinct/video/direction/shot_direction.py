"""Direction of a film: hints and reference photos for its shots, as a project holds them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tinct.errors import OptionError
from tinct.guidance.hint_file import check_keys, hints_from_json
from tinct.guidance.hints import Hint
from tinct.guidance.recipe import file_digest
from tinct.guidance.references import MAX_REFERENCES, check_references

SCOPES = ("shot", "place")
_REFERENCE_KEYS = ("photo", "strength", "mode", "time", "scope")


@dataclass(frozen=True, slots=True)
class ShotHint:
    """A hint on the frame at `time`, in seconds of the film; None: on the key frame of its shot.

    scope: shot, or place for all shots of the same place.
    """

    hint: Hint
    time: float | None = None
    scope: str = "shot"


@dataclass(frozen=True, slots=True)
class ShotReference:
    """A photo in colour, matched with the frame at `time`, as `ShotHint`; strength, mode: as for a `Session`."""

    path: Path
    digest: str
    strength: float = 1.0
    mode: str = "match"
    time: float | None = None
    scope: str = "shot"


@dataclass(frozen=True, slots=True)
class ShotDirection:
    """What a project says of a shot: its start and key frame in seconds (key None: the middle one), its kind, whether
    it was in colour, the number or name of its place, hints and references.
    """

    start: float
    kind: str = "shot"
    in_colour: bool = False
    key: float | None = None
    place: int | str | None = None
    hints: tuple[ShotHint, ...] = ()
    references: tuple[ShotReference, ...] = ()


def hints_of(where: str, given: Any) -> tuple[ShotHint, ...]:
    """Hints of a shot: objects as in a file of hints, each with a time and a scope if needed; OptionError."""
    if not isinstance(given, list) or not all(isinstance(each, dict) for each in given):
        raise OptionError(f"{where}: hints is no list of objects; give them as in a file of hints")
    plain = [{key: value for key, value in each.items() if key not in ("time", "scope")} for each in given]
    hints = hints_from_json(where, plain)
    return tuple(
        ShotHint(hint, *_time_and_scope(f"{where}: hint {number}", each))
        for number, (hint, each) in enumerate(zip(hints, given, strict=True), 1)
    )


def references_of(where: str, folder: Path, given: Any) -> tuple[ShotReference, ...]:
    """References of a shot, whose paths are relative to `folder`; OptionError, or PhotoError if one is missing."""
    if not isinstance(given, list) or len(given) > MAX_REFERENCES:
        raise OptionError(f"{where}: references is no list of at most {MAX_REFERENCES} objects")
    found = []
    for number, each in enumerate(given, 1):
        here = f"{where}: reference {number}"
        if not isinstance(each, dict) or not isinstance(each.get("photo"), str):
            raise OptionError(f"{here} is no object with a photo; give its path")
        check_keys(here, each, _REFERENCE_KEYS)
        strength, mode = each.get("strength", 1.0), each.get("mode", "match")
        try:
            check_references(1, strength, mode)
        except OptionError as fault:
            raise OptionError(f"{here}: {fault}") from None
        path = folder / each["photo"]
        found.append(ShotReference(path, file_digest(path), strength, mode, *_time_and_scope(here, each)))
    return tuple(found)


def _time_and_scope(where: str, given: Mapping[str, Any]) -> tuple[float | None, str]:
    time, scope = given.get("time"), given.get("scope", "shot")
    if time is not None and (isinstance(time, bool) or not isinstance(time, int | float) or not time >= 0):
        raise OptionError(f"{where}: time is {time!r}; give seconds of the film within its shot")
    if scope not in SCOPES:
        raise OptionError(f"{where}: scope is {scope!r}; give one of {', '.join(SCOPES)}")
    return None if time is None else float(time), str(scope)
