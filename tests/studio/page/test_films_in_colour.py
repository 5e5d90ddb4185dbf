"""Films of which some shots are in colour already."""

from __future__ import annotations

from pathlib import Path

import pytest

pytest.importorskip("av")

from tests.studio.page.filming import open_film, write_film
from tests.studio.page.window import Studio


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_film(tmp_path_factory.mktemp("film") / "reel.mp4", in_colour=1)


def show_second_shot(studio: Studio) -> None:
    studio.page.keyboard.press("PageDown")
    studio.said("Shot 2 of 3")
    studio.wait_for_colour()


def test_a_hint_in_a_shot_that_was_in_colour_has_it_coloured(studio: Studio, film: Path) -> None:
    open_film(studio, film)
    show_second_shot(studio)
    kind, box = studio.page.locator("#shot-kind"), studio.page.locator("#shot-recolour")
    image = studio.page.locator("#shot-list img").nth(1)
    assert "keeps its own colours" in kind.inner_text()
    assert not box.is_checked()
    studio.page.locator("#vividness").fill("1.5")
    studio.wait_for_colour()
    studio.page.wait_for_timeout(1200)
    assert "/thumb" in image.get_attribute("src")
    studio.suggest(0.3, 0.8).nth(1).click()
    studio.page.keyboard.press("Escape")
    studio.wait(box.is_checked)
    assert "keeps" not in kind.inner_text()
    studio.wait(lambda: "/preview" in image.get_attribute("src"))
    studio.page.keyboard.press("Control+z")
    studio.said("Undone")
    assert box.is_checked()


def test_it_is_said_how_many_shots_stay_as_they_are(studio: Studio, film: Path) -> None:
    open_film(studio, film)
    studio.page.keyboard.press("Control+s")
    assert studio.page.inner_text("#render-kept") == "1 of 3 shots is in colour and stays as it is."
    studio.page.keyboard.press("Escape")
    show_second_shot(studio)
    studio.page.check("#shot-recolour")
    studio.wait(lambda: "keeps" not in studio.page.inner_text("#shot-kind"))
    studio.page.keyboard.press("Control+s")
    studio.page.locator("#render-now").wait_for()
    assert studio.page.locator("#render-kept").count() == 0
