"""Films on the page: dropped, looked through, hinted on key frames; by keyboard, in every language."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("av")

from tests.studio.page.filming import SECONDS, SHOTS, open_film, wait_for_play, wait_until_done
from tests.studio.page.window import EXAMPLES, Studio


def project(studio: Studio) -> Any:
    """The shots of the first film's project, as the server has them."""
    films = studio.page.evaluate("fetch('/api/v1/films').then((answer) => answer.json())")
    text = studio.page.evaluate(
        f"fetch('/api/v1/films/{films[0]['id']}/project').then((answer) => answer.text())"
    )
    return json.loads(text)["shots"]


def test_a_film_comes_with_its_shots_and_their_coloured_key_frames(studio: Studio, film: Path) -> None:
    open_film(studio, film)
    thumbs = studio.page.locator("#shot-list img")
    assert thumbs.count() == len(SHOTS)
    for at in range(len(SHOTS)):
        studio.wait(lambda at=at: thumbs.nth(at).evaluate("(image) => image.naturalWidth") > 0)
    labels = [each.get_attribute("aria-label") for each in studio.page.locator("#shot-list button").all()]
    assert labels[1] == "Shot 2 of 3, 0:01.5 to 0:03.0"
    assert studio.page.locator("#shots-text").inner_text() == "3 shots"
    assert studio.page.locator("#strip .state").inner_text() == "0:05"
    assert studio.page.locator("#title").inner_text().startswith("reel.mp4")
    red, green, blue = studio.color_at(0.25, 0.85)
    assert max(red, green, blue) - min(red, green, blue) > 5


def test_what_becomes_of_each_stream_can_be_read(studio: Studio, film: Path) -> None:
    open_film(studio, film)
    studio.page.click("#film-about")
    report = studio.page.locator("#film-dialog .report").inner_text()
    assert "54 frames of 320x240, h264" in report
    assert "picture: luma kept, colour added" in report
    assert (
        studio.page.locator("#film-dialog .command").inner_text()
        == "tinct video reel.mp4 --project reel-shots.json"
    )


def test_a_key_frame_is_hinted_like_a_photo_and_the_hint_is_in_the_project(
    studio: Studio, film: Path
) -> None:
    open_film(studio, film)
    studio.suggest(0.3, 0.8).nth(1).click()
    studio.page.keyboard.press("Escape")
    studio.page.locator("#shot-list li").first.locator(".state", has_text="1").wait_for()
    first, second, third = project(studio)
    assert len(first["hints"]) == 1
    assert (first["hints"][0]["time"], first["hints"][0].get("scope")) == (first["key"], None)
    assert second["hints"] == third["hints"] == []
    studio.page.locator("#shot-scope").select_option("place")
    studio.said("The hints hold for all 2 shots of this place")
    assert project(studio)[0]["hints"][0]["scope"] == "place"
    studio.page.keyboard.press("Control+z")
    studio.said("Undone")
    assert project(studio)[0]["hints"] == []


def test_another_frame_of_a_shot_can_be_hinted(studio: Studio, film: Path) -> None:
    open_film(studio, film)
    studio.suggest(0.3, 0.8).nth(1).click()
    studio.page.keyboard.press("Escape")
    before = studio.page.evaluate("document.querySelector('#title').innerText")
    slider = studio.page.locator("#key-frame")
    slider.focus()
    slider.press("End")
    studio.page.locator("#hinted button", has_text="0:00.75").wait_for()
    assert studio.page.locator("#key-frame-value").inner_text() == "0:01.42"
    studio.wait_for_colour()
    assert studio.page.locator("#hints button").count() == 0
    studio.page.locator("#hinted button").click()
    studio.page.locator("#hints button").wait_for()
    assert studio.page.evaluate("document.querySelector('#title').innerText") == before
    assert project(studio)[0]["key"] == 0.75


def test_vividness_is_that_of_the_film(studio: Studio, film: Path) -> None:
    open_film(studio, film)
    slider = studio.page.locator("#vividness")
    slider.fill("1.5")
    studio.page.keyboard.press("PageDown")
    studio.said("Shot 2 of 3")
    studio.wait_for_colour()
    assert studio.page.locator("#vividness-value").inner_text() == "150%"
    assert studio.page.locator("#variants-block").is_hidden()


def test_all_of_it_goes_by_keyboard(studio: Studio, film: Path) -> None:
    page = studio.page
    with page.expect_file_chooser() as asked:
        page.keyboard.press("Control+o")
    asked.value.set_files([film])
    studio.wait_for_colour()
    page.keyboard.press("PageDown")
    studio.said("Shot 2 of 3")
    studio.wait_for_colour()
    page.locator("#shot-list [aria-current=true]").focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Enter")
    studio.said("Shot 3 of 3")
    studio.wait_for_colour()
    page.locator("#stage").focus()
    page.keyboard.press("Enter")
    page.locator("button.suggestion").first.wait_for()
    page.keyboard.press("1")
    page.keyboard.press("Escape")
    studio.wait(lambda: len(project(studio)[2]["hints"]) == 1)
    page.keyboard.press("Control+s")
    page.locator("#render-now:enabled:focus").wait_for()
    page.locator("#render-dialog .report li").first.wait_for()
    page.locator("#render-dialog [name=root]").first.focus()
    page.keyboard.press("ArrowDown")
    page.locator("#render-now").focus()
    page.keyboard.press("Enter")
    wait_until_done(studio)
    page.keyboard.press("f")
    wait_for_play(studio)
    page.keyboard.press("Escape")
    studio.wait(lambda: page.locator("#player").is_hidden())


def test_photos_and_films_share_the_queue(studio: Studio, film: Path) -> None:
    page = studio.page
    page.set_input_files("#files", [EXAMPLES / "coffee.jpg", film])
    page.locator("#strip li").nth(1).wait_for()
    studio.wait_for_colour()
    assert page.locator("#shots").is_hidden()
    assert page.locator("#save").inner_text().strip() == "Save"
    page.keyboard.press("n")
    page.locator("#shot-list [aria-current=true]").wait_for()
    studio.wait_for_colour()
    assert page.locator("#save").inner_text().strip() == "Colour the film"
    page.reload()
    page.locator("#shot-list [aria-current=true]").wait_for()
    page.keyboard.press("p")
    studio.said("coffee.jpg, photo 1 of 2")
    studio.wait_for_colour()
    page.locator("#strip li").nth(1).locator(".remove").click(force=True)
    studio.said("reel.mp4 removed from the list")
    assert page.locator("#strip li").count() == 1


def test_what_is_no_film_is_said_and_a_name_is_never_markup(
    studio: Studio, film: Path, tmp_path: Path
) -> None:
    name = "<img src=x onerror=alert(1)>.mp4"
    (tmp_path / "list.mp4").write_text("#EXTM3U\n#EXTINF:2.0,\n/etc/passwd\n")
    studio.page.set_input_files("#files", [tmp_path / "list.mp4"])
    studio.page.locator(".toast.error", has_text="begins like no film").wait_for()
    broken = {"name": name, "mimeType": "video/mp4", "buffer": film.read_bytes()[:3000]}
    studio.page.set_input_files("#files", [broken])
    studio.page.locator("#film-busy.failed").wait_for()
    assert studio.page.locator("#strip img[src=x]").count() == 0
    assert "img src=x onerror=alert(1)" in studio.page.locator("#title").inner_text()


@pytest.mark.parametrize("locale", ["de-DE", "zh-CN"])
def test_films_speak_the_language_of_the_browser(
    locale: str, open_studio: Callable[..., Studio], film: Path
) -> None:
    studio = open_studio(locale=locale)
    open_film(studio, film)
    texts = [studio.page.locator("body").inner_text()]
    for button, dialog in (("#film-about", "#film-dialog"), ("#save", "#render-dialog")):
        studio.page.click(button)
        studio.page.locator(f"{dialog} .report li").first.wait_for()
        texts.append(studio.page.locator(dialog).inner_text())
        studio.page.keyboard.press("Escape")
    for text in texts:
        assert not re.search(r"\b[a-z]+(\.[a-z-]+)+\b(?<!\.mp4)(?<!\.json)", text), text
        assert "{" not in text


def test_without_the_extra_the_page_says_what_to_install_and_sends_nothing(
    open_studio: Callable[..., Studio], film: Path
) -> None:
    studio = open_studio()
    health = studio.page.evaluate("fetch('/api/v1/health').then((answer) => answer.json())")
    studio.page.route("**/api/v1/health", lambda route: route.fulfill(json=health | {"films": False}))
    sent: list[str] = []
    studio.page.on("request", lambda request: sent.append(f"{request.method} {request.url}"))
    studio.page.reload()
    studio.page.wait_for_selector("html[data-ready]")
    studio.page.set_input_files("#files", [film, EXAMPLES / "coffee.jpg"])
    studio.page.locator(".toast.error", has_text="pip install 'tinct[video]'").wait_for()
    studio.wait_for_colour()
    assert not [each for each in sent if each.startswith("POST") and each.endswith("/films")]


def test_the_length_of_the_film_is_that_of_its_shots(studio: Studio, film: Path) -> None:
    open_film(studio, film)
    shots = project(studio)
    assert [each["start"] for each in shots] == [0.0, SECONDS, 2 * SECONDS]
