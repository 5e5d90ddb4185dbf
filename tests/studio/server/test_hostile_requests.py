"""Requests of other sites, programs and ports are refused."""

from __future__ import annotations

from typing import Any

import pytest

from tests.studio.server.serving import Running, raw


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
