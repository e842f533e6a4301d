"""The library: every task and every move it made, in one SQLite file. One `Library` is one connection of one thread.

Money is stored in millionths of a dollar, times in milliseconds since 1970. Every write is one `BEGIN IMMEDIATE`
transaction with `synchronous=FULL`, so what was said to be written survives a power cut. `rev` grows with every change,
which is how other processes learn what is new.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from rushes.lifecycle import check_move
from rushes.migrations import MIGRATIONS
from rushes.rows import MICRO, columns, milliseconds, store, task_of, time_of
from rushes.search import parse
from rushes.task import ENDED, Status, Task

__all__ = ["Event", "Library", "LibraryBroken", "LibraryError", "LibraryTooNew", "Page", "Ran"]

_ENDED = ", ".join(f"'{status}'" for status in sorted(ENDED))


class LibraryError(Exception):
    """The library cannot be used: the message says why and what to do."""


class LibraryTooNew(LibraryError):
    """A newer version of the program made it."""


class LibraryBroken(LibraryError):
    """The file is not a database, or a damaged one. It was kept aside under `kept`."""

    def __init__(self, message: str, kept: Path | None = None) -> None:
        super().__init__(message)
        self.kept = kept


@dataclass(frozen=True, slots=True)
class Event:
    """One line of a task's story: who moved it, when, from where to where, and what the vendor said."""

    at: datetime
    who: str
    was: str | None
    now: str
    detail: Mapping[str, Any]

    def to_json(self) -> dict[str, Any]:
        """The form of `events` in `show --json`."""
        at = self.at.isoformat(timespec="milliseconds").replace("+00:00", "Z")
        return {"at": at, "who": self.who, "was": self.was, "now": self.now, "detail": dict(self.detail)}


@dataclass(frozen=True, slots=True)
class Page:
    """Some tasks, newest first, and the cursor of the next page (None: there is none)."""

    tasks: tuple[Task, ...]
    next: str | None


@dataclass(frozen=True, slots=True)
class Ran:
    """A finished task: it ended after more than `low_s` and at most `high_s` seconds of running.

    `readings` are what the vendor said of its progress: (0 to 1, seconds of running).
    """

    task: Task
    low_s: float
    high_s: float
    readings: tuple[tuple[float, float], ...] = ()


class Library:
    """One connection. `now` gives the time that events are written with; `who` names this process in them."""

    def __init__(self, path: Path, *, now: Callable[[], datetime], who: str = "rushes") -> None:
        self.path = path
        self._now = now
        self._who = who
        self._media = path.parent
        try:
            self._db = _connect(path)
            _migrate(self._db)
        except sqlite3.DatabaseError as error:
            raise _broken(path, error) from error

    def close(self) -> None:
        """Closes the connection."""
        self._db.close()

    # ── writing ──────────────────────────────────────────────────────────────────────────────────────────────────

    def add(self, task: Task, *, owner: str | None = None) -> Task:
        """Writes a new task."""
        with self._transaction():
            row = {**columns(task, self._media), "owner": owner, "rev": self._next_rev()}
            names = ", ".join(row)
            marks = ", ".join("?" for _ in row)
            self._db.execute(f"INSERT INTO tasks ({names}) VALUES ({marks})", tuple(row.values()))
            self._note(task.id, None, task.status, {"quoted_usd": task.cost.to_json()["quoted_usd"]})
            return self._must(task.id)

    def change(
        self,
        task_id: str,
        values: Mapping[str, Any],
        *,
        to: Status | None = None,
        only_from: frozenset[Status] | None = None,
        owner: str | None = None,
        detail: Mapping[str, Any] | None = None,
        guard: Callable[[Library], None] | None = None,
    ) -> Task | None:
        """Writes columns, and a move where `to` is given, in one transaction, if `guard` does not raise inside it.

        None where the task is not in `only_from` any more, or is carried by another than `owner`: somebody else was
        first, and nothing was written. Raises NotAllowed for a move that no task may make.
        """
        with self._transaction():
            row = self._db.execute("SELECT status, owner FROM tasks WHERE id = ?", (task_id,)).fetchone()
            if row is None or (owner is not None and row["owner"] != owner):
                return None
            was = Status(row["status"])
            if only_from is not None and was not in only_from:
                return None
            if to is not None:
                check_move(was, to)
            if guard is not None:
                guard(self)
            self._update(task_id, {**values, **({"status": to.value} if to else {})})
            if to is not None and (to is not was or detail):
                self._note(task_id, was, to, detail or {})
            return self._must(task_id)

    def claim(self, task_id: str, owner: str, *, dead_before: datetime) -> Task | None:
        """Makes `owner` the one who carries the task, unless another living process does. None: taken or gone."""
        with self._transaction():
            count = self._db.execute(
                "UPDATE tasks SET owner = ? WHERE id = ? AND (owner IS NULL OR owner = ? OR owner NOT IN "
                "(SELECT id FROM owners WHERE seen >= ?))",
                (owner, task_id, owner, milliseconds(dead_before)),
            ).rowcount
            return self._must(task_id) if count else None

    def let_go(self, task_id: str, owner: str) -> Task | None:
        """Ends `owner`'s lease on one task; the task if there was such a lease."""
        with self._transaction():
            sql = "UPDATE tasks SET owner = NULL WHERE id = ? AND owner = ?"
            return self._must(task_id) if self._db.execute(sql, (task_id, owner)).rowcount else None

    def give_back(self, owner: str) -> None:
        """Hands back everything that `owner` carries, and its own entry."""
        with self._transaction():
            self._db.execute("UPDATE tasks SET owner = NULL WHERE owner = ?", (owner,))
            self._db.execute("DELETE FROM owners WHERE id = ?", (owner,))

    def heartbeat(self, owner: str) -> None:
        """Says that `owner` lives."""
        with self._transaction():
            self._db.execute(
                "INSERT INTO owners (id, seen) VALUES (?, ?) ON CONFLICT (id) DO UPDATE SET seen = excluded.seen",
                (owner, milliseconds(self._now())),
            )
            self._db.execute("DELETE FROM owners WHERE seen < ?", (milliseconds(self._now()) - 86_400_000,))

    def bury(self, is_dead: Callable[[str], bool]) -> None:
        """Forgets owners that are dead for certain, so that nobody waits for their leases to run out."""
        owners = [row["id"] for row in self._db.execute("SELECT id FROM owners")]
        dead = [owner for owner in owners if is_dead(owner)]
        if dead:
            with self._transaction():
                self._db.executemany("DELETE FROM owners WHERE id = ?", [(owner,) for owner in dead])

    def note(self, task_id: str, detail: Mapping[str, Any]) -> None:
        """Adds a line to a task's story without moving it."""
        with self._transaction():
            status = self._must(task_id).status
            self._note(task_id, status, status, detail)

    # ── reading ──────────────────────────────────────────────────────────────────────────────────────────────────

    def get(self, task_id: str) -> Task | None:
        """By id, or by the only id that begins or ends so. Raises LookupError where several do."""
        row = self._db.execute("SELECT * FROM tasks WHERE id = ?", (task_id.upper(),)).fetchone()
        if row is not None:
            return self._task(row)
        if len(task_id) < 4 or not task_id.isalnum():
            return None
        pattern = task_id.upper()
        rows = self._db.execute(
            "SELECT * FROM tasks WHERE id LIKE ? OR id LIKE ? LIMIT 2", (f"{pattern}%", f"%{pattern}")
        ).fetchall()
        if len(rows) > 1:
            raise LookupError(f"{task_id} fits several tasks; give more of the id")
        return self._task(rows[0]) if rows else None

    def owner(self, task_id: str) -> str | None:
        """Who carries it."""
        row = self._db.execute("SELECT owner FROM tasks WHERE id = ?", (task_id,)).fetchone()
        return None if row is None else row["owner"]

    def living(self, *, dead_before: datetime) -> set[str]:
        """The processes that have said lately that they live."""
        rows = self._db.execute("SELECT id FROM owners WHERE seen >= ?", (milliseconds(dead_before),))
        return {row["id"] for row in rows}

    def active(self) -> list[Task]:
        """All tasks that have not ended, oldest first."""
        rows = self._db.execute(f"SELECT * FROM tasks WHERE status NOT IN ({_ENDED}) ORDER BY seq")
        return [self._task(row) for row in rows]

    def orphans(self, *, dead_before: datetime) -> list[Task]:
        """Tasks that have not ended and that no living process carries, oldest first."""
        rows = self._db.execute(
            f"SELECT * FROM tasks WHERE status NOT IN ({_ENDED}) AND (owner IS NULL OR owner NOT IN "
            "(SELECT id FROM owners WHERE seen >= ?)) ORDER BY seq",
            (milliseconds(dead_before),),
        )
        return [self._task(row) for row in rows]

    def changed_since(self, rev: int, limit: int = 1000) -> list[Task]:
        """Tasks written after `rev`, by any process, oldest change first."""
        rows = self._db.execute("SELECT * FROM tasks WHERE rev > ? ORDER BY rev LIMIT ?", (rev, limit))
        return [self._task(row) for row in rows]

    def latest_rev(self) -> int:
        """The newest change."""
        return int(self._db.execute("SELECT coalesce(max(rev), 0) FROM tasks").fetchone()[0])

    def data_version(self) -> int:
        """Changes when another connection has written."""
        return int(self._db.execute("PRAGMA data_version").fetchone()[0])

    def page(
        self,
        query: str = "",
        *,
        cursor: str | None = None,
        limit: int = 50,
        statuses: Sequence[Status] = (),
    ) -> Page:
        """A page of takes, newest first, by keyset. Raises SearchProblem for a filter that cannot be understood."""
        where, values = _conditions(query, statuses)
        if cursor is not None:
            where.append("seq < ?")
            values.append(_cursor(cursor))
        condition = f"WHERE {' AND '.join(where)}" if where else ""
        rows = self._db.execute(
            f"SELECT * FROM tasks {condition} ORDER BY seq DESC LIMIT ?", (*values, limit + 1)
        ).fetchall()
        more = str(rows[limit - 1]["seq"]) if len(rows) > limit else None
        return Page(tuple(self._task(row) for row in rows[:limit]), more)

    def count(self, query: str = "") -> int:
        """How many takes a query finds."""
        where, values = _conditions(query, ())
        condition = f"WHERE {' AND '.join(where)}" if where else ""
        return int(self._db.execute(f"SELECT count(*) FROM tasks {condition}", values).fetchone()[0])

    def events(self, task_id: str) -> list[Event]:
        """A task's whole story, oldest first."""
        rows = self._db.execute("SELECT * FROM events WHERE task_id = ? ORDER BY seq", (task_id,))
        return [
            Event(time_of(row["at"]), row["who"], row["was"], row["now"], json.loads(row["detail"])) for row in rows
        ]

    def twins(self, task: Task) -> list[Task]:
        """Other tasks that asked the same vendor for the same, and whose outcome is open: in the air, or unknown."""
        rows = self._db.execute(
            "SELECT * FROM tasks WHERE body_hash = (SELECT body_hash FROM tasks WHERE id = ?) AND id != ? "
            "AND practice = ? AND status IN ('SUBMITTING', 'UNCERTAIN') ORDER BY submitted_at, seq",
            (task.id, task.id, task.practice),
        )
        return [self._task(row) for row in rows]

    def running_times(self, limit: int = 2000) -> list[Ran]:
        """What pacing learns from: finished tasks with the interval, in seconds of running, in which each ended."""
        rows = self._db.execute(
            "SELECT tasks.*, events.detail AS detail FROM events JOIN tasks ON tasks.id = events.task_id "
            "WHERE now = 'DOWNLOADING' AND json_extract(detail, '$.low_s') IS NOT NULL "
            "ORDER BY events.seq DESC LIMIT ?",
            (limit,),
        ).fetchall()
        details = [json.loads(row["detail"]) for row in rows]
        ran = [
            Ran(self._task(row), float(detail["low_s"]), float(detail["high_s"]), _pairs(detail.get("readings")))
            for row, detail in zip(rows, details, strict=True)
        ]
        return ran[::-1]

    def owned_vendor_ids(self, provider: str, *, practice: bool, vendor_ids: Sequence[str]) -> set[str]:
        """Which of these the library knows already."""
        marks = ", ".join("?" for _ in vendor_ids)
        rows = self._db.execute(
            f"SELECT vendor_id FROM tasks WHERE provider = ? AND practice = ? AND vendor_id IN ({marks})",
            (provider, practice, *vendor_ids),
        )
        return {row["vendor_id"] for row in rows}

    def spent(self, since: datetime) -> Decimal:
        """USD of real money since then: charged where known, else estimated, else quoted, in flight or not."""
        total = self._db.execute(
            "SELECT coalesce(sum(coalesce(charged, estimated, quoted, 0)), 0) FROM tasks "
            "WHERE submitted_at >= ? AND charges_sent > 0 AND practice = 0",
            (milliseconds(since),),
        ).fetchone()[0]
        return Decimal(total) / MICRO

    # ── inside ───────────────────────────────────────────────────────────────────────────────────────────────────

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        self._db.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            self._db.execute("ROLLBACK")
            raise
        self._db.execute("COMMIT")

    def _next_rev(self) -> int:
        row = self._db.execute("UPDATE meta SET value = value + 1 WHERE key = 'rev' RETURNING value").fetchone()
        return int(row["value"])

    def _update(self, task_id: str, values: Mapping[str, Any]) -> None:
        stored = {name: store(name, value, self._media) for name, value in values.items()}
        stored["rev"] = self._next_rev()
        names = ", ".join(f"{name} = ?" for name in stored)
        self._db.execute(f"UPDATE tasks SET {names} WHERE id = ?", (*stored.values(), task_id))

    def _note(self, task_id: str, was: Status | None, now: Status, detail: Mapping[str, Any]) -> None:
        self._db.execute(
            "INSERT INTO events (task_id, at, who, was, now, detail) VALUES (?, ?, ?, ?, ?, ?)",
            (task_id, milliseconds(self._now()), self._who, was, now, json.dumps(detail, ensure_ascii=False)),
        )

    def _must(self, task_id: str) -> Task:
        return self._task(self._db.execute("SELECT * FROM tasks WHERE id = ?", (task_id,)).fetchone())

    def _task(self, row: sqlite3.Row) -> Task:
        return task_of(row, self._media)


def _connect(path: Path) -> sqlite3.Connection:
    db = sqlite3.connect(path, isolation_level=None, timeout=15.0, check_same_thread=False)
    db.row_factory = sqlite3.Row
    db.execute("PRAGMA journal_mode = WAL")
    db.execute("PRAGMA synchronous = FULL")
    db.execute("PRAGMA foreign_keys = ON")
    path.chmod(0o600)
    return db


def _migrate(db: sqlite3.Connection) -> None:
    version = int(db.execute("PRAGMA user_version").fetchone()[0])
    if version > len(MIGRATIONS):
        raise LibraryTooNew(
            f"this library has format {version}; this version of rushes knows formats up to {len(MIGRATIONS)}. "
            "Nothing was changed. Install a newer rushes, or choose another home with --home"
        )
    if version == len(MIGRATIONS):
        return
    db.execute("BEGIN IMMEDIATE")
    # Another process may have migrated while this one waited for the lock.
    version = int(db.execute("PRAGMA user_version").fetchone()[0])
    for number, step in enumerate(MIGRATIONS[version:], start=version + 1):
        step(db)
        db.execute(f"PRAGMA user_version = {number}")
    db.execute("COMMIT")


def _broken(path: Path, error: sqlite3.DatabaseError) -> LibraryError:
    """A damaged file is moved aside, never deleted; a locked or read-only one is left as it is."""
    if isinstance(error, sqlite3.OperationalError):
        return LibraryError(f"the library {path} cannot be opened: {error}")
    kept = path.with_name(f"{path.name}.damaged-{datetime.now(UTC):%Y%m%dT%H%M%S}")
    path.replace(kept)
    for suffix in ("-wal", "-shm"):
        side = path.with_name(path.name + suffix)
        if side.exists():
            side.replace(kept.with_name(kept.name + suffix))
    return LibraryBroken(
        f"the library is damaged ({error}); it was kept as {kept.name}. "
        "`rushes reindex` rebuilds it from the files beside the clips",
        kept,
    )


def _conditions(query: str, statuses: Sequence[Status]) -> tuple[list[str], list[Any]]:
    parsed = parse(query)
    where, values = list(parsed.where), list(parsed.values)
    if statuses:
        where.append(f"status IN ({', '.join('?' for _ in statuses)})")
        values.extend(status.value for status in statuses)
    if parsed.match:
        where.append("seq IN (SELECT rowid FROM words WHERE words MATCH ?)")
        values.append(parsed.match)
    return where, values


def _cursor(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) < 19):
        raise LookupError("that cursor is not one that this program gave")
    return int(text)


def _pairs(readings: Any) -> tuple[tuple[float, float], ...]:
    return tuple((float(part), float(at)) for part, at in readings or ())
