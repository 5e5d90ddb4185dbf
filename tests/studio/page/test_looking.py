"""Before and after, uncertainty, zoom and pan to the photo's own pixels."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.studio.page.window import Studio


def colourful(studio: Studio, x: float, y: float) -> bool:
    rgb = studio.color_at(x, y)
    return max(rgb) - min(rgb) > 12


def test_the_divider_shows_before_at_its_left_and_moves_by_mouse_and_keys(studio: Studio) -> None:
    studio.open("camera.jpg")
    assert colourful(studio, 0.25, 0.15)
    studio.page.click("#divider-toggle")
    divider = studio.page.get_by_role("slider", name="Divider")
    studio.page.wait_for_timeout(400)
    assert not colourful(studio, 0.25, 0.15)
    assert colourful(studio, 0.9, 0.15)

    box = divider.bounding_box()
    studio.page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    studio.page.mouse.down()
    studio.page.mouse.move(studio.at(0.1, 0)[0], box["y"] + 200, steps=5)
    studio.page.mouse.up()
    assert colourful(studio, 0.25, 0.15)

    divider.press("End")
    assert divider.get_attribute("aria-valuenow") == "100"
    assert not colourful(studio, 0.9, 0.15)
    divider.press("ArrowLeft")
    assert divider.get_attribute("aria-valuenow") == "98"
    divider.press("b")
    assert divider.is_hidden()


def test_a_key_shows_the_photo_before_for_as_long_as_it_is_held(studio: Studio) -> None:
    studio.open("camera.jpg")
    studio.page.keyboard.down("c")
    studio.page.locator(".tag-before").wait_for()
    studio.page.wait_for_timeout(400)
    assert not colourful(studio, 0.9, 0.15)
    studio.page.keyboard.up("c")
    assert colourful(studio, 0.9, 0.15)


def test_the_button_shows_the_photo_before_for_as_long_as_it_is_held(studio: Studio) -> None:
    studio.open("camera.jpg")
    studio.page.hover("#compare")
    studio.page.mouse.down()
    studio.page.locator(".tag-before").wait_for()
    studio.page.wait_for_timeout(600)
    studio.page.mouse.up()
    assert studio.page.locator(".tag-before").is_hidden()
    assert studio.page.get_attribute("#compare", "aria-pressed") == "false"


@pytest.mark.parametrize("key", [None, "Enter", " "])
def test_a_click_on_the_button_shows_the_photo_before_until_the_next(studio: Studio, key: str | None) -> None:
    studio.open("camera.jpg")
    button, tag = studio.page.locator("#compare"), studio.page.locator(".tag-before")
    for pressed in ("true", "false"):
        if key is None:
            button.click()
        else:
            button.press(key)
        assert button.get_attribute("aria-pressed") == pressed
        assert tag.is_visible() == (pressed == "true")
        studio.page.wait_for_timeout(400)
        assert colourful(studio, 0.9, 0.15) == (pressed == "false")


def test_a_new_colour_ends_the_look_at_the_photo_before(studio: Studio) -> None:
    studio.open("camera.jpg")
    studio.page.click("#compare")
    studio.suggest(0.5, 0.1)
    assert studio.page.locator(".tag-before").is_visible()
    studio.page.keyboard.press("1")
    studio.page.locator(".tag-before").wait_for(state="hidden")
    assert studio.page.get_attribute("#compare", "aria-pressed") == "false"


def test_uncertainty_lies_over_the_photo_with_a_legend(studio: Studio) -> None:
    studio.open("coffee.jpg")
    before = studio.color_at(0.5, 0.5)
    studio.page.keyboard.press("u")
    studio.page.locator("#legend").wait_for()
    studio.page.locator("#uncertainty:not([hidden])").wait_for()
    studio.page.wait_for_timeout(300)
    assert studio.color_at(0.5, 0.5) != before
    assert re.sub(r"\s+", " ", studio.page.locator("#legend").inner_text()) == "certain uncertain"
    studio.page.keyboard.press("u")
    assert studio.page.locator("#legend").is_hidden()


def test_zooming_asks_for_the_tiles_of_full_size_and_only_those_that_are_seen(
    studio: Studio, tmp_path: Path, large_photo: Callable[[Path], Path]
) -> None:
    asked: list[str] = []
    studio.page.on("request", lambda request: asked.append(request.url))
    studio.page.set_input_files("#files", [large_photo(tmp_path)])
    studio.wait_for_colour()
    levels = studio.document()["levels"]
    full = re.compile(rf"/tiles/result/\d+/{levels - 1}/(\d+)_(\d+)")
    assert not any(full.search(url) for url in asked)
    studio.page.keyboard.press("z")
    studio.page.wait_for_timeout(1500)
    tiles = {full.search(url).groups() for url in asked if full.search(url)}  # type: ignore[union-attr]
    assert 4 <= len(tiles) < 60
    assert studio.page.locator("#zoom-fit").inner_text() == "100 %"

    left = studio.page.locator("#layer").bounding_box()["x"]
    studio.drag((0.5, 0.5), (0.45, 0.45))
    studio.page.wait_for_timeout(700)
    assert studio.page.locator("#layer").bounding_box()["x"] < left - 50
    studio.page.keyboard.press("0")
    studio.page.wait_for_timeout(300)
    box = studio.page.locator("#layer").bounding_box()
    assert box["width"] < 1200


def test_the_wheel_and_the_buttons_zoom(studio: Studio) -> None:
    studio.open("coffee.jpg")
    width = studio.page.locator("#layer").bounding_box()["width"]
    studio.page.click("#zoom-in")
    studio.page.wait_for_timeout(300)
    larger = studio.page.locator("#layer").bounding_box()["width"]
    assert larger > 1.2 * width
    studio.page.mouse.move(*studio.at(0.5, 0.5))
    studio.page.mouse.wheel(0, 300)
    studio.page.wait_for_timeout(300)
    assert studio.page.locator("#layer").bounding_box()["width"] < larger
