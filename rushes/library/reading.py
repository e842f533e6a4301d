"""Reading the library: tasks, pages, stories, and what has been spent. `Library` adds the writing."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from providers.sources import SHORTEST_PART
from providers.values import dataclass
from rushes.library import finding
from rushes.library.opening import ANEW
from rushes.library.rows import milliseconds, time_of
from rushes.library.takes import Takes
from rushes.money.books import Books
from rushes.task import ENDED, Status, Task, stamp
from rushes.tasks import sends
from rushes.tasks.exchanges import Exchange, Said
from rushes.tasks.sends import Outcome, Send

__all__ = ["Event", "Page", "Ran", "Reading"]

_ENDED = ", ".join(f"'{status}'" for status in sorted(ENDED))


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
        return {"at": stamp(self.at), "who": self.who, "was": self.was, "now": self.now, "detail": dict(self.detail)}


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


class Reading(Takes):
    """The questions about tasks, beside those about takes."""

    @property
    def books(self) -> Books:
        """What the ledger and the tasks say about money."""
        return Books(self._db)

    def get(self, task_id: str) -> Task | None:
        """By id, or by the only id that begins or ends so. Raises LookupError where several do."""
        row = self._db.execute("SELECT * FROM tasks WHERE id = ?", (task_id.upper(),)).fetchone()
        if row is not None:
            return self._task(row)
        if not task_id.isalnum():
            return None
        pattern = task_id.upper()
        rows = self._db.execute(
            "SELECT * FROM tasks WHERE id LIKE ? OR id LIKE ? LIMIT 2", (f"{pattern}%", f"%{pattern}")
        ).fetchall()
        if len(rows) > 1:
            raise LookupError(f"{task_id} fits several tasks; give more of the id")
        if rows and len(task_id) < SHORTEST_PART:
            raise LookupError(f"{task_id} is too little of an id; give {SHORTEST_PART} letters or more")
        return self._task(rows[0]) if rows else None

    def knows(self, task_id: str) -> bool:
        """Whether there is a task of exactly this id."""
        return self._db.execute("SELECT 1 FROM tasks WHERE id = ?", (task_id,)).fetchone() is not None

    def owner(self, task_id: str) -> str | None:
        """Who carries it."""
        row = self._db.execute("SELECT owner FROM tasks WHERE id = ?", (task_id,)).fetchone()
        return None if row is None else row["owner"]

    def made_with(self, task_id: str) -> str | None:
        """The mark of the key that it was made with; None where nobody wrote it down."""
        row = self._db.execute("SELECT made_with FROM tasks WHERE id = ?", (task_id,)).fetchone()
        return None if row is None else row["made_with"]

    def others(self, owner: str = "") -> dict[str, int]:
        """The processes of this home but `owner`, with the last word of each (milliseconds of its own clock)."""
        return dict(self._db.execute("SELECT id, seen FROM owners WHERE id != ?", (owner,)))

    def active(self) -> list[Task]:
        """All tasks that have not ended, oldest first."""
        rows = self._db.execute(f"SELECT * FROM tasks WHERE status NOT IN ({_ENDED}) ORDER BY seq")
        return [self._task(row) for row in rows]

    def orphans(self) -> list[Task]:
        """Tasks under way that no living process carries, oldest first. What was never sent waits for a person."""
        rows = self._db.execute(
            f"SELECT * FROM tasks WHERE status NOT IN ({_ENDED}) AND status != 'QUEUED' "
            "AND (owner IS NULL OR owner NOT IN (SELECT id FROM owners)) ORDER BY seq"
        )
        return [self._task(row) for row in rows]

    def at_work(self, provider: str, *, practice: bool, model: str | None = None) -> int:
        """How many tasks a provider, or one model of it, has been sent and has not ended, by every process."""
        only = "" if model is None else " AND model = ?"
        values = (provider, practice, *([] if model is None else [model]))
        sql = "SELECT count(*) FROM tasks WHERE status IN ('SUBMITTING', 'PENDING', 'THROTTLED', 'RUNNING') "
        return int(self._db.execute(f"{sql}AND provider = ? AND practice = ?{only}", values).fetchone()[0])

    def stirred_since(self, task: Task, since: datetime) -> bool:
        """Whether another task of its provider was sent, ran or ended after a moment, so that it may have cost."""
        sql = (
            "SELECT 1 FROM tasks WHERE provider = ? AND practice = ? AND id != ? AND charges_sent > 0 "
            f"AND (submitted_at >= ? OR finished_at >= ? OR status NOT IN ({_ENDED}, 'QUEUED')) LIMIT 1"
        )
        at = milliseconds(since)
        return self._db.execute(sql, (task.shot.provider, task.practice, task.id, at, at)).fetchone() is not None

    def cancel_asked(self, task_id: str) -> bool:
        """Whether a cancel of it was asked for, whatever the vendor answered."""
        row = self._db.execute("SELECT cancel_asked FROM tasks WHERE id = ?", (task_id,)).fetchone()
        return row is not None and row["cancel_asked"] is not None

    def paused(self) -> bool:
        """Whether nothing new may be sent."""
        row = self._db.execute("SELECT value FROM meta WHERE key = 'paused'").fetchone()
        return row is not None and bool(row["value"])

    def begun_anew(self) -> bool:
        """Whether it was begun beside what an earlier library left, and was not rebuilt since."""
        return self._db.execute("SELECT 1 FROM meta WHERE key = ?", (ANEW,)).fetchone() is not None

    def rate_wait(self, task_id: str, *, per_minute: int) -> float:
        """Seconds until another send keeps to so many a minute."""
        return sends.rate_wait(self._db, task_id, self._now(), per_minute=per_minute)

    def sent_since(self, task: Task, since: datetime) -> int:
        """How many of a task's model a vendor took, or may have taken, from a moment on."""
        return sends.taken_since(self._db, task.id, since)[0]

    def oldest_sent(self, task: Task, since: datetime) -> datetime | None:
        """When the first of these was sent."""
        return sends.taken_since(self._db, task.id, since)[1]

    def last_send(self, task_id: str) -> Send | None:
        """A task's newest billable request."""
        return sends.latest(self._db, task_id)

    def rivals(self, send: Send, *, reach: timedelta) -> list[Send]:
        """This send and the open ones that a list cannot tell from it, by time of sending."""
        return sends.rivals(self._db, send, reach=reach)

    def claimable(self, task: Task, send: Send, found: Sequence[str], *, reach: timedelta) -> str | None:
        """Which of the vendor's tasks (ids, oldest first) this send made; None where a mistake is possible.

        It is certain when the vendor has exactly as many that nobody owns as there are open sends like this one, none
        of which is still in the air: then each send made one. Which made which does not matter where all are the same
        request; where they are only alike (the list does not show the pictures, or nothing at all), nobody can say.
        """
        owned = self.owned_vendor_ids(task.shot.provider, practice=task.practice, vendor_ids=found)
        free = [each for each in found if each not in owned]
        line = self.rivals(send, reach=reach)
        if len(free) != len(line) or any(each.outcome is not Outcome.UNKNOWN for each in line):
            return None
        if len(line) > 1 and sends.kinds(self._db, line) > 1:
            return None
        return next((mine for mine, each in zip(free, line, strict=True) if each.nonce == send.nonce), None)

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
        """A page of takes, by keyset, newest first unless the query sorts. Raises SearchProblem, LookupError."""
        rows, following = finding.rows(self._db, query, cursor=cursor, limit=limit, statuses=statuses)
        return Page(tuple(map(self._task, rows)), following)

    def count(self, query: str = "") -> int:
        """How many takes a query finds."""
        return finding.total(self._db, query)

    def events(self, task_id: str) -> list[Event]:
        """A task's whole story, oldest first."""
        rows = self._db.execute("SELECT * FROM events WHERE task_id = ? ORDER BY seq", (task_id,))
        return [
            Event(time_of(row["at"]), row["who"], row["was"], row["now"], json.loads(row["detail"])) for row in rows
        ]

    def exchanges(self, task_id: str) -> list[Exchange]:
        """What was said to and by the vendor about a task, in order."""
        rows = self._db.execute("SELECT press, said, at, data FROM exchanges WHERE task_id = ?", (task_id,))
        found = [Exchange(row["press"], Said(row["said"]), time_of(row["at"]), json.loads(row["data"])) for row in rows]
        order = list(Said)
        return sorted(found, key=lambda each: (each.press, order.index(each.said)))

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
        known = f"provider = ? AND practice = ? AND vendor_id IN ({marks})"
        rows = self._db.execute(
            f"SELECT vendor_id FROM tasks WHERE {known} UNION SELECT vendor_id FROM sends WHERE {known}",
            (provider, practice, *vendor_ids) * 2,
        )
        return {row["vendor_id"] for row in rows}

    def _must(self, task_id: str) -> Task:
        return self._task(self._db.execute("SELECT * FROM tasks WHERE id = ?", (task_id,)).fetchone())


def _pairs(readings: Any) -> tuple[tuple[float, float], ...]:
    return tuple((float(part), float(at)) for part, at in readings or ())
