"""Strokes and the tools that colour nothing: brush, grey, keep, barrier."""

from __future__ import annotations

from collections.abc import Callable

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


def test_one_finger_draws_and_two_enlarge(open_studio: Callable[..., Studio]) -> None:
    studio = open_studio(viewport={"width": 390, "height": 780}, has_touch=True, is_mobile=True)
    studio.open("camera.jpg")
    studio.page.tap("button[data-tool=neutral]")
    touch = studio.page.context.new_cdp_session(studio.page)

    def fingers(kind: str, *places: tuple[float, float]) -> None:
        points = [{"x": x, "y": y, "id": number} for number, (x, y) in enumerate(places)]
        touch.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})

    x, y = studio.at(0.5, 0.3)
    width = studio.page.locator("#layer").bounding_box()["width"]
    fingers("touchStart", (x - 30, y))
    fingers("touchStart", (x - 30, y), (x + 30, y))
    for far in (50, 70, 90):
        fingers("touchMove", (x - far, y), (x + far, y))
    fingers("touchEnd")
    studio.page.wait_for_timeout(300)
    assert studio.page.locator("#layer").bounding_box()["width"] > 1.5 * width
    assert studio.hints() == []

    fingers("touchStart", (x, y))
    for far in (10, 20, 30):
        fingers("touchMove", (x + far, y))
    fingers("touchEnd")
    assert [each["kind"] for each in studio.hints()] == ["neutral"]
