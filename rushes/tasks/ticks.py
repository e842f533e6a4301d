"""Ticks: the progress of watched tasks, written for all of them together, every two seconds while there is any.

Progress is for the eye: who carries a task tells it at once, other processes learn it from the library a moment later,
and what a crash loses of it is asked for again with the next poll. So hundreds of polls cost one commit.
"""

from __future__ import annotations

import asyncio
import sqlite3

from rushes.clock import Clock
from rushes.library.worker import Store
from rushes.log import log_of
from rushes.tasks.waiting import end

__all__ = ["EVERY_S", "Ticks"]

EVERY_S = 2.0


class Ticks:
    """What is not written yet, and the one timer that writes it. `owner` carries the tasks."""

    def __init__(self, store: Store, clock: Clock, owner: str) -> None:
        self._store = store
        self._clock = clock
        self._owner = owner
        self._waiting: dict[str, float] = {}
        self._timer: asyncio.Task[None] | None = None

    def put(self, task_id: str, progress: float) -> None:
        """The newest progress of a task, 0 to 1."""
        self._waiting[task_id] = progress
        if self._timer is None or self._timer.done():
            self._timer = asyncio.create_task(self._write_soon(), name="progress")

    async def aclose(self) -> None:
        """Writes what waits, and stops."""
        if self._timer is not None:
            await end([self._timer])
        await self._write()

    async def _write_soon(self) -> None:
        while self._waiting:
            await self._clock.sleep(EVERY_S)
            await self._write()

    async def _write(self) -> None:
        if not self._waiting:
            return
        waiting, self._waiting = self._waiting, {}
        try:
            await self._store.run(lambda library: library.tick(self._owner, waiting))
        except sqlite3.Error as error:
            # A full disk or a locked file: the next progress is newer anyway.
            log_of("runner").warning("no progress written", extra={"data": {"error": str(error)}})
