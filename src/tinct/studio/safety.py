"""What reaches the studio: only requests of the page that it served, from the browser that had the start URL."""

from __future__ import annotations

import asyncio
import hmac
import json
import re
import secrets
from http.cookies import CookieError, SimpleCookie
from urllib.parse import parse_qs

from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from tinct.studio.limits import Limits

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob:; media-src 'self'; "
    "connect-src 'self'; font-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
_HEADERS = (
    (b"content-security-policy", POLICY.encode()),
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"x-frame-options", b"DENY"),
)
_UPLOADS = re.compile(r"/api/v1/(films|photos(/[^/]+/references)?)")
_FILMS = "/api/v1/films"
_COOKIE_SECONDS = 30 * 24 * 3600


class RefusedError(HTTPException):
    """A request that is answered with a status and one sentence."""


class Gate:
    """The one-time token of the start URL, and the keys of the browsers that had one.

    origin: http://HOST:PORT as the browser shows it. The cookie's name has the port, since browsers share the cookies
    of a host among all its ports.
    """

    def __init__(self, origin: str) -> None:
        self.origin, self.host = origin, origin.removeprefix("http://")
        self.cookie = f"tinct-{self.host.rpartition(':')[2]}"
        self._token: str | None = None
        self._keys: set[str] = set()

    def new_url(self) -> str:
        """A start URL, which works once; an earlier one works no more."""
        self._token = secrets.token_urlsafe(32)
        return f"{self.origin}/?token={self._token}"

    def exchange(self, token: str) -> str | None:
        """The key for a token; None for one that is wrong or was used."""
        if self._token is None or not hmac.compare_digest(self._token.encode(), token.encode()):
            return None
        self._token, key = None, secrets.token_urlsafe(32)
        self._keys.add(key)
        return key

    def browser(self, headers: dict[bytes, bytes]) -> str | None:
        """The key that a request's cookie has, if it is one of ours."""
        try:
            found = SimpleCookie(headers.get(b"cookie", b"").decode("latin-1")).get(self.cookie)
        except CookieError:
            return None
        given = (found.value if found else "").encode()
        return next((key for key in self._keys if hmac.compare_digest(key.encode(), given)), None)

    def check(self, scope: Scope, headers: dict[bytes, bytes]) -> None:
        """RefusedError for a request of another site, or that names another host or port."""
        hosts = [value for name, value in scope["headers"] if name == b"host"]
        if hosts != [self.host.encode()]:
            raise RefusedError(403, f"this server answers to {self.host} only")
        origin = headers.get(b"origin")
        if origin is not None and origin != self.origin.encode():
            raise RefusedError(403, "this request comes from another page; use the page of this server")
        site, mode = headers.get(b"sec-fetch-site"), headers.get(b"sec-fetch-mode", b"navigate")
        if site not in (None, b"same-origin") and not (site == b"none" and mode == b"navigate"):
            raise RefusedError(403, "this request comes from another site; open the address in a new tab")

    def check_body(self, scope: Scope, headers: dict[bytes, bytes]) -> None:
        """RefusedError for a body of a kind that a form can send, or any other that is not expected."""
        has_body = headers.get(b"content-length", b"0") != b"0" or b"transfer-encoding" in headers
        kind = headers.get(b"content-type", b"").split(b";")[0].strip().lower().decode("latin-1")
        expected = "application/octet-stream" if is_upload(scope) else "application/json"
        if scope["method"] not in ("GET", "HEAD") and (has_body or kind) and kind != expected:
            raise RefusedError(415, f"a body of type {kind or 'none'} is not taken here; send {expected}")


def is_upload(scope: Scope) -> bool:
    """Whether the body of a request is the file of a photo or film."""
    return scope["method"] == "POST" and _UPLOADS.fullmatch(scope["path"]) is not None


class Safety:
    """ASGI middleware before all else: checks each request by a `Gate`, bounds its body, adds headers to the answer."""

    def __init__(self, app: ASGIApp, gate: Gate, limits: Limits) -> None:
        self._app, self._gate, self._limits = app, gate, limits

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return
        if scope["type"] != "http":
            return
        headers = dict(scope["headers"])
        try:
            self._gate.check(scope, headers)
            if await self._entered(scope, send):
                return
            browser = self._gate.browser(headers)
            if browser is None:
                raise RefusedError(
                    401, "open the address that tinct studio printed when it started; it works once"
                )
            self._gate.check_body(scope, headers)
            self._check_length(scope, headers)
            scope["browser"] = browser
        except RefusedError as error:
            await answer(send, error.status_code, error.detail)
            return
        await self._app(scope, self._bounded(scope, receive), _with_headers(send))

    async def _entered(self, scope: Scope, send: Send) -> bool:
        """Answer a start URL with the cookie."""
        token = parse_qs(scope["query_string"].decode("latin-1")).get("token")
        if scope["path"] != "/" or not token:
            return False
        if scope["method"] != "GET" or (key := self._gate.exchange(token[0])) is None:
            raise RefusedError(401, "this address was used already; start tinct studio again for a new one")
        cookie = f"{self._gate.cookie}={key}; HttpOnly; SameSite=Strict; Path=/; Max-Age={_COOKIE_SECONDS}"
        await answer(send, 303, "", [(b"set-cookie", cookie.encode()), (b"location", b"/")])
        return True

    def _most(self, scope: Scope) -> int:
        """Bytes that the body of a request may have."""
        if not is_upload(scope):
            return self._limits.body_bytes
        return self._limits.film_bytes if scope["path"] == _FILMS else self._limits.upload_bytes

    def _check_length(self, scope: Scope, headers: dict[bytes, bytes]) -> None:
        """RefusedError for a body that says itself that it is too large."""
        length, most = headers.get(b"content-length", b"0"), self._most(scope)
        if not length.isdigit() or int(length) > most:
            raise RefusedError(413, _too_large(most))

    def _bounded(self, scope: Scope, receive: Receive) -> Receive:
        """The body of a request, not larger than allowed and not slower."""
        limits, size, ended = self._limits, 0, False
        most = self._most(scope)

        async def receiving() -> Message:
            nonlocal size, ended
            if ended:
                return await receive()
            try:
                message = await asyncio.wait_for(receive(), limits.body_seconds)
            except TimeoutError:
                ended = True
                raise RefusedError(408, "the request came too slowly; try again") from None
            size += len(message.get("body", b""))
            ended = not message.get("more_body", False)
            if size > most:
                ended = True
                raise RefusedError(413, _too_large(most))
            return message

        return receiving


def _too_large(most: int) -> str:
    size = f"{most >> 30} GB" if most >= 1 << 30 else f"{most >> 20} MB"
    return f"more than {size} in one request; send less, or open the file from a folder given at start"


async def answer(
    send: Send, status: int, sentence: str, more: list[tuple[bytes, bytes]] | None = None
) -> None:
    """A short answer in JSON; the connection is closed, since a body may be unread."""
    body = json.dumps({"error": sentence}).encode() if sentence else b""
    headers = [
        (b"content-type", b"application/json"),
        (b"content-length", str(len(body)).encode()),
        (b"cache-control", b"no-store"),
        *_HEADERS,
        *(more or []),
    ]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


def _with_headers(send: Send) -> Send:
    async def sending(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = list(message["headers"])
            if not any(name == b"cache-control" for name, _ in headers):
                headers.append((b"cache-control", b"no-cache"))
            message["headers"] = [*headers, *_HEADERS]
        await send(message)

    return sending
