"""The page speaks English, German and Chinese."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.studio.page.window import EXAMPLES, Studio


@pytest.mark.parametrize(
    ("locale", "language", "save"),
    [("de-DE", "de", "Speichern"), ("zh-CN", "zh-Hans", "保存"), ("fr-FR", "en", "Save")],
)
def test_the_page_speaks_the_language_of_the_browser(
    locale: str, language: str, save: str, open_studio: Callable[..., Studio]
) -> None:
    studio = open_studio(locale=locale)
    studio.open("coffee.jpg")
    assert studio.page.get_attribute("html", "lang") == language
    assert studio.page.locator("#save").inner_text().strip() == save
    studio.suggest(0.5, 0.2)
    studio.page.keyboard.press("1")
    text = studio.page.locator("body").inner_text()
    assert not re.search(r"\b[a-z]+(\.[a-z-]+)+\b(?<!\.jpg)", text)
    assert "{" not in text


def test_a_chosen_language_stays(open_studio: Callable[..., Studio]) -> None:
    studio = open_studio(locale="de-DE")
    studio.page.locator("#welcome .language-choice").select_option("zh")
    studio.page.wait_for_selector("html[lang=zh-Hans][data-ready]")
    studio.page.reload()
    studio.page.wait_for_selector("html[lang=zh-Hans][data-ready]")
    assert studio.page.locator("#choose").inner_text().strip() == "选择照片"


def test_common_errors_are_told_in_the_language_of_the_page(
    open_studio: Callable[..., Studio], tmp_path: Path
) -> None:
    studio = open_studio(locale="de-DE")
    toast = studio.page.locator(".toast.error")
    text = tmp_path / "text.jpg"
    text.write_text("no photo" * 100)
    studio.page.set_input_files("#files", text)
    toast.filter(has_text="Das kann tinct nicht lesen").wait_for()
    studio.open("coffee.jpg")
    studio.page.set_input_files("#reference-file", EXAMPLES / "camera.jpg")
    toast.filter(has_text="taugt nicht als Vorlage").wait_for()
    studio.suggest(0.5, 0.2)
    studio.page.locator(".picker summary").click()
    studio.page.fill("#color-name", "no such colour")
    studio.page.press("#color-name", "Enter")
    studio.page.locator("#color-fault", has_text="Diese Farbe ist nicht bekannt").wait_for()
