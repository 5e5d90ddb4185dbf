"""Pictures of the page, for people to look at and for docs/studio.md.

They go to a temporary folder; TINCT_PICTURES=docs writes them anew into docs/.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tests.studio.page.window import Studio, pixels

_PHONE = {
    "viewport": {"width": 390, "height": 780},
    "has_touch": True,
    "is_mobile": True,
    "device_scale_factor": 1.5,
}
_SETTINGS: dict[str, dict[str, Any]] = {
    "studio": {},
    "studio-dark": {"color_scheme": "dark", "locale": "de-DE"},
    "studio-phone": _PHONE | {"locale": "zh-CN"},
}


def warmth(suggestion: Any) -> int:
    """How much more red than blue a suggested colour has."""
    color = suggestion.get_attribute("title")[-6:]
    return int(color[:2], 16) - int(color[4:], 16)


@pytest.mark.parametrize("name", _SETTINGS)
def test_a_picture_of_the_page_shows_a_photo_in_colour(
    name: str, open_studio: Callable[..., Studio], tmp_path: Path
) -> None:
    studio = open_studio(**_SETTINGS[name])
    first = "camera.jpg" if name == "studio-dark" else "astronaut.jpg"
    studio.open(first, *sorted({"astronaut.jpg", "camera.jpg", "coffee.jpg", "rocket.jpg"} - {first}))
    studio.page.locator("#strip li[data-state=ready]").nth(3).wait_for()
    studio.page.locator("#strip img[src]").nth(3).wait_for()
    if name == "studio-dark":
        studio.page.keyboard.press("b")
    else:
        warmest = max(studio.suggest(0.2, 0.55).all(), key=warmth)
        warmest.click()
        studio.wait_for_colour()
    studio.page.wait_for_timeout(1200)
    folder = Path(os.environ.get("TINCT_PICTURES", tmp_path))
    path = folder / f"{name}.jpg"
    studio.page.screenshot(path=path, type="jpeg", quality=82)
    assert path.stat().st_size < 200_000
    seen = pixels(path.read_bytes()).astype(int)
    assert ((seen.max(2) - seen.min(2)) > 25).mean() > 0.05
