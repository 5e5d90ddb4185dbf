"""Films on the page: axe-core finds nothing serious in any state, nothing is too wide, and a picture shows it."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("av")

from tests.studio.page.filming import colour_film, open_film, wait_for_play, wait_until_done, write_film
from tests.studio.page.test_accessibility import _SETTINGS, axe, violations
from tests.studio.page.window import Studio, pixels

__all__ = ["axe"]

_WIDE = """[...document.querySelectorAll('body *')]
  .filter((each) => each.offsetParent && !each.closest('#stage, .strip, .shots-head'))
  .filter((each) => each.getBoundingClientRect().right > innerWidth + 1).map((each) => each.id || each.className)"""


@pytest.mark.parametrize("setting", _SETTINGS)
def test_axe_finds_nothing_serious_about_films(
    setting: str, open_studio: Callable[..., Studio], axe: str, tmp_path: Path
) -> None:
    studio = open_studio(**_SETTINGS[setting])
    page = studio.page
    seen: dict[str, list[str]] = {}
    wide: dict[str, list[str]] = {}
    folder = Path(os.environ.get("TINCT_LOOKS", tmp_path))

    def look(state: str) -> None:
        seen[state] = violations(studio, axe, setting)
        wide[state] = page.evaluate(_WIDE)
        page.screenshot(path=folder / f"film-{setting}-{state}.png")

    open_film(studio, write_film(tmp_path / "reel.mp4"))
    look("shots")
    if setting == "phone":
        page.click("#adjust-toggle")
        look("panel")
        page.click("#adjust-close")
    page.click("#film-about")
    look("about")
    page.keyboard.press("Escape")
    page.keyboard.press("Control+s")
    page.locator("#render-dialog .report li").first.wait_for()
    page.locator("#render-dialog").get_by_text("choose container and codec").click()
    page.locator("#render-now:enabled").wait_for()
    look("render")
    page.keyboard.press("Escape")
    colour_film(studio, "Keep it here")
    page.locator("#rendering-stop").wait_for()
    look("colouring")
    wait_until_done(studio)
    look("done")
    page.keyboard.press("f")
    wait_for_play(studio)
    look("player")
    page.keyboard.press("Escape")
    page.set_input_files(
        "#files", {"name": "bad.mp4", "mimeType": "video/mp4", "buffer": b"\0\0\0\x18ftypisom" + bytes(900)}
    )
    page.locator("#film-busy.failed").wait_for()
    look("failed")
    assert {state: found for state, found in seen.items() if found} == {}
    assert {state: found for state, found in wide.items() if found} == {}


def test_a_picture_of_the_page_shows_a_film(open_studio: Callable[..., Studio], tmp_path: Path) -> None:
    studio = open_studio()
    open_film(studio, write_film(tmp_path / "letters-from-home.mp4", height=480, width=640))
    warmest = max(studio.suggest(0.25, 0.9).all(), key=_warmth)
    warmest.click()
    studio.page.keyboard.press("Escape")
    studio.wait_for_colour()
    studio.page.locator("#shot-scope").select_option("place")
    studio.page.wait_for_timeout(2500)
    path = Path(os.environ.get("TINCT_PICTURES", tmp_path)) / "studio-film.jpg"
    studio.page.screenshot(path=path, type="jpeg", quality=82)
    assert path.stat().st_size < 200_000
    seen = pixels(path.read_bytes()).astype(int)
    assert ((seen.max(2) - seen.min(2)) > 25).mean() > 0.05


def _warmth(suggestion: Any) -> int:
    color = suggestion.get_attribute("title")[-6:]
    return int(color[:2], 16) - int(color[4:], 16)
