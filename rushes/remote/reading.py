"""Reading: a gateway's library for verbs that only read, with the library's own questions. Blocks."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Sequence
from pathlib import Path
from typing import Any, TypeVar

from providers.catalogue import Catalogue
from providers.shot import Shot
from rushes.home import Home
from rushes.library.library import Event, Page
from rushes.pool import ProviderInfo
from rushes.remote.calls import AskedCalls
from rushes.remote.engine import RemoteEngine
from rushes.task import Status, Task
from rushes.tasks.exchanges import Exchange

__all__ = ["FarLibrary"]

R = TypeVar("R")


class FarLibrary:
    """The library of `home.connect`; close it. Raises as `RemoteEngine.open`; each question may raise Unreachable."""

    def __init__(self, home: Home) -> None:
        self._loop = asyncio.Runner()
        try:
            self._engine = self._run(RemoteEngine.open(home))
        except BaseException:
            self._loop.close()
            raise

    def get(self, task_id: str) -> Task | None:
        """By id, or the beginning or end of one."""
        return self._run(self._engine.get(task_id))

    def page(
        self, query: str = "", *, cursor: str | None = None, limit: int = 50, statuses: Sequence[Status] = ()
    ) -> Page:
        """A page of takes, newest first."""
        return self._run(self._engine.tasks(query, statuses=statuses, cursor=cursor, limit=limit))

    def events(self, task_id: str) -> list[Event]:
        """A task's story."""
        return self._run(self._engine.events(task_id))

    def exchanges(self, task_id: str) -> list[Exchange]:
        """What was sent for it and answered."""
        return self._run(self._engine.exchanges(task_id))

    def clip(self, task: Task) -> Path:
        """Its clip, brought here."""
        return self._run(self._engine.clip(task))

    def offer(self) -> tuple[tuple[ProviderInfo, Catalogue], ...]:
        """Every provider with what it offers."""
        return tuple((each, self._engine.catalogue(each.name)) for each in self._engine.providers())

    def usual(self, shot: Shot) -> str:
        """How long such a shot usually takes."""
        return self._run(self._engine.ask(AskedCalls.usual, {"shot": shot}))

    def close(self) -> None:
        """Hangs up."""
        self._run(self._engine.close())
        self._loop.close()

    def _run(self, work: Coroutine[Any, Any, R]) -> R:
        return self._loop.run(work)
