"""Guard: the first thing that a request meets. Nothing behind it sees one that has no right to be there.

In order: paths that climb, the Host (no DNS rebinding), the Origin (no other site's page), the token, how many requests
one address makes, the size of the body. On the way out: headers that keep a browser from doing more than it is told.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from http.cookies import CookieError, SimpleCookie
from urllib.parse import unquote, urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from rushes.gateway.config import Config
from rushes.gateway.limits import Buckets
from rushes.gateway.problems import Refusal, answer

__all__ = ["CALLBACKS", "COOKIE", "Guard"]

COOKIE = "rushes"
CALLBACKS = "/v1/callbacks/"
UPLOADS = "/v1/uploads/"
OPEN = frozenset({"/login"})
"""The page that asks for the token; it says nothing of what is behind it."""
POLICY = (
    "default-src 'none'; img-src 'self'; media-src 'self'; style-src 'self'; script-src 'self'; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
HEADERS = {
    "content-security-policy": POLICY,
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    # Not no-referrer: under it browsers send forms of our own pages with the Origin null.
    "referrer-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "permissions-policy": "camera=(), microphone=(), geolocation=()",
}
METHODS = "GET, HEAD, POST, PUT, PATCH, DELETE"


class Guard:
    """ASGI middleware around the whole application."""

    def __init__(self, app: ASGIApp, config: Config, clock: Callable[[], float] = time.monotonic) -> None:
        self._app = app
        self._config = config
        self._all = Buckets(config.all_requests, clock)
        self._wrong = Buckets(config.wrong_tokens, clock)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        headers = Headers(scope=scope)
        origin = headers.get("origin", "")
        try:
            self._check_place(scope, headers, origin)
            if scope["method"] == "OPTIONS" and origin in self._config.origins:
                await self._send(Response(status_code=204), scope, receive, send, origin)
                return
            self._check_rest(scope, headers)
        except Refusal as refusal:
            await self._send(answer(refusal), scope, receive, send, "")
            return
        await self._pass(scope, receive, send, origin)

    def check(self, scope: Scope, headers: Headers) -> None:
        """The same for a server that is no ASGI application. Raises Refusal."""
        self._check_place(scope, headers, headers.get("origin", ""))
        self._check_rest(scope, headers)

    # ── who may come in ──────────────────────────────────────────────────────────────────────────────────────────

    def _check_place(self, scope: Scope, headers: Headers, origin: str) -> None:
        if _climbs(scope):
            raise Refusal(400, "path", "that is no path of this gateway")
        hosts = headers.getlist("host")
        name = _host_name(hosts[0]) if len(hosts) == 1 else ""
        if name not in self._config.hosts and not (self._is_callback(scope) and name == self._public_host()):
            hint = "ask it as 127.0.0.1 or localhost, or start it with --allow-host NAME"
            raise Refusal(421, "host", "this gateway is not asked under that name", hint=hint)
        if len(headers.getlist("origin")) > 1 or (origin and not self._knows(origin, hosts[0])):
            raise Refusal(403, "origin", "pages of other sites may not ask this gateway")

    def _knows(self, origin: str, host: str) -> bool:
        """Its own pages, under whatever port a tunnel gives them, and the sites that were named."""
        return origin in self._config.origins or origin in {f"http://{host}", f"https://{host}"}

    def _public_host(self) -> str:
        return _host_name(urlsplit(self._config.public_url).netloc) or "-"

    def _is_callback(self, scope: Scope) -> bool:
        """Callbacks bring no token: their path is the secret, which the route checks."""
        return bool(self._config.public_url) and scope["method"] == "POST" and scope["path"].startswith(CALLBACKS)

    def _check_rest(self, scope: Scope, headers: Headers) -> None:
        self._check_right(scope, headers)
        self._check_size(scope, headers)

    def _check_right(self, scope: Scope, headers: Headers) -> None:
        address = (scope.get("client") or ("", 0))[0]
        if wait := self._all.wait_s(address):
            raise _too_many(wait)
        if self._is_known(headers):
            return
        if self._wrong.empty(address):
            raise _too_many(60.0)
        if scope["path"] in OPEN or self._is_callback(scope):
            return
        if headers.get("authorization") or _cookie(headers.get("cookie", "")):
            self._wrong.wait_s(address)
        if scope["method"] == "GET" and "text/html" in headers.get("accept", ""):
            raise Refusal(303, "token", "the token is asked for at /login", headers={"location": "/login"})
        challenge = {"www-authenticate": 'Bearer realm="rushes"'}
        hint = "send Authorization: Bearer TOKEN (it is in gateway.token in the data folder); in a browser: /login"
        raise Refusal(401, "token", "the token is missing or wrong", hint=hint, headers=challenge)

    def _is_known(self, headers: Headers) -> bool:
        scheme, _, shown = headers.get("authorization", "").partition(" ")
        if scheme.casefold() == "bearer" and self._config.token.fits(shown.strip()):
            return True
        return self._config.token.fits_cookie(_cookie(headers.get("cookie", "")))

    def wrong_token(self, address: str) -> None:
        """A wrong token was typed into the page."""
        self._wrong.wait_s(address)

    def _check_size(self, scope: Scope, headers: Headers) -> None:
        length, most = headers.get("content-length", "0"), self._most(scope)
        if not length.isdigit() or int(length) > most:
            raise Refusal(413, "size", _too_large(most))

    def _most(self, scope: Scope) -> int:
        """Bytes that a body may have: pictures and clips more than words."""
        is_upload = scope["method"] == "PUT" and scope["path"].startswith(UPLOADS)
        return self._config.most_upload if is_upload else self._config.most_body

    # ── through, and back out ────────────────────────────────────────────────────────────────────────────────────

    async def _pass(self, scope: Scope, receive: Receive, send: Send, origin: str) -> None:
        seen, most = 0, self._most(scope)

        async def counted() -> Message:
            nonlocal seen
            message = await receive()
            seen += len(message.get("body", b""))
            if seen > most:
                # The one exception that the framework hands on while it reads a body.
                raise HTTPException(413, _too_large(most))
            return message

        async def dressed(message: Message) -> None:
            if message["type"] == "http.response.start":
                self._dress(MutableHeaders(scope=message), origin)
            await send(message)

        await self._app(scope, counted, dressed)

    async def _send(self, response: Response, scope: Scope, receive: Receive, send: Send, origin: str) -> None:
        self._dress(response.headers, origin)
        await response(scope, receive, send)

    def _dress(self, headers: MutableHeaders, origin: str) -> None:
        for name, value in HEADERS.items():
            headers.setdefault(name, value)
        headers.setdefault("cache-control", "no-store")
        if origin and origin in self._config.origins:
            headers["access-control-allow-origin"] = origin
            headers["access-control-allow-methods"] = METHODS
            headers["access-control-allow-headers"] = "authorization, content-type, idempotency-key, last-event-id"
            headers["access-control-expose-headers"] = "idempotent-replayed, retry-after"
            headers["cross-origin-resource-policy"] = "cross-origin"
            headers.add_vary_header("origin")


def _too_large(most: int) -> str:
    return f"a request may have {most} bytes"


def _too_many(wait: float) -> Refusal:
    headers = {"retry-after": str(int(wait) + 1)}
    return Refusal(429, "rate", "too many requests from this address", hint="wait, then go on", headers=headers)


def _climbs(scope: Scope) -> bool:
    """Any step upwards, however it is spelt; also what is no path at all."""
    path = (scope.get("raw_path") or scope["path"].encode()).split(b"?", 1)[0].decode("latin-1")
    for _ in range(3):
        if "\\" in path or any(ord(each) < 0x20 for each in path):
            return True
        if any(part in {"..", "."} for part in path.split("/")):
            return True
        path = unquote(path)
    return False


def _host_name(netloc: str) -> str:
    """Without the port, folded; brackets of IPv6 stay."""
    name = netloc.strip().casefold()
    if name.startswith("["):
        return name.partition("]")[0] + "]"
    return name.partition(":")[0].rstrip(".")


def _cookie(header: str) -> str:
    try:
        found = SimpleCookie(header).get(COOKIE)
    except CookieError:
        return ""
    return found.value if found else ""
