"""Gate: how many tasks of one vendor are in flight at once, in the order they were pressed, and pauses after a 429."""

from __future__ import annotations

import asyncio
from collections import deque
from datetime import datetime, timedelta

from rushes.clock import Clock

__all__ = ["Gate"]


class Gate:
    """First come, first served. `limit` 0 is no limit."""

    def __init__(self, clock: Clock, limit: int) -> None:
        self._clock = clock
        self._limit = limit
        self._inside: set[str] = set()
        self._waiting: deque[tuple[str, asyncio.Future[None]]] = deque()
        self.held_until: datetime | None = None

    async def enter(self, task_id: str) -> None:
        """Waits for a place. A place that is held already is kept."""
        if task_id not in self._inside:
            if self._free and not self._waiting:
                self._inside.add(task_id)
            else:
                await self._queue(task_id)
        while self.held_until is not None and (left := (self.held_until - self._clock.now()).total_seconds()) > 0:
            await self._clock.sleep(left)

    def join(self, task_id: str) -> None:
        """Takes a place without asking: the vendor has the task already."""
        self._inside.add(task_id)

    def leave(self, task_id: str) -> None:
        """Gives the place to the next in line; harmless for one who has none."""
        self._inside.discard(task_id)
        while self._waiting and self._free:
            waiting_id, turn = self._waiting.popleft()
            if not turn.done():
                self._inside.add(waiting_id)
                turn.set_result(None)

    def hold(self, seconds: float) -> None:
        """Nobody submits for that long."""
        until = self._clock.now() + timedelta(seconds=seconds)
        self.held_until = max(until, self.held_until or until)

    @property
    def _free(self) -> bool:
        return not self._limit or len(self._inside) < self._limit

    async def _queue(self, task_id: str) -> None:
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append((task_id, turn))
        try:
            await turn
        except asyncio.CancelledError:
            if turn.done() and not turn.cancelled():
                self.leave(task_id)
            raise
