"""What a hostile page, program or file may try: each is refused, and the studio goes on."""

from __future__ import annotations

import socket
import struct
import time
import zlib
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from tests.studio.server.conftest import Start
from tests.studio.server.serving import Running, opened, ready, upload, write_photo
from tinct.studio.limits import Limits


@pytest.fixture
def client(studio: Running) -> Any:
    return studio.entered()


def still_works(studio: Running, client: Any) -> bool:
    return bool(client.get("/api/v1/health").status_code == 200)


def test_a_foreign_host_is_refused(client: Any) -> None:
    for host in ("evil.example", "evil.example:80", "localhost", "127.0.0.1"):
        assert client.get("/api/v1/photos", headers={"host": host}).status_code == 403


def test_our_host_with_another_port_is_refused(studio: Running, client: Any) -> None:
    port = int(studio.origin.rpartition(":")[2])
    assert client.get("/api/v1/photos", headers={"host": f"127.0.0.1:{port + 1}"}).status_code == 403


def test_two_hosts_are_refused(studio: Running) -> None:
    ours = studio.server.gate.host
    answer = raw(studio, f"GET / HTTP/1.1\r\nHost: {ours}\r\nHost: {ours}\r\n\r\n".encode())
    assert answer.split()[1] in (b"400", b"403")


@pytest.mark.parametrize("origin", ["null", "http://evil.example", "https://127.0.0.1", "http://127.0.0.1"])
def test_another_origin_is_refused(client: Any, origin: str) -> None:
    for method in ("GET", "POST"):
        assert client.request(method, "/api/v1/photos", headers={"origin": origin}).status_code == 403


@pytest.mark.parametrize("site", ["cross-site", "same-site"])
def test_a_fetch_of_another_site_is_refused(client: Any, site: str) -> None:
    for mode in ("cors", "no-cors", "navigate"):
        headers = {"sec-fetch-site": site, "sec-fetch-mode": mode}
        assert client.get("/api/v1/photos", headers=headers).status_code == 403


def test_a_fetch_of_no_site_is_only_a_navigation(client: Any) -> None:
    headers = {"sec-fetch-site": "none"}
    assert client.get("/", headers=headers | {"sec-fetch-mode": "navigate"}).status_code == 200
    assert client.get("/api/v1/photos", headers=headers | {"sec-fetch-mode": "cors"}).status_code == 403


@pytest.mark.parametrize("kind", ["application/x-www-form-urlencoded", "multipart/form-data", "text/plain"])
def test_what_a_form_can_post_is_refused(client: Any, kind: str) -> None:
    answer = client.post("/api/v1/colors/parse", content=b'{"color":"red"}', headers={"content-type": kind})
    assert answer.status_code == 415
    assert client.post("/api/v1/photos", content=b"x", headers={"content-type": kind}).status_code == 415


def test_nothing_is_served_without_the_cookie(studio: Running) -> None:
    client = studio.client()
    for path in ("/", "/page/index.html", "/api/v1/photos", "/api/v1/openapi.json", "/nothing", "/docs"):
        assert client.get(path).status_code == 401, path
    client.cookies.set(studio.server.gate.cookie, "x" * 43)
    assert client.get("/api/v1/photos").status_code == 401


def test_a_replayed_or_guessed_token_is_refused(studio: Running) -> None:
    url = studio.url
    assert studio.entered().get("/api/v1/photos").status_code == 200
    assert studio.client().get(url).status_code == 401
    assert studio.client().get("/?token=guess").status_code == 401


def test_the_cookie_is_for_this_page_only(studio: Running) -> None:
    cookie = studio.client().get(studio.url).headers["set-cookie"]
    assert {"HttpOnly", "SameSite=Strict", "Path=/"} <= {part.strip() for part in cookie.split(";")}
    assert "Domain" not in cookie


@pytest.mark.parametrize(
    "path",
    ["../secret.png", "more/../../secret.png", "..\\secret.png", "one.png\0.txt", "./one.png/..", "....//x",
     ".hidden.png", "C:\\secret.png", "more/\0", "x" * 4000, "\ud800".encode("utf-8", "surrogatepass").decode("latin-1")],
)  # fmt: skip
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
    "data", [b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>', b"<html><script>alert(1)</script>", b"", b"\xff\xd8", b"MZ" + bytes(1000)]
)  # fmt: skip
def test_what_is_no_photo_is_refused_whatever_its_name(client: Any, tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "photo.jpg"
    path.write_bytes(data)
    answer = upload(client, path)
    assert answer.status_code == 415
    assert answer.json()["error"].startswith("photo.jpg")
    assert client.get("/api/v1/photos").json() == []


def test_a_damaged_photo_fails_alone_and_with_a_sentence(client: Any, folder: Path, tmp_path: Path) -> None:
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
    from urllib.parse import quote

    answer = upload(client, folder / "one.png", **{"x-file-name": quote(name)})
    assert answer.status_code == 201
    assert answer.headers["content-type"] == "application/json"
    assert not set(answer.json()["name"]) & set('<>"/\r\n')
    number = ready(client, answer.json()["id"])["id"]
    export = client.post("/api/v1/exports", json={"photo": number}).json()["id"]
    file = finished(client, export)
    assert file.headers["content-type"] == "application/octet-stream"
    assert file.headers["content-disposition"].isascii()
    assert "set-cookie" not in file.headers


def test_a_huge_body_that_is_no_photo_is_not_stored(studio: Running, client: Any) -> None:
    """500 MB in chunks, of which the first bytes tell that they are no photo."""
    answer = client.post(
        "/api/v1/photos", content=chunks(500, b"\0"), headers={"content-type": "application/octet-stream"}
    )
    assert answer.status_code == 415
    assert still_works(studio, client)


def test_a_huge_photo_is_cut_off_at_the_limit(start: Start, folder: Path, tmp_path: Path) -> None:
    studio = start(folder, limits=Limits(upload_bytes=8 << 20))
    client = studio.entered()
    head = (folder / "one.png").read_bytes()
    answer = client.post(
        "/api/v1/photos",
        content=chunks(20, b"\0", head),
        headers={"content-type": "application/octet-stream"},
    )
    assert answer.status_code == 413
    assert list((tmp_path / "work" / "incoming").iterdir()) == []
    assert still_works(studio, client)


def test_an_endless_refused_body_is_cut_off(start: Start, folder: Path) -> None:
    studio = start(folder, limits=Limits(unread_bytes=1 << 20))
    with socket.create_connection(("127.0.0.1", port_of(studio)), timeout=20) as connection:
        connection.sendall(
            f"POST /api/v1/photos HTTP/1.1\r\nHost: {studio.server.gate.host}\r\nContent-Length: 9999999999\r\n\r\n".encode()
        )
        with pytest.raises(OSError, match=r"."):
            for _ in range(2000):
                connection.sendall(bytes(1 << 16))
    assert still_works(studio, studio.entered())


def test_a_decompression_bomb_is_refused_from_its_header(client: Any, tmp_path: Path) -> None:
    path = tmp_path / "bomb.png"
    path.write_bytes(png_bomb(60_000, 60_000))
    number = upload(client, path).json()["id"]
    started = time.monotonic()
    answer = client.get(f"/api/v1/photos/{number}/preview")
    assert answer.status_code == 400
    assert "bomb.png" in answer.json()["error"]
    assert time.monotonic() - started < 20


def test_a_million_hints_are_refused(client: Any) -> None:
    number = opened(client)["id"]
    hint = '{"points":[[0.5,0.5]],"color":"red"}'
    body = '{"hints":[' + ",".join([hint] * 1_000_000) + "]}"
    json = {"content-type": "application/json"}
    assert client.patch(f"/api/v1/photos/{number}", content=body, headers=json).status_code == 413
    body = '{"hints":[' + ",".join([hint] * 5000) + "]}"
    assert client.patch(f"/api/v1/photos/{number}", content=body, headers=json).status_code == 400
    assert client.get(f"/api/v1/photos/{number}").json()["revision"] == 0


@pytest.mark.parametrize(
    "body", [b"{", b"[" * 100_000, b"null", b'{"hints": 3}', b'{"hints": [[]]}', b'{"hints": [{"points": [[NaN, 1]], "color": "red"}]}', b'{"options": {"vividness": 1e999}}', b'{"variant": {"number": 3, "of": 2}}', b'{"variant": {"number": 1, "of": 100000000}}', b'{"nothing": 1}', b"\xff\xfe"]
)  # fmt: skip
def test_what_is_no_change_is_refused_with_a_sentence(client: Any, body: bytes) -> None:
    number = opened(client)["id"]
    answer = client.patch(
        f"/api/v1/photos/{number}", content=body, headers={"content-type": "application/json"}
    )
    assert answer.status_code == 400
    assert answer.json()["error"]
    assert client.get(f"/api/v1/photos/{number}").json()["revision"] == 0


@pytest.mark.parametrize(
    "tile",
    [
        "7/1_0",
        "7/0_1",
        "8/0_0",
        "-1/0_0",
        "7/-1_0",
        "99999999999999999999/0_0",
        "7/9999999999999999999999_0",
        "7/0",
        "7/a_b",
        "7/0_0_0",
    ],
)
def test_tile_numbers_out_of_range_are_refused(client: Any, tile: str) -> None:
    document = opened(client)
    assert document["levels"] == 8
    path = f"/api/v1/photos/{document['id']}/tiles/result/{document['revision']}"
    assert client.get(f"{path}/7/0_0").status_code == 200
    assert client.get(f"{path}/{tile}").status_code == 400


def test_ten_thousand_tiles_at_once_are_answered_or_put_off(start: Start, tmp_path: Path) -> None:
    folder = tmp_path / "large"
    folder.mkdir()
    write_photo(folder / "one.png", 2000, 3000)
    studio = start(folder, limits=Limits(waiting=50))
    client = studio.entered()
    document = opened(client)
    path = f"/api/v1/photos/{document['id']}/tiles/result/{document['revision']}/{document['levels'] - 1}"
    key = {studio.server.gate.cookie: client.cookies[studio.server.gate.cookie]}

    def ask(first: int) -> set[int]:
        with studio.client(cookies=key) as own:
            return {
                own.get(f"{path}/{at % 12}_{at // 12 % 8}").status_code for at in range(first, first + 400)
            }

    with ThreadPoolExecutor(25) as pool:
        codes = set().union(*pool.map(ask, range(0, 10_000, 400)))
    assert 200 in codes
    assert codes <= {200, 429}
    assert still_works(studio, client)


def test_slow_headers_are_cut_off(start: Start, folder: Path) -> None:
    studio = start(folder, limits=Limits(header_seconds=0.5))
    with socket.create_connection(("127.0.0.1", port_of(studio)), timeout=10) as connection:
        connection.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n")
        started = time.monotonic()
        assert connection.recv(100) == b""
        assert time.monotonic() - started < 5
    assert still_works(studio, studio.entered())


def test_a_slow_second_request_is_cut_off_too(start: Start, folder: Path) -> None:
    studio = start(folder, limits=Limits(header_seconds=0.5))
    whole = f"GET /api/v1/health HTTP/1.1\r\nHost: {studio.server.gate.host}\r\n\r\n".encode()
    with socket.create_connection(("127.0.0.1", port_of(studio)), timeout=10) as connection:
        connection.sendall(whole)
        assert b"401" in connection.recv(5000)
        connection.sendall(whole[:20])
        assert connection.recv(100) == b""


def test_a_slow_body_is_cut_off(start: Start, folder: Path) -> None:
    studio = start(folder, limits=Limits(body_seconds=0.5))
    client = studio.entered()

    def slowly() -> Iterator[bytes]:
        yield (folder / "one.png").read_bytes()
        time.sleep(3)
        yield b"x"

    answer = client.post(
        "/api/v1/photos", content=slowly(), headers={"content-type": "application/octet-stream"}
    )
    assert answer.status_code == 408


def test_connections_are_bounded(start: Start, folder: Path) -> None:
    studio = start(folder, limits=Limits(connections=20))
    client = studio.entered()
    idle = [socket.create_connection(("127.0.0.1", port_of(studio)), timeout=10) for _ in range(40)]
    try:
        assert still_works(studio, client)
        with pytest.raises(OSError, match=r"."):
            idle[-1].settimeout(5)
            if idle[-1].recv(10) == b"":
                raise ConnectionResetError("closed")
    finally:
        for each in idle:
            each.close()


def test_of_fifty_streams_of_events_one_stays(studio: Running, client: Any) -> None:
    key = {studio.server.gate.cookie: client.cookies[studio.server.gate.cookie]}
    streams = []
    for _ in range(50):
        own = studio.client(cookies=key)
        context = own.stream("GET", "/api/v1/events")
        answer = context.__enter__()
        assert answer.status_code == 200
        lines = answer.iter_lines()
        assert next(lines).startswith("retry")
        streams.append((own, context, lines))
    ended = sum(1 for _, _, lines in streams[:-1] if list(lines) is not None)
    assert ended == 49
    document = opened(client)
    last = streams[-1][2]
    assert any(document["id"] in line for line in last if line.startswith("data"))
    for own, _, _ in streams:
        own.close()


def test_answers_forbid_framing_sniffing_and_inline_code(client: Any) -> None:
    for path in ("/", "/api/v1/photos", "/api/v1/nothing", "/page/nothing.js"):
        headers = client.get(path).headers
        assert "default-src 'none'" in headers["content-security-policy"]
        assert "unsafe" not in headers["content-security-policy"]
        assert "frame-ancestors 'none'" in headers["content-security-policy"]
        assert headers["x-content-type-options"] == "nosniff"
        assert "access-control-allow-origin" not in headers


def test_there_is_no_page_of_documentation_and_no_preflight(client: Any) -> None:
    for path in ("/docs", "/redoc", "/api/v1/docs", "/openapi.json"):
        assert client.get(path).status_code == 404
    assert client.options("/api/v1/photos").status_code == 405


def test_an_upload_names_no_url_that_is_fetched(client: Any, folder: Path) -> None:
    (root,) = client.get("/api/v1/roots").json()
    answer = client.post("/api/v1/photos/open", json={"root": root["id"], "path": "http://127.0.0.1:9/x.png"})
    assert answer.status_code == 404


def chunks(megabytes: int, filler: bytes, head: bytes = b"") -> Iterator[bytes]:
    if head:
        yield head
    for _ in range(megabytes):
        yield filler * (1 << 20)


def png_bomb(width: int, height: int) -> bytes:
    """A PNG of that size whose pixels are all black."""

    def part(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    pixels = zlib.compress(bytes(1 << 20), 9)
    return b"\x89PNG\r\n\x1a\n" + part(b"IHDR", header) + part(b"IDAT", pixels) + part(b"IEND", b"")


def finished(client: Any, export: str) -> Any:
    """The answer with the file of an export, once it is done."""
    for _ in range(600):
        state = client.get(f"/api/v1/exports/{export}").json()
        if state["state"] in ("done", "failed", "stopped"):
            assert state["state"] == "done", state
            return client.get(f"/api/v1/exports/{export}/file")
        time.sleep(0.05)
    raise AssertionError("the export did not end")


def port_of(studio: Running) -> int:
    return int(studio.origin.rpartition(":")[2])


def raw(studio: Running, request: bytes) -> bytes:
    """The first bytes of the answer to a request as it is."""
    with socket.create_connection(("127.0.0.1", port_of(studio)), timeout=10) as connection:
        connection.sendall(request)
        return connection.recv(5000)
