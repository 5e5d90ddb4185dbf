"""Renderings of films: progress, stopping, going on after a kill, names that are taken; and what plays in a browser."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

pytest.importorskip("av")

from tests.studio.server.filming import known, open_film, rendered, until, upload_film, write_film
from tests.studio.server.serving import Start, browser
from tests.studio.server.test_films import hint, shot_of
from tests.video.clips import chroma_of
from tinct.studio.film.document import Progress
from tinct.video.source.probe import probe


@pytest.fixture
def folder(folder: Path) -> Path:
    """The folder of photos, with a film in it."""
    write_film(folder / "reel.mp4")
    return folder


def root_of(client: Any) -> str:
    root: str = client.get("/api/v1/roots").json()[0]["id"]
    return root


def render(client: Any, film: dict[str, Any], **body: Any) -> Any:
    return client.post(f"/api/v1/films/{film['id']}/rendering", json=body)


def test_a_film_is_rendered_as_the_command_line_renders_its_project(
    client: Any, folder: Path, tmp_path: Path, tiny_model: Path
) -> None:
    film = open_film(client, "reel.mp4")
    picture = client.post(f"{shot_of(film)}/open", json={}).json()
    hint(client, picture["id"])
    assert render(client, film, root=root_of(client), codec="ffv1", container="mkv").status_code == 202
    done = rendered(client, film["id"])["rendering"]
    assert (done["state"], done["name"], done["frames"]) == ("done", "reel-tinct.mkv", 64), done
    project = tmp_path / "project.json"
    project.write_bytes(client.get(f"/api/v1/films/{film['id']}/project").content)
    command = [
        sys.executable,
        "-m",
        "tinct",
        "video",
        folder / "reel.mp4",
        "--project",
        project,
        "--codec",
        "ffv1",
    ]
    own = tmp_path / "own.mkv"
    subprocess.run(
        [*map(str, command), "-o", str(own), "--model", str(tiny_model)], check=True, capture_output=True
    )
    np.testing.assert_array_equal(chroma_of(folder / "reel-tinct.mkv"), chroma_of(own))
    assert [each.name for each in folder.glob(".*")] == []


def test_a_name_that_is_taken_is_replaced_only_when_told(client: Any, folder: Path) -> None:
    film = open_film(client, "reel.mp4")
    (folder / "reel-tinct.mp4").write_bytes(b"mine")
    answer = render(client, film, root=root_of(client))
    assert (answer.status_code, answer.json()["name"]) == (409, "reel-tinct.mp4")
    assert render(client, film, root=root_of(client), name="reel.mp4").status_code == 400
    assert render(client, film, root=root_of(client), name="../out.mp4").status_code == 400
    assert (folder / "reel-tinct.mp4").read_bytes() == b"mine"
    assert render(client, film, root=root_of(client), overwrite=True).status_code == 202
    assert rendered(client, film["id"])["rendering"]["state"] == "done"
    assert probe(folder / "reel-tinct.mp4").frames == 64


def test_a_stopped_rendering_plays_up_to_there_and_goes_on(client: Any, folder: Path) -> None:
    write_film(folder / "long.mp4", height=480, width=640)
    film = open_film(client, "long.mp4")
    url = f"/api/v1/films/{film['id']}"
    assert render(client, film, root=root_of(client)).status_code == 202
    until(client, film["id"], lambda each: each["rendering"]["frames"] > 8)
    assert client.delete(f"{url}/rendering").status_code == 400
    assert client.post(f"{url}/rendering/stop").status_code == 200
    stopped = rendered(client, film["id"], "stopped")["rendering"]
    assert (stopped["state"], stopped["partial"]) == ("stopped", True)
    assert 8 < stopped["frames"] < 64
    assert probe(folder / "long-tinct.partial.mp4").frames == stopped["frames"]
    assert not (folder / "long-tinct.mp4").exists()
    playing = client.post(f"{url}/play", json={}).json()
    playing = until(client, film["id"], lambda each: each["playing"]["film"]["state"] != "making")["playing"][
        "film"
    ]
    assert client.get(playing["after"]).status_code == 200
    assert client.post(f"{url}/rendering/resume").status_code == 200
    done = rendered(client, film["id"])["rendering"]
    assert (done["state"], done["partial"]) == ("done", False)
    assert probe(folder / "long-tinct.mp4").frames == 64
    assert not (folder / "long-tinct.partial.mp4").exists()


def test_a_rendering_goes_on_by_itself_after_the_server_was_killed(
    folder: Path, tmp_path: Path, tiny_model: Path, start: Start
) -> None:
    write_film(folder / "long.mp4", height=480, width=640)
    command = [sys.executable, "-m", "tinct", "studio", folder, "--no-browser", "--work", tmp_path / "work"]
    process = subprocess.Popen(
        [*map(str, command), "--model", str(tiny_model)],
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
    )  # fmt: skip
    client = browser(process)
    film = open_film(client, "long.mp4")
    render(client, film, root=root_of(client))
    until(client, film["id"], lambda each: each["rendering"]["frames"] > 24)
    process.send_signal(signal.SIGKILL)
    process.wait()
    work = folder / ".long-tinct.mp4.tinct"
    assert list(work.glob("segment-*"))
    client = start(folder).entered()
    done = rendered(client, film["id"])["rendering"]
    assert done["state"] == "done", done
    assert probe(folder / "long-tinct.mp4").frames == 64
    assert not work.exists()


def test_a_result_without_a_folder_is_kept_to_be_fetched(client: Any, folder: Path, tmp_path: Path) -> None:
    film = known(client, upload_film(client, folder / "reel.mp4").json()["id"])
    assert render(client, film).status_code == 202
    done = rendered(client, film["id"])["rendering"]
    answer = client.get(done["file"])
    assert answer.headers["content-disposition"] == "attachment; filename*=UTF-8''reel-tinct.mp4"
    (tmp_path / "fetched.mp4").write_bytes(answer.content)
    assert probe(tmp_path / "fetched.mp4").frames == 64
    assert client.delete(f"/api/v1/films/{film['id']}/rendering").json()["rendering"] is None
    assert client.get(done["file"]).status_code == 404


def test_what_would_become_of_each_stream_is_told_before(client: Any) -> None:
    film = open_film(client, "reel.mp4")
    url = f"/api/v1/films/{film['id']}/plan"
    told = client.post(url, json={"archive": True}).json()
    assert told["name"] == "reel-tinct.mkv"
    assert "ffv1" in "".join(told["report"])
    refused = client.post(url, json={"container": "webm", "codec": "h264"})
    assert refused.status_code == 400
    assert "webm" in refused.json()["error"]


def test_a_rendering_is_stale_once_a_hint_is_added(client: Any) -> None:
    film = open_film(client, "reel.mp4")
    picture = client.post(f"{shot_of(film)}/open", json={}).json()
    render(client, film)
    assert rendered(client, film["id"])["stale"] is False
    hint(client, picture["id"])
    assert client.get(f"/api/v1/films/{film['id']}").json()["stale"] is True


def test_a_shot_is_previewed_before_and_after_as_it_is_directed(client: Any, tmp_path: Path) -> None:
    film = open_film(client, "reel.mp4")
    number = film["shots"][1]["number"]
    picture = client.post(f"{shot_of(film, 1)}/open", json={}).json()
    hint(client, picture["id"])
    url = f"/api/v1/films/{film['id']}"
    client.post(f"{url}/play", json={"shot": number})
    found = until(client, film["id"], lambda each: each["playing"][str(number)]["state"] != "making")
    playing = found["playing"][str(number)]
    assert playing["state"] == "ready", playing
    for name in ("before", "after"):
        (tmp_path / f"{name}.mp4").write_bytes(client.get(playing[name]).content)
        clip = probe(tmp_path / f"{name}.mp4")
        assert (clip.codec, clip.frames) == ("h264", film["shots"][1]["frames"])
    assert np.abs(chroma_of(tmp_path / "before.mp4")).mean() < 1
    assert np.abs(chroma_of(tmp_path / "after.mp4")).mean() > 1
    again = client.post(f"{url}/play", json={"shot": number}).json()
    assert (again["state"], again["after"]) == ("ready", playing["after"])


@pytest.mark.parametrize("name", ["reel.mp4", "old.avi"])
def test_a_browser_gets_what_it_plays_in_ranges(name: str, client: Any, folder: Path, tmp_path: Path) -> None:
    if name == "old.avi":
        write_film(folder / name, codec="mpeg4")
    film = open_film(client, name)
    assert film["facts"]["plays"] == (name == "reel.mp4")
    url = f"/api/v1/films/{film['id']}"
    assert client.post(f"{url}/play", json={}).status_code == 404
    render(client, film, root=root_of(client), container="mp4" if name == "reel.mp4" else "mkv")
    assert rendered(client, film["id"])["rendering"]["state"] == "done"
    client.post(f"{url}/play", json={})
    found = until(client, film["id"], lambda each: each["playing"]["film"]["state"] != "making")
    playing = found["playing"]["film"]
    assert playing["state"] == "ready", playing
    assert playing["before"].endswith("/source") == (name == "reel.mp4")
    for each in ("before", "after"):
        answer = client.get(playing[each], headers={"range": "bytes=10-29"})
        assert (answer.status_code, len(answer.content)) == (206, 20)
        assert answer.headers["content-type"] == "video/mp4"
        assert answer.headers["content-range"].startswith("bytes 10-29/")
        (tmp_path / f"{each}.mp4").write_bytes(client.get(playing[each]).content)
        clip = probe(tmp_path / f"{each}.mp4")
        assert (clip.codec, clip.frames) == ("h264", 64)


@pytest.mark.parametrize(
    "name", ["..%2Ffilm.json", "film.json", "shot-0.json", "copy-*.mp4", "%2Fetc%2Fpasswd"]
)
def test_only_what_plays_is_served(name: str, client: Any) -> None:
    film = open_film(client, "reel.mp4")
    assert client.get(f"/api/v1/films/{film['id']}/media/{name}").status_code == 404


def test_of_a_long_shot_the_seconds_around_its_key_frame_are_previewed(
    client: Any, folder: Path, tmp_path: Path
) -> None:
    from tests.video.clips import pan, write_clip

    write_clip(folder / "long.mp4", pan(1, 200, speed=0.3), codec="libx264", rate=10)
    film = open_film(client, "long.mp4")
    assert [shot["frames"] for shot in film["shots"]] == [200]
    picture = client.post(f"{shot_of(film)}/open", json={}).json()
    hint(client, picture["id"])
    client.post(f"/api/v1/films/{film['id']}/play", json={"shot": 0})
    found = until(client, film["id"], lambda each: each["playing"]["0"]["state"] != "making")
    playing = found["playing"]["0"]
    assert (playing["state"], playing["start"]) == ("ready", 6.0), playing
    (tmp_path / "after.mp4").write_bytes(client.get(playing["after"]).content)
    assert probe(tmp_path / "after.mp4").frames == 120


def test_two_films_never_promise_the_same_name(client: Any, folder: Path) -> None:
    write_film(folder / "reel.avi", codec="mpeg4")
    films = [open_film(client, name) for name in ("reel.mp4", "reel.avi")]
    assert render(client, films[0], root=root_of(client), container="mkv").status_code == 202
    assert render(client, films[1], root=root_of(client), container="mkv").status_code == 409
    assert rendered(client, films[0]["id"])["rendering"]["state"] == "done"


def test_a_removed_film_leaves_no_unfinished_work_beside_it(client: Any, folder: Path) -> None:
    write_film(folder / "long.mp4", height=480, width=640)
    film = open_film(client, "long.mp4")
    render(client, film, root=root_of(client))
    until(client, film["id"], lambda each: each["rendering"]["frames"] > 4)
    assert (folder / ".long-tinct.mp4.tinct").exists()
    assert client.delete(f"/api/v1/films/{film['id']}").status_code == 204
    assert [each.name for each in folder.iterdir() if "tinct" in each.name] == []
    assert client.get("/api/v1/health").json()["films"] is True


def test_a_film_that_is_gone_says_so(client: Any, folder: Path) -> None:
    film = open_film(client, "reel.mp4")
    (folder / "reel.mp4").unlink()
    url = f"/api/v1/films/{film['id']}"
    assert client.get(f"{url}/media/source").status_code == 404
    render(client, film)
    failed = rendered(client, film["id"], "failed")["rendering"]
    assert failed["error"] == "reel.mp4: there is no such file; check the name"
    assert client.post(f"{url}/play", json={"shot": film["shots"][0]["number"]}).status_code == 200
    found = until(client, film["id"], lambda each: next(iter(each["playing"].values()))["state"] != "making")
    assert "there is no such file" in next(iter(found["playing"].values()))["error"]


def test_the_time_left_is_not_guessed_at_once_and_does_not_jump(monkeypatch: pytest.MonkeyPatch) -> None:
    now = 100.0
    monkeypatch.setattr("tinct.studio.film.document.time", SimpleNamespace(monotonic=lambda: now))
    steps = Progress("colour", 0, 100, began=now)

    def after(seconds: float, done: int) -> Any:
        nonlocal now
        now += seconds
        steps.move(done, 100)
        return steps.to_json()["left"]

    assert after(2, 10) is None
    assert after(8, 20) == 40
    assert after(1, 22) == 39
    # A second in which nothing is done would by itself give 42.
    assert after(1, 22) in (38, 39)
    now += 3
    assert steps.to_json()["left"] in (35, 36)
    assert after(600, 50) > 500
