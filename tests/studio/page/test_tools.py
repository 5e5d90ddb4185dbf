"""Strokes and the tools that colour nothing: brush, grey, keep, barrier."""

from __future__ import annotations

from tests.studio.page.window import Studio


def test_a_stroke_is_drawn_and_coloured(studio: Studio) -> None:
    studio.open("camera.jpg")
    studio.page.click("button[data-tool=stroke]")
    studio.drag((0.3, 0.1), (0.5, 0.12), (0.6, 0.05))
    studio.page.locator("button.suggestion").first.wait_for()
    assert studio.page.locator("#strokes-draft").count() == 1
    studio.page.keyboard.press("4")
    [hint] = studio.hints()
    assert 3 <= len(hint["points"]) < 30
    assert studio.page.locator("#strokes .stroke.color").count() == 1
    assert studio.page.locator("#strokes-draft").count() == 0


def test_the_wheel_changes_the_brush(studio: Studio) -> None:
    studio.open("camera.jpg")
    studio.page.keyboard.press("g")
    studio.page.mouse.move(*studio.at(0.5, 0.5))
    width = studio.page.locator("#brush").bounding_box()["width"]
    for _ in range(5):
        studio.page.mouse.wheel(0, -100)
    studio.page.wait_for_timeout(200)
    assert studio.page.locator("#brush").bounding_box()["width"] > 1.5 * width
    studio.drag((0.2, 0.5), (0.3, 0.6))
    [hint] = studio.hints()
    assert hint["radius"] > 0.03


def test_grey_keep_and_barrier_are_hints_without_a_colour(studio: Studio) -> None:
    studio.open("camera.jpg")
    studio.page.keyboard.press("g")
    studio.click(0.5, 0.1)
    studio.page.keyboard.press("k")
    studio.drag((0.7, 0.8), (0.8, 0.9))
    studio.page.keyboard.press("x")
    studio.click(0.9, 0.9)
    studio.drag((0.1, 0.6), (0.9, 0.6))
    assert [(each["kind"], len(each["points"])) for each in studio.hints()] == [
        ("neutral", 1), ("keep", 2), ("barrier", 2),
    ]  # fmt: skip
    studio.wait_for_colour()
    red, green, blue = studio.color_at(0.53, 0.11)
    assert max(red, green, blue) - min(red, green, blue) < 14


def test_a_hint_without_a_colour_opens_and_is_deleted(studio: Studio) -> None:
    studio.open("camera.jpg")
    studio.page.keyboard.press("g")
    studio.click(0.5, 0.1)
    studio.page.keyboard.press("v")
    studio.page.locator(".hint.neutral").click()
    assert "stays grey" in studio.page.locator("#popover").inner_text()
    assert studio.page.locator("#popover .suggestion").count() == 0
    studio.page.keyboard.press("Delete")
    assert studio.hints() == []
