"""Films that are none, damaged, too large or outside of the roots."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import time
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("av")

from tests.studio.server.filming import known, open_film, upload_film, write_film
from tests.studio.server.serving import Start, opened


@pytest.fixture
def folder(folder: Path) -> Path:
    """The folder of photos, with a film in it."""
    write_film(folder / "reel.mp4")
    return folder


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("list.mp4", b"#EXTM3U\n#EXTINF:2.0,\n/etc/passwd\n"),
        ("list.mkv", b"ffconcat version 1.0\nfile /etc/passwd\n"),
        ("page.webm", b"<html><script>alert(1)</script></html>"),
        ("empty.mp4", b""),
    ],
)
def test_what_begins_like_no_film_is_refused(name: str, content: bytes, client: Any, tmp_path: Path) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    answer = upload_film(client, path)
    assert answer.status_code == 415
    assert "begins like no film" in answer.json()["error"]
    assert list((tmp_path / "work" / "incoming").iterdir()) == []


def test_a_damaged_film_fails_with_a_sentence_and_its_own_name(
    client: Any, folder: Path, tmp_path: Path
) -> None:
    data = (folder / "reel.mp4").read_bytes()
    path = tmp_path / "broken <b>.mp4"
    path.write_bytes(data[: len(data) // 3])
    film = known(client, upload_film(client, path).json()["id"])
    assert film["state"] == "failed"
    assert film["error"].startswith("broken b.mp4: ")
    assert "original" not in film["error"]


def test_a_playlist_in_a_folder_is_read_as_no_film(client: Any, folder: Path) -> None:
    (folder / "list.ts").write_text(f"ffconcat version 1.0\nfile {folder / 'reel.mp4'}\n")
    film = open_film(client, "list.ts")
    assert film["state"] == "failed"
    assert "holds no film" in film["error"]
    assert film["shots"] == []


@pytest.mark.parametrize("path", ["../reel.mp4", "/etc/passwd", "reel.mp4/..", "a\0b.mp4", ".hidden.mp4"])
def test_films_outside_of_the_roots_are_not_opened(path: str, client: Any) -> None:
    root = client.get("/api/v1/roots").json()[0]["id"]
    answer = client.post("/api/v1/films/open", json={"root": root, "path": path})
    assert answer.status_code == 404
    assert client.get("/api/v1/films").json() == []


def test_a_film_that_is_too_large_is_refused_in_a_sentence(start: Start, folder: Path) -> None:
    from tinct.studio.limits import Limits

    client = start(folder, limits=Limits(film_bytes=1 << 10)).entered()
    answer = upload_film(client, folder / "reel.mp4")
    assert answer.status_code == 413
    assert "open the file from a folder given at start" in answer.json()["error"]


@pytest.mark.skipif(shutil.which("pgrep") is None, reason="needs pgrep")
def test_a_film_that_makes_a_decoder_fail_ends_its_own_process_only(client: Any, folder: Path) -> None:
    number = upload_film(client, write_film(folder / "long.mp4", height=480, width=640)).json()["id"]
    command = ["pgrep", "-P", str(os.getpid()), "-f", "tinct.studio.film.process"]
    for _ in range(200):
        if found := subprocess.run(command, capture_output=True, text=True).stdout.split():
            break
        time.sleep(0.05)
    os.kill(int(found[0]), signal.SIGSEGV)
    film = known(client, number)
    assert (film["state"], film["error"]) == (
        "failed",
        "the process that reads the film ended by itself (-11); the film may be damaged",
    )
    assert opened(client)["state"] == "ready"
    assert open_film(client, "reel.mp4")["state"] == "ready"
