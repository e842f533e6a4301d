"""Gate: the line in front of one vendor. Who sends next, and when nobody may.

First come, first served within a priority; a task that was turned away keeps its place. One at a time stands at the
door, until its row says that it is being sent: that is what keeps the order. After a 429 the door stays shut for as
long as the vendor asked, and then opens for one alone until the vendor has answered it.
"""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta

from rushes.clock import Clock
from rushes.waiting import sleep_or

__all__ = ["Gate"]


class Gate:
    """The line of one vendor in this process. Limits that hold for all processes are the library's business."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._ranks: dict[str, tuple[int, int]] = {}
        self._line: dict[str, asyncio.Event] = {}
        self._arrivals = 0
        self._at_door: str | None = None
        self._probe: str | None = None
        self._probing = False
        self._turned_away_until: datetime | None = None
        self.held_until: datetime | None = None

    async def enter(self, task_id: str, priority: int = 0) -> None:
        """Waits until this task is the first in line and the door is open; it then stands at the door.

        One that was in line before keeps its place, and the priority that it was given meanwhile.
        """
        if task_id not in self._ranks:
            self.rank(task_id, priority)
        called = self._line[task_id] = asyncio.Event()
        try:
            while not self._may_enter(task_id):
                await self._wait(called)
        finally:
            del self._line[task_id]
            self._call()
        self._at_door = task_id
        if self._probing:
            self._probe = task_id

    def rank(self, task_id: str, priority: int) -> None:
        """Gives a task its place: behind all of its priority that came before."""
        if task_id not in self._ranks:
            self._arrivals += 1
        arrival = self._ranks[task_id][1] if task_id in self._ranks else self._arrivals
        self._ranks[task_id] = (-priority, arrival)
        self._call()

    def pass_on(self, task_id: str) -> None:
        """It is being sent: the next may come."""
        if self._at_door == task_id:
            self._at_door = None
            self._call()

    def turn_away(self, task_id: str, seconds: float) -> None:
        """There is no room for it now; whoever is first then tries again after so long, or when somebody leaves."""
        self._turned_away_until = self._clock.now() + timedelta(seconds=seconds)
        self._forget_probe(task_id)
        self.pass_on(task_id)

    def hold(self, seconds: float) -> None:
        """Nobody sends for that long, and then one alone."""
        until = self._clock.now() + timedelta(seconds=seconds)
        self.held_until = max(until, self.held_until or until)
        self._probing, self._probe = True, None

    def answered(self, task_id: str) -> None:
        """The vendor took it, or refused it for a reason of its own: others may come at their pace again."""
        if self._probe == task_id:
            self._probing, self._probe = False, None
        self.stir()

    def leave(self, task_id: str) -> None:
        """It is done here; harmless for one that never came."""
        self._ranks.pop(task_id, None)
        self._forget_probe(task_id)
        self.pass_on(task_id)
        self.stir()

    def stir(self) -> None:
        """Something changed that may have made room."""
        self._turned_away_until = None
        self._call()

    def _forget_probe(self, task_id: str) -> None:
        if self._probe == task_id:
            self._probe = None

    def _may_enter(self, task_id: str) -> bool:
        busy = self._at_door is not None or (self._probing and self._probe is not None)
        return not busy and self._first() == task_id and self._shut_for() <= 0

    def _first(self) -> str | None:
        return min(self._line, key=lambda each: self._ranks[each], default=None)

    def _call(self) -> None:
        """Wakes the first in line."""
        if (first := self._first()) is not None:
            self._line[first].set()

    def _shut_for(self) -> float:
        now = self._clock.now()
        times = [each for each in (self.held_until, self._turned_away_until) if each is not None]
        return max(((each - now).total_seconds() for each in times), default=0.0)

    async def _wait(self, called: asyncio.Event) -> None:
        """Until called, or until the door opens by itself."""
        called.clear()
        shut_for = self._shut_for()
        if shut_for <= 0:
            await called.wait()
            return
        await sleep_or(self._clock, shut_for, called)
