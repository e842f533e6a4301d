"""Looking: what an engine tells of its tasks, now and whenever one changes. Nothing here sends or changes anything."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from rushes.change_feed import Outlook
from rushes.context import Context
from rushes.library.library import Event, Page
from rushes.library.shelf import Shelf
from rushes.task import ACTIVE, Status, Task

if TYPE_CHECKING:
    from rushes.tasks.exchanges import Exchange

__all__ = ["Looking"]


class Looking:
    """The half of `rushes.engine.Engine` that reads."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._store = context.store
        self._outlook = Outlook(context)
        self.shelf = Shelf(context.store, context.clock, context.media, self._outlook.tell)

    async def get(self, task_id: str) -> Task | None:
        """By id, or the beginning or end of one. Raises LookupError where several fit."""
        task = await self._store.run(lambda library: library.get(task_id))
        return self.view(task) if task else None

    async def need(self, task_id: str) -> Task:
        """As `get`, but raises LookupError where there is none."""
        task = await self.get(task_id)
        if task is None:
            raise LookupError(f"there is no task {task_id}")
        return task

    async def active(self, *, lately: int = 20) -> list[Task]:
        """Tasks that have not ended, and the `lately` newest of the others; newest first."""
        page = await self.history(limit=lately)
        going = await self._store.run(lambda library: library.active())
        seen = {task.id: task for task in (*page.tasks, *map(self.view, going))}
        return sorted(seen.values(), key=lambda task: task.id, reverse=True)

    async def tasks(
        self, query: str = "", *, statuses: Sequence[Status] = tuple(ACTIVE), cursor: str | None = None, limit: int = 50
    ) -> Page:
        """Tasks in these states, newest first."""
        page = await self._store.readers.pages.run(
            lambda reading: reading.page(query, cursor=cursor, limit=limit, statuses=tuple(statuses))
        )
        return Page(tuple(map(self.view, page.tasks)), page.next)

    async def history(self, query: str = "", *, cursor: str | None = None, limit: int = 50) -> Page:
        """Everything, newest first. Raises SearchProblem for a filter that cannot be understood."""
        return await self.tasks(query, statuses=(), cursor=cursor, limit=limit)

    async def count(self, query: str = "") -> int:
        """How many takes a query finds."""
        return await self.shelf.count(query)

    async def events(self, task_id: str) -> list[Event]:
        """A task's story."""
        return await self._store.run(lambda library: library.events(task_id))

    async def exchanges(self, task_id: str) -> list[Exchange]:
        """What was said to and by the vendor about a task, without keys; nothing of a task that was never sent."""
        return await self._store.run(lambda library: library.exchanges(task_id))

    async def clip(self, task: Task) -> Path:
        """Where the clip can be opened. Raises LookupError where there is none."""
        if task.take is None:
            raise LookupError("there is no clip yet")
        return task.take.file

    async def poster(self, task: Task) -> Path | None:
        """The picture beside the clip, None where there is none. That of a picture is the picture itself, small."""
        from rushes.media.beside import beside

        if task.take is None:
            return None
        path = beside(task.take.file).poster
        return path if await asyncio.to_thread(path.exists) else None

    def view(self, task: Task) -> Task:
        """The task with its time left and a bar that never runs back, as of now."""
        return self._outlook.view(task)

    async def paused(self) -> bool:
        """Whether the queue is held."""
        return await self._store.run(lambda library: library.paused())

    def subscribe(self, callback: Callable[[Task], None]) -> Callable[[], None]:
        """Calls back, in the event loop, with every task that changed, whichever process changed it."""
        return self._outlook.subscribe(callback)

    def hear_hold(self, callback: Callable[[bool], None]) -> Callable[[], None]:
        """Calls back when the queue is held (True) or let go, whichever process did it."""
        return self._outlook.hear_hold(callback)

    def hear_line(self, callback: Callable[[str], None]) -> Callable[[], None]:
        """Calls back with words when the line to the tasks breaks: never, since they are here."""
        return lambda: None
