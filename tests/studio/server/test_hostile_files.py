"""Paths, names and files of an attacker: nothing outside the roots is read, nothing becomes markup."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from tests.studio.server.serving import Running, Start, finished, opened, raw, ready, upload, write_photo


@pytest.mark.parametrize(
    "path",
    [
        "../secret.png",
        "more/../../secret.png",
        "..\\secret.png",
        "one.png\0.txt",
        "./one.png/..",
        "....//x",
        ".hidden.png",
        "C:\\secret.png",
        "more/\0",
        "x" * 4000,
        "\ud800".encode("utf-8", "surrogatepass").decode("latin-1"),
    ],
)
def test_paths_out_of_a_root_are_refused(client: Any, folder: Path, path: str) -> None:
    write_photo(folder.parent / "secret.png", 32, 32)
    write_photo(folder / ".hidden.png", 32, 32)
    (root,) = client.get("/api/v1/roots").json()
    assert client.post("/api/v1/photos/open", json={"root": root["id"], "path": path}).status_code in (
        400,
        404,
    )
    answer = client.get(f"/api/v1/roots/{root['id']}/entries", params={"path": path})
    assert answer.status_code in (400, 404)
    assert client.get("/api/v1/photos").json() == []


def test_absolute_paths_are_refused(client: Any, folder: Path) -> None:
    (root,) = client.get("/api/v1/roots").json()
    for path in (str(folder / "one.png"), "/etc/passwd", f"file://{folder}/one.png"):
        answer = client.post("/api/v1/photos/open", json={"root": root["id"], "path": path})
        assert answer.status_code == 404


def test_links_out_of_a_root_are_neither_listed_nor_followed(client: Any, folder: Path) -> None:
    write_photo(folder.parent / "secret.png", 32, 32)
    (folder / "link.png").symlink_to(folder.parent / "secret.png")
    (folder / "up").symlink_to(folder.parent)
    (folder / "inside.png").symlink_to(folder / "one.png")
    (folder / "circle").symlink_to(folder / "circle")
    (root,) = client.get("/api/v1/roots").json()
    entries = client.get(f"/api/v1/roots/{root['id']}/entries").json()
    assert entries["folders"] == ["more"]
    assert {each["name"] for each in entries["photos"]} == {"one.png", "inside.png"}
    for path in ("link.png", "up/secret.png", "circle"):
        answer = client.post("/api/v1/photos/open", json={"root": root["id"], "path": path})
        assert answer.status_code == 404
    assert opened(client, "inside.png")["width"] == 128


@pytest.mark.parametrize(
    "path", ["/page/../server.py", "/page/%2e%2e/server.py", "/page/..%2fserver.py", "/page//etc/passwd"]
)
def test_static_files_are_only_those_of_the_page(studio: Running, client: Any, path: str) -> None:
    cookie = f"{studio.server.gate.cookie}={client.cookies[studio.server.gate.cookie]}"
    answer = raw(
        studio, f"GET {path} HTTP/1.1\r\nHost: {studio.server.gate.host}\r\nCookie: {cookie}\r\n\r\n".encode()
    )
    assert answer.split()[1] == b"404"


@pytest.mark.parametrize(
    "data",
    [
        b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>',
        b"<html><script>alert(1)</script>",
        b"",
        b"\xff\xd8",
        b"MZ" + bytes(1000),
    ],
)
def test_what_is_no_photo_is_refused_whatever_its_name(client: Any, tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "photo.jpg"
    path.write_bytes(data)
    answer = upload(client, path)
    assert answer.status_code == 415
    assert answer.json()["error"].startswith("photo.jpg")
    assert client.get("/api/v1/photos").json() == []


def test_a_damaged_photo_fails_alone_and_with_a_sentence(client: Any, tmp_path: Path) -> None:
    path = write_photo(tmp_path / "whole.png", 64, 64)
    path.write_bytes(path.read_bytes()[:150])
    number = upload(client, path).json()["id"]
    answer = client.get(f"/api/v1/photos/{number}/preview")
    assert answer.status_code == 400
    assert answer.json()["error"].startswith("whole.png: ")
    assert client.get(f"/api/v1/photos/{number}").json()["state"] == "failed"
    assert opened(client)["state"] == "ready"


@pytest.mark.parametrize(
    "name",
    [
        "<script>alert(1)</script>.png",
        'a"><img src=x onerror=alert(1)>.png',
        "../../x.png",
        "\u202egnp.exe",
        "a\r\nset-cookie: x=1.png",
    ],
)
def test_a_script_as_a_file_name_stays_text(client: Any, folder: Path, name: str) -> None:
    answer = upload(client, folder / "one.png", **{"x-file-name": quote(name)})
    assert answer.status_code == 201
    assert answer.headers["content-type"] == "application/json"
    assert not set(answer.json()["name"]) & set('<>"/\r\n')
    number = ready(client, answer.json()["id"])["id"]
    state = finished(client, client.post("/api/v1/exports", json={"photo": number}).json()["id"])
    file = client.get(state["file"])
    assert file.headers["content-type"] == "application/octet-stream"
    assert file.headers["content-disposition"].isascii()
    assert "set-cookie" not in file.headers


def test_a_path_is_never_fetched_as_a_url(client: Any) -> None:
    (root,) = client.get("/api/v1/roots").json()
    answer = client.post("/api/v1/photos/open", json={"root": root["id"], "path": "http://127.0.0.1:9/x.png"})
    assert answer.status_code == 404


def test_a_name_that_is_no_unicode_is_shown_and_saved(start: Start, folder: Path) -> None:
    path = folder / os.fsdecode(b"caf\xe9.png")
    shutil.copy(folder / "one.png", path)
    client = start(path, folder).entered()
    (document,) = client.get("/api/v1/photos").json()
    assert document["name"] == "caf\ufffd.png"
    assert len(client.get("/api/v1/roots").json()) == 2
    assert ready(client, document["id"])["width"] == 128
    root = client.get("/api/v1/roots").json()[0]["id"]
    state = client.post("/api/v1/exports", json={"photo": document["id"], "root": root}).json()
    assert finished(client, state["id"])["state"] == "done"
