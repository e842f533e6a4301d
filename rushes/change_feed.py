"""Outlook: how tasks look as of now, and who is told when one changes, whichever process changed it."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Callable
from dataclasses import replace

from rushes.context import Context
from rushes.listeners import Listeners
from rushes.log import log_of
from rushes.pacing import Eta, bar
from rushes.task import Task
from rushes.tasks.waiting import end

__all__ = ["LOOK_AROUND_S", "Outlook"]

LOOK_AROUND_S = 1.0
"""How often other processes' changes, and the settings file, are looked at. A look is two system calls."""


class Outlook:
    """The subscribers of one engine, and the slow look at what others do."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._tasks: Listeners[[Task]] = Listeners()
        self._shown: dict[str, float] = {}
        self._looking: asyncio.Task[None] | None = None
        self._told_rev = 0
        self._held = False
        self._holds: Listeners[[bool]] = Listeners()

    async def catch_up(self) -> None:
        """What was written before now is no news."""
        self._told_rev = await self._context.store.run(lambda library: library.latest_rev())
        self._held = await self._context.store.run(lambda library: library.paused())

    def start(self) -> None:
        """Begins to follow other processes and the settings file."""
        self._looking = asyncio.create_task(self._look_around(), name="look around")

    async def stop(self) -> None:
        """Ends it."""
        if self._looking is not None:
            await end([self._looking])

    def subscribe(self, callback: Callable[[Task], None]) -> Callable[[], None]:
        """Calls back with every task that changed, until what is returned is called."""
        return self._tasks.add(callback)

    def hear_hold(self, callback: Callable[[bool], None]) -> Callable[[], None]:
        """Calls back when the queue is held or let go, by any process, until what is returned is called."""
        return self._holds.add(callback)

    def tell_hold(self, *, held: bool) -> None:
        """The queue is held, or is not; what is known already is no news."""
        if held != self._held:
            self._held = held
            self._holds.tell(held)

    def tell(self, task: Task) -> None:
        """A task changed."""
        self._tasks.tell(self.view(task))

    def eta(self, task: Task) -> Eta | None:
        """What is left of it; None unless it is at the vendor."""
        return self._context.pace.eta(task, self._context.clock.now())

    def view(self, task: Task) -> Task:
        """The task with its time left and a bar that never runs back, as of now."""
        eta = self.eta(task)
        if eta is None:
            self._shown.pop(task.id, None)
            return task
        fraction = task.progress if task.progress is not None else eta.fraction
        shown = self._shown[task.id] = bar(self._shown.get(task.id, 0.0), fraction)
        left = None if eta.left_s is None else round(eta.left_s, 1)
        return replace(task, eta_s=left, time_left=eta.words, progress=round(shown, 4))

    def stir(self) -> None:
        """Something changed, here or elsewhere, that may have made room for what waits."""
        for gate in self._context.gates.values():
            gate.stir()

    async def _look_around(self) -> None:
        store = self._context.store
        version = await store.run(lambda library: library.data_version())
        while True:
            await self._context.clock.sleep(LOOK_AROUND_S)
            self._context.settings.reload_if_changed()
            try:
                newest = await store.run(lambda library: library.data_version())
                if newest == version:
                    continue
                await self._tell_news()
            except sqlite3.Error as error:
                # A full disk or a locked file passes; the next look tells what this one could not read.
                log_of("engine").warning("no look around", extra={"data": {"error": str(error)}})
                continue
            version = newest

    async def _tell_news(self) -> None:
        while changed := await self._context.store.run(lambda library: library.changed_since(self._told_rev)):
            for task in changed:
                self._told_rev = max(self._told_rev, task.rev)
                self.tell(task)
        self.tell_hold(held=await self._context.store.run(lambda library: library.paused()))
        self.stir()
