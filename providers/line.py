"""The line: the only module of a vendor's client that loads httpx, and only when the first request is made.

It knows connections, time limits and sizes, and whether the body of a request was handed to the socket. What an answer
means is `providers.http`'s business.
"""

from __future__ import annotations

import asyncio
import functools
import json
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import httpx

from providers.http import Answer

__all__ = ["NEVER_LEFT", "Body", "Line", "LineBroke", "NeverLeft", "ssl_context"]

AT_ONCE = 16
"""Requests under way at once per client: httpx's pool grows slow with the number of waiting requests."""
MAX_ANSWER = 8 * 2**20
"""No vendor's JSON answer comes near this many bytes."""
BILL_TIMEOUT = httpx.Timeout(60.0, connect=10.0)
ASK_TIMEOUT = httpx.Timeout(20.0, connect=10.0)
NEVER_LEFT = (
    httpx.ConnectError,
    httpx.ConnectTimeout,
    httpx.PoolTimeout,
    httpx.ProxyError,
    httpx.UnsupportedProtocol,
    httpx.InvalidURL,
)
"""A proxy's own no is one of them: it comes before there is a way to the vendor."""


class NeverLeft(Exception):
    """The request did not leave this machine: nobody there, no TLS, no address, or closed before the body."""


class LineBroke(Exception):
    """The request left, wholly or in part, and no whole answer came back."""


@dataclass(frozen=True, slots=True)
class Body:
    """What a request carries: JSON, or the files and fields of a form."""

    json: Mapping[str, Any] | None = None
    files: Mapping[str, Any] | None = None
    data: Mapping[str, str] | None = None


class Line:
    """Two clients to one vendor: one for requests that cost money, which keeps no connections, and one for the rest."""

    def __init__(self, headers: Mapping[str, str], transport: httpx.AsyncBaseTransport | None, *, secure: bool) -> None:
        self._gate = asyncio.Semaphore(AT_ONCE)
        shared: dict[str, Any] = {"headers": dict(headers), "follow_redirects": False, "transport": transport}
        if transport is None:
            shared["verify"] = ssl_context() if secure else False
        kept = httpx.Limits(max_connections=AT_ONCE, max_keepalive_connections=AT_ONCE)
        none_kept = httpx.Limits(max_keepalive_connections=0)
        self._billing = httpx.AsyncClient(timeout=BILL_TIMEOUT, limits=none_kept, **shared)
        self._asking = httpx.AsyncClient(timeout=ASK_TIMEOUT, limits=kept, **shared)

    async def send(
        self, method: str, url: str, body: Body, params: Mapping[str, Any] | None = None, *, billable: bool
    ) -> Answer:
        """Sends once and reads the whole answer. Raises NeverLeft or LineBroke, with the reason in words."""
        sent = _Sent()
        try:
            async with self._gate:
                return await self._exchange(
                    self._billing if billable else self._asking, method, url, body, params, sent
                )
        except NEVER_LEFT as error:
            raise NeverLeft(_words(error)) from error
        except (httpx.HTTPError, _TooLarge, OSError) as error:
            kind = NeverLeft if sent.surely_not else LineBroke
            raise kind(_words(error)) from error

    async def aclose(self) -> None:
        """Closes all connections."""
        await self._billing.aclose()
        await self._asking.aclose()

    @staticmethod
    async def _exchange(
        client: httpx.AsyncClient,
        method: str,
        url: str,
        body: Body,
        params: Mapping[str, Any] | None,
        sent: _Sent,
    ) -> Answer:
        request = client.build_request(
            method,
            url,
            json=body.json,
            files=body.files,
            data=body.data,
            params=params,
            extensions={"trace": sent.trace},
        )
        response = await client.send(request, stream=True)
        sent.body = True
        try:
            raw = await _read(response)
        finally:
            await response.aclose()
        text = raw.decode("utf-8", "replace")
        return Answer(response.status_code, dict(response.headers), _decode(text), text)


class _Sent:
    """Learns from the transport's trace whether the first byte of the body was handed to the socket.

    A transport that tells nothing is taken to have sent: the doubt is never on the side of a second charge.
    """

    def __init__(self) -> None:
        self.body = False
        self._traced = False

    @property
    def surely_not(self) -> bool:
        """The transport was heard, and never came to the body."""
        return self._traced and not self.body

    async def trace(self, event: str, info: Mapping[str, Any]) -> None:
        """Hears httpcore. Asking a proxy for the way (CONNECT) is heard here too, and is none of the request."""
        self._traced = True
        if event.endswith("send_request_body.started") and getattr(info.get("request"), "method", b"") != b"CONNECT":
            self.body = True


class _TooLarge(Exception):
    pass


async def _read(response: httpx.Response) -> bytes:
    parts, size = [], 0
    async for part in response.aiter_bytes():
        size += len(part)
        if size > MAX_ANSWER:
            raise _TooLarge(f"the answer is larger than {MAX_ANSWER // 2**20} MiB")
        parts.append(part)
    return b"".join(parts)


def _decode(text: str) -> Any:
    try:
        return json.loads(text, parse_float=Decimal)
    except (ValueError, RecursionError):
        return None


@functools.cache
def ssl_context() -> ssl.SSLContext:
    """One TLS context for the whole process: making one costs tens of milliseconds."""
    return httpx.create_ssl_context()


def _words(error: BaseException) -> str:
    kinds: dict[type[BaseException], str] = {
        httpx.ConnectTimeout: "no connection within the time limit",
        httpx.ReadTimeout: "no answer within the time limit",
        httpx.WriteTimeout: "the line took no more data",
        httpx.PoolTimeout: "too many requests at once",
    }
    return kinds.get(type(error)) or str(error) or type(error).__name__
