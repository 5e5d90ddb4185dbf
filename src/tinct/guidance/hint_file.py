"""Hints as JSON: a file of hints for a photo, and the hints inside a recipe."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tinct.errors import OptionError, short_reason, suggestion
from tinct.guidance.hints import RADIUS, Hint, check_hints

FORMAT = 1
MAX_BYTES = 8 << 20
_FIELDS = ("points", "color", "kind", "radius", "reach", "note")


def read_hints(path: Path, photo_digest: str | None = None) -> tuple[Hint, ...]:
    """Hints of a JSON file; its schema is docs/reference/hints.schema.json.

    photo_digest: the SHA-256 of the photo they are for, in hexadecimal. Raises OptionError for a file that cannot be
    read, is no file of hints, or names another photo.
    """
    document = read_json(path, "file of hints")
    check_keys(path, document, ("format", "photo", "hints"))
    check_format(path, document, FORMAT)
    photo = document.get("photo", {})
    named = photo.get("sha256") if isinstance(photo, Mapping) else None
    if photo_digest is not None and named not in (None, photo_digest):
        raise OptionError(
            f"{path}: these hints are for another photo; remove its photo.sha256 to use them here"
        )
    return hints_from_json(path, document.get("hints"))


def hints_from_json(where: object, given: Any) -> tuple[Hint, ...]:
    """Hints of a list of objects; OptionError, with `where` and the number of the first that is wrong."""
    if not isinstance(given, list):
        raise OptionError(f"{where}: hints is no list; give a list of objects")
    found = []
    for number, each in enumerate(given, 1):
        if not isinstance(each, dict):
            raise OptionError(f"{where}: hint {number} is no object; give one with points and a color")
        check_keys(f"{where}: hint {number}", each, _FIELDS)
        try:
            found.append(Hint(**{"points": (), **each}))
        except OptionError as fault:
            raise OptionError(f"{where}: hint {number}: {str(fault).removeprefix('hint: ')}") from None
    return check_hints(found)


def hint_to_json(hint: Hint) -> dict[str, Any]:
    """A hint as an object of JSON, without what is as by default."""
    values = {"points": [list(point) for point in hint.points]}
    usual = {"color": None, "kind": "color", "radius": RADIUS, "reach": 1.0, "note": ""}
    return values | {
        name: getattr(hint, name) for name, value in usual.items() if getattr(hint, name) != value
    }


def read_json(path: Path, what: str) -> dict[str, Any]:
    """The object in a file of JSON; OptionError, naming it, for all else."""
    try:
        if path.stat().st_size > MAX_BYTES:
            raise OptionError(
                f"{path}: {path.stat().st_size >> 20} MB are too large for a {what}; shorten it"
            )
        document = json.loads(path.read_text(encoding="utf-8"))
    except OSError as fault:
        raise OptionError(f"{path}: cannot be read ({short_reason(fault)}); choose another {what}") from None
    except (ValueError, RecursionError) as fault:
        raise OptionError(f"{path}: is no JSON ({short_reason(fault, 80)}); save the {what} again") from None
    if not isinstance(document, dict):
        raise OptionError(f"{path}: is no {what}, which is an object; save it again")
    return document


def check_keys(where: object, document: Mapping[str, Any], known: tuple[str, ...]) -> None:
    """OptionError for a key that is not known."""
    for key in document:
        if key not in known:
            raise OptionError(f"{where}: there is no {key!r}{suggestion(str(key), known)}")


def check_format(path: Path, document: Mapping[str, Any], newest: int) -> None:
    """OptionError for a format that is missing or newer than this version reads."""
    number = document.get("format")
    if isinstance(number, bool) or not isinstance(number, int) or number < 1:
        raise OptionError(f"{path}: format is {number!r}; give {newest}")
    if number > newest:
        raise OptionError(f"{path}: is of format {number}, from a newer version; install a newer tinct")
