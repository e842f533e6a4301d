"""Window: the app itself in a browser, by textual-serve, behind the same guard and token as everything else.

It has a port of its own, the next one, since the library behind it is a server of its own. Each page that is open is an
app in a process of its own on the same home; all of them and the gateway share its tasks.
"""

from __future__ import annotations

import shlex
import socket
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from html import escape

from aiohttp import web
from aiohttp.typedefs import Handler, Middleware
from starlette.datastructures import Headers
from textual_serve.server import Server

from rushes.gateway.guard import Guard
from rushes.gateway.problems import Refusal

__all__ = ["Window"]

POLICY = (
    "default-src 'none'; img-src 'self' data:; style-src 'self' 'unsafe-inline'; script-src 'self'; font-src 'self'; "
    "connect-src 'self'; base-uri 'none'; frame-ancestors 'none'"
)
"""The terminal in the page sets styles on its elements, which needs 'unsafe-inline' for styles; scripts stay strict."""


LAST_PAGES_S = 15.0
"""Seconds that open apps have for leaving; they hand their tasks back as any app does."""


class Window(Server):
    """Serves one app; `guard` decides who may come in."""

    def __init__(self, home: str | None, guard: Guard) -> None:
        command = [sys.executable, "-m", "tui.served", *([home] if home else [])]
        super().__init__(shlex.join(command), title="rushes")
        self._guard = guard

    @asynccontextmanager
    async def serving(self, bound: socket.socket) -> AsyncIterator[None]:
        """Serves on a socket; at the end every app that is open in a page ends too."""
        runner = web.AppRunner(await self._make_app(), access_log=None, shutdown_timeout=LAST_PAGES_S)
        await runner.setup()
        try:
            await web.SockSite(runner, bound).start()
            yield
        finally:
            await runner.cleanup()

    async def on_startup(self, app: web.Application) -> None:
        """Prints nothing: `serve` says where everything is."""

    async def handle_index(self, request: web.Request) -> web.Response:
        """The page, without anything that comes from elsewhere; its addresses follow the name it was asked under."""
        socket_url = f"{'wss' if request.secure else 'ws'}://{request.host}/ws"
        return web.Response(text=_page(socket_url), content_type="text/html")

    async def _make_app(self) -> web.Application:
        app: web.Application = await super()._make_app()
        app.middlewares.append(self._checked())
        return app

    def _checked(self) -> Middleware:
        @web.middleware
        async def check(request: web.Request, handler: Handler) -> web.StreamResponse:
            scope = {
                "type": "http",
                "method": request.method,
                "path": request.path,
                "raw_path": request.raw_path.encode("latin-1", "replace"),
                "client": (request.remote or "", 0),
            }
            headers = Headers(raw=[(name.lower(), value) for name, value in request.raw_headers])
            try:
                self._guard.check(scope, headers)
            except Refusal as refusal:
                raise _refused(refusal) from refusal
            answer = await handler(request)
            if not answer.prepared:
                answer.headers["content-security-policy"] = POLICY
                answer.headers["x-content-type-options"] = "nosniff"
            return answer

        return check


def _refused(refusal: Refusal) -> web.HTTPException:
    """As little as the gateway itself says."""
    known = {401: web.HTTPUnauthorized, 403: web.HTTPForbidden, 429: web.HTTPTooManyRequests, 303: web.HTTPUnauthorized}
    kind: type[web.HTTPException] = known.get(refusal.status, web.HTTPBadRequest)
    return kind(text="log in at the gateway first, then load this page again\n")


def _page(socket_url: str) -> str:
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8"><title>rushes</title>'
        '<link rel="stylesheet" href="/static/css/xterm.css"><script src="/static/js/textual.js"></script>'
        '</head><body><div id="terminal" class="textual-terminal" '
        f'data-session-websocket-url="{escape(socket_url)}" data-font-size="16"></div></body></html>'
    )
