"""Gate: the line in front of one vendor. Who sends next, and when nobody may.

First come, first served within a priority; a task that was turned away keeps its place. One at a time stands at the
door, until its row says that it is being sent: that is what keeps the order. After a 429 the door stays shut for as
long as the vendor asked, and then opens for one alone until the vendor has answered it. A lane is the part of the line
that waits for the same thing (a model): where there is no room for one of it, those of other lanes pass.
"""

from __future__ import annotations

import asyncio

from rushes.clock import Clock

__all__ = ["Gate"]

EVERYBODY = "*"
"""The lane of all."""


class Gate:
    """The line of one vendor in this process. Limits that hold for all processes are the library's business."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._ranks: dict[str, tuple[int, int]] = {}
        self._lanes: dict[str, str] = {}
        self._line: dict[str, asyncio.Event] = {}
        self._arrivals = 0
        self._at_door: str | None = None
        self._probe: str | None = None
        self._probing = False
        # Pauses are slept through, not read off the wall clock: somebody may set that at any time.
        self._holds: dict[asyncio.Task[None], str] = {}
        self._full: dict[str, asyncio.Task[None]] = {}

    async def enter(self, task_id: str, priority: int = 0, lane: str = "") -> None:
        """Waits until this task is the first in line and the door is open; it then stands at the door.

        One that was in line before keeps its place, and the priority that it was given meanwhile.
        """
        if task_id not in self._ranks:
            self.rank(task_id, priority)
        self._lanes[task_id] = lane
        called = self._line[task_id] = asyncio.Event()
        try:
            while not self._may_enter(task_id):
                called.clear()
                await called.wait()
            self._at_door = task_id
        finally:
            del self._line[task_id]
            self._call()
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

    def step_aside(self, task_id: str) -> None:
        """It is not being sent after all, not yet: the next may come, also where one alone is let through."""
        self._forget_probe(task_id)
        self.pass_on(task_id)

    def turn_away(self, task_id: str, seconds: float, lane: str = EVERYBODY) -> None:
        """There is no room for it now, nor for any other of its lane (without one: for anybody).

        Whoever is first then tries again after so long, or when somebody leaves.
        """
        if (shut := self._full.pop(lane, None)) is not None:
            shut.cancel()
        self._full[lane] = self._shut(seconds)
        self.step_aside(task_id)

    def hold(self, seconds: float, lane: str = EVERYBODY) -> None:
        """Nobody sends for that long, and then one alone; with a lane, nobody of that."""
        self._holds[self._shut(seconds)] = lane
        if lane == EVERYBODY:
            self._probing, self._probe = True, None

    def answered(self, task_id: str) -> None:
        """The vendor took it, or refused it for a reason of its own: others may come at their pace again."""
        if self._probe == task_id:
            self._probing, self._probe = False, None
        self.stir()

    def leave(self, task_id: str) -> None:
        """It is done here; harmless for one that never came."""
        self._ranks.pop(task_id, None)
        self._lanes.pop(task_id, None)
        self.step_aside(task_id)
        self.stir()

    def stir(self) -> None:
        """Something changed that may have made room."""
        self._let_in()
        self._call()

    def close(self) -> None:
        """Nobody waits here any more."""
        self._let_in()
        for each in tuple(self._holds):
            each.cancel()

    @property
    def shut(self) -> bool:
        """Whether nobody may come to the door for now."""
        return self._is_shut(EVERYBODY)

    def _is_shut(self, lane: str) -> bool:
        return lane in self._full or lane in self._holds.values()

    def _forget_probe(self, task_id: str) -> None:
        if self._probe == task_id:
            self._probe = None

    def _may_enter(self, task_id: str) -> bool:
        probed_by_another = self._probing and self._probe not in {None, task_id}
        free = self._at_door is None and not probed_by_another and not self.shut
        return free and self._first() == task_id

    def _first(self) -> str | None:
        open_to = (each for each in self._line if not self._is_shut(self._lanes[each]))
        return min(open_to, key=lambda each: self._ranks[each], default=None)

    def _call(self) -> None:
        """Wakes the first in line."""
        if (first := self._first()) is not None:
            self._line[first].set()

    def _let_in(self) -> None:
        for each in self._full.values():
            each.cancel()
        self._full.clear()

    def _shut(self, seconds: float) -> asyncio.Task[None]:
        pause = asyncio.ensure_future(self._clock.sleep(seconds))
        pause.add_done_callback(self._open)
        return pause

    def _open(self, pause: asyncio.Task[None]) -> None:
        self._holds.pop(pause, None)
        self._full = {lane: shut for lane, shut in self._full.items() if shut is not pause}
        self._call()
