"""Hint files and recipes: what is written is read, what is damaged is refused, the same again gives the same bytes."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import tinct
from tinct.colorizer import Colorizer
from tinct.errors import OptionError
from tinct.guidance.hint_file import hint_to_json, read_hints
from tinct.guidance.hints import Hint
from tinct.guidance.recipe import Recipe, read_recipe

DOCS = Path(__file__).parents[2] / "docs" / "reference"
HINTS = (
    Hint(((0.2, 0.5),), "5,-10", note="his uniform"),
    Hint(((0.1, 0.1), (0.9, 0.1)), kind="barrier", radius=0.02),
    Hint(((0.8, 0.8),), "field grey", reach=0.4),
)


@pytest.fixture(scope="module")
def colorizer(tiny_model: Path) -> Colorizer:
    return Colorizer(tiny_model)


def written(path: Path, document: Any) -> Path:
    path.write_text(document if isinstance(document, str) else json.dumps(document))
    return path


def test_hints_are_read_as_they_were_written(tmp_path: Path) -> None:
    document = {"format": 1, "hints": [hint_to_json(hint) for hint in HINTS]}
    assert read_hints(written(tmp_path / "hints.json", document)) == HINTS


def test_hints_for_another_photo_are_refused(tmp_path: Path) -> None:
    own, other = "a" * 64, "b" * 64
    path = written(tmp_path / "hints.json", {"format": 1, "photo": {"sha256": own}, "hints": []})
    assert read_hints(path, own) == ()
    with pytest.raises(OptionError, match="for another photo"):
        read_hints(path, other)


@pytest.mark.parametrize(
    ("document", "sentence"),
    [
        ('{"format": 1, "hints": [', "is no JSON"),
        ([], "is no file of hints"),
        ({"format": 2, "hints": []}, "newer version"),
        ({"hints": []}, "format is None"),
        ({"format": 1, "hints": 7}, "no list"),
        ({"format": 1, "hints": [7]}, "hint 1 is no object"),
        ({"format": 1, "hints": [{"color": "red"}]}, "hint 1: it has no points"),
        ({"format": 1, "hints": [{"points": [[0, 0]], "colour": "red"}]}, "did you mean 'color'"),
        (
            {"format": 1, "hints": [{"points": [[0, 2]], "color": "red"}]},
            "hint 1: the point 0,2 lies outside",
        ),
        ({"format": 1, "hints": [{"points": [[0, 0]], "color": "rde"}]}, "did you mean 'red'"),
        ({"format": 1, "hints": [{"points": [[0, float("nan")]], "color": "red"}]}, "no coordinate"),
        ({"format": 1, "hints": [{"points": [[0, 0]], "color": "red"}] * 1001}, "more than 1000"),
        ("[" * 100_000, "is no JSON"),
    ],
)
def test_what_is_no_file_of_hints_is_refused_in_one_sentence(
    document: Any, sentence: str, tmp_path: Path
) -> None:
    with pytest.raises(OptionError, match=sentence) as caught:
        read_hints(written(tmp_path / "hints.json", document))
    assert str(tmp_path / "hints.json") in str(caught.value) or "more than" in sentence
    assert "\n" not in str(caught.value)


def test_a_recipe_is_read_as_it_was_saved_and_gives_the_same_bytes_on_another_day(
    colorizer: Colorizer, grey_png: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    session = colorizer.open(grey_png, vividness=0.8, seed=3, format="jpeg").variants(4)[2].with_hints(HINTS)
    recipe = session.recipe()
    recipe.save(tmp_path / "recipe.json")
    read = read_recipe(tmp_path / "recipe.json")
    assert read == recipe
    assert read.photo == hashlib.sha256(grey_png.read_bytes()).hexdigest()
    assert read.hints[0].note == "his uniform"
    again = colorizer.open(grey_png, tinct.Options.from_dict(dict(read.options))).follow_recipe(read)
    expected = session.to_bytes()
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "86400")
    assert again.to_bytes() == expected
    assert not read.differences(colorizer.manifest)


def test_differences_of_version_and_model_are_told(colorizer: Colorizer) -> None:
    recipe = Recipe(photo="a" * 64, model="other 1", model_digest="b" * 64, tinct="0.0.1")
    version, model = recipe.differences(colorizer.manifest)
    assert "0.0.1" in version
    assert "other 1" in model


def good() -> dict[str, Any]:
    return Recipe(photo="a" * 64, model="m 1", model_digest="b" * 64, hints=HINTS).to_json()


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"format": 99}, "newer version"),
        ({"options": {"profile": "/etc/passwd"}}, "contains the path"),
        ({"options": {"format": "..\\x"}}, "contains the path"),
        ({"model": {"name": "../m", "sha256": "b" * 64}}, "contains the path"),
        ({"options": {"overwrite": True}}, "no 'overwrite'"),
        ({"options": {"vividness": 70}}, "vividness is 70"),
        ({"photo": {"sha256": "abc"}}, "no SHA-256"),
        ({"variant": {"number": 3, "of": 2}}, "variant"),
        ({"variant": {"number": True, "of": 2}}, "variant"),
        ({"date": "today"}, "date is 'today'"),
        ({"run": "rm"}, "no 'run'"),
        ({"hints": [{"points": [[7, 0]], "color": "red"}]}, "hint 1"),
    ],
)
def test_what_is_no_recipe_is_refused_in_one_sentence(
    change: dict[str, Any], sentence: str, tmp_path: Path
) -> None:
    with pytest.raises(OptionError, match=sentence) as caught:
        read_recipe(written(tmp_path / "recipe.json", good() | change))
    assert "\n" not in str(caught.value)


def test_every_truncated_recipe_is_refused(tmp_path: Path) -> None:
    text = json.dumps(good())
    for length in range(0, len(text), 7):
        with pytest.raises(OptionError):
            read_recipe(written(tmp_path / "recipe.json", text[:length]))


def test_an_array_and_a_profile_of_its_own_have_no_recipe(
    colorizer: Colorizer, grey_photo: np.ndarray
) -> None:
    with pytest.raises(OptionError, match="array"):
        colorizer.open(grey_photo).recipe()


def test_what_is_written_fits_the_published_schemas() -> None:
    jsonschema = pytest.importorskip("jsonschema")
    referencing = pytest.importorskip("referencing")
    hints, recipe = (json.loads((DOCS / f"{name}.schema.json").read_text()) for name in ("hints", "recipe"))
    registry = referencing.Registry().with_resource(
        "hints.schema.json", referencing.Resource.from_contents(hints)
    )
    document = {"format": 1, "photo": {"sha256": "a" * 64}, "hints": [hint_to_json(hint) for hint in HINTS]}
    jsonschema.Draft202012Validator(hints).validate(document)
    validator = jsonschema.Draft202012Validator(recipe, registry=registry)
    validator.validate(good())
    with pytest.raises(jsonschema.ValidationError):
        validator.validate(good() | {"run": "rm"})
