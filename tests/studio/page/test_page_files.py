"""The page's files: one set of words per language, no markup from data, short modules, nothing from elsewhere."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

import tinct.studio

PAGE = Path(tinct.studio.__file__).parent / "page"
STRINGS = {
    path.stem: json.loads(path.read_text(encoding="utf-8")) for path in (PAGE / "strings").glob("*.json")
}
SCRIPTS = {path.name: path.read_text(encoding="utf-8") for path in (PAGE / "scripts").glob("*.js")}
INDEX = (PAGE / "index.html").read_text(encoding="utf-8")


def test_three_languages_have_the_same_keys_and_the_same_gaps() -> None:
    assert set(STRINGS) == {"en", "de", "zh"}
    for language, words in STRINGS.items():
        assert list(words) == list(STRINGS["en"]), language
        for key, text in words.items():
            assert text.strip(), (language, key)
            assert set(re.findall(r"{\w+}", text)) == set(re.findall(r"{\w+}", STRINGS["en"][key])), (
                language,
                key,
            )


def test_every_word_that_the_page_asks_for_is_there() -> None:
    asked = set(re.findall(r"\bt\(\"([\w.-]+)\"", "".join(SCRIPTS.values())))
    asked |= set(re.findall(r"data-t(?:-label)?=\"([\w.-]+)\"", INDEX))
    known = set(STRINGS["en"]) | {key.removesuffix(".other") for key in STRINGS["en"]}
    assert asked
    assert asked - known == set()


def test_data_never_becomes_markup() -> None:
    assert SCRIPTS
    for name, text in SCRIPTS.items():
        assert not re.search(
            r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(|new Function", text
        ), name


def test_nothing_is_inline_and_nothing_comes_from_elsewhere() -> None:
    assert not re.search(r"\sstyle=|\son\w+=|<style|javascript:", INDEX)
    assert re.findall(r"<script(?! src=\"/page/)", INDEX) == []
    for path in [*PAGE.glob("style/*.css"), *PAGE.glob("scripts/*.js"), PAGE / "index.html"]:
        text = path.read_text(encoding="utf-8").replace("http://www.w3.org/2000/svg", "")
        assert not re.search(r"https?://|@import|url\(", text), path.name


def test_all_modules_are_asked_for_at_once() -> None:
    preloaded = set(re.findall(r"<link rel=\"modulepreload\" href=\"/page/scripts/([\w-]+\.js)\">", INDEX))
    assert preloaded == set(SCRIPTS) - {"main.js"}


@pytest.mark.parametrize("name", sorted(SCRIPTS))
def test_a_module_is_one_short_story(name: str) -> None:
    lines = SCRIPTS[name].splitlines()
    assert len(lines) <= 250
    assert lines[0].startswith("// ")


def test_openseadragon_comes_with_its_licence() -> None:
    script = (PAGE / "vendor" / "openseadragon.min.js").read_text(encoding="utf-8")
    licence = (PAGE / "vendor" / "openseadragon.LICENSE.txt").read_text(encoding="utf-8")
    assert "openseadragon 6." in script[:100]
    assert "Redistribution and use in source and binary forms" in licence
