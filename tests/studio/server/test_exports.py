"""Results of the studio are those of the library, byte for byte, and never overwrite in silence."""

from __future__ import annotations

import io
import json
import time
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import pyvips

from tests.studio.server.serving import Start, finished, opened, ready, upload, write_photo
from tinct.colorizer import Colorizer
from tinct.guidance.hints import Hint
from tinct.guidance.recipe import read_recipe

HINTS = [
    {"points": [[0.25, 0.5]], "color": "madder"},
    {"points": [[0.7, 0.2], [0.8, 0.9]], "color": "10,-30", "radius": 0.05, "reach": 0.3},
    {"points": [[0.5, 0.1]], "kind": "neutral"},
]


def root_of(client: Any) -> str:
    (root,) = client.get("/api/v1/roots").json()
    return str(root["id"])


def export(client: Any, number: str, **body: Any) -> dict[str, Any]:
    """An export after it ended."""
    answer = client.post("/api/v1/exports", json={"photo": number, **body})
    assert answer.status_code == 202, answer.text
    return finished(client, answer.json()["id"])


def fetched(client: Any, state: dict[str, Any]) -> bytes:
    assert state["state"] == "done", state
    answer = client.get(state["file"])
    assert answer.status_code == 200
    content: bytes = answer.content
    return content


def test_an_exported_photo_is_the_library_s_file(
    client: Any, folder: Path, tmp_path: Path, tiny_model: Path
) -> None:
    number = opened(client)["id"]
    change = {"hints": HINTS, "options": {"vividness": 1.3, "temperature": 0.8}}
    assert client.patch(f"/api/v1/photos/{number}", json=change).status_code == 200
    session = Colorizer(tiny_model).open(folder / "one.png", vividness=1.3, temperature=0.8)
    expected = session.with_hints(
        Hint(**{**each, "points": tuple(map(tuple, each["points"]))}) for each in HINTS
    )
    target = expected.save(tmp_path / "expected.png")
    assert fetched(client, export(client, number)) == target.read_bytes()


@pytest.mark.parametrize("name", ["deep.tif", "colour.jpg", "alpha.png", "turned.jpg", "border.webp"])
def test_exports_of_all_kinds_of_photos_are_the_library_s(
    client: Any, tmp_path: Path, tiny_model: Path, name: str
) -> None:
    path = odd_photo(tmp_path / name)
    number = ready(client, upload(client, path).json()["id"])["id"]
    client.patch(f"/api/v1/photos/{number}", json={"hints": HINTS})
    hints = [Hint(**{**each, "points": tuple(map(tuple, each["points"]))}) for each in HINTS]
    session = Colorizer(tiny_model).open(path).with_hints(hints)
    expected = session.save(tmp_path / f"expected{path.suffix}")
    assert fetched(client, export(client, number)) == expected.read_bytes()


def test_a_tile_at_full_size_has_the_pixels_of_the_file(
    client: Any, tmp_path: Path, tiny_model: Path
) -> None:
    path = write_photo(tmp_path / "large.png", 700, 900)
    document = ready(client, upload(client, path).json()["id"])
    saved = pyvips.Image.new_from_buffer(fetched(client, export(client, document["id"])), "").numpy()
    session = Colorizer(tiny_model).open(path, scratch=tmp_path)
    for left, top in ((0, 0), (256, 512), (768, 256)):
        tile = session.tile(left, top, 256, 256)
        assert np.array_equal(tile, saved[top : top + 256, left : left + 256])
    level = f"{document['revision']}/{document['levels'] - 1}"
    served = client.get(f"/api/v1/photos/{document['id']}/tiles/result/{level}/1_2").content
    shown = pyvips.Image.new_from_buffer(served, "").numpy()
    assert np.abs(shown.astype(int) - saved[512:, 256:512]).mean() < 2


def test_a_variant_is_exported_as_the_library_has_it(
    client: Any, folder: Path, tmp_path: Path, tiny_model: Path
) -> None:
    number = opened(client)["id"]
    client.patch(f"/api/v1/photos/{number}", json={"variant": {"number": 2, "of": 3}})
    expected = Colorizer(tiny_model).open(folder / "one.png").variants(3)[1].save(tmp_path / "expected.png")
    assert fetched(client, export(client, number)) == expected.read_bytes()


def test_a_recipe_replays_to_the_same_bytes(
    client: Any, folder: Path, tmp_path: Path, tiny_model: Path
) -> None:
    number = opened(client)["id"]
    client.patch(f"/api/v1/photos/{number}", json={"hints": HINTS, "options": {"vividness": 0.7}})
    path = tmp_path / "recipe.json"
    path.write_bytes(fetched(client, export(client, number, kind="recipe")))
    recipe = read_recipe(path)
    again = Colorizer(tiny_model).open(folder / "one.png", **recipe.options).follow_recipe(recipe)
    assert fetched(client, export(client, number)) == again.save(tmp_path / "again.png").read_bytes()
    assert str(folder) not in json.dumps(recipe.to_json())


def test_layers_and_colour_are_files_that_others_open(client: Any) -> None:
    number = opened(client)["id"]
    layers = export(client, number, kind="layers")
    assert layers["name"] == "one-tinct.ora"
    with zipfile.ZipFile(io.BytesIO(fetched(client, layers))) as archive:
        assert archive.read("mimetype") == b"image/openraster"
    colour = pyvips.Image.new_from_buffer(fetched(client, export(client, number, kind="chroma")), "")
    assert (colour.width, colour.height, colour.bands) == (128, 96, 4)


def test_a_result_goes_beside_its_photo_and_is_never_overwritten_unasked(client: Any, folder: Path) -> None:
    number = opened(client, "more/two.jpg")["id"]
    state = export(client, number, root=root_of(client))
    assert (state["name"], state["state"], state["file"]) == ("two-tinct.jpg", "done", None)
    target = folder / "more" / "two-tinct.jpg"
    before = target.read_bytes()
    again = client.post("/api/v1/exports", json={"photo": number, "root": root_of(client)})
    assert (again.status_code, again.json()["name"]) == (409, "two-tinct.jpg")
    client.patch(f"/api/v1/photos/{number}", json={"options": {"vividness": 0}})
    assert target.read_bytes() == before
    assert export(client, number, root=root_of(client), name="two-2.jpg")["state"] == "done"
    assert export(client, number, root=root_of(client), overwrite=True)["state"] == "done"
    assert target.read_bytes() != before
    assert client.get(f"/api/v1/photos/{number}").json()["saved"] == ["two-2.jpg", "two-tinct.jpg"]


def test_changes_since_a_photo_was_saved_are_told_also_after_a_restart(start: Start, folder: Path) -> None:
    studio = start(folder)
    client = studio.entered()
    number = opened(client)["id"]
    path = f"/api/v1/photos/{number}"

    def changed(client: Any) -> bool:
        return bool(client.get(path).json()["changed_since_saved"])

    client.patch(path, json={"hints": HINTS})
    assert not changed(client)
    export(client, number)
    assert not changed(client)
    client.patch(path, json={"hints": HINTS[:2]})
    assert changed(client)
    client.post(f"{path}/undo")
    assert not changed(client)
    client.post(f"{path}/redo")
    studio.stop()
    again = start(folder).entered()
    assert changed(again)
    export(again, number)
    assert not changed(again)


def test_an_uploaded_photo_is_saved_into_the_root(client: Any, folder: Path, tmp_path: Path) -> None:
    number = upload(client, write_photo(tmp_path / "new.png", 40, 40)).json()["id"]
    assert export(client, number, root=root_of(client))["state"] == "done"
    assert (folder / "new-tinct.png").exists()


def test_a_result_never_replaces_its_photo(client: Any, folder: Path) -> None:
    number = opened(client)["id"]
    before = (folder / "one.png").read_bytes()
    for overwrite in (False, True):
        body = {"photo": number, "root": root_of(client), "name": "one.png", "overwrite": overwrite}
        assert client.post("/api/v1/exports", json=body).status_code in (400, 409)
    assert (folder / "one.png").read_bytes() == before


@pytest.mark.parametrize(
    "name",
    [
        "../out.png",
        "/tmp/out.png",
        "a/b.png",
        "a\\b.png",
        ".hidden.png",
        "a\0.png",
        "",
        "x" * 300 + ".png",
        "out.svg",
        "out.html",
        "con:.png",
        "out",
    ],
)
def test_names_that_are_no_plain_names_of_results_are_refused(client: Any, folder: Path, name: str) -> None:
    number = opened(client)["id"]
    files = set(folder.rglob("*"))
    body = {"photo": number, "root": root_of(client), "name": name}
    assert client.post("/api/v1/exports", json=body).status_code == 400
    assert set(folder.rglob("*")) == files


def test_an_export_can_be_stopped_and_leaves_nothing(start: Start, tmp_path: Path) -> None:
    folder = tmp_path / "large"
    folder.mkdir()
    write_photo(folder / "large.png", 6000, 6000)
    client = start(folder).entered()
    number = opened(client, "large.png")["id"]
    root = root_of(client)
    answer = client.post("/api/v1/exports", json={"photo": number, "root": root, "format": "png"}).json()
    later = client.post("/api/v1/exports", json={"photo": number, "root": root, "name": "b.png"}).json()
    for each in (later, answer):
        assert client.delete(f"/api/v1/exports/{each['id']}").status_code == 204
    for each in (later, answer):
        for _ in range(600):
            state = client.get(f"/api/v1/exports/{each['id']}").json()["state"]
            if state not in ("waiting", "running"):
                break
            time.sleep(0.05)
        assert state == "stopped"
    assert [path.name for path in folder.iterdir()] == ["large.png"]


def test_a_paused_queue_waits_and_goes_on(client: Any) -> None:
    number = opened(client)["id"]
    assert client.post("/api/v1/queue", json={"paused": True}).json() == {"paused": True}
    answer = client.post("/api/v1/exports", json={"photo": number}).json()
    time.sleep(0.3)
    assert client.get(f"/api/v1/exports/{answer['id']}").json()["state"] == "waiting"
    client.post("/api/v1/queue", json={"paused": False})
    assert export(client, number)["state"] == "done"
    assert client.get(f"/api/v1/exports/{answer['id']}").json()["state"] == "done"


def test_a_photo_that_is_removed_while_it_is_saved_is_saved_and_stays_removed(
    client: Any, folder: Path, tmp_path: Path
) -> None:
    number = opened(client)["id"]
    client.post("/api/v1/queue", json={"paused": True})
    answer = client.post("/api/v1/exports", json={"photo": number, "root": root_of(client)}).json()
    assert client.delete(f"/api/v1/photos/{number}").status_code == 204
    client.post("/api/v1/queue", json={"paused": False})
    assert finished(client, answer["id"])["state"] == "done"
    assert (folder / "one-tinct.png").exists()
    assert not (tmp_path / "work" / "photos" / number).exists()
    assert client.get("/api/v1/photos").json() == []


def odd_photo(path: Path) -> Path:
    """A photo of another kind: 16 bits, in colour, with alpha, turned, with a border."""
    y, x = np.mgrid[0:120, 0:160]
    grey = (40 + x * 0.9 + 30 * np.sin(y / 9)).clip(0, 255)
    if path.stem == "deep":
        pixels = (grey * 257).astype(np.uint16)
    elif path.stem == "alpha":
        pixels = np.stack([grey, y * 2], -1).astype(np.uint8)
    elif path.stem == "border":
        pixels = np.full((180, 220), 250, np.uint8)
        pixels[30:150, 30:190] = grey
    else:
        pixels = np.stack([grey, grey * 0.8, grey * 0.5], -1).astype(np.uint8)
    image = pyvips.Image.new_from_array(pixels)
    kind = {1: "b-w", 2: "b-w", 3: "srgb"}[image.bands] if pixels.dtype == np.uint8 else "grey16"
    image = image.copy(interpretation=kind)
    if path.stem == "turned":
        image.set_type(pyvips.GValue.gint_type, "orientation", 6)
    image.write_to_file(str(path))
    return path


@pytest.mark.parametrize(
    "order", [{}, {"format": "tiff"}, {"kind": "chroma"}, {"kind": "layers"}, {"kind": "recipe"}]
)
def test_the_name_of_a_result_is_told_before_it_is_written(client: Any, order: dict[str, str]) -> None:
    number = opened(client)["id"]
    told = client.get(f"/api/v1/photos/{number}/result-name", params=order)
    assert told.json() == {"name": export(client, number, **order)["name"]}
    assert client.get(f"/api/v1/photos/{number}/result-name?format=bmp2").status_code == 400
