"""The main task by keys alone, and every shortcut in one list."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from tests.studio.page.window import EXAMPLES, Studio


def focused(studio: Studio) -> str:
    """Id, or else class, of the element that has the focus."""
    found: str = studio.page.evaluate("document.activeElement.id || document.activeElement.className")
    return found


def tab_to(studio: Studio, wanted: str) -> None:
    """Press Tab until the element of that id has the focus."""
    for _ in range(40):
        if focused(studio) == wanted:
            return
        studio.page.keyboard.press("Tab")
    raise AssertionError(f"Tab never came to {wanted}")


def test_a_photo_is_coloured_with_two_hints_and_saved_by_keys_alone(studio: Studio) -> None:
    keyboard = studio.page.keyboard
    tab_to(studio, "choose")
    with studio.page.expect_file_chooser() as asked:
        keyboard.press("Enter")
    asked.value.set_files([EXAMPLES / "camera.jpg"])
    studio.wait_for_colour()

    tab_to(studio, "stage")
    for _ in range(4):
        keyboard.press("Shift+ArrowUp")
    keyboard.press("Enter")
    studio.page.locator("button.suggestion").first.wait_for()
    keyboard.press("2")
    keyboard.press("Escape")
    assert "hint" in focused(studio)
    for _ in range(3):
        keyboard.press("Shift+ArrowRight")
    [first] = studio.hints()
    assert first["points"][0][0] > 0.55

    studio.page.focus("#stage")
    keyboard.press("Shift+ArrowLeft")
    keyboard.press("Enter")
    studio.page.locator("button.suggestion").first.wait_for()
    keyboard.press("1")
    keyboard.press("Escape")
    assert len(studio.hints()) == 2

    keyboard.press("Control+s")
    assert focused(studio) == "save-now"
    keyboard.press("Shift+Tab")
    studio.page.locator("#save-dialog").get_by_label("Downloads of the browser").focus()
    keyboard.press("Space")
    with studio.page.expect_download() as caught:
        keyboard.press("Enter")
    assert Path(caught.value.path()).stat().st_size > 10_000


def test_one_stop_of_tab_serves_all_hints_and_keys_go_between_them(studio: Studio) -> None:
    studio.open("camera.jpg")
    keyboard = studio.page.keyboard
    studio.page.keyboard.press("g")
    for x in (0.3, 0.5, 0.7):
        studio.click(x, 0.1)
    studio.document()
    keyboard.press("v")
    hints = studio.page.locator("#hints .hint")
    assert [each.get_attribute("tabindex") for each in hints.all()].count("0") == 1
    keyboard.press(".")
    assert hints.nth(0).evaluate("(each) => each === document.activeElement")
    keyboard.press(",")
    assert hints.nth(2).evaluate("(each) => each === document.activeElement")
    keyboard.press("Enter")
    studio.page.locator("#popover").wait_for()
    keyboard.press("Escape")
    assert hints.nth(2).evaluate("(each) => each === document.activeElement")
    keyboard.press("Delete")
    assert len(studio.hints()) == 2
    studio.said("deleted")


def test_strokes_are_drawn_by_keys(studio: Studio) -> None:
    studio.open("camera.jpg")
    keyboard = studio.page.keyboard
    keyboard.press("x")
    studio.page.focus("#stage")
    keyboard.press("ArrowUp")
    keyboard.press("Enter")
    for _ in range(5):
        keyboard.press("Shift+ArrowLeft")
    keyboard.press("Enter")
    [barrier] = studio.hints()
    assert barrier["kind"] == "barrier"
    assert barrier["points"][0][0] - barrier["points"][-1][0] > 0.2


def test_a_question_mark_lists_every_shortcut(studio: Studio) -> None:
    studio.page.keyboard.press("?")
    dialog = studio.page.get_by_role("dialog", name="Shortcuts")
    dialog.wait_for()
    text = dialog.inner_text()
    for words in (
        "Hold: the photo before",
        "Undo",
        "Next photo",
        "Delete the hint",
        "Take a suggested colour",
    ):
        assert words in text
    studio.page.keyboard.press("Escape")
    assert dialog.is_hidden()


def test_keys_typed_into_a_field_are_text(studio: Studio) -> None:
    studio.open("coffee.jpg")
    studio.suggest(0.1, 0.1)
    studio.page.locator("summary", has_text="Size and note").click()
    studio.page.type("#hint-note", "b c u 1 ? n")
    assert studio.page.locator("#divider").is_hidden()
    assert studio.page.locator("#help-dialog").is_hidden()
    assert studio.page.locator("#hint-note").input_value() == "b c u 1 ? n"


def test_every_stop_of_tab_shows_that_it_has_the_focus(open_studio: Callable[..., Studio]) -> None:
    studio = open_studio()
    studio.open("coffee.jpg")
    studio.page.keyboard.press("Tab")
    seen = set()
    for _ in range(30):
        name = focused(studio)
        style = studio.page.evaluate(
            """() => { const each = document.activeElement, style = getComputedStyle(each);
            const inner = each.querySelector('span') ? getComputedStyle(each.querySelector('span')).boxShadow : 'none';
            return [style.boxShadow, style.outlineStyle, inner]; }"""
        )
        if studio.page.evaluate("document.activeElement !== document.body"):
            assert style[0] != "none" or style[1] not in ("none", "") or style[2] != "none", name
            seen.add(name)
        studio.page.keyboard.press("Tab")
    assert {"stage", "save", "vividness", "add", "help"} <= seen
