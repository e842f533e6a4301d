"""News: every change of every task to everybody who listens, in order, and what was missed to whoever comes back.

An event's id is the library's revision, which grows with each change, whichever process made it. One reader follows the
library and tells all listeners; one that is slow gets the latest state of each task instead of every state between, so
that endings are never lost and memory stays bounded.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from typing import Any

from rushes.engine import Engine
from rushes.gateway.shapes import video_json
from rushes.library.worker import Store
from rushes.task import Task
from rushes.tasks.waiting import end

__all__ = ["News", "as_video", "place_of"]

GATHER_S, GATHER_EACH_S, GATHER_MOST_S = 0.02, 0.001, 0.5
"""Changes that come within the first, and a little more for each listener, are told together: each piece costs."""
TOGETHER = 10
"""Listeners that are woken in one turn of the loop."""
QUIET_S = 15.0
"""A line of comment after this long without news, so that tunnels and proxies keep the line open."""
MOST_MISSED = 100_000


Write = Callable[[Task], tuple[str, Any]]
"""How a listener wants a task: the event's name, and its data."""


def as_video(task: Task) -> tuple[str, Any]:
    """As every program knows it."""
    return "video", video_json(task)


class _Listener:
    """What one listener has not been told yet, by task: the newest state, in the order of the changes."""

    def __init__(self, write: Write) -> None:
        self.write = write
        self._waiting: dict[str, tuple[int, bytes]] = {}
        self._some = asyncio.Event()

    def put(self, task_id: str, rev: int, event: bytes) -> None:
        self._waiting.pop(task_id, None)
        self._waiting[task_id] = (rev, event)

    def wake(self) -> None:
        """Says that there is something, once for many of them."""
        self._some.set()

    def take(self) -> list[tuple[int, bytes]]:
        self._some.clear()
        taken = list(self._waiting.values())
        self._waiting.clear()
        return taken

    async def wait(self, seconds: float) -> bool:
        """Whether there is something within so many seconds."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._some.wait()
        return self._some.is_set()


class News:
    """Follows one library from `start` to `close`. `store` is a connection that reads."""

    def __init__(self, engine: Engine, store: Store) -> None:
        self._engine = engine
        self._store = store
        self._listeners: set[_Listener] = set()
        self._changed = asyncio.Event()
        self._closed = False
        self._rev = 0
        self._reading: asyncio.Task[None] | None = None
        self._unsubscribe: Callable[[], None] = lambda: None

    async def start(self) -> None:
        """Begins to follow."""
        self._rev = await self._store.run(lambda library: library.latest_rev())
        self._unsubscribe = self._engine.subscribe(lambda _task: self._changed.set())
        self._reading = asyncio.create_task(self._read(), name="news")

    def hang_up(self) -> None:
        """Ends every listener's stream; they come back with the id of the last event they saw."""
        self._closed = True
        for each in self._listeners:
            each.wake()

    async def close(self) -> None:
        """Stops following."""
        self.hang_up()
        self._unsubscribe()
        if self._reading is not None:
            await end([self._reading])

    async def listen(self, since: int | None, write: Write = as_video) -> AsyncGenerator[bytes, None]:
        """Server-sent events, from behind `since`, or from now on."""
        listener = _Listener(write)
        self._listeners.add(listener)
        told = self._rev if since is None or since > self._rev else since
        try:
            yield _hello(told)
            async for rev, event in self._missed(told, write):
                told = rev
                yield event
            while not self._closed:
                if not await listener.wait(QUIET_S):
                    yield b": all is quiet\n\n"
                if new := [each for each in listener.take() if each[0] > told]:
                    told = new[-1][0]
                    yield b"".join(event for _, event in new)
        finally:
            self._listeners.discard(listener)

    async def _missed(self, since: int, write: Write) -> AsyncIterator[tuple[int, bytes]]:
        """What the library has behind a revision, in pages; the listener hears the rest by itself."""
        left = MOST_MISSED
        while left > 0 and (tasks := await self._behind(since)):
            left -= len(tasks)
            for task in tasks:
                since = task.rev
                yield since, self._event(task, write)

    async def _behind(self, rev: int) -> list[Task]:
        return await self._store.run(lambda library: library.changed_since(rev))

    async def _read(self) -> None:
        while True:
            await self._changed.wait()
            await asyncio.sleep(min(GATHER_MOST_S, GATHER_S + GATHER_EACH_S * len(self._listeners)))
            self._changed.clear()
            while tasks := await self._behind(self._rev):
                for task in tasks:
                    self._rev = task.rev
                    self._tell(task)
                await self._wake_all()

    async def _wake_all(self) -> None:
        """A few at a time: two hundred at once would keep every request waiting until all are written to."""
        listeners = tuple(self._listeners)
        for first in range(0, len(listeners), TOGETHER):
            for each in listeners[first : first + TOGETHER]:
                each.wake()
            await asyncio.sleep(0)

    def _tell(self, task: Task) -> None:
        """Written once for all who want it in the same way."""
        events = {write: self._event(task, write) for write in {each.write for each in self._listeners}}
        for each in self._listeners:
            each.put(task.id, task.rev, events[each.write])

    def _event(self, task: Task, write: Write) -> bytes:
        name, said = write(self._engine.view(task))
        data = json.dumps(said, ensure_ascii=False)
        return f"id: {task.rev}\nevent: {name}\ndata: {data}\n\n".encode("utf-8", "replace")


def place_of(last_event_id: str | None, since: int | None) -> int | None:
    """Where a listener was, as it says by header or address; None for what was never given."""
    known = last_event_id if last_event_id is not None else str(since)
    return int(known) if known.isascii() and known.isdigit() and len(known) < 19 else None


def _hello(rev: int) -> bytes:
    """Gives a listener that hears nothing for a while the place to come back to."""
    return f"retry: 2000\nid: {rev}\nevent: hello\ndata: {{}}\n\n".encode()
