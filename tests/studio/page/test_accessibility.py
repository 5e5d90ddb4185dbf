"""axe-core finds nothing serious in any state, in light and dark and at the width of a phone."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tests.studio.page.window import EXAMPLES, Studio

_SETTINGS = {
    "light": {},
    "dark": {"color_scheme": "dark"},
    "phone": {"viewport": {"width": 390, "height": 780}, "has_touch": True, "is_mobile": True},
}


@pytest.fixture(scope="session")
def axe() -> str:
    """The script of axe-core, from the package axe-playwright-python."""
    package = pytest.importorskip("axe_playwright_python")
    [script] = Path(package.__file__).parent.rglob("axe.min.js")
    return script.read_text(encoding="utf-8")


def violations(studio: Studio, axe: str, setting: str) -> list[str]:
    """What axe finds serious or critical, with the first element of each; in the dark only colours differ."""
    if not studio.page.evaluate("Boolean(window.axe)"):
        studio.page.evaluate(axe)
    rules = ", runOnly: ['color-contrast']" if setting == "dark" else ""
    found: dict[str, Any] = studio.page.evaluate(f"axe.run(document, {{resultTypes: ['violations']{rules}}})")
    assert found["passes"]
    return [
        f"{each['id']}: {each['nodes'][0]['html'][:200]} {each['nodes'][0]['failureSummary']}"
        for each in found["violations"]
        if each["impact"] in ("serious", "critical")
    ]


@pytest.mark.parametrize("setting", _SETTINGS)
def test_axe_finds_nothing_serious(setting: str, open_studio: Callable[..., Studio], axe: str) -> None:
    studio = open_studio(**_SETTINGS[setting])
    page = studio.page
    seen: dict[str, list[str]] = {"empty": violations(studio, axe, setting)}

    def look(state: str) -> None:
        seen[state] = violations(studio, axe, setting)

    page.set_input_files("#files", [EXAMPLES / name for name in ("coffee.jpg", "camera.jpg")])
    page.locator("#strip li[data-state=ready]").nth(1).wait_for()
    studio.wait_for_colour()
    look("photo")
    if setting != "phone":
        page.click("#more-variants")
        page.locator("#variants button").nth(5).wait_for()
    page.keyboard.press("b")
    look("divider")
    page.keyboard.press("b")
    page.keyboard.press("u")
    page.locator("#legend").wait_for()
    look("uncertainty")
    page.keyboard.press("u")
    studio.suggest(0.5, 0.2)
    look("popover")
    page.keyboard.press("1")
    for summary in page.locator("#popover summary").all():
        summary.click()
    page.fill("#color-a", "-100")
    page.press("#color-a", "Enter")
    page.locator("#popover .warning", has_text="sRGB").wait_for()
    look("any colour")
    page.keyboard.press("Escape")
    page.keyboard.press("g")
    look("tools")
    page.keyboard.press("v")
    if setting == "phone":
        page.click("#adjust-toggle")
        look("panel")
        page.click("#adjust-close")
    for state, key, dialog in (("help", "?", "help-dialog"), ("save", "Control+s", "save-dialog")):
        page.keyboard.press(key)
        page.locator(f"#{dialog}").wait_for()
        look(state)
        page.keyboard.press("Escape")
    page.click("#add")
    page.locator("#roots-dialog li").first.wait_for()
    look("folders")
    assert {state: found for state, found in seen.items() if found} == {}


def test_changes_are_announced(studio: Studio) -> None:
    live = studio.page.locator("#live")
    assert live.get_attribute("aria-live") == "polite"
    studio.open("coffee.jpg")
    studio.said("coffee.jpg is in colour")
    studio.suggest(0.5, 0.2)
    studio.said("9 likely colours")
    studio.page.keyboard.press("1")
    studio.said("added")
    studio.page.keyboard.press("Escape")
    studio.page.keyboard.press("Control+z")
    studio.said("Undone")
    studio.page.keyboard.press("s")
    studio.said("Brush: draw over")


def test_nothing_moves_for_those_who_want_no_motion(studio: Studio) -> None:
    studio.page.set_input_files("#files", [EXAMPLES / "coffee.jpg"])
    studio.wait_for_colour()
    assert studio.page.evaluate("document.getAnimations().length") == 0


def test_at_the_width_of_a_phone_nothing_is_wider_than_the_window(open_studio: Callable[..., Studio]) -> None:
    studio = open_studio(**_SETTINGS["phone"])
    studio.open("coffee.jpg")
    wide = """[...document.querySelectorAll('body *')]
      .filter((each) => each.offsetParent && !each.closest('#stage, #strip'))
      .filter((each) => each.getBoundingClientRect().right > innerWidth + 1).map((each) => each.id || each.className)"""
    assert studio.page.evaluate(wide) == []
    studio.page.touchscreen.tap(*studio.at(0.5, 0.6))
    studio.page.locator("button.suggestion").first.tap()
    assert len(studio.hints()) == 1
    assert studio.page.evaluate(wide) == []


def test_on_a_phone_that_lies_dialogs_and_the_popover_fit(open_studio: Callable[..., Studio]) -> None:
    studio = open_studio(viewport={"width": 740, "height": 360}, has_touch=True, is_mobile=True)
    studio.open("coffee.jpg")
    for button, shown in (("save", "save-dialog"), ("help", "help-dialog"), ("add", "roots-dialog")):
        studio.page.tap(f"#{button}")
        studio.page.locator(f"#{shown}").wait_for()
        box = studio.page.locator(f"#{shown}").bounding_box()
        assert box["y"] >= 0
        assert box["y"] + box["height"] <= 360, shown
        studio.page.keyboard.press("Escape")
    studio.page.touchscreen.tap(*studio.at(0.9, 0.5))
    studio.page.locator("button.suggestion").first.wait_for()
    studio.page.wait_for_timeout(700)
    place, popover = (studio.page.locator(each).bounding_box() for each in ("#draft", "#popover"))
    assert place["x"] + place["width"] < popover["x"]
    assert popover["y"] + popover["height"] <= 360
