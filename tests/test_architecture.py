"""docs/architecture.md is what the source says, and has one sentence for each package."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from types import ModuleType

import pytest

DOCS = Path(__file__).parents[1] / "docs"


@pytest.fixture(scope="module")
def script() -> ModuleType:
    spec = importlib.util.spec_from_file_location("architecture", DOCS / "architecture.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_page_is_what_the_script_writes(script: ModuleType) -> None:
    assert (DOCS / "architecture.md").read_text(encoding="utf-8") == script.page()


def test_every_package_has_one_sentence(script: ModuleType) -> None:
    for name in script.packages():
        purpose = script.purpose(name)
        assert purpose.endswith(".")
        assert ". " not in purpose


def test_arrows_are_imports_and_an_implied_one_is_omitted(script: ModuleType) -> None:
    assert ("colorizer", "photo") in script.imports()
    assert ("photo", "photo.metadata") in script.imports()
    assert script.reduced({("a", "b"), ("b", "c"), ("a", "c")}) == {("a", "b"), ("b", "c")}
