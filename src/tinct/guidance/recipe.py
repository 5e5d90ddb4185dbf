"""Recipes: all that a result was made from, but the photo, as JSON; the same again gives the same bytes."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tinct.atomic import atomic_write
from tinct.digest import sha256_of
from tinct.errors import OptionError, PhotoError, short_reason
from tinct.guidance.hint_file import check_format, check_keys, hint_to_json, hints_from_json, read_json
from tinct.guidance.hints import Hint
from tinct.models.manifest import Manifest
from tinct.options import Options
from tinct.version import __version__

FORMAT = 1
MAX_VARIANTS = 100
# Settings that say how a result looks; the others say where it goes and what is refused.
OPTIONS = (
    "vividness",
    "temperature",
    "scales",
    "seed",
    "page",
    "kind",
    "profile",
    "format",
    "quality",
    "tone",
)
_KEYS = ("format", "tinct", "photo", "model", "options", "hints", "variant", "date", "references")
_DIGEST = re.compile("[0-9a-f]{64}")
_PATH = re.compile(r"[/\\]|^~|^\.\.?$|^[A-Za-z]:")


@dataclass(frozen=True, slots=True)
class Recipe:
    """What a photo was coloured with. Digests are SHA-256 in hexadecimal.

    photo: digest of the photo's file. model: name and version; model_digest: of its manifest, which holds those of its
    files. options: the settings of OPTIONS that are not as by default. variant: the number of a variant, from 1, and of
    how many, or None. date: that the result records, YYYY-MM-DD.
    references: digests of the reference photos; reference_strength and reference_mode as for `Session`.
    """

    photo: str
    model: str
    model_digest: str
    options: Mapping[str, Any] = field(default_factory=dict)
    hints: tuple[Hint, ...] = ()
    variant: tuple[int, int] | None = None
    date: str | None = None
    references: tuple[str, ...] = ()
    reference_strength: float = 1.0
    reference_mode: str = "match"
    tinct: str = __version__

    def save(self, path: Path, *, overwrite: bool = False) -> None:
        """Write it as JSON; PhotoError if the file exists, unless overwrite, or cannot be written."""
        try:
            with atomic_write(path, overwrite=overwrite) as partial:
                partial.write_text(json.dumps(self.to_json(), indent=1) + "\n", encoding="utf-8")
        except FileExistsError:
            raise PhotoError(f"{path}: exists already; choose another name for the recipe") from None
        except OSError as fault:
            raise PhotoError(
                f"{path}: cannot be written ({short_reason(fault)}); choose another place"
            ) from None

    def to_json(self) -> dict[str, Any]:
        """The object of JSON that `read_recipe` reads; its schema is docs/reference/recipe.schema.json."""
        document: dict[str, Any] = {
            "format": FORMAT,
            "tinct": self.tinct,
            "photo": {"sha256": self.photo},
            "model": {"name": self.model, "sha256": self.model_digest},
            "options": dict(self.options),
            "hints": [hint_to_json(hint) for hint in self.hints],
        }
        if self.variant is not None:
            document["variant"] = {"number": self.variant[0], "of": self.variant[1]}
        if self.references:
            document["references"] = {
                "sha256": list(self.references),
                "strength": self.reference_strength,
                "mode": self.reference_mode,
            }
        if self.date is not None:
            document["date"] = self.date
        return document

    def differences(self, manifest: Manifest) -> list[str]:
        """Sentences about a version or a model that is not the one of the recipe; then bytes may differ."""
        found = []
        if self.tinct != __version__:
            found.append(f"the recipe is of tinct {self.tinct}, this is {__version__}; bytes may differ")
        if self.model_digest != model_digest(manifest):
            found.append(
                f"the recipe is of the model {self.model}, this is {manifest.title}; colours may differ"
            )
        return found


def read_recipe(path: Path) -> Recipe:
    """The recipe in a file; OptionError, naming it, for what is none, is damaged, newer, or contains a path."""
    document = read_json(path, "recipe")
    check_format(path, document, FORMAT)
    check_keys(path, document, _KEYS)
    for text in _texts({key: value for key, value in document.items() if key != "hints"}):
        if _PATH.search(text):
            raise OptionError(f"{path}: contains the path {text!r}, which a recipe never does; do not use it")
    options = _object(path, document, "options")
    check_keys(f"{path}: options", options, OPTIONS)
    try:
        Options.from_dict(options)
    except OptionError as fault:
        raise OptionError(f"{path}: {fault}") from None
    model = _object(path, document, "model")
    version = document.get("tinct")
    if not isinstance(version, str) or not isinstance(model.get("name"), str):
        raise OptionError(f"{path}: names no version of tinct or no model; save it again")
    return Recipe(
        photo=_digest(path, _object(path, document, "photo").get("sha256")),
        model=model["name"],
        model_digest=_digest(path, model.get("sha256")),
        options=options,
        hints=hints_from_json(path, document.get("hints", [])),
        variant=_variant(path, document),
        date=_date(path, document.get("date")),
        **_references(path, document),
        tinct=version,
    )


def options_for_recipe(options: Options) -> dict[str, Any]:
    """The settings that a recipe holds; OptionError for the path of a profile, which it cannot."""
    if _PATH.search(options.profile) or options.profile.lower().endswith((".icc", ".icm")):
        raise OptionError(f"profile is {options.profile!r}; a recipe holds srgb, p3 or keep, and no path")
    usual = Options()
    return {
        name: getattr(options, name) for name in OPTIONS if getattr(options, name) != getattr(usual, name)
    }


def model_digest(manifest: Manifest) -> str:
    """The digest of a model: that of its manifest, which holds those of its files."""
    return digest((manifest.folder / "manifest.json").read_bytes())


def digest(data: bytes) -> str:
    """SHA-256 in hexadecimal."""
    return hashlib.sha256(data).hexdigest()


def file_digest(path: Path) -> str:
    """SHA-256 of a file in hexadecimal; PhotoError if it cannot be read."""
    try:
        return sha256_of(path)
    except OSError as fault:
        raise PhotoError(f"{path}: cannot be read ({short_reason(fault)}); check its name") from None


def _object(path: Path, document: Mapping[str, Any], key: str) -> dict[str, Any]:
    found = document.get(key)
    if not isinstance(found, dict):
        raise OptionError(f"{path}: {key} is missing or no object; save the recipe again")
    return found


def _variant(path: Path, document: Mapping[str, Any]) -> tuple[int, int] | None:
    if "variant" not in document:
        return None
    found = _object(path, document, "variant")
    number, count = found.get("number"), found.get("of")
    if type(number) is not int or type(count) is not int or not 1 <= number <= count <= MAX_VARIANTS:
        raise OptionError(
            f"{path}: variant is {found!r}; give a number from 1 up to of, at most {MAX_VARIANTS}"
        )
    return number, count


def _references(path: Path, document: Mapping[str, Any]) -> dict[str, Any]:
    if "references" not in document:
        return {}
    found = _object(path, document, "references")
    check_keys(f"{path}: references", found, ("sha256", "strength", "mode"))
    digests, strength, mode = found.get("sha256"), found.get("strength", 1.0), found.get("mode", "match")
    number = isinstance(strength, int | float) and not isinstance(strength, bool) and 0 <= strength <= 1
    if not isinstance(digests, list) or not number or mode not in ("match", "palette"):
        raise OptionError(f"{path}: references are not as a recipe has them; save it again")
    return {
        "references": tuple(_digest(path, each) for each in digests),
        "reference_strength": float(strength),
        "reference_mode": mode,
    }


def _date(path: Path, text: object) -> str | None:
    if text is not None and (not isinstance(text, str) or not re.fullmatch(r"\d{4}-\d\d-\d\d", text)):
        raise OptionError(f"{path}: date is {text!r}; give YYYY-MM-DD")
    return text


def _digest(path: Path, text: object) -> str:
    if not isinstance(text, str) or not _DIGEST.fullmatch(text):
        raise OptionError(f"{path}: {text!r} is no SHA-256; save the recipe again")
    return text


def _texts(value: Any) -> list[str]:
    """Every text in a value of JSON."""
    if isinstance(value, dict):
        return [text for each in value.values() for text in _texts(each)]
    if isinstance(value, list):
        return [text for each in value for text in _texts(each)]
    return [value] if isinstance(value, str) else []
