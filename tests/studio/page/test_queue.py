"""Many photos: progress, pause, from one to the next, out of the list; and nothing lost whatever happens."""

from __future__ import annotations

import signal
from collections.abc import Callable
from pathlib import Path

from tests.studio.page.window import EXAMPLES, Server, Studio

NAMES = ("coffee.jpg", "camera.jpg", "rocket.jpg")


def test_keys_and_buttons_go_from_photo_to_photo(studio: Studio) -> None:
    studio.open(*NAMES)
    studio.page.locator("#strip li").nth(2).wait_for()
    title = studio.page.locator("#title b")
    studio.page.keyboard.press("n")
    assert title.inner_text() == "camera.jpg"
    studio.said("camera.jpg, photo 2 of 3")
    studio.page.click("#next")
    assert title.inner_text() == "rocket.jpg"
    assert studio.page.locator("#next").is_disabled()
    studio.page.keyboard.press("n")
    studio.said("last photo")
    studio.page.keyboard.press("p")
    assert title.inner_text() == "camera.jpg"
    studio.wait_for_colour()
    studio.page.locator("#strip .thumb").first.click()
    assert title.inner_text() == "coffee.jpg"
    assert studio.page.locator("#strip [aria-current=true]").count() == 1


def test_the_queue_shows_its_progress_and_pauses(studio: Studio) -> None:
    studio.page.evaluate(
        "fetch('/api/v1/queue', {method: 'POST', body: '{\"paused\": true}',"
        " headers: {'Content-Type': 'application/json'}})"
    )
    studio.page.set_input_files("#files", [EXAMPLES / name for name in NAMES])
    studio.page.locator("#strip li").nth(2).wait_for()
    progress = studio.page.locator("#queue-progress")
    assert "paused" in studio.page.locator("#queue-text").inner_text()
    assert float(progress.get_attribute("value")) < 3
    studio.page.click("#pause")
    # Of a quick series only the last is said: the first photo may be there at once.
    studio.said("Continued|is in colour")
    studio.page.locator("#strip li[data-state=ready]").nth(2).wait_for()
    assert progress.is_hidden()
    assert studio.page.locator("#queue-text").inner_text() == "1 of 3"


def test_a_photo_leaves_the_list_and_its_file_stays(studio: Studio) -> None:
    studio.open(*NAMES)
    studio.page.locator("#strip li").nth(2).wait_for()
    studio.page.locator("#strip .thumb").nth(1).focus()
    studio.page.keyboard.press("Delete")
    studio.said("its file stays")
    assert studio.page.locator("#strip li").count() == 2
    assert (EXAMPLES / "camera.jpg").exists()


def test_a_closed_page_comes_back_with_all_steps(studio: Studio) -> None:
    studio.open("coffee.jpg")
    studio.suggest(0.1, 0.1)
    for digit in "123":
        studio.page.keyboard.press(digit)
        studio.document()
    studio.page.reload()
    studio.wait_for_colour()
    assert studio.page.locator("#hints .hint").count() == 1
    for _ in range(3):
        assert studio.page.locator("#undo").is_enabled()
        revision = studio.document()["revision"]
        studio.page.keyboard.press("Control+z")
        studio.wait(lambda before=revision: studio.document()["revision"] > before)
    assert studio.hints() == []
    assert studio.page.locator("#undo").is_disabled()
    studio.page.keyboard.press("Control+y")
    studio.said("Redone")
    assert len(studio.hints()) == 1


def test_a_killed_studio_loses_nothing(open_studio: Callable[..., Studio], tmp_path: Path) -> None:
    first = Server(tmp_path / "work")
    studio = open_studio(first)
    studio.open("coffee.jpg")
    studio.suggest(0.1, 0.1)
    studio.page.keyboard.press("2")
    [hint] = studio.hints()
    first.process.send_signal(signal.SIGKILL)
    first.process.wait()
    studio.page.locator(".toast.error", has_text="nothing is lost").wait_for()

    again = Server(tmp_path / "work")
    try:
        studio = open_studio(again)
        studio.wait_for_colour()
        assert studio.hints() == [hint]
    finally:
        again.stop()


def test_one_tab_listens_at_a_time_and_the_other_says_so(studio: Studio) -> None:
    studio.open("coffee.jpg")
    second = studio.page.context.new_page()
    second.goto(studio.url)
    second.wait_for_selector("html[data-ready]")
    warning = studio.page.locator(".toast", has_text="another tab")
    warning.wait_for()
    warning.get_by_role("button", name="Go on here").click()
    second.locator(".toast", has_text="another tab").wait_for()
    assert warning.count() == 0
    studio.page.set_input_files("#files", [EXAMPLES / "rocket.jpg"])
    studio.page.locator("#strip li[data-state=ready]").nth(1).wait_for()
