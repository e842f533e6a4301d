"""Outlook of a remote engine: who is told of news, and how bars go on between two pieces of it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import datetime

from providers.errors import ProviderError
from providers.shot import Shot
from rushes.clock import Clock
from rushes.listeners import Listeners
from rushes.pacing import Eta
from rushes.task import IN_FLIGHT, Status, Task
from rushes.tasks.waiting import end

__all__ = ["Outlook"]

MOST = 0.97
"""As far as a bar goes before the vendor says done."""


class Outlook:
    """The subscribers of one remote engine, and what it last heard of each task under way."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._tasks: Listeners[[Task]] = Listeners()
        self._heard: dict[str, tuple[datetime, Task]] = {}
        self._news = asyncio.Event()
        self._usual: dict[str, str] = {}
        self._asking: dict[str, asyncio.Task[None]] = {}

    def subscribe(self, callback: Callable[[Task], None]) -> Callable[[], None]:
        """Calls back with every task that changed, until what is returned is called."""
        return self._tasks.add(callback)

    def tell(self, task: Task) -> None:
        """A task changed."""
        self._news.set()
        self._news = asyncio.Event()
        self._tasks.tell(task)

    def news(self) -> asyncio.Event:
        """Set with the next news."""
        return self._news

    def met(self, task: Task) -> None:
        """How a task is by the gateway, just now."""
        if task.status in IN_FLIGHT:
            self._heard[task.id] = (self._clock.now(), task)
        else:
            self._heard.pop(task.id, None)

    def view(self, task: Task) -> Task:
        """The last word of the gateway, carried on by the time since: it said how long is left."""
        if task.id not in self._heard or task.status not in IN_FLIGHT:
            return task
        at, said = self._heard[task.id]
        if not said.eta_s or said.progress is None:
            return replace(task, eta_s=said.eta_s, time_left=_words(task, said.eta_s), progress=said.progress)
        since = (self._clock.now() - at).total_seconds()
        part = min(1.0, max(0.0, since) / said.eta_s)
        progress = max(said.progress, said.progress + (MOST - said.progress) * part)
        left = round(max(0.0, said.eta_s - since), 1)
        return replace(task, eta_s=left, time_left=_words(task, left or None), progress=round(progress, 4))

    def usual(self, shot: Shot, ask: Callable[[], Awaitable[str]]) -> str:
        """What is known of such shots; asked for in the background where nothing is yet."""
        known = replace(shot, prompt="", inputs=()).fingerprint()
        if known not in self._usual and known not in self._asking:
            self._asking[known] = asyncio.create_task(self._learn(known, ask), name="usual")
        return self._usual.get(known, "")

    async def _learn(self, known: str, ask: Callable[[], Awaitable[str]]) -> None:
        try:
            self._usual[known] = await ask()
        except ProviderError:
            return  # nothing is said then, and it is asked again with the next look
        finally:
            self._asking.pop(known, None)

    async def close(self) -> None:
        """Ends what is being asked."""
        await end(list(self._asking.values()))


def _words(task: Task, left_s: float | None) -> str:
    """The gateway gives one figure, without a spread; None: it gives none any more, or what it gave is over."""
    waiting = task.status is not Status.RUNNING
    return Eta(left_s, left_s, left_s, 0.0, count=0, late=left_s is None, waiting=waiting).words
