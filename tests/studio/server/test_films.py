"""Films in the studio: shots with key frames, hints that become a project, and what is kept."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import pyvips

pytest.importorskip("av")

from tests.studio.server.filming import SHOTS, known, open_film, upload_film, write_film
from tests.studio.server.serving import Start, opened
from tinct.video.project import read_project


@pytest.fixture
def folder(folder: Path) -> Path:
    """The folder of photos, with a film in it."""
    write_film(folder / "reel.mp4")
    return folder


def shot_of(film: dict[str, Any], at: int = 0) -> str:
    return f"/api/v1/films/{film['id']}/shots/{film['shots'][at]['number']}"


def hint(client: Any, picture: str, **more: Any) -> dict[str, Any]:
    hints = [{"points": [[0.4, 0.6]], "color": "madder", **more}]
    answer = client.patch(f"/api/v1/photos/{picture}", json={"hints": hints})
    assert answer.status_code == 200, answer.text
    document: dict[str, Any] = answer.json()
    return document


def half_in_colour(client: Any, folder: Path) -> dict[str, Any]:
    """A film of two shots, of which the second is in colour."""
    from tests.video.clips import pan, write_clip

    frames = [*pan(1, 20), *pan(2, 20)]
    rng = np.random.default_rng(1)
    tint = rng.integers(60, 200, (2, 6, 8)).repeat(8, 1).repeat(8, 2).astype(np.uint8)
    grey = np.full_like(tint, 128)
    chroma = [grey] * 20 + [tint] * 20
    write_clip(folder / "half.mp4", frames, codec="libx264", rate=10, chroma=chroma)
    return open_film(client, "half.mp4")


def project_of(client: Any, film: dict[str, Any], into: Path) -> Any:
    path = into / "project.json"
    path.write_bytes(client.get(f"/api/v1/films/{film['id']}/project").content)
    return read_project(path)


def test_the_shots_of_a_film_are_found_and_its_streams_are_told(client: Any) -> None:
    film = open_film(client, "reel.mp4")
    assert film["state"] == "ready", film
    assert [shot["frames"] for shot in film["shots"]] == list(SHOTS)
    assert [shot["start"] for shot in film["shots"]] == [0.0, 2.0, 4.4]
    assert film["shots"][-1]["end"] == pytest.approx(6.4)
    assert film["facts"]["duration"] == pytest.approx(6.4)
    assert film["shots"][0]["place"] == film["shots"][2]["place"] is not None
    assert "picture: luma kept, colour added, h264" in "".join(film["report"])
    assert str(Path(film["report"][0]).parent) in (".", "")
    thumb = client.get(film["shots"][0]["thumb"])
    assert thumb.headers["content-type"] == "image/jpeg"
    assert thumb.content.startswith(b"\xff\xd8")


def test_a_film_is_no_photo_of_the_queue_and_neither_are_its_key_frames(client: Any) -> None:
    film = open_film(client, "reel.mp4")
    client.post(f"{shot_of(film)}/open", json={})
    assert client.get("/api/v1/photos").json() == []
    assert [each["id"] for each in client.get("/api/v1/films").json()] == [film["id"]]
    listed = client.get(f"/api/v1/roots/{client.get('/api/v1/roots').json()[0]['id']}/entries").json()
    assert [each["name"] for each in listed["films"]] == ["reel.mp4"]
    assert [each["name"] for each in listed["photos"]] == ["one.png"]


def test_a_hint_on_a_key_frame_is_in_the_project_that_the_command_line_reads(
    client: Any, tmp_path: Path
) -> None:
    film = open_film(client, "reel.mp4")
    picture = client.post(f"{shot_of(film)}/open", json={}).json()
    assert (picture["film"], picture["width"], picture["height"]) == (film["id"], 0, 0)
    assert client.get(f"/api/v1/photos/{picture['id']}/preview").status_code == 200
    hint(client, picture["id"], note="her dress")
    project = project_of(client, film, tmp_path)
    assert [each.start for each in project.directions] == [0.0, 2.0, 4.4]
    (given,) = project.directions[0].hints
    assert (given.hint.color, given.hint.note, given.time, given.scope) == (
        "madder",
        "her dress",
        1.0,
        "shot",
    )
    assert project.directions[1].hints == project.directions[2].hints == ()


def test_a_hint_holds_for_all_shots_of_a_place_on_request(client: Any, tmp_path: Path) -> None:
    film = open_film(client, "reel.mp4")
    picture = client.post(f"{shot_of(film)}/open", json={}).json()
    hint(client, picture["id"])
    changed = client.patch(shot_of(film), json={"scope": "place"}).json()
    assert (changed["scope"], changed["hints"]) == ("place", 1)
    assert changed["same_place"] >= 2
    (given,) = project_of(client, film, tmp_path).directions[0].hints
    assert given.scope == "place"


def test_another_frame_of_a_shot_becomes_its_key_frame_and_hinted_ones_stay(
    client: Any, tmp_path: Path
) -> None:
    film = open_film(client, "reel.mp4")
    first = client.post(f"{shot_of(film, 1)}/open", json={}).json()
    hint(client, first["id"])
    second = client.post(f"{shot_of(film, 1)}/open", json={"time": 2.33}).json()
    assert second["id"] != first["id"]
    third = client.post(f"{shot_of(film, 1)}/open", json={"time": 4.0}).json()
    hint(client, third["id"])
    assert client.get(f"/api/v1/photos/{second['id']}").status_code == 404
    shot = client.get(f"/api/v1/films/{film['id']}").json()["shots"][1]
    assert (shot["key"], shot["hints"], shot["hinted"]) == (4.0, 2, [3.2, 4.0])
    direction = project_of(client, film, tmp_path).directions[1]
    assert direction.key == 4.0
    assert [each.time for each in direction.hints] == [3.2, 4.0]
    back = client.post(f"{shot_of(film, 1)}/open", json={"time": 3.2}).json()
    assert back["id"] == first["id"]


def test_vividness_is_that_of_the_film_and_of_all_its_key_frames(client: Any) -> None:
    film = open_film(client, "reel.mp4")
    one, two = (client.post(f"{shot_of(film, at)}/open", json={}).json() for at in (0, 1))
    client.patch(f"/api/v1/photos/{one['id']}", json={"options": {"vividness": 1.4}})
    for _ in range(100):
        if client.get(f"/api/v1/photos/{two['id']}").json()["options"]["vividness"] == 1.4:
            break
        time.sleep(0.05)
    else:
        raise AssertionError("the other key frame is as it was")
    found = client.get(f"/api/v1/films/{film['id']}").json()
    assert found["options"]["vividness"] == 1.4
    assert found["command"] == "tinct video reel.mp4 --project reel-shots.json --vividness 1.4"
    three = client.post(f"{shot_of(film, 2)}/open", json={}).json()
    assert (three["options"]["vividness"], three["can_undo"]) == (1.4, False)


def test_a_film_its_hints_and_its_project_outlive_the_server(
    start: Start, folder: Path, tmp_path: Path
) -> None:
    studio = start(folder)
    client = studio.entered()
    film = open_film(client, "reel.mp4")
    picture = client.post(f"{shot_of(film)}/open", json={}).json()
    hint(client, picture["id"])
    client.patch(shot_of(film), json={"scope": "place"})
    before = client.get(f"/api/v1/films/{film['id']}").json()
    studio.stop()
    client = start(folder).entered()
    after = client.get(f"/api/v1/films/{film['id']}").json()
    assert after["shots"] == before["shots"]
    assert [each["id"] for each in after["pictures"]] == [picture["id"]]
    assert project_of(client, film, tmp_path).directions[0].hints[0].scope == "place"
    on_disk = tmp_path / "work" / "films" / film["id"] / "project.json"
    assert read_project(on_disk).directions[0].hints[0].scope == "place"


def test_looking_for_shots_goes_on_after_the_server_was_stopped(start: Start, folder: Path) -> None:
    studio = start(folder)
    client = studio.entered()
    answer = upload_film(client, folder / "reel.mp4")
    assert answer.status_code == 201
    studio.stop()
    client = start(folder).entered()
    film = known(client, answer.json()["id"])
    assert [shot["frames"] for shot in film["shots"]] == list(SHOTS)


def test_a_removed_film_leaves_its_file_and_nothing_else(client: Any, folder: Path, tmp_path: Path) -> None:
    film = open_film(client, "reel.mp4")
    picture = client.post(f"{shot_of(film)}/open", json={}).json()
    assert client.delete(f"/api/v1/films/{film['id']}").status_code == 204
    assert client.get("/api/v1/films").json() == []
    assert client.get(f"/api/v1/photos/{picture['id']}").status_code == 404
    assert (folder / "reel.mp4").exists()
    assert list((tmp_path / "work" / "films").iterdir()) == []


def test_the_project_is_saved_with_its_references_and_nothing_is_replaced_unasked(
    client: Any, folder: Path, tmp_path: Path
) -> None:
    film = open_film(client, "reel.mp4")
    picture = client.post(f"{shot_of(film)}/open", json={}).json()
    hint(client, picture["id"])
    reference = tmp_path / "postcard.png"
    red = np.full((64, 64, 3), (200, 60, 50), np.uint8)
    red[::7] = (60, 120, 60)
    pyvips.Image.new_from_array(red).write_to_file(str(reference))
    headers = {"content-type": "application/octet-stream", "x-file-name": "postcard.png"}
    added = client.post(
        f"/api/v1/photos/{picture['id']}/references", content=reference.read_bytes(), headers=headers
    )
    assert added.status_code == 201, added.text
    root = client.get("/api/v1/roots").json()[0]["id"]
    url = f"/api/v1/films/{film['id']}/project"
    assert client.post(url, json={"root": root}).json() == {"name": "reel-shots.json"}
    assert client.post(url, json={"root": root}).status_code == 409
    moved = tmp_path / "elsewhere"
    folder.rename(moved)
    direction = read_project(moved / "reel-shots.json").directions[0]
    assert len(direction.hints) == 1
    (given,) = direction.references
    assert given.path.read_bytes() == reference.read_bytes()


def test_a_shot_that_was_in_colour_keeps_its_colours_until_told(client: Any, folder: Path) -> None:
    film = half_in_colour(client, folder)
    assert [shot["in_colour"] for shot in film["shots"]] == [False, True]
    client.post(f"{shot_of(film, 1)}/open", json={})
    refused = client.post(f"/api/v1/films/{film['id']}/play", json={"shot": 20})
    assert refused.status_code == 400
    changed = client.patch(shot_of(film, 1), json={"in_colour": False}).json()
    assert (changed["in_colour"], changed["was_in_colour"]) == (False, True)
    assert client.post(f"/api/v1/films/{film['id']}/play", json={"shot": 20}).status_code == 200


def test_a_hint_in_a_shot_that_keeps_its_colours_has_it_coloured(
    client: Any, folder: Path, tmp_path: Path
) -> None:
    film = half_in_colour(client, folder)

    def keeps() -> bool:
        kept: bool = client.get(f"/api/v1/films/{film['id']}").json()["shots"][1]["in_colour"]
        return kept

    picture = client.post(f"{shot_of(film, 1)}/open", json={}).json()["id"]
    client.patch(f"/api/v1/photos/{picture}", json={"options": {"vividness": 1.2}})
    assert keeps()
    hint(client, picture)
    assert not keeps()
    assert len(project_of(client, film, tmp_path).directions[1].hints) == 1
    client.patch(shot_of(film, 1), json={"in_colour": True})
    client.post(f"/api/v1/photos/{picture}/undo")
    assert keeps()
    assert project_of(client, film, tmp_path).directions[1].hints == ()
    hint(client, picture)
    client.post(f"/api/v1/photos/{picture}/undo")
    assert not keeps()


def test_a_film_given_at_start_is_in_the_queue(start: Start, folder: Path) -> None:
    client = start(folder / "reel.mp4").entered()
    (film,) = client.get("/api/v1/films").json()
    assert known(client, film["id"])["name"] == "reel.mp4"
    assert client.get("/api/v1/photos").json() == []


def test_without_the_extra_photos_work_and_films_say_what_to_install(
    client: Any, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tinct.studio.film.extra.has_films", lambda: False)
    answer = upload_film(client, folder / "reel.mp4")
    assert answer.status_code == 400
    assert "pip install 'tinct[video]'" in answer.json()["error"]
    assert opened(client)["state"] == "ready"


def test_the_server_itself_never_decodes_a_film() -> None:
    code = "import sys, tinct.studio.server; print(*[each for each in ('av', 'cv2') if each in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == ""


def test_the_project_on_disk_is_json_of_the_known_format(client: Any) -> None:
    film = open_film(client, "reel.mp4")
    content = json.loads(client.get(f"/api/v1/films/{film['id']}/project").content)
    assert (content["format"], content["clip"], content["frames"]) == (1, "reel.mp4", sum(SHOTS))
