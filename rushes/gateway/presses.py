"""Presses: which Idempotency-Key made which tasks, for 24 hours. The same key never charges twice.

The ids of the tasks are written down here before the tasks are, and a task's id is unique in the library: whatever
crashes in between, a second request with the key finds the same tasks, or makes exactly those.
"""

from __future__ import annotations

import asyncio
import json
import sqlite3
from collections.abc import AsyncIterator, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import TypeVar

from rushes.library.opening import enter_wal

__all__ = ["KEPT", "Press", "Presses"]

KEPT = timedelta(hours=24)
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Press:
    """One key: the digest of what was asked for, and the ids of its tasks. `known`: it was here before."""

    digest: str
    ids: tuple[str, ...]
    known: bool


class Presses:
    """A small SQLite file of its own, used on one thread."""

    def __init__(self, path: Path, now: Callable[[], datetime]) -> None:
        self._now = now
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="presses")
        self._db = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        enter_wal(self._db)
        self._db.execute("PRAGMA synchronous = FULL")
        self._db.execute(
            "CREATE TABLE IF NOT EXISTS presses "
            "(key TEXT PRIMARY KEY, digest TEXT NOT NULL, ids TEXT NOT NULL, at REAL NOT NULL)"
        )
        path.chmod(0o600)
        self._held: dict[str, asyncio.Lock] = {}

    @asynccontextmanager
    async def holding(self, key: str) -> AsyncIterator[None]:
        """One request with a key at a time; a second one waits for the first one's answer."""
        lock = self._held.setdefault(key, asyncio.Lock())
        try:
            async with lock:
                yield
        finally:
            if not lock.locked():
                self._held.pop(key, None)

    async def begin(self, key: str, digest: str, ids: Sequence[str]) -> Press:
        """Writes a key down with the ids that its tasks will have; gives what was written first."""
        return await self._run(lambda: self._begin(key, digest, ids))

    async def drop(self, key: str) -> None:
        """Nothing came of it: the key may be used again."""
        await self._run(lambda: self._db.execute("DELETE FROM presses WHERE key = ?", (key,)))

    async def close(self) -> None:
        """Finishes what is under way."""
        await self._run(self._db.close)
        self._thread.shutdown(wait=True)

    def _begin(self, key: str, digest: str, ids: Sequence[str]) -> Press:
        at = self._now().timestamp()
        self._db.execute("BEGIN IMMEDIATE")
        self._db.execute("DELETE FROM presses WHERE at < ?", (at - KEPT.total_seconds(),))
        made = self._db.execute(
            "INSERT INTO presses VALUES (?, ?, ?, ?) ON CONFLICT (key) DO NOTHING", (key, digest, json.dumps(ids), at)
        ).rowcount
        row = self._db.execute("SELECT digest, ids FROM presses WHERE key = ?", (key,)).fetchone()
        self._db.execute("COMMIT")
        return Press(row[0], tuple(json.loads(row[1])), known=not made)

    async def _run(self, work: Callable[[], T]) -> T:
        loop = asyncio.get_running_loop()
        return await asyncio.shield(loop.run_in_executor(self._thread, work))
