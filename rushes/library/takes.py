"""Takes: what is asked of the library about clips, tags, kin and saved searches. `Reading` adds the tasks under way."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path

from rushes.library.finding import values_of
from rushes.library.rows import task_of
from rushes.task import Task

__all__ = ["Takes"]

AT_ONCE = 500
"""Rows of a page: a million takes are never in memory at once."""
_DOUBLE = "SELECT sha256 FROM tasks INDEXED BY tasks_hash WHERE sha256 IS NOT NULL GROUP BY sha256 HAVING count(*) > 1"
_SAME = "SELECT * FROM tasks INDEXED BY tasks_hash WHERE sha256 = ? ORDER BY seq"
_ROOM_BY = {
    "month": "strftime('%Y-%m', created_at / 1000, 'unixepoch')",
    "provider": "provider",
    "rating": "coalesce(rating, 0)",
}


class Takes:
    """The questions. One connection of one thread; `media` is the folder that stored paths are below."""

    def __init__(self, db: sqlite3.Connection, media: Path, now: Callable[[], datetime]) -> None:
        self._db = db
        self._media = media
        self._now = now

    @property
    def connection(self) -> sqlite3.Connection:
        """The connection itself, for upkeep and for statements that stand elsewhere in `rushes.library`."""
        return self._db

    # ── clips ────────────────────────────────────────────────────────────────────────────────────────────────────

    def with_clips(self) -> Iterator[Task]:
        """Every take with a clip, thrown away or not, oldest first. By pages: what is added meanwhile is met."""
        last = 0
        sql = "SELECT * FROM tasks WHERE file IS NOT NULL AND seq > ? ORDER BY seq LIMIT ?"
        while rows := self._db.execute(sql, (last, AT_ONCE)).fetchall():
            last = rows[-1]["seq"]
            yield from map(self._task, rows)

    def has_content(self, sha256: str) -> bool:
        """Whether a take has a clip of this content."""
        sql = "SELECT 1 FROM tasks INDEXED BY tasks_hash WHERE sha256 = ? LIMIT 1"
        return self._db.execute(sql, (sha256,)).fetchone() is not None

    def doubles(self) -> Iterator[tuple[Task, ...]]:
        """Takes with the same content, oldest first."""
        for row in self._db.execute(_DOUBLE).fetchall():
            yield tuple(map(self._task, self._db.execute(_SAME, (row["sha256"],)).fetchall()))

    def with_file(self, name: str) -> str | None:
        """The id of a take whose clip has this name, in whatever folder."""
        sql = "SELECT id FROM tasks INDEXED BY tasks_file WHERE name = ? AND file IS NOT NULL LIMIT 1"
        row = self._db.execute(sql, (name,)).fetchone()
        return None if row is None else str(row["id"])

    def room(self) -> dict[str, list[tuple[str, int, int]]]:
        """Takes and bytes of the clips by month, provider and rating, largest first."""
        found: dict[str, list[tuple[str, int, int]]] = {}
        for name, key in _ROOM_BY.items():
            sql = f"SELECT {key}, count(*), sum(bytes) FROM tasks WHERE file IS NOT NULL GROUP BY 1 ORDER BY 3 DESC"
            found[name] = [(str(row[0]), row[1], row[2] or 0) for row in self._db.execute(sql)]
        return found

    # ── what they are called, and what belongs together ──────────────────────────────────────────────────────────

    def names(self, column: str) -> list[str]:
        """Every provider, or every model, that there is. `column` is `provider` or `model`."""
        return values_of(self._db, column)

    def tags(self) -> list[tuple[str, int]]:
        """Every tag with the number of takes that have it, most used first."""
        sql = "SELECT tag, count(*) AS many FROM tagged GROUP BY tag ORDER BY many DESC, tag"
        return [(row["tag"], row["many"]) for row in self._db.execute(sql)]

    def tagged(self, tag: str) -> list[str]:
        """The ids of the takes that have a tag, which is folded."""
        sql = "SELECT tasks.id FROM tagged JOIN tasks ON tasks.seq = tagged.seq WHERE tag = ?"
        return [row["id"] for row in self._db.execute(sql, (tag,))]

    def trashed(self) -> list[str]:
        """The ids of what was thrown away, oldest first."""
        return [row["id"] for row in self._db.execute("SELECT id FROM tasks WHERE trashed > 0 ORDER BY seq")]

    def children(self, task_id: str, limit: int) -> list[Task]:
        """What was made from a take and not thrown away, oldest first."""
        sql = "SELECT * FROM tasks INDEXED BY tasks_parent WHERE parent = ? AND trashed IS NULL ORDER BY seq LIMIT ?"
        return list(map(self._task, self._db.execute(sql, (task_id, limit))))

    def made_there(self, provider: str, vendor_id: str, *, practice: bool) -> str | None:
        """The id of the task that is this one at its vendor."""
        sql = "SELECT id FROM tasks WHERE provider = ? AND practice = ? AND vendor_id = ?"
        row = self._db.execute(sql, (provider, practice, vendor_id)).fetchone()
        return None if row is None else str(row["id"])

    def searches(self) -> dict[str, str]:
        """Saved searches: name to query, by name."""
        return {row["name"]: row["query"] for row in self._db.execute("SELECT name, query FROM searches ORDER BY name")}

    def _task(self, row: sqlite3.Row) -> Task:
        return task_of(row, self._media)
