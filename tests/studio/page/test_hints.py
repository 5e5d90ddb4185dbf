"""A click, a colour: suggestions, any other colour, and what becomes of a hint."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tests.studio.page.window import Studio


def name(studio: Studio, color: str) -> None:
    """Ask for a colour by name or hex in the open popover."""
    studio.page.locator("summary", has_text="Any colour").click()
    studio.page.fill("#color-name", color)
    studio.page.press("#color-name", "Enter")
    studio.page.locator(".obtained").wait_for()


def near(value: float, within: float = 0.01) -> Any:
    return pytest.approx(value, abs=within)


def test_a_click_offers_nine_colours_with_probabilities_and_a_key_takes_one(studio: Studio) -> None:
    studio.open("coffee.jpg")
    suggestions = studio.suggest(0.1, 0.1)
    assert suggestions.count() == 9
    shares = [int(each.split()[-1].rstrip("%")) for each in suggestions.all_inner_texts()]
    assert shares[:8] == sorted(shares[:8], reverse=True)
    assert 90 <= sum(shares) <= 105
    labels = [each.get_attribute("aria-label") for each in suggestions.all()]
    assert labels[0].startswith("1: ")
    assert labels[8] == f"9: grey, {shares[8]}% likely"
    assert studio.hints() == []
    assert studio.page.locator("#draft").is_visible()
    studio.page.keyboard.press("3")
    [hint] = studio.hints()
    assert studio.page.locator("#draft").is_hidden()
    assert suggestions.nth(2).get_attribute("aria-pressed") == "true"
    assert hint["requested"]["hex"] == suggestions.nth(2).get_attribute("title").split(" · ")[-1]
    studio.said("added")


@pytest.mark.parametrize("size", [(1200, 760), (780, 560), (390, 844), (844, 390)])
def test_the_popover_does_not_cover_the_place_that_it_is_for(
    open_studio: Callable[..., Studio], size: tuple[int, int]
) -> None:
    studio = open_studio(viewport={"width": size[0], "height": size[1]})
    studio.open("camera.jpg")
    studio.suggest(0.5, 0.8)

    def beside() -> bool:
        box = studio.page.locator("#popover").bounding_box()
        x, y = studio.at(0.5, 0.8)
        over = 0 <= x - box["x"] <= box["width"] and 0 <= y - box["y"] <= box["height"]
        return not over and 0 < x < size[0] and 0 < y < size[1]

    studio.wait(beside)


def test_a_slow_and_shaky_click_is_a_click(studio: Studio) -> None:
    studio.open("coffee.jpg")
    x, y = studio.at(0.1, 0.1)
    studio.page.mouse.move(x, y)
    studio.page.mouse.down()
    studio.page.wait_for_timeout(900)
    studio.page.mouse.move(x + 3, y + 2)
    studio.page.mouse.up()
    studio.page.locator("button.suggestion").first.wait_for()


def test_every_digit_takes_its_suggestion(studio: Studio) -> None:
    studio.open("coffee.jpg")
    suggestions = studio.suggest(0.1, 0.1)
    seen = set()
    for digit in "123456789":
        studio.page.keyboard.press(digit)
        [hint] = studio.hints()
        seen.add(hint["color"])
        assert suggestions.nth(int(digit) - 1).get_attribute("aria-pressed") == "true"
    assert len(seen) == 9


def test_a_colour_taken_is_seen_at_its_place(studio: Studio) -> None:
    studio.open("camera.jpg")
    red, _, blue = studio.color_at(0.65, 0.08)
    assert blue > red
    studio.suggest(0.5, 0.1)
    name(studio, "rose madder")
    studio.page.keyboard.press("Escape")
    studio.wait_for_colour()
    red, _, blue = studio.color_at(0.65, 0.08)
    assert red > blue + 40


def test_names_are_offered_and_taken(studio: Studio) -> None:
    studio.open("camera.jpg")
    studio.suggest(0.8, 0.8)
    studio.page.locator("summary", has_text="Any colour").click()
    studio.page.type("#color-name", "madd")
    studio.page.locator("#color-names button", has_text="rose madder").wait_for()
    studio.page.fill("#color-name", "RoseMad")
    studio.page.locator("#color-names button", has_text="rose madder").click()
    studio.page.locator(".obtained").wait_for()
    [hint] = studio.hints()
    assert hint["color"] == "rose madder"
    studio.page.fill("#color-name", "no colour at all")
    studio.page.press("#color-name", "Enter")
    studio.page.locator("#color-fault").wait_for()
    assert "no colour at all" in studio.page.locator("#color-fault").inner_text()


def test_hex_and_a_b_fields_ask_for_any_colour_and_say_what_srgb_cannot_show(studio: Studio) -> None:
    studio.open("camera.jpg")
    studio.suggest(0.8, 0.8)
    name(studio, "#7a6a55")
    assert studio.hints()[0]["color"] == "#7a6a55"
    obtained = studio.page.locator(".obtained")
    assert re.findall(r"requested|obtained", obtained.inner_text()) == ["requested", "obtained"]
    assert studio.page.locator("#popover .warning[role=status]").is_hidden()

    studio.page.fill("#color-a", "-100")
    studio.page.fill("#color-b", "-90")
    studio.page.press("#color-b", "Enter")
    [hint] = studio.hints()
    assert hint["in_gamut"] is False
    studio.page.locator("#popover .warning", has_text="sRGB").wait_for()
    codes = obtained.locator("code").all_inner_texts()
    assert codes == [hint["requested"]["hex"], hint["obtained"]["hex"]]


def test_the_plane_takes_colours_by_mouse_and_arrow_keys_as_one_step_each(studio: Studio) -> None:
    studio.open("coffee.jpg")
    studio.suggest(0.1, 0.1)
    studio.page.locator("summary", has_text="Any colour").click()
    plane = studio.page.locator(".plane")
    box = plane.bounding_box()
    studio.page.mouse.move(box["x"] + 100, box["y"] + 100)
    studio.page.mouse.down()
    studio.page.mouse.move(box["x"] + 120, box["y"] + 60, steps=10)
    studio.page.mouse.up()
    [dragged] = studio.hints()
    plane.focus()
    plane.press("ArrowRight")
    plane.press("ArrowRight")
    [moved] = studio.hints()
    assert abs(moved["requested"]["a"] - dragged["requested"]["a"] - 4) < 0.05
    studio.page.keyboard.press("Escape")
    for expected in (dragged["color"], None):
        studio.page.keyboard.press("Control+z")
        studio.page.wait_for_timeout(300)
        assert [each["color"] for each in studio.hints()] == ([expected] if expected else [])


def test_a_recent_colour_comes_back(studio: Studio) -> None:
    studio.open("coffee.jpg")
    studio.suggest(0.1, 0.1)
    studio.page.keyboard.press("2")
    [first] = studio.hints()
    studio.page.keyboard.press("Escape")
    studio.suggest(0.9, 0.9)
    studio.page.locator("summary", has_text="Any colour").click()
    studio.page.locator(".recent .dot").first.click()
    _, second = studio.hints()
    assert second["color"] == first["color"]


def test_the_eyedropper_takes_a_colour_from_the_photo(studio: Studio) -> None:
    studio.open("camera.jpg")
    studio.suggest(0.8, 0.8)
    studio.page.locator("summary", has_text="Any colour").click()
    studio.page.click(".pipette")
    studio.click(0.3, 0.05)
    studio.page.locator(".obtained").wait_for()
    [hint] = studio.hints()
    assert hint["points"] == [[near(0.8), near(0.8)]]
    assert hint["requested"]["b"] < -8


def test_the_eyedropper_takes_a_colour_from_a_reference(studio: Studio, reference: Path) -> None:
    studio.open("coffee.jpg")
    studio.page.set_input_files("#reference-file", [reference])
    studio.page.locator("#reference-list img").wait_for()
    studio.suggest(0.1, 0.1)
    studio.page.locator("summary", has_text="Any colour").click()
    studio.page.click(".pipette")
    picture = studio.page.locator(".pickable")
    picture.locator("img").scroll_into_view_if_needed()
    picture.focus()
    picture.press("ArrowLeft")
    picture.press("Enter")
    studio.page.locator(".obtained").wait_for()
    [hint] = studio.hints()
    assert hint["requested"]["a"] > 20


def test_a_point_is_dragged_and_the_photo_follows(studio: Studio) -> None:
    studio.open("coffee.jpg")
    studio.suggest(0.1, 0.1)
    studio.page.keyboard.press("1")
    studio.page.keyboard.press("Escape")
    previews: list[str] = []
    studio.page.on("request", lambda request: "preview?" in request.url and previews.append(request.url))
    studio.drag((0.1, 0.1), (0.3, 0.2), (0.4, 0.3))
    [hint] = studio.hints()
    assert hint["points"][0] == [near(0.4, 0.02), near(0.3, 0.02)]
    assert [url for url in previews if "short_side=512" in url]
    studio.said("Moved to 40% from the left")
    studio.page.keyboard.press("Control+z")
    studio.said("Undone")
    assert studio.hints()[0]["points"][0] == [near(0.1, 0.01), near(0.1, 0.01)]


def test_a_point_is_deleted(studio: Studio) -> None:
    studio.open("coffee.jpg")
    studio.suggest(0.1, 0.1)
    studio.page.keyboard.press("1")
    studio.page.locator("#popover").get_by_role("button", name="Delete").click()
    assert studio.hints() == []
    assert studio.page.locator("#hints .hint").count() == 0


def test_reach_size_and_a_note_belong_to_a_hint(studio: Studio) -> None:
    studio.open("coffee.jpg")
    studio.suggest(0.1, 0.1)
    studio.page.keyboard.press("1")
    studio.page.locator("summary", has_text="Size and note").click()
    studio.page.locator("#hint-reach").fill("20")
    studio.page.locator("#hint-radius").fill("3")
    studio.page.fill("#hint-note", "grandmother’s table")
    studio.page.locator("#hint-note").blur()
    [hint] = studio.hints()
    assert (hint["reach"], hint["radius"], hint["note"]) == (0.2, 0.03, "grandmother’s table")


def test_how_far_a_colour_spreads_is_set_without_unfolding_anything(studio: Studio) -> None:
    studio.open("coffee.jpg")
    studio.suggest(0.1, 0.1)
    popover = studio.page.locator("#popover")
    reach, advice = popover.get_by_role("slider", name="Reach"), popover.get_by_text("Spread too far?")
    assert reach.is_visible()
    assert advice.is_hidden()
    studio.page.keyboard.press("1")
    advice.wait_for()
    assert popover.locator("#hint-radius").is_hidden()
    [hint] = studio.hints()
    assert hint["reach"] == 0.8
    reach.fill("20")
    [hint] = studio.hints()
    assert hint["reach"] == 0.2
