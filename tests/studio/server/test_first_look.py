"""A preview at once, without regions that are not encoded yet, and exact pictures after it."""

from __future__ import annotations

import io
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

import tinct
from tests.studio.server.serving import opened, write_photo
from tinct.encoded_regions import EncodedRegions

SIZE = (1200, 1600)
# Close together: the network sees the place again, enlarged.
HINTS = [
    {"points": [[0.5, 0.5]], "color": "#c03020"},
    {"points": [[0.515, 0.5]], "color": "#2040c0"},
]


@pytest.fixture
def photo(folder: Path) -> Path:
    return write_photo(folder / "close.png", *SIZE)


@pytest.fixture
def changed(photo: Path, client: Any) -> dict[str, Any]:
    """The photo with two hints close together, as its PATCH answers."""
    number = opened(client, photo.name)["id"]
    # So that nothing is prepared while the test takes its time.
    assert client.post("/api/v1/queue", json={"paused": True}).status_code == 200
    answer = client.patch(f"/api/v1/photos/{number}", json={"hints": HINTS})
    assert answer.status_code == 200
    document: dict[str, Any] = answer.json()
    return document


def look(client: Any, document: dict[str, Any], more: str = "") -> Any:
    answer = client.get(
        f"/api/v1/photos/{document['id']}/preview?revision={document['revision']}&short_side=1200{more}"
    )
    assert answer.status_code == 200, answer.text
    return answer


def pixels(answer: Any) -> np.ndarray:
    return np.asarray(Image.open(io.BytesIO(answer.content))).astype(int)


@pytest.fixture
def exact(photo: Path, tiny_model: Path) -> np.ndarray:
    """What the library makes of the photo with these hints."""
    hints = [tinct.Hint(tuple(map(tuple, each["points"])), each["color"]) for each in HINTS]
    return tinct.Colorizer(model=tiny_model).open(photo).with_hints(hints).array().astype(int)


def test_a_first_look_is_coarse_and_the_next_one_is_exact(
    client: Any, changed: dict[str, Any], exact: np.ndarray
) -> None:
    first = look(client, changed, "&refine=false")
    assert np.abs(pixels(first) - exact).max() > 40
    refined = look(client, changed)
    assert np.abs(pixels(refined) - exact).mean() < 1
    assert np.abs(pixels(refined) - exact).max() < 25
    # Once it is there, it is what everyone gets.
    assert look(client, changed, "&refine=false").content == refined.content


def test_only_the_exact_picture_of_a_revision_may_be_cached(client: Any, changed: dict[str, Any]) -> None:
    assert look(client, changed, "&refine=false").headers["cache-control"] == "no-store"
    assert "immutable" in look(client, changed).headers["cache-control"]
    newest = client.get(f"/api/v1/photos/{changed['id']}/preview")
    assert newest.headers["cache-control"] == "no-store"


def test_tiles_are_exact_whatever_was_looked_at_before(
    client: Any, changed: dict[str, Any], exact: np.ndarray
) -> None:
    look(client, changed, "&refine=false")
    path = f"/api/v1/photos/{changed['id']}/tiles/result/{changed['revision']}/{changed['levels'] - 1}"
    tile = client.get(f"{path}/3_2")
    assert tile.status_code == 200
    exact = exact[512:768, 768:1024]
    assert np.abs(pixels(tile) - exact).mean() < 1
    assert np.abs(pixels(tile) - exact).max() < 25


def test_a_photo_that_was_looked_at_is_drawn_before_the_next_request(
    client: Any, changed: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    look(client, changed, "&refine=false")
    drawn = []
    part = tinct.Session.part
    monkeypatch.setattr(
        tinct.Session, "part", lambda self, *given, **how: drawn.append(how) or part(self, *given, **how)
    )
    body = {"hints": [*HINTS, {"points": [[0.1, 0.1]], "color": "olive"}]}
    document = client.patch(f"/api/v1/photos/{changed['id']}", json=body).json()
    answer = look(client, document, "&refine=false")
    assert answer.status_code == 200
    assert [how["refine"] for how in drawn if "refine" in how] == [False]


def test_hints_to_come_are_prepared_when_nothing_is_asked_for(
    photo: Path, client: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    encoded = []
    encode = EncodedRegions.encode
    monkeypatch.setattr(
        EncodedRegions,
        "encode",
        lambda self, region, how: encoded.append(region) or encode(self, region, how),
    )
    number = opened(client, photo.name)["id"]
    client.patch(f"/api/v1/photos/{number}", json={"hints": HINTS[:1]})
    assert not encoded
    for _ in range(400):
        if len(encoded) == 9:
            break
        time.sleep(0.05)
    else:
        raise AssertionError("nothing was prepared")
