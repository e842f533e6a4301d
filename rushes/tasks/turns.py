"""Turns: a few places, given out fairly between parties and in order within one."""

from __future__ import annotations

import asyncio
import contextlib
from collections import deque
from collections.abc import AsyncIterator

__all__ = ["Turns"]


class Turns:
    """`places` at once. A party that wants many does not keep another, that wants one, waiting for all of them."""

    def __init__(self, places: int) -> None:
        self._places = self._free = places
        self._waiting: dict[str, deque[asyncio.Future[None]]] = {}

    @contextlib.asynccontextmanager
    async def one(self, party: str) -> AsyncIterator[None]:
        """Waits for a place, and holds it."""
        await self._take(party)
        try:
            yield
        finally:
            self._give()

    def resize(self, places: int) -> None:
        """More places, or fewer: who has one keeps it until it is done."""
        more, self._places = places - self._places, places
        self._free += min(more, 0)
        for _ in range(more):
            self._give()

    async def _take(self, party: str) -> None:
        if self._free > 0 and not self._waiting:
            self._free -= 1
            return
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.setdefault(party, deque()).append(turn)
        try:
            await turn
        except asyncio.CancelledError:
            if turn.done() and not turn.cancelled():
                self._give()
            raise

    def _give(self) -> None:
        """To the party that has waited longest since it was served, unless there are too many at it already."""
        while self._waiting and self._free >= 0:
            party, line = next(iter(self._waiting.items()))
            del self._waiting[party]
            turn = line.popleft()
            if line:
                self._waiting[party] = line
            if not turn.done():
                turn.set_result(None)
                return
        self._free += 1
