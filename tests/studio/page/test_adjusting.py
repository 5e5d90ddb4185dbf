"""The panel at the side: live sliders, other colourings, references, the other photos."""

from __future__ import annotations

import base64
from pathlib import Path

from tests.studio.page.window import EXAMPLES, Studio

_DROP = """([text, selector]) => {
  const bytes = Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
  const transfer = new DataTransfer();
  transfer.items.add(new File([bytes], "red.png", {type: "image/png"}));
  for (const name of ["dragenter", "dragover", "drop"])
    document.querySelector(selector).dispatchEvent(
      new DragEvent(name, {dataTransfer: transfer, bubbles: true, cancelable: true}));
}"""


def colourfulness(studio: Studio) -> int:
    rgb = studio.color_at(0.5, 0.1)
    return max(rgb) - min(rgb)


def test_vividness_is_live_and_one_step_of_history(studio: Studio) -> None:
    studio.open("camera.jpg")
    usual = colourfulness(studio)
    slider = studio.page.locator("#vividness")
    box = slider.bounding_box()
    studio.page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    studio.page.mouse.down()
    for share in (0.3, 0.2, 0.1):
        studio.page.mouse.move(box["x"] + share * box["width"], box["y"] + box["height"] / 2, steps=4)
    studio.page.locator("#preview:not([hidden])").wait_for()
    studio.page.mouse.up()
    assert studio.document()["options"]["vividness"] < 0.3
    studio.wait_for_colour()
    assert colourfulness(studio) < usual / 2
    studio.page.keyboard.press("Control+z")
    studio.said("Undone")
    document = studio.document()
    assert document["options"]["vividness"] == 1
    assert not document["can_undo"]


def test_temperature_is_live_and_goes_back_to_automatic(studio: Studio) -> None:
    studio.open("camera.jpg")
    slider = studio.page.locator("#temperature")
    slider.focus()
    for _ in range(4):
        slider.press("ArrowLeft")
    assert 0 < studio.document()["options"]["temperature"] < 0.6
    studio.page.click("#reset")
    assert studio.document()["options"]["temperature"] is None
    assert slider.input_value() == "0"


def test_other_colourings_are_thumbnails_to_choose_from(studio: Studio) -> None:
    studio.open("astronaut.jpg")
    studio.page.click("#more-variants")
    thumbs = studio.page.locator("#variants button")
    thumbs.nth(5).wait_for()
    studio.said("6 colourings")
    thumbs.nth(2).click()
    assert studio.document()["variant"]["number"] == 3
    assert thumbs.nth(2).get_attribute("aria-pressed") == "true"
    studio.wait_for_colour()
    thumbs.nth(0).click()
    assert studio.document()["variant"] is None


def test_a_photo_dropped_on_the_panel_is_a_reference(studio: Studio, reference: Path) -> None:
    studio.open("coffee.jpg")
    text = base64.b64encode(reference.read_bytes()).decode()
    studio.page.evaluate(_DROP, [text, "#references"])
    studio.page.locator("#reference-list img").wait_for()
    assert studio.page.locator("#strip li").count() == 1
    assert [each["name"] for each in studio.document()["references"]] == ["red.png"]
    studio.page.locator("#reference-strength").fill("0.5")
    studio.page.select_option("#reference-mode", "palette")
    document = studio.document()
    assert (document["reference_strength"], document["reference_mode"]) == (0.5, "palette")
    studio.page.locator("#reference-list .remove").click()
    studio.said("no longer a reference")
    assert studio.document()["references"] == []


def test_settings_and_hints_are_applied_to_all_the_other_photos(studio: Studio) -> None:
    studio.page.set_input_files(
        "#files", [EXAMPLES / name for name in ("coffee.jpg", "camera.jpg", "rocket.jpg")]
    )
    studio.wait_for_colour()
    studio.page.locator("#strip li[data-state=ready]").nth(2).wait_for()
    studio.page.locator("#vividness").fill("0.5")
    studio.suggest(0.5, 0.5)
    studio.page.keyboard.press("1")
    studio.page.keyboard.press("Escape")
    studio.document()
    studio.page.check("#apply-hints")
    studio.page.click("#apply-all")
    studio.said("Applied to 2 photos")
    for number in (1, 2):
        document = studio.document(number)
        assert document["options"]["vividness"] == 0.5
        assert len(document["hints"]) == 1
