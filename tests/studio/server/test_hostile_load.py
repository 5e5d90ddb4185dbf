"""Too much, too large, too slow: each is bounded, and the studio goes on."""

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

from tests.studio.server.serving import Running, Start, opened, port_of, raw, upload, write_photo
from tinct.studio.limits import Limits

OCTETS = {"content-type": "application/octet-stream"}


def test_a_huge_body_that_is_no_photo_is_not_stored(client: Any) -> None:
    """500 MB in chunks, of which the first bytes tell that they are no photo."""
    answer = client.post("/api/v1/photos", content=chunks(500, b"\0"), headers=OCTETS)
    assert answer.status_code == 415
    assert still_works(client)


def test_a_huge_photo_is_cut_off_at_the_limit(start: Start, folder: Path, tmp_path: Path) -> None:
    studio = start(folder, limits=Limits(upload_bytes=8 << 20))
    client = studio.entered()
    head = (folder / "one.png").read_bytes()
    answer = client.post(
        "/api/v1/photos",
        content=chunks(20, b"\0", head),
        headers=OCTETS,
    )
    assert answer.status_code == 413
    assert list((tmp_path / "work" / "incoming").iterdir()) == []
    assert still_works(client)


def test_a_body_that_says_it_is_too_large_is_refused_unread(studio: Running, client: Any) -> None:
    gate = studio.server.gate
    cookie = f"Host: {gate.host}\r\nCookie: {gate.cookie}={client.cookies[gate.cookie]}"
    for path, kind, length in (
        ("photos", "octet-stream", 600 << 20),
        ("photos/open", "json", 9 << 20),
        ("photos/open", "json", "x"),
    ):
        head = f"POST /api/v1/{path} HTTP/1.1\r\n{cookie}\r\nContent-Type: application/{kind}\r\n"
        answer = raw(studio, f"{head}Content-Length: {length}\r\n\r\n".encode())
        assert answer.split()[1] in ((b"413",) if length != "x" else (b"400", b"413"))


def test_an_endless_refused_body_is_cut_off(start: Start, folder: Path) -> None:
    studio = start(folder, limits=Limits(unread_bytes=1 << 20))
    with socket.create_connection(("127.0.0.1", port_of(studio)), timeout=20) as connection:
        head = f"POST /api/v1/photos HTTP/1.1\r\nHost: {studio.server.gate.host}\r\n"
        connection.sendall(f"{head}Content-Length: 9999999999\r\n\r\n".encode())
        with pytest.raises(OSError, match=r"."):
            send_for_ever(connection)
    assert still_works(studio.entered())


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
    "body",
    [
        b"{",
        b"[" * 100_000,
        b"null",
        b'{"hints": 3}',
        b'{"hints": [[]]}',
        b'{"hints": [{"points": [[NaN, 1]], "color": "red"}]}',
        b'{"options": {"vividness": 1e999}}',
        b'{"variant": {"number": 3, "of": 2}}',
        b'{"variant": {"number": 1, "of": 100000000}}',
        b'{"nothing": 1}',
        b'{"\\ud800": 1}',
        b'{"hints": [{"points": [[0.5, 0.5]], "color": "red", "note": "\\ud800"}]}',
        b'{"hints": [{"points": [[0.5, 0.5]], "color": "\\udfff"}]}',
        b"\xff\xfe",
    ],
)
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


@pytest.mark.parametrize("count", [1000, pytest.param(10_000, marks=pytest.mark.slow)])
def test_ten_thousand_tiles_at_once_are_answered_or_put_off(start: Start, tmp_path: Path, count: int) -> None:
    folder = tmp_path / "large"
    folder.mkdir()
    write_photo(folder / "one.png", 2000, 3000)
    studio = start(folder, limits=Limits(waiting=10))
    client = studio.entered()
    document = opened(client)
    path = f"/api/v1/photos/{document['id']}/tiles/result/{document['revision']}/{document['levels'] - 1}"
    key = {studio.server.gate.cookie: client.cookies[studio.server.gate.cookie]}

    def ask(first: int) -> set[int]:
        with studio.client(cookies=key) as own:
            return {
                own.get(f"{path}/{at % 12}_{at // 12 % 8}").status_code
                for at in range(first, first + count // 25)
            }

    with ThreadPoolExecutor(25) as pool:
        codes = set().union(*pool.map(ask, range(0, count, count // 25)))
    assert 200 in codes
    assert codes <= {200, 429}
    assert still_works(client)


def test_slow_headers_are_cut_off(start: Start, folder: Path) -> None:
    studio = start(folder, limits=Limits(header_seconds=0.5))
    with socket.create_connection(("127.0.0.1", port_of(studio)), timeout=10) as connection:
        connection.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n")
        started = time.monotonic()
        assert connection.recv(100) == b""
        assert time.monotonic() - started < 5
    assert still_works(studio.entered())


def test_a_slow_second_request_is_cut_off_too(start: Start, folder: Path) -> None:
    studio = start(folder, limits=Limits(header_seconds=0.5))
    whole = f"GET /api/v1/health HTTP/1.1\r\nHost: {studio.server.gate.host}\r\n\r\n".encode()
    with socket.create_connection(("127.0.0.1", port_of(studio)), timeout=10) as connection:
        connection.sendall(whole)
        answer = b""
        while not answer.endswith(b"}"):
            answer += connection.recv(5000)
        connection.sendall(whole[:20])
        assert connection.recv(100) == b""


def test_a_slow_body_is_cut_off(start: Start, folder: Path) -> None:
    studio = start(folder, limits=Limits(body_seconds=0.5))
    client = studio.entered()

    def slowly() -> Iterator[bytes]:
        yield (folder / "one.png").read_bytes()
        time.sleep(3)
        yield b"x"

    answer = client.post("/api/v1/photos", content=slowly(), headers=OCTETS)
    assert answer.status_code == 408


def test_connections_are_bounded(start: Start, folder: Path) -> None:
    studio = start(folder, limits=Limits(connections=20))
    client = studio.entered()
    idle = [socket.create_connection(("127.0.0.1", port_of(studio)), timeout=10) for _ in range(40)]
    try:
        assert still_works(client)
        assert is_closed(idle[-1])
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


def still_works(client: Any) -> bool:
    return bool(client.get("/api/v1/health").status_code == 200)


def send_for_ever(connection: socket.socket) -> None:
    for _ in range(2000):
        connection.sendall(bytes(1 << 16))


def is_closed(connection: socket.socket) -> bool:
    connection.settimeout(5)
    try:
        return connection.recv(10) == b""
    except ConnectionError:
        return True


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
