"""What a change looks like: a first look at once, then the picture as it will be saved."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from tests.studio.page.window import Studio, pixels


def take(studio: Studio, place: tuple[float, float], color: str) -> None:
    studio.suggest(*place)
    if not studio.page.locator("#color-name").is_visible():
        studio.page.locator("summary", has_text="Any colour").click()
    studio.page.fill("#color-name", color)
    studio.page.press("#color-name", "Enter")
    studio.page.locator(".obtained").wait_for()
    studio.page.keyboard.press("Escape")


def test_the_page_ends_with_the_refined_picture(
    studio: Studio, large_photo: Callable[[Path], Path], tmp_path: Path
) -> None:
    page = studio.page
    page.set_input_files("#files", large_photo(tmp_path))
    studio.wait_for_colour()
    take(studio, (0.5, 0.62), "#c03020")
    take(studio, (0.6, 0.62), "#2040c0")
    studio.wait_for_colour()
    looks: list[bytes] = []

    def look(route: Any) -> None:
        answer = route.fetch()
        if answer.ok:
            looks.append(answer.body())
        route.fulfill(response=answer)

    page.route("**/*refine=false*", look)
    # So close together that the network sees the place again, enlarged.
    studio.drag((0.6, 0.62), (0.512, 0.62))
    studio.wait_for_colour()
    document = studio.document()
    assert len(document["hints"]) == 2
    assert page.locator("#preview").is_hidden()
    first = pixels(looks[-1]).astype(int)
    exact = pixels(
        page.request.get(
            f"{studio.url}/api/v1/photos/{document['id']}/preview?revision={document['revision']}"
        ).body()
    ).astype(int)
    # Where the photo is even: the page shows finer detail than the preview.
    around = np.lib.stride_tricks.sliding_window_view(np.pad(exact.sum(-1), 4, mode="edge"), (9, 9))
    change = np.abs(first - exact).sum(-1) * (np.ptp(around, axis=(-2, -1)) < 90)
    height, width = change.shape
    row, column = np.unravel_index(change.argmax(), change.shape)
    assert change[row, column] > 60
    seen = np.array(studio.color_at((column + 0.5) / width, (row + 0.5) / height))
    assert np.abs(seen - exact[row, column]).sum() < 0.5 * np.abs(seen - first[row, column]).sum()
