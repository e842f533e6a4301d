"""Following: hears of every change at a gateway, and comes back by itself, from where it was, when the line breaks."""

from __future__ import annotations

import asyncio
import json
import random
from collections.abc import AsyncIterator, Callable
from typing import Any

from providers.errors import ProviderError
from rushes.clock import Clock
from rushes.log import log_of
from rushes.remote.line import Line, pause_s
from rushes.tasks.waiting import end

__all__ = ["Following"]


class Following:
    """`told` gets each change's data, `heard` the state of the line: words while it is broken, nothing when it stands.

    `again` is awaited when a line stands anew: what the gateway offers may have changed meanwhile.
    """

    def __init__(
        self,
        line: Line,
        clock: Clock,
        *,
        told: Callable[[Any], None],
        heard: Callable[[str], None],
        again: Callable[[], Any],
    ) -> None:
        self._line, self._clock = line, clock
        self._told, self._heard, self._again = told, heard, again
        self._since: str | None = None
        self._failures = 0
        self._broken = False
        self._standing = asyncio.Event()
        self._following: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Begins; returns when the line stands for the first time, so that nothing after this is missed."""
        if self._following is None:
            self._following = asyncio.create_task(self._follow(), name="gateway news")
        await self._standing.wait()

    async def stop(self) -> None:
        """Ends it."""
        if self._following is not None:
            await end([self._following])

    async def _follow(self) -> None:
        rng: random.Random = self._line.rng
        while True:
            words = "the gateway ended the line"
            try:
                async with self._line.news(self._since) as lines:
                    await self._hear(lines)
            except ProviderError as error:
                words = error.message
            self._failures += 1
            self._broken = True
            self._heard(words)
            log_of("remote").info("the line broke", extra={"data": {"why": words, "failures": self._failures}})
            await self._clock.sleep(pause_s(self._failures, rng))

    async def _hear(self, lines: AsyncIterator[str]) -> None:
        event: dict[str, str] = {}
        async for line in lines:
            name, _, value = line.partition(": ")
            if line.startswith(":"):
                self._failures = 0  # only a line that lasts is one; an end right after the hello is another failure
            elif line and name:
                event[name] = value
            elif not line:
                await self._take(event)
                event = {}

    async def _take(self, event: dict[str, str]) -> None:
        kind = event.get("event")
        if kind == "hello":
            if self._broken:
                await self._again()
                self._heard("")
            self._broken = False
            self._standing.set()
        elif kind == "task":
            self._failures = 0
            self._told(json.loads(event["data"]))
        # Only what was told whole counts as heard.
        self._since = event.get("id", self._since)
