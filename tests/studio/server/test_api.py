"""What the page asks for: previews, tiles, places, suggestions, variants, references, colours, folders, events."""

from __future__ import annotations

import json
import threading
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import pyvips
from skimage.color import lab2rgb, rgb2lab

from tests.studio.server.serving import Running, Start, opened, ready, upload, write_photo
from tinct.studio.rendering import pictures

RED = {"points": [[0.5, 0.5]], "color": "#996655", "radius": 0.2}


def picture(answer: Any) -> np.ndarray:
    assert answer.status_code == 200, answer.text
    return np.asarray(pyvips.Image.new_from_buffer(answer.content, "").numpy())


def test_an_upload_answers_at_once_and_is_coloured_unasked(client: Any, folder: Path) -> None:
    answer = upload(client, folder / "one.png", **{"x-file-name": "Oma%20%26%20Opa.png"})
    assert (answer.status_code, answer.json()["name"]) == (201, "Oma & Opa.png")
    document = ready(client, answer.json()["id"])
    assert (document["width"], document["height"], document["bits"], document["in_colour"]) == (
        128,
        96,
        8,
        False,
    )
    colours = picture(client.get(f"/api/v1/photos/{document['id']}/preview"))
    assert np.ptp(colours.astype(int), axis=-1).max() > 10


def test_a_photo_of_a_root_is_opened_once(client: Any) -> None:
    (root,) = client.get("/api/v1/roots").json()
    body = {"root": root["id"], "path": "more/two.jpg"}
    first, again = (client.post("/api/v1/photos/open", json=body) for _ in range(2))
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json()["id"] == again.json()["id"]


def test_photos_of_the_command_line_are_in_the_queue(start: Start, folder: Path) -> None:
    client = start(folder / "one.png", folder / "more" / "two.jpg", folder).entered()
    assert [each["name"] for each in client.get("/api/v1/photos").json()] == ["one.png", "two.jpg"]
    assert [each["kind"] for each in client.get("/api/v1/roots").json()] == ["file", "file", "folder"]


def test_previews_are_of_a_revision_and_the_newest_wins(client: Any) -> None:
    number = opened(client)["id"]
    path = f"/api/v1/photos/{number}/preview"
    before = client.get(path, params={"revision": 0, "short_side": 48})
    assert picture(before).shape == (48, 64, 3)
    assert "immutable" in before.headers["cache-control"]
    client.patch(f"/api/v1/photos/{number}", json={"hints": [RED]})
    assert client.get(path, params={"revision": 0}).status_code == 409
    after = client.get(path, params={"revision": 1, "short_side": 48})
    assert picture(after).shape == (48, 64, 3)
    assert after.content != before.content
    assert client.get(path, params={"revision": 7}).status_code == 400
    assert client.get(path, params={"kind": "other"}).status_code == 400
    assert client.get(path, params={"short_side": 100_000}).status_code == 400


def test_before_is_grey_and_has_the_lightness_of_after(client: Any) -> None:
    number = opened(client)["id"]
    client.patch(f"/api/v1/photos/{number}", json={"hints": [RED]})
    before, after = (
        picture(client.get(f"/api/v1/photos/{number}/preview?kind={kind}")) for kind in ("before", "result")
    )
    assert np.ptp(before.astype(int), axis=-1).max() <= 2
    difference = np.abs(rgb2lab(before)[..., 0] - rgb2lab(after)[..., 0])
    assert difference.mean() < 1


def test_tiles_of_a_level_make_its_picture(start: Start, tmp_path: Path) -> None:
    folder = tmp_path / "odd"
    folder.mkdir()
    write_photo(folder / "odd.png", 701, 533)
    client = start(folder).entered()
    document = opened(client, "odd.png")
    assert document["levels"] == 11
    for level, (width, height) in {10: (533, 701), 9: (267, 351), 8: (134, 176), 0: (1, 1)}.items():
        path = f"/api/v1/photos/{document['id']}/tiles/result/0/{level}"
        rows = [
            np.concatenate([picture(client.get(f"{path}/{x}_{y}")) for x in range(-(-width // 256))], 1)
            for y in range(-(-height // 256))
        ]
        whole = np.concatenate(rows)
        assert whole.shape == (height, width, 3)
        if level:
            shown = picture(client.get(f"/api/v1/photos/{document['id']}/preview?short_side=533"))
            small = (
                pyvips.Image.new_from_array(shown).thumbnail_image(width, height=height, size="force").numpy()
            )
            assert np.abs(small.astype(int) - whole).mean() < 4


def test_uncertainty_is_a_map_of_the_same_size(client: Any) -> None:
    document = opened(client)
    path = f"/api/v1/photos/{document['id']}"
    assert picture(client.get(f"{path}/preview?kind=uncertainty&short_side=48")).shape == (48, 64, 3)
    tile = picture(client.get(f"{path}/tiles/uncertainty/0/{document['levels'] - 1}/0_0"))
    assert tile.shape == (96, 128, 3)


def test_a_place_has_the_colours_of_the_result(client: Any) -> None:
    number = opened(client)["id"]
    client.patch(f"/api/v1/photos/{number}", json={"hints": [RED]})
    found = client.get(f"/api/v1/photos/{number}/place", params={"x": 0.5, "y": 0.5}).json()
    lab = rgb2lab(np.array([[bytes_of(found["now"])]]) / 255)[0, 0]
    assert np.allclose([found["lightness"], found["a"], found["b"]], lab, atol=1)
    wanted = rgb2lab(np.array([[[0x99, 0x66, 0x55]]]) / 255)[0, 0]
    assert np.hypot(*(lab[1:] - wanted[1:])) < 6
    red, green, blue = bytes_of(found["before"])
    assert red == green == blue
    assert client.get(f"/api/v1/photos/{number}/place", params={"x": 1.5, "y": 0}).status_code == 400


def test_suggestions_end_with_neutral(client: Any) -> None:
    number = opened(client)["id"]
    found = client.get(f"/api/v1/photos/{number}/suggestions", params={"x": 0.2, "y": 0.8, "n": 5}).json()
    assert 2 <= len(found) <= 5
    assert (found[-1]["a"], found[-1]["b"]) == (0, 0)
    assert all(0 <= each["probability"] <= 1 and each["hex"][0] == "#" for each in found)


@pytest.mark.filterwarnings("ignore:Conversion from CIE-LAB")
def test_the_plane_is_every_colour_that_srgb_has_at_that_lightness(client: Any) -> None:
    number = opened(client)["id"]
    place = client.get(f"/api/v1/photos/{number}/place", params={"x": 0.5, "y": 0.5}).json()
    plane = picture(client.get(f"/api/v1/photos/{number}/plane", params={"x": 0.5, "y": 0.5, "size": 45}))
    steps = np.linspace(-110, 110, 45)
    a, b = np.meshgrid(steps, -steps)
    lab = np.stack([np.full_like(a, place["lightness"]), a, b], -1)
    back = rgb2lab(lab2rgb(lab))
    inside = np.abs(back - lab).max(-1) < 0.5
    assert (inside == (plane[..., 3] > 0)).mean() > 0.97
    assert np.abs(lab2rgb(lab)[inside] * 255 - plane[inside][:, :3]).max() < 3


def test_variants_are_pictures_and_can_be_chosen(client: Any) -> None:
    number = opened(client)["id"]
    found = client.post(f"/api/v1/photos/{number}/variants", json={"count": 3}).json()
    shown = [client.get(each["preview"]).content for each in found]
    assert len(set(shown)) == 3
    chosen = client.patch(f"/api/v1/photos/{number}", json={"variant": {"number": 2, "of": 3}}).json()
    assert chosen["variant"] == {"number": 2, "of": 3}
    assert client.get(f"/api/v1/photos/{number}/preview?short_side=96").status_code == 200
    assert client.patch(f"/api/v1/photos/{number}", json={"variant": None}).json()["variant"] is None
    assert client.post(f"/api/v1/photos/{number}/variants", json={"count": 100}).status_code == 400


def test_a_grey_reference_is_refused_by_its_name(client: Any, folder: Path) -> None:
    number = opened(client)["id"]
    answer = add_reference(client, number, folder / "more" / "two.jpg")
    assert (answer.status_code, answer.json()["error"]) == (
        400,
        "two.jpg: is grey; give a reference in colour",
    )
    assert client.get(f"/api/v1/photos/{number}").json()["revision"] == 0


def test_references_of_the_shipped_model_change_the_colours_and_can_be_undone(
    start: Start, folder: Path, tmp_path: Path
) -> None:
    from tinct.models.store import find_model

    client = start(folder, model=find_model("tinct-m")).entered()
    number = opened(client)["id"]
    before = client.get(f"/api/v1/photos/{number}/preview?short_side=64").content
    grey = pyvips.Image.new_from_file(str(folder / "one.png"))
    path = tmp_path / "red.png"
    red = grey.bandjoin([grey * 0.4, grey * 0.3]).cast("uchar")
    red.copy(interpretation="srgb").write_to_file(str(path))
    document = add_reference(client, number, path).json()
    (reference,) = document["references"]
    assert (reference["name"], document["revision"]) == ("red.png", 1)
    after = client.get(f"/api/v1/photos/{number}/preview?short_side=64").content
    assert after != before
    base = f"/api/v1/photos/{number}/references/{reference['id']}"
    assert picture(client.get(f"{base}/preview")).shape == (96, 128, 3)
    place = client.get(f"{base}/place", params={"x": 0.5, "y": 0.99}).json()["hex"]
    hue = [int(place[at : at + 2], 16) for at in (1, 3, 5)]
    assert hue[1] / hue[0] == pytest.approx(0.4, abs=0.05)
    assert hue[2] / hue[0] == pytest.approx(0.3, abs=0.05)
    body = {"reference_mode": "palette", "reference_strength": 0.5}
    assert client.patch(f"/api/v1/photos/{number}", json=body).json()["reference_mode"] == "palette"
    assert client.get(f"/api/v1/photos/{number}/preview?short_side=64").content != after
    assert client.delete(base).json()["references"] == []
    assert client.get(f"/api/v1/photos/{number}/preview?short_side=64").content == before
    assert client.post(f"/api/v1/photos/{number}/undo").json()["references"] == [reference]
    assert client.delete(f"{base}x").status_code == 404


def test_guidance_is_applied_to_other_photos(client: Any) -> None:
    one, two = opened(client)["id"], opened(client, "more/two.jpg")["id"]
    client.patch(f"/api/v1/photos/{one}", json={"hints": [RED], "options": {"vividness": 1.7}})
    (found,) = client.post(f"/api/v1/photos/{one}/apply", json={"to": [two, one], "hints": False}).json()
    assert (found["id"], found["hints"], found["options"]["vividness"]) == (two, [], 1.7)
    (found,) = client.post(f"/api/v1/photos/{one}/apply", json={"to": [two], "hints": True}).json()
    assert len(found["hints"]) == 1
    assert client.post(f"/api/v1/photos/{two}/undo").json()["hints"] == []
    assert client.post(f"/api/v1/photos/{one}/apply", json={"to": ["x"]}).status_code == 404


def test_colors_are_found_by_name_and_parsed_with_the_library_s_sentence(client: Any) -> None:
    found = client.get("/api/v1/colors", params={"q": "madder"}).json()
    assert all("madder" in each["name"] and each["source"] for each in found)
    assert client.post("/api/v1/colors/parse", json={"color": "madder"}).json()["hex"] == found[0]["hex"]
    assert client.get("/api/v1/colors", params={"q": "Field-Grey"}).json()[0]["name"] == "field grey"
    shown = [
        client.post("/api/v1/colors/parse", json={"color": each}).json()["hex"]
        for each in ("field grey", "FieldGrey")
    ]
    assert shown == ["#4D5D53", "#4D5D53"]
    assert client.post("/api/v1/colors/parse", json={"color": "20,-35"}).json()["b"] == -35
    wrong = client.post("/api/v1/colors/parse", json={"color": "maddr"})
    assert (wrong.status_code, "did you mean 'madder'" in wrong.json()["error"]) == (400, True)


def test_folders_are_listed_without_what_is_no_photo(client: Any, folder: Path) -> None:
    (folder / "notes.txt").write_text("x")
    (folder / ".hidden.png").write_bytes(b"x")
    (root,) = client.get("/api/v1/roots").json()
    path = f"/api/v1/roots/{root['id']}/entries"
    found = client.get(path).json()
    assert (found["folders"], [each["name"] for each in found["photos"]]) == (["more"], ["one.png"])
    assert client.get(path, params={"path": "more"}).json()["photos"][0]["name"] == "two.jpg"
    assert client.get(path, params={"path": "one.png"}).status_code == 404
    assert client.get("/api/v1/roots/x/entries").status_code == 404


def test_changes_are_told_to_the_stream_of_events(studio: Running, client: Any) -> None:
    found: list[tuple[str, dict[str, Any]]] = []
    seen = threading.Event()

    def listen(own: Any) -> None:
        with own.stream("GET", "/api/v1/events") as answer:
            kind = ""
            for line in answer.iter_lines():
                if line.startswith("retry"):
                    seen.set()
                kind = line[7:] if line.startswith("event: ") else kind
                if line.startswith("data: "):
                    found.append((kind, json.loads(line[6:])))
                    if found[-1][1].get("state") == "done" and kind == "export":
                        return

    key = {studio.server.gate.cookie: client.cookies[studio.server.gate.cookie]}
    with studio.client(cookies=key) as own:
        thread = threading.Thread(target=listen, args=(own,))
        thread.start()
        assert seen.wait(20)
        number = opened(client)["id"]
        client.patch(f"/api/v1/photos/{number}", json={"hints": [RED]})
        client.post("/api/v1/exports", json={"photo": number})
        thread.join(30)
        assert not thread.is_alive()
    states = [data["state"] for kind, data in found if kind == "photo"]
    assert states[:2] == ["waiting", "opening"]
    assert "ready" in states
    assert next(data["state"] for kind, data in found if kind == "export") == "waiting"


def test_levels_and_tiles_are_those_of_deep_zoom() -> None:
    assert [pictures.level_count(*size) for size in ((1, 1), (2, 1), (256, 256), (257, 3))] == [1, 2, 9, 10]
    assert pictures.tile_rectangle(1000, 600, 10, 3, 2) == ((1000, 600), (768, 512, 232, 88))
    assert pictures.tile_rectangle(1001, 601, 9, 1, 1) == ((501, 301), (256, 256, 245, 45))


def add_reference(client: Any, number: str, path: Path) -> Any:
    headers = {"content-type": "application/octet-stream", "x-file-name": path.name}
    return client.post(f"/api/v1/photos/{number}/references", content=path.read_bytes(), headers=headers)


def bytes_of(color: str) -> list[int]:
    return list(bytes.fromhex(color[1:]))
