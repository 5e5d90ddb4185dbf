"""A CSV or JSON file about the photos of an archive: captions, photos to skip, options and recipe of a roll."""

from __future__ import annotations

import csv
import io
import json
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

from tinct.errors import OptionError, suggestion
from tinct.guidance.recipe import Recipe, read_recipe
from tinct.options import Options, with_settings

_OPTIONS = {each.name for each in fields(Options)} - {"overwrite"}
_KNOWN = ["path", "caption", "skip", "recipe", *sorted(_OPTIONS)]
_YES, _NO = ("1", "true", "yes", "x"), ("", "0", "false", "no")


@dataclass(frozen=True, slots=True)
class About:
    """What a table says of a photo; settings, those of the recipe included, override the options of the run.

    guidance: JSON of the recipe's hints and variant, made once for all photos of a roll.
    """

    caption: str = ""
    skip: bool = False
    settings: Mapping[str, Any] = field(default_factory=dict)
    recipe: Recipe | None = None
    guidance: str = ""


@dataclass(frozen=True, slots=True)
class Table:
    """What is known of photos, by path, and of rolls, by folder with a / at the end."""

    by_path: Mapping[bytes, About]
    by_folder: Mapping[bytes, About]

    def about(self, path: bytes) -> About:
        """What is said of a photo, over what is said of each of its folders, the outermost first."""
        if not self.by_path and not self.by_folder:
            return _NOTHING
        folders = [path[: at + 1] for at, byte in enumerate(path) if byte == ord("/")]
        levels = [self.by_folder[each] for each in folders if each in self.by_folder]
        if path in self.by_path:
            levels.append(self.by_path[path])
        settings: dict[str, Any] = {}
        for each in levels:
            settings |= each.settings
        caption = next((each.caption for each in reversed(levels) if each.caption), "")
        guide = next((each for each in reversed(levels) if each.recipe), _NOTHING)
        return About(caption, any(each.skip for each in levels), settings, guide.recipe, guide.guidance)


_NOTHING = About()
EMPTY = Table({}, {})


def read_table(file: Path, options: Options) -> Table:
    """Read a table: CSV with a head, or JSON, a list of objects; both with `path`, which a folder's / ends.

    Other columns: caption, skip (yes or no), recipe (its file, from the table's folder) and any option of a colouring.
    Raises OptionError, naming file and row, for an unknown column, a value that is not allowed over `options`, or a
    recipe with references.
    """
    recipes: dict[str, Recipe] = {}
    by_path: dict[bytes, About] = {}
    by_folder: dict[bytes, About] = {}
    for number, row in _rows(file):
        where = f"{file}: row {number}"
        for name in row:
            if name not in _KNOWN:
                raise OptionError(f"{where}: there is no column {name!r}{suggestion(str(name), _KNOWN)}")
        path = str(row.get("path") or "")
        if not path or path.startswith("/"):
            raise OptionError(f"{where}: has no path; give one relative to the source")
        recipe = str(row.get("recipe") or "")
        if recipe and recipe not in recipes:
            recipes[recipe] = _recipe(file.parent / recipe, where)
        about = _about(row, where, options, recipes.get(recipe))
        (by_folder if path.endswith("/") else by_path)[os.fsencode(path)] = about
    return Table(by_path, by_folder)


def _rows(file: Path) -> Iterator[tuple[int, dict[str, Any]]]:
    try:
        text = file.read_text(encoding="utf-8-sig", errors="surrogateescape")
    except OSError as error:
        raise OptionError(f"{file}: cannot be read ({error.strerror}); check its name") from None
    if file.suffix.lower() == ".json":
        try:
            rows = json.loads(text)
        except ValueError as error:
            raise OptionError(f"{file}: is no JSON ({error}); correct it") from None
        if not isinstance(rows, list) or not all(isinstance(each, dict) for each in rows):
            raise OptionError(f'{file}: is no list of objects; give [{{"path": ..., ...}}, ...]')
        yield from enumerate(rows, 1)
        return
    reader = csv.DictReader(io.StringIO(text, newline=""), strict=True)
    try:
        for row in reader:
            if None in row:
                raise OptionError(f"{file}: row {reader.line_num} has more columns than the head; correct it")
            yield reader.line_num, {name: value for name, value in row.items() if value not in (None, "")}
    except csv.Error as error:
        raise OptionError(f"{file}: is no CSV ({error}); correct row {reader.line_num}") from None


def _recipe(file: Path, where: str) -> Recipe:
    try:
        recipe = read_recipe(file)
    except OptionError as error:
        raise OptionError(f"{where}: {error}") from None
    if recipe.references:
        raise OptionError(
            f"{where}: {file} needs reference photos, which an archive has not; leave them out of the recipe"
        )
    return recipe


def _about(row: dict[str, Any], where: str, options: Options, recipe: Recipe | None) -> About:
    given = {name: value for name, value in row.items() if name in _OPTIONS and value is not None}
    settings = dict(recipe.options) if recipe else {}
    settings |= {name: _value(name, value) for name, value in given.items()}
    try:
        if with_settings(options, settings).kind == "layers":
            raise OptionError("kind layers is for single photos; give photo or chroma")
    except OptionError as error:
        raise OptionError(f"{where}: {error}") from None
    skip = str(row.get("skip", "")).strip().lower()
    if skip not in (*_YES, *_NO):
        raise OptionError(f"{where}: skip is {skip!r}; give yes or no")
    caption = "".join(sign if sign.isprintable() else " " for sign in str(row.get("caption") or "")).strip()
    return About(caption, skip in _YES, settings, recipe, _guidance(recipe) if recipe else "")


def _guidance(recipe: Recipe) -> str:
    told = {name: value for name, value in recipe.to_json().items() if name in ("hints", "variant")}
    return json.dumps(told, sort_keys=True)


def _value(name: str, value: Any) -> Any:
    """A word of a CSV as the number that an option wants, if it is one."""
    if not isinstance(value, str) or isinstance(getattr(Options(), name), str) or name == "format":
        return value
    for kind in (int, float):
        try:
            return kind(value)
        except ValueError:
            continue
    return value
