"""Readers: questions about the library on connections of their own, so that none waits for a write or for another.

Pages are read on one thread, counts and sums on a second. A question that nobody waits for any more is ended inside
SQLite within a millisecond: the next key on the keyboard does not wait for the last one's count.
"""

from __future__ import annotations

import asyncio
import contextlib
import sqlite3
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from pathlib import Path
from typing import TypeVar

from rushes.library.reading import Reading

__all__ = ["Reader", "Readers"]

T = TypeVar("T")
BUSY_S = 5.0


class Reader:
    """One connection that cannot write, on one thread. It is opened by its first question."""

    def __init__(self, path: Path, now: Callable[[], datetime], name: str) -> None:
        self._path, self._now = path, now
        self._thread = ThreadPoolExecutor(1, thread_name_prefix=name)
        self._lock = threading.Lock()
        self._reading: Reading | None = None
        self._db: sqlite3.Connection | None = None
        self._asked: object = None

    async def run(self, work: Callable[[Reading], T]) -> T:
        """Answers on the reader's thread. When the caller is cancelled, the question is dropped or interrupted."""
        mine = object()
        future = self._thread.submit(self._answer, work, mine)
        try:
            return await asyncio.wrap_future(future)
        except asyncio.CancelledError:
            future.cancel()
            self._interrupt(mine)
            raise

    async def close(self) -> None:
        """Interrupts what is under way and closes."""
        self._interrupt(self._asked)
        await asyncio.get_running_loop().run_in_executor(self._thread, self._shut)
        self._thread.shutdown(wait=True)

    def _answer(self, work: Callable[[Reading], T], mine: object) -> T:
        with self._lock:
            self._asked = mine
            reading = self._reading = self._reading or self._open()
        try:
            return work(reading)
        finally:
            with self._lock:
                self._asked = None

    def _interrupt(self, question: object) -> None:
        """Ends this very question, never the one behind it."""
        with self._lock:
            if self._db is not None and question is not None and self._asked is question:
                self._db.interrupt()

    def _open(self) -> Reading:
        db = sqlite3.connect(self._path, isolation_level=None, timeout=BUSY_S, check_same_thread=False)
        db.row_factory = sqlite3.Row
        db.execute("PRAGMA query_only = 1")
        self._db = db
        return Reading(db, self._path.parent, self._now)

    def _shut(self) -> None:
        if self._db is not None:
            self._db.close()


class Readers:
    """The two readers of one library. The library must have been opened before, so that its format is the right one."""

    def __init__(self, path: Path, *, now: Callable[[], datetime]) -> None:
        self.pages = Reader(path, now, "library pages")
        self.sums = Reader(path, now, "library sums")

    async def close(self) -> None:
        """Closes both."""
        for each in (self.pages, self.sums):
            with contextlib.suppress(sqlite3.Error):
                await each.close()
