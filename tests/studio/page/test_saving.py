"""Saving photo, layer and recipe at full size; nothing is replaced without a question."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import pyvips
from tests.studio.page.window import Studio


@pytest.fixture
def results(folder: Path) -> Iterator[Path]:
    """The folder of the studio, without results before and after."""
    yield folder
    for path in folder.glob("[!.]*tinct*"):
        path.unlink()


def choose(studio: Studio, *labels: str) -> Any:
    """Open the dialog and choose; the dialog."""
    studio.page.click("#save")
    dialog = studio.page.locator("#save-dialog")
    for label in labels:
        dialog.get_by_text(label, exact=True).click()
    return dialog


def download(studio: Studio, *labels: str) -> Path:
    choose(studio, "Downloads of the browser", *labels)
    with studio.page.expect_download() as caught:
        studio.page.click("#save-now")
    studio.said("saved")
    return Path(caught.value.path()).rename(
        Path(caught.value.path()).with_name(caught.value.suggested_filename)
    )


def test_the_photo_is_saved_at_full_size_with_its_hints(studio: Studio) -> None:
    studio.open("camera.jpg")
    studio.suggest(0.5, 0.1)
    studio.page.keyboard.press("9")
    studio.page.keyboard.press("Escape")
    saved = pyvips.Image.new_from_file(str(download(studio)))
    assert (saved.width, saved.height, saved.bands) == (512, 512, 3)
    pixel = saved(256, 51)
    assert max(pixel) - min(pixel) < 12
    assert studio.document()["saved"]


def test_the_strip_tells_a_saved_photo_from_one_that_was_changed_since(studio: Studio) -> None:
    studio.open("camera.jpg")
    mark = studio.page.locator("#strip .state")
    assert mark.inner_text() == ""
    download(studio)
    studio.page.get_by_role("img", name="saved", exact=True).wait_for()
    assert mark.inner_text() == "✓"
    studio.suggest(0.5, 0.1)
    studio.page.keyboard.press("9")
    studio.page.get_by_role("img", name="changed since it was saved").wait_for()
    assert mark.inner_text() != "✓"
    studio.page.keyboard.press("Escape")
    studio.page.keyboard.press("Control+z")
    studio.page.get_by_role("img", name="saved", exact=True).wait_for()


def test_layer_and_recipe_are_saved(studio: Studio) -> None:
    studio.open("camera.jpg")
    layer = pyvips.Image.new_from_file(str(download(studio, "Colour layer")))
    assert (layer.width, layer.height, layer.bands) == (512, 512, 4)
    recipe = json.loads(download(studio, "Recipe").read_text())
    assert recipe["hints"] == []
    ora = download(studio, "Photo and layer")
    assert ora.suffix == ".ora"


def test_another_format_is_saved(studio: Studio) -> None:
    studio.open("camera.jpg")
    choose(studio, "Downloads of the browser")
    studio.page.select_option("#save-format select", "tiff")
    with studio.page.expect_download() as caught:
        studio.page.click("#save-now")
    assert caught.value.suggested_filename.endswith((".tif", ".tiff"))


def test_nothing_is_replaced_without_a_question(studio: Studio, results: Path) -> None:
    studio.page.click("#choose-root")
    studio.page.locator("#roots-dialog").get_by_label("camera.jpg").check()
    studio.page.locator("#roots-dialog .primary").click()
    studio.wait_for_colour()
    choose(studio)
    studio.page.click("#save-now")
    studio.said("saved")
    [first] = results.glob("[!.]*tinct*")
    content, original = first.read_bytes(), (results / "camera.jpg").read_bytes()

    studio.suggest(0.5, 0.1)
    studio.page.keyboard.press("4")
    studio.page.keyboard.press("Escape")
    studio.document()
    for answer in ("Cancel", "Keep both", "Replace it"):
        choose(studio)
        studio.page.click("#save-now")
        question = studio.page.locator("#exists-dialog")
        question.get_by_text(f"{first.name} is already there").wait_for()
        assert first.read_bytes() == content
        question.get_by_role("button", name=answer).click()
        if answer == "Keep both":
            studio.page.locator(".toast", has_text=f"{first.stem}-2").first.wait_for()
            assert len(list(results.glob("[!.]*tinct*"))) == 2
            assert first.read_bytes() == content
    studio.wait(lambda: first.read_bytes() != content)
    assert (results / "camera.jpg").read_bytes() == original


def test_all_photos_are_saved_at_once(studio: Studio, results: Path) -> None:
    studio.page.click("#choose-root")
    studio.page.locator("#roots-dialog").get_by_role("button", name="Choose all").click()
    studio.page.locator("#roots-dialog .primary").click()
    studio.wait_for_colour()
    studio.page.locator("#strip li[data-state=ready]").nth(1).wait_for()
    choose(studio, "Save all 2 photos")
    studio.page.click("#save-now")
    studio.wait(lambda: len(list(results.glob("[!.]*tinct*"))) == 2)
    assert sorted(path.name.split("-")[0] for path in results.glob("[!.]*tinct*")) == ["camera", "rocket"]


def test_the_dialog_says_which_file_is_written_and_that_the_original_stays(
    studio: Studio, results: Path
) -> None:
    studio.page.click("#choose-root")
    studio.page.locator("#roots-dialog").get_by_label("camera.jpg").check()
    studio.page.locator("#roots-dialog .primary").click()
    studio.wait_for_colour()
    dialog = choose(studio)
    told = dialog.locator("#save-name")
    told.filter(has_text="camera-tinct.jpg; the original is not touched").wait_for()
    dialog.get_by_text("Recipe", exact=True).click()
    told.filter(has_text="camera-tinct.json").wait_for()
    studio.page.click("#save-now")
    studio.said("saved")
    assert [path.name for path in results.glob("[!.]*tinct*")] == ["camera-tinct.json"]


def test_saving_all_may_leave_out_what_is_saved_and_unchanged(studio: Studio, results: Path) -> None:
    studio.page.click("#choose-root")
    studio.page.locator("#roots-dialog").get_by_role("button", name="Choose all").click()
    studio.page.locator("#roots-dialog .primary").click()
    studio.wait_for_colour()
    studio.page.locator("#strip li[data-state=ready]").nth(1).wait_for()
    choose(studio)
    studio.page.click("#save-now")
    studio.page.get_by_role("img", name="saved", exact=True).wait_for()
    choose(studio, "Save all 2 photos", "but not the 1 that is saved and unchanged")
    studio.page.click("#save-now")
    studio.wait(lambda: len(list(results.glob("[!.]*tinct*"))) == 2)
    assert studio.page.locator("#exists-dialog").is_hidden()
