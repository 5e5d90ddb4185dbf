"""Films on the page: coloured with progress, played before and after."""

from __future__ import annotations

from pathlib import Path

import pytest

pytest.importorskip("av")

from tests.studio.page.filming import (
    RATE,
    VIDEOS,
    colour_film,
    open_film,
    wait_for_play,
    wait_until_done,
    write_film,
)
from tests.studio.page.window import Studio


def test_the_film_is_coloured_with_progress_and_plays_in_step_with_the_one_before(
    studio: Studio, film: Path
) -> None:
    open_film(studio, film)
    colour_film(studio, "Keep it here")
    studio.page.locator("#rendering-progress").wait_for()
    studio.page.locator("#strip .state", has_text="%").wait_for()
    wait_until_done(studio)
    studio.said("reel-tinct.mp4 is in colour")
    with studio.page.expect_download() as loaded:
        studio.page.click("#rendering-file")
    assert loaded.value.suggested_filename == "reel-tinct.mp4"
    studio.page.keyboard.press("f")
    wait_for_play(studio)
    studio.wait(lambda: studio.page.evaluate(VIDEOS)[0][0] > 0.8)
    (after, width, paused), (before, other, _) = studio.page.evaluate(VIDEOS)
    assert not paused
    assert width == other == 320
    apart = [abs(before - after)]
    for _ in range(6):
        studio.page.wait_for_timeout(100)
        (after, *_), (before, *_) = studio.page.evaluate(VIDEOS)
        apart.append(abs(before - after))
    # On a busy machine one may stutter; it catches up.
    assert min(apart) < 0.5 / RATE
    studio.page.keyboard.press("Space")
    studio.wait(lambda: studio.page.evaluate(VIDEOS)[0][2] and studio.page.evaluate(VIDEOS)[1][2])
    studio.page.locator("#player-title").click()
    studio.page.keyboard.press("'")
    studio.wait(lambda: len({each[0] for each in studio.page.evaluate(VIDEOS)}) == 1)


def test_before_and_after_are_compared_by_divider_and_by_a_key_held(studio: Studio, film: Path) -> None:
    open_film(studio, film)
    studio.page.keyboard.press("PageDown")
    studio.wait_for_colour()
    studio.page.click("#shot-preview")
    wait_for_play(studio)
    page, box = studio.page, studio.page.locator("#screen").bounding_box()
    studio.wait(lambda: page.evaluate("document.querySelector('#video-after').ended"))

    def chroma(x: float) -> int:
        from tests.studio.page.window import pixels

        clip = {
            "x": box["x"] + x * box["width"],
            "y": box["y"] + 0.75 * box["height"],
            "width": 8,
            "height": 8,
        }
        shot = pixels(page.screenshot(clip=clip)).astype(int)[..., :3]
        return int((shot.max(2) - shot.min(2)).mean())

    assert chroma(0.9) > 10
    divider = page.locator("#screen-divider")
    divider.focus()
    for _ in range(10):
        page.keyboard.press("Shift+ArrowRight")
    assert divider.get_attribute("aria-valuenow") == "100"
    assert chroma(0.9) < 6
    page.keyboard.press("b")
    assert divider.is_hidden()
    assert chroma(0.9) > 10
    page.keyboard.down("c")
    studio.wait(lambda: chroma(0.9) < 6)
    page.keyboard.up("c")
    studio.wait(lambda: chroma(0.9) > 10)
    page.keyboard.press("Escape")
    assert page.locator("#player").is_hidden()
    page.click("#shot-preview")
    wait_for_play(studio)
    assert divider.get_attribute("aria-valuenow") == "50"
    assert divider.is_visible()


def test_the_eye_shows_the_film_before_on_a_click_or_while_it_is_held(studio: Studio, film: Path) -> None:
    open_film(studio, film)
    studio.page.click("#shot-preview")
    wait_for_play(studio)
    page, eye = studio.page, studio.page.locator("#player-compare")

    def before() -> bool:
        return bool(page.locator("#screen-after").is_hidden())

    for press in (eye.click, lambda: eye.press("Enter"), lambda: eye.evaluate("(button) => button.click()")):
        press()
        assert (before(), eye.get_attribute("aria-pressed")) == (True, "true")
        press()
        assert (before(), eye.get_attribute("aria-pressed")) == (False, "false")
    eye.hover()
    page.mouse.down()
    page.wait_for_timeout(500)
    assert before()
    page.mouse.up()
    assert (before(), eye.get_attribute("aria-pressed")) == (False, "false")


def test_a_film_that_no_browser_plays_plays_as_a_copy(studio: Studio, tmp_path: Path) -> None:
    open_film(studio, write_film(tmp_path / "old.avi", codec="mpeg4"))
    colour_film(studio, "To keep", "Keep it here")
    wait_until_done(studio)
    studio.page.click("#film-play")
    wait_for_play(studio)
    sources = studio.page.evaluate("[...document.querySelectorAll('video')].map((each) => each.currentSrc)")
    assert all("/copy-" in each for each in sources)
    studio.wait(lambda: studio.page.evaluate(VIDEOS)[0][0] > 0.3)


def test_colouring_is_stopped_and_goes_on(studio: Studio, tmp_path: Path) -> None:
    open_film(studio, write_film(tmp_path / "large.mp4", height=720, width=960))
    colour_film(studio, "Keep it here")
    studio.page.locator("#rendering-text", has_text="Colouring the film").wait_for()
    studio.page.click("#rendering-stop")
    studio.page.locator("#rendering-text", has_text="stopped at").wait_for()
    studio.page.locator("#rendering-resume").wait_for()
    studio.page.click("#rendering-resume")
    wait_until_done(studio)


def test_a_name_that_is_taken_is_asked_about(studio: Studio, folder: Path, film: Path) -> None:
    (folder / "films").mkdir(exist_ok=True)
    (folder / "films" / "reel.mp4").write_bytes(film.read_bytes())
    (folder / "films" / "reel-tinct.mp4").write_bytes(b"mine")
    page = studio.page
    page.click("#choose-root")
    page.locator("#roots-dialog").get_by_role("button", name="films").click()
    page.locator("#roots-dialog").get_by_label("reel.mp4").check()
    page.locator("#roots-dialog .primary").click()
    page.locator("#shot-list li").nth(2).wait_for()
    studio.wait_for_colour()
    colour_film(studio)
    page.locator("#exists-dialog", has_text="reel-tinct.mp4 is already there").wait_for()
    page.keyboard.press("Enter")
    page.locator("#rendering-text", has_text="reel-tinct-2.mp4 is done").wait_for(timeout=120_000)
    assert (folder / "films" / "reel-tinct.mp4").read_bytes() == b"mine"
    assert (folder / "films" / "reel-tinct-2.mp4").stat().st_size > 10_000


def test_settings_that_cannot_be_are_said_before_anything_is_begun(studio: Studio, film: Path) -> None:
    open_film(studio, film)
    page = studio.page
    page.keyboard.press("Control+s")
    page.locator("#render-dialog").get_by_text("choose container and codec").click()
    page.locator("#render-dialog [name=container]").select_option("webm")
    page.locator("#render-dialog [name=codec]").select_option("h264")
    page.locator("#render-dialog .warning", has_text="webm").wait_for()
    assert page.locator("#render-now").is_disabled()
