"""The one door to the network: time limits, size limits, and the answer to "did the request leave this machine?".

A billable request goes through `bill`: on a fresh connection (a kept-alive one may be half closed, which would turn a
harmless failure into an unknown outcome), once, with no retry of any kind below it. Everything free goes through `ask`.
Redirects are never followed. No message made here holds a key, a header or a body of ours.
"""

from __future__ import annotations

import asyncio
import email.utils
import functools
import json
import ssl
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from urllib.parse import urlsplit

import httpx

from providers.errors import (
    KeyRefused,
    Malformed,
    NoCredits,
    NotFound,
    NotSent,
    OutcomeUnknown,
    RateLimited,
    Refused,
    Unreachable,
)

__all__ = ["Answer", "Explain", "VendorHttp", "retry_after", "shorten", "ssl_context"]

AT_ONCE = 16
"""Requests under way at once per client: httpx's pool grows slow with the number of waiting requests."""
MAX_ANSWER = 8 * 2**20
"""No vendor's JSON answer comes near this many bytes."""
LONGEST_WAIT_S = 86_400.0
BILL_TIMEOUT = httpx.Timeout(60.0, connect=10.0)
ASK_TIMEOUT = httpx.Timeout(20.0, connect=10.0)
NEVER_LEFT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.UnsupportedProtocol, httpx.InvalidURL)
MAYBE_ACCEPTED = frozenset({408, 409, 423, 424, 425, 499})
"""4xx answers that do not say clearly that nothing was started."""


@dataclass(frozen=True, slots=True)
class Answer:
    """One HTTP answer: `data` is the decoded JSON (numbers with a point as Decimal), None where it is not JSON."""

    status: int
    headers: Mapping[str, str] = field(repr=False)
    data: Any = field(repr=False)
    text: str = field(repr=False, default="")

    def object(self) -> dict[str, Any]:
        """The JSON object. Raises Malformed for anything else."""
        if isinstance(self.data, dict):
            return self.data
        raise Malformed(f"the answer (HTTP {self.status}) is not a JSON object: {shorten(self.text) or 'empty'}")


Explain = Callable[[Answer], Refused | None]
"""A vendor's reading of its own error body; None leaves it to the status."""


class VendorHttp:
    """A vendor's API at one address. `transport` None is the network; the sandbox passes its own."""

    def __init__(
        self,
        base_url: str,
        headers: Mapping[str, str],
        transport: httpx.AsyncBaseTransport | None = None,
        user_agent: str = "rushes",
        explain: Explain | None = None,
    ) -> None:
        self.base_url = base_url.rstrip("/")
        self._explain = explain
        self._gate = asyncio.Semaphore(AT_ONCE)
        shared: dict[str, Any] = {
            "headers": {"user-agent": user_agent, "accept": "application/json", **headers},
            "follow_redirects": False,
            "transport": transport,
        }
        if transport is None:
            shared["verify"] = ssl_context() if urlsplit(base_url).scheme == "https" else False
        self._billing = httpx.AsyncClient(
            timeout=BILL_TIMEOUT, limits=httpx.Limits(max_keepalive_connections=0), **shared
        )
        self._asking = httpx.AsyncClient(
            timeout=ASK_TIMEOUT,
            limits=httpx.Limits(max_connections=AT_ONCE, max_keepalive_connections=AT_ONCE),
            **shared,
        )

    def url(self, path: str) -> str:
        """The full address of a path."""
        return f"{self.base_url}{path}"

    async def bill(self, method: str, path: str, body: Mapping[str, Any]) -> Answer:
        """Sends one billable request, once. Raises NotSent, Refused (and its kinds) or OutcomeUnknown."""
        sent = _Sent()
        try:
            answer = await self._send(self._billing, method, path, _Body(body), params=None, sent=sent)
        except NEVER_LEFT as error:
            raise NotSent(f"could not reach {self._host}: {_words(error)}; nothing was sent") from error
        except (httpx.HTTPError, _TooLarge, OSError) as error:
            if sent.surely_not:
                raise NotSent(f"{self._host} closed before the request left: {_words(error)}") from error
            raise OutcomeUnknown(f"sent to {self._host}, but no answer came back: {_words(error)}") from error
        if 200 <= answer.status < 300:
            return answer
        if answer.status >= 500 or answer.status in MAYBE_ACCEPTED:
            raise OutcomeUnknown(f"{self._host} answered HTTP {answer.status}: {_said(answer)}")
        raise self._refusal(answer)

    async def ask(
        self,
        method: str,
        path: str,
        *,
        json: Mapping[str, Any] | None = None,
        params: Mapping[str, Any] | None = None,
        files: Mapping[str, Any] | None = None,
        data: Mapping[str, str] | None = None,
    ) -> Answer:
        """Sends a request that costs nothing; `files` and `data` make it a form. Raises Unreachable, Refused kinds."""
        body = _Body(json, files, data)
        try:
            answer = await self._send(self._asking, method, path, body, params=params, sent=_Sent())
        except (httpx.HTTPError, httpx.InvalidURL, _TooLarge, OSError) as error:
            raise Unreachable(f"could not reach {self._host}: {_words(error)}") from error
        if 200 <= answer.status < 300:
            return answer
        strange_404 = answer.status == 404 and not isinstance(answer.data, dict)
        if answer.status >= 500 or answer.status in MAYBE_ACCEPTED or strange_404:
            # A 404 in HTML comes from something in front of the vendor, which knows nothing of tasks.
            raise Unreachable(
                f"{self._host} answered HTTP {answer.status}: {_said(answer)}", retry_after=retry_after(answer.headers)
            )
        raise self._refusal(answer)

    async def aclose(self) -> None:
        """Closes all connections."""
        await self._billing.aclose()
        await self._asking.aclose()

    @property
    def _host(self) -> str:
        return urlsplit(self.base_url).netloc.rsplit("@", 1)[-1] or "the vendor"

    async def _send(
        self,
        client: httpx.AsyncClient,
        method: str,
        path: str,
        body: _Body,
        *,
        params: Mapping[str, Any] | None,
        sent: _Sent,
    ) -> Answer:
        async with self._gate:
            request = client.build_request(
                method,
                self.url(path),
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

    def _refusal(self, answer: Answer) -> Refused:
        if self._explain and (said := self._explain(answer)):
            return said
        return _by_status(answer)


@dataclass(frozen=True, slots=True)
class _Body:
    """What a request carries: JSON, or the files and fields of a form."""

    json: Mapping[str, Any] | None = None
    files: Mapping[str, Any] | None = None
    data: Mapping[str, str] | None = None


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

    async def trace(self, event: str, _info: Mapping[str, Any]) -> None:
        self._traced = True
        if event.endswith("send_request_body.started"):
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


def _by_status(answer: Answer) -> Refused:
    said = _said(answer)
    match answer.status:
        case 401 | 403:
            return KeyRefused(f"the key was refused (HTTP {answer.status}): {said}", status=answer.status)
        case 402:
            return NoCredits(f"no credits left: {said}", status=402)
        case 404:
            return NotFound(f"not found: {said}", status=404)
        case 429:
            return RateLimited(f"too many requests: {said}", retry_after=retry_after(answer.headers))
        case status if 300 <= status < 400:
            return Refused(
                f"the address answers with a redirect (HTTP {status}), which is never followed",
                status=status,
                hint="check the address that is set for this vendor",
            )
        case status:
            return Refused(f"refused (HTTP {status}): {said}", status=status)


def _said(answer: Answer) -> str:
    if isinstance(answer.data, dict):
        for name in ("detail", "error", "message"):
            if isinstance(answer.data.get(name), str):
                return shorten(answer.data[name])
    return shorten(answer.text) or "without a word"


def shorten(text: str, limit: int = 300) -> str:
    """One line of at most `limit` characters, control characters gone: fit to stand inside a message."""
    line = " ".join("".join(c if c.isprintable() or c.isspace() else " " for c in text[: limit * 4]).split())
    return line if len(line) <= limit else f"{line[: limit - 1]}…"


def retry_after(headers: Mapping[str, str], now: datetime | None = None) -> float | None:
    """Seconds to wait by `Retry-After` in either form (seconds, HTTP date); None where it is absent or nonsense.

    A day at most: a longer wait is a slip of the pen, and would never be noticed.
    """
    value = next((text for name, text in headers.items() if name.casefold() == "retry-after"), "").strip()
    if value.replace(".", "", 1).isdigit() and value.isascii():
        return min(float(value), LONGEST_WAIT_S)
    try:
        moment = email.utils.parsedate_to_datetime(value)
    except (ValueError, TypeError, IndexError):
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return min(max(0.0, (moment - (now or datetime.now(UTC))).total_seconds()), LONGEST_WAIT_S)


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
    return kinds.get(type(error)) or shorten(str(error)) or type(error).__name__
