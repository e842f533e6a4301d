"""Line: the HTTP side of working against a gateway. Questions, presses, uploads, clips, and the stream of news.

A lost answer is asked for again with the same Idempotency-Key, after a pause that grows and varies, so that many
clients do not come back at once. What stays without an answer is Unreachable, or NotSent where nobody was there at all;
a refused token is KeyRefused.
"""

from __future__ import annotations

import asyncio
import json
import random
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx

from providers.errors import KeyRefused, NotSent, Unreachable
from providers.line import NEVER_LEFT, ssl_context
from rushes.clock import Clock
from rushes.remote.address import is_loopback
from rushes.remote.errors import unpack

__all__ = ["PIECE", "Line", "pause_s"]

TRIES = 6
FIRST_PAUSE_S, LONGEST_PAUSE_S = 0.2, 15.0
TIMEOUT = httpx.Timeout(30.0, connect=5.0, pool=30.0)
SILENCE_S = 45.0
"""The gateway says something at least every fifteen seconds; three missed, and the line is dead."""
PIECE = 1 << 18
LATER = frozenset({429, 502, 503, 504})
"""Answers of a tunnel or proxy whose far end is away, and of a gateway that is asked too often."""


def pause_s(failures: int, rng: random.Random) -> float:
    """Seconds before the next try after so many failures: doubled each time, anywhere in its upper half."""
    longest = min(LONGEST_PAUSE_S, FIRST_PAUSE_S * 2 ** min(failures, 16))
    return rng.uniform(longest / 2, longest)


class Line:
    """One gateway. `transport` stands in for the network."""

    def __init__(
        self,
        url: str,
        token: str,
        clock: Clock,
        *,
        tries: int = TRIES,
        transport: httpx.AsyncBaseTransport | None = None,
        rng: random.Random | None = None,
    ) -> None:
        self.url = url
        self.tries = tries
        self.rng = rng or random.Random()
        self._clock = clock
        self._client = httpx.AsyncClient(
            base_url=url,
            headers={"authorization": f"Bearer {token}"},
            timeout=TIMEOUT,
            transport=transport,
            verify=ssl_context() if url.startswith("https") else False,
            trust_env=not is_loopback(url),
            follow_redirects=False,
        )

    async def close(self) -> None:
        """Ends every connection."""
        await self._client.aclose()

    async def ask(self, method: str, path: str, *, body: Any = None, key: str | None = None, ever: bool = False) -> Any:
        """The JSON of an answer; with `ever`, however long that takes.

        Raises what the engine there raised, KeyRefused, Unreachable.
        """
        headers = {} if key is None else {"idempotency-key": key}

        def request() -> httpx.Request:
            return self._client.build_request(method, path, json=body, headers=headers)

        answer = await self._patiently(request, ever=ever)
        data = _json(answer)
        if answer.is_success and data is not None:
            return data
        raise self._refusal(answer, data)

    async def upload(self, path: str, file: Path) -> Any:
        """Sends a file's bytes; the JSON of the answer."""

        def request() -> httpx.Request:
            return self._client.build_request("PUT", path, content=_pieces(file), timeout=httpx.Timeout(120.0))

        answer = await self._patiently(request)
        data = _json(answer)
        if answer.is_success and data is not None:
            return data
        raise self._refusal(answer, data)

    @asynccontextmanager
    async def download(self, path: str) -> AsyncIterator[httpx.Response]:
        """An answer whose body is still to come. Raises as `ask`; breaking off while reading is Unreachable as well."""
        try:
            async with self._client.stream("GET", path) as answer:
                if not answer.is_success:
                    await answer.aread()
                    raise self._refusal(answer, _json(answer))
                yield answer
        except httpx.TransportError as error:
            raise self._away(error) from error

    @asynccontextmanager
    async def news(self, since: str | None) -> AsyncIterator[AsyncIterator[str]]:
        """The lines of the stream of events, from behind `since`. Raises as `ask`."""
        headers = {} if since is None else {"last-event-id": since}
        timeout = httpx.Timeout(SILENCE_S, connect=5.0)
        try:
            async with self._client.stream("GET", "/v1/engine/events", headers=headers, timeout=timeout) as answer:
                if answer.status_code != 200:
                    await answer.aread()
                    raise self._refusal(answer, _json(answer))
                yield answer.aiter_lines()
        except httpx.TransportError as error:
            raise self._away(error) from error

    async def _patiently(self, request: Callable[[], httpx.Request], *, ever: bool = False) -> httpx.Response:
        """One answer, whatever it says, unless nobody is there after every try."""
        failures, left = 0, False
        while True:
            try:
                answer = await self._client.send(request())
            except httpx.TransportError as error:
                failures += 1
                left |= not isinstance(error, NEVER_LEFT)
                if failures >= self.tries and not ever:
                    raise self._away(error, left=left) from error
            else:
                failures, left = failures + 1, True
                last = failures >= self.tries and not ever
                if last or answer.status_code not in LATER or _json(answer, "raised"):
                    return answer
            await self._clock.sleep(pause_s(failures, self.rng))

    def _away(self, error: Exception, *, left: bool = True) -> Unreachable | NotSent:
        """Nobody answers. Unless something `left`, nothing can have arrived there."""
        words = f"the gateway {self.url} does not answer ({str(error) or type(error).__name__})"
        return Unreachable(words) if left else NotSent(words)

    def _refusal(self, answer: httpx.Response, data: Any) -> Exception:
        if answer.status_code == 401:
            return KeyRefused(
                f"the gateway {self.url} refuses the token",
                status=401,
                hint="set RUSHES_TOKEN to what stands in the gateway's gateway.token",
            )
        raised = unpack(data.get("raised")) if isinstance(data, Mapping) else None
        if raised is not None:
            return raised
        error = data.get("error") if isinstance(data, Mapping) else None
        words = error.get("message") if isinstance(error, Mapping) else "it may be no gateway of rushes"
        return Unreachable(f"the gateway {self.url} says no (HTTP {answer.status_code}): {words}")


async def _pieces(file: Path) -> AsyncIterator[bytes]:
    with await asyncio.to_thread(file.open, "rb") as source:
        while piece := await asyncio.to_thread(source.read, PIECE):
            yield piece


def _json(answer: httpx.Response, name: str = "") -> Any:
    try:
        data = json.loads(answer.content)
    except ValueError:
        return None
    return data.get(name) if name and isinstance(data, Mapping) else data
