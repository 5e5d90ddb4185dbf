"""Photos come in by every way that people try, and are in colour before anything is set."""

from __future__ import annotations

import base64
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.studio.page.window import EXAMPLES, Studio

# A file in the page, as a drop or the clipboard hands it over.
_TRANSFER = """([name, text]) => {
  const bytes = Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
  const transfer = new DataTransfer();
  transfer.items.add(new File([bytes], name, {type: "image/jpeg"}));
  return transfer;
}"""


def transfer(studio: Studio, name: str) -> object:
    text = base64.b64encode((EXAMPLES / name).read_bytes()).decode()
    return studio.page.evaluate_handle(_TRANSFER, [name, text])


def test_a_chosen_photo_is_in_colour_before_anything_is_set(studio: Studio) -> None:
    studio.open("camera.jpg")
    red, green, blue = studio.color_at(0.5, 0.1)
    assert blue > red + 20, (red, green, blue)
    assert studio.document()["revision"] == 0
    studio.said("camera.jpg is in colour")


def test_a_dropped_photo_opens(studio: Studio) -> None:
    for event in ("dragenter", "dragover"):
        studio.page.dispatch_event("body", event, {"dataTransfer": transfer(studio, "rocket.jpg")})
    assert studio.page.locator("#drop").is_visible()
    studio.page.dispatch_event("body", "drop", {"dataTransfer": transfer(studio, "rocket.jpg")})
    studio.wait_for_colour()
    assert studio.page.locator("#drop").is_hidden()
    assert studio.document()["name"] == "rocket.jpg"


def test_a_pasted_photo_opens(studio: Studio) -> None:
    paste = (
        "(data) => document.dispatchEvent(new ClipboardEvent('paste', {clipboardData: data, bubbles: true}))"
    )
    studio.page.evaluate(paste, transfer(studio, "chelsea.jpg"))
    studio.wait_for_colour()
    assert studio.document()["name"] == "chelsea.jpg"


def test_the_button_opens_the_choice_of_files(studio: Studio) -> None:
    with studio.page.expect_file_chooser() as asked:
        studio.page.click("#choose")
    assert asked.value.is_multiple()
    asked.value.set_files([EXAMPLES / "coffee.jpg"])
    studio.wait_for_colour()


def test_photos_are_picked_from_the_folders_given_at_start(studio: Studio) -> None:
    studio.page.click("#choose-root")
    dialog = studio.page.locator("#roots-dialog")
    dialog.get_by_role("button", name="1935").click()
    dialog.get_by_label("coffee.jpg").check()
    dialog.get_by_role("button", name="attic").click()
    dialog.get_by_label("camera.jpg").wait_for()
    dialog.get_by_role("button", name="Choose all").click()
    dialog.get_by_role("button", name="Add 2 photos").click()
    studio.wait_for_colour()
    studio.said("2 photos added")
    assert studio.page.locator("#strip li").count() == 2


def test_what_cannot_be_opened_is_said_and_the_rest_goes_on(studio: Studio, tmp_path: Path) -> None:
    broken = tmp_path / "broken.jpg"
    broken.write_bytes(b"no photo at all")
    studio.page.set_input_files("#files", [broken, EXAMPLES / "coffee.jpg"])
    studio.page.locator("#busy.failed, .toast.error").first.wait_for()
    studio.page.locator("#strip .thumb", has_text="coffee.jpg").click()
    studio.wait_for_colour()
    assert studio.document(-1)["state"] == "ready"


def test_a_name_never_becomes_markup(studio: Studio, tmp_path: Path) -> None:
    name = "<img src=x onerror=alert(1)>.jpg"
    (tmp_path / name).write_bytes((EXAMPLES / "coffee.jpg").read_bytes())
    studio.page.on("dialog", lambda dialog: dialog.dismiss())
    studio.page.set_input_files("#files", [tmp_path / name])
    studio.wait_for_colour()
    assert "img src=x" in studio.page.locator("#title b").inner_text()
    assert studio.page.locator("img[src=x]").count() == 0


def test_the_first_colours_sweep_in_and_then_the_tiles_stand_alone(
    open_studio: Callable[..., Studio],
) -> None:
    studio = open_studio(reduced_motion="no-preference")
    studio.page.set_input_files("#files", [EXAMPLES / "rocket.jpg"])
    studio.page.locator("img.grey").wait_for()
    studio.page.locator("img.grey").wait_for(state="detached")
    studio.wait_for_colour()
    assert studio.page.locator("#preview").is_hidden()


def test_a_chosen_photo_is_seen_in_grey_until_its_colours_come(
    open_studio: Callable[..., Studio], tmp_path: Path, large_photo: Callable[[Path], Path]
) -> None:
    studio = open_studio()
    studio.page.set_input_files("#files", [large_photo(tmp_path)])
    placeholder = studio.page.locator("#placeholder")
    placeholder.wait_for()
    assert "grayscale" in placeholder.evaluate("(each) => getComputedStyle(each).filter")
    studio.wait_for_colour()
    assert placeholder.is_hidden()


def test_an_answer_that_comes_after_its_events_takes_nothing_back(studio: Studio) -> None:
    def late(route: Any) -> None:
        answer = route.fetch()
        studio.page.wait_for_timeout(1500)
        route.fulfill(response=answer)

    studio.page.route("**/api/v1/photos", late)
    with studio.page.expect_response(lambda answer: answer.request.method == "POST"):
        studio.open("coffee.jpg")
    studio.page.wait_for_timeout(300)
    assert studio.page.locator("#strip li").get_attribute("data-state") == "ready"
    studio.page.unroute_all(behavior="wait")
