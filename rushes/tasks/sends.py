"""Sends: each billable request that may have left this machine, and what became of it. Statements inside a transaction.

A task is one press of Generate; it may take several sends (a full vendor, a line that was down), of which one at most
is accepted. A send whose outcome nobody knows stays open for ever, whatever happens to its task: as long as the vendor
may have made something of it, no other task may take what it made.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Sequence
from datetime import datetime, timedelta
from enum import StrEnum

from providers.values import dataclass
from rushes.library.rows import milliseconds, time_of

__all__ = [
    "Outcome",
    "Send",
    "add",
    "kinds",
    "latest",
    "move",
    "named",
    "press_of",
    "rate_wait",
    "rivals",
    "settle",
    "taken_since",
]


class Outcome(StrEnum):
    """What became of one send."""

    AIR = "air"
    UNKNOWN = "unknown"
    ACCEPTED = "accepted"
    REFUSED = "refused"
    NOT_SENT = "not_sent"


@dataclass(frozen=True, slots=True)
class Send:
    """One billable request. `likeness` is equal for requests that a vendor's list cannot tell apart."""

    nonce: str
    task_id: str
    likeness: str
    sent_at: datetime
    outcome: Outcome


def add(db: sqlite3.Connection, send: Send) -> None:
    """Writes a send of a task, before it leaves."""
    db.execute(
        "INSERT INTO sends (nonce, task_id, provider, model, practice, likeness, sent_at, outcome) "
        "SELECT ?, id, provider, model, practice, ?, ?, ? FROM tasks WHERE id = ?",
        (send.nonce, send.likeness, milliseconds(send.sent_at), send.outcome, send.task_id),
    )


def latest(db: sqlite3.Connection, task_id: str) -> Send | None:
    """A task's newest send."""
    row = db.execute("SELECT * FROM sends WHERE task_id = ? ORDER BY rowid DESC LIMIT 1", (task_id,)).fetchone()
    return None if row is None else _send(row)


def settle(db: sqlite3.Connection, nonce: str, outcome: Outcome, vendor_id: str | None = None) -> None:
    """Writes what became of a send."""
    db.execute("UPDATE sends SET outcome = ?, vendor_id = ? WHERE nonce = ?", (outcome, vendor_id, nonce))


def named(db: sqlite3.Connection, nonce: str) -> Send | None:
    """The send of a nonce."""
    row = db.execute("SELECT * FROM sends WHERE nonce = ?", (nonce,)).fetchone()
    return None if row is None else _send(row)


def press_of(db: sqlite3.Connection, nonce: str) -> int:
    """Which of its task's billable requests that left (1 is the first) a send is."""
    row = db.execute(
        "SELECT count(*) FROM sends AS mine JOIN sends AS each USING (task_id) "
        "WHERE mine.nonce = ? AND each.rowid <= mine.rowid AND each.outcome != ?",
        (nonce, Outcome.NOT_SENT),
    ).fetchone()
    return int(row[0])


def move(db: sqlite3.Connection, nonce: str, task_id: str) -> None:
    """Gives a send to another task."""
    db.execute("UPDATE sends SET task_id = ? WHERE nonce = ?", (task_id, nonce))


def rivals(db: sqlite3.Connection, send: Send, *, reach: timedelta) -> list[Send]:
    """This send and all open ones that a list cannot tell from it, in the order in which they were written down.

    Sends further apart than `reach` are not mistaken for each other; a chain of nearer ones belongs together.
    """
    rows = db.execute(
        "SELECT alike.* FROM sends AS mine JOIN sends AS alike ON alike.likeness = mine.likeness "
        "AND alike.provider = mine.provider AND alike.practice = mine.practice WHERE mine.nonce = ? "
        "AND (alike.outcome IN ('air', 'unknown') OR alike.nonce = mine.nonce) ORDER BY alike.rowid",
        (send.nonce,),
    )
    written = [_send(row) for row in rows]
    chain: list[Send] = []
    for each in sorted(written, key=lambda each: each.sent_at):
        if chain and each.sent_at - chain[-1].sent_at > reach:
            if any(link.nonce == send.nonce for link in chain):
                break
            chain = []
        chain.append(each)
    return [each for each in written if each in chain]


def kinds(db: sqlite3.Connection, alike: Sequence[Send]) -> int:
    """How many different requests these are. One whose task is gone for good is like no other."""
    row = db.execute(
        "SELECT count(DISTINCT coalesce(body_hash, sends.nonce)) AS found FROM sends "
        "LEFT JOIN tasks ON tasks.id = task_id WHERE sends.nonce IN (SELECT value FROM json_each(?))",
        (json.dumps([each.nonce for each in alike]),),
    ).fetchone()
    return int(row["found"])


def rate_wait(db: sqlite3.Connection, task_id: str, now: datetime, *, per_minute: int) -> float:
    """Seconds until another send to the task's provider keeps to so many a minute, by every process; 0 is at once."""
    row = db.execute(
        "SELECT sends.sent_at FROM sends JOIN tasks USING (provider, practice) WHERE tasks.id = ? AND outcome != ? "
        "AND sends.sent_at <= ? ORDER BY sends.sent_at DESC LIMIT 1 OFFSET ?",
        (task_id, Outcome.NOT_SENT, milliseconds(now), per_minute - 1),
    ).fetchone()
    return 0.0 if row is None else max(0.0, 60.0 - (now - time_of(row["sent_at"])).total_seconds())


def taken_since(db: sqlite3.Connection, task_id: str, since: datetime) -> tuple[int, datetime | None]:
    """How many of the task's model a vendor took, or may have taken, from a moment on, and when the first was sent."""
    row = db.execute(
        "SELECT count(*) AS sent, min(sends.sent_at) AS first FROM sends JOIN tasks USING (provider, practice, model) "
        "WHERE tasks.id = ? AND sends.sent_at >= ? AND sends.outcome IN ('air', 'unknown', 'accepted')",
        (task_id, milliseconds(since)),
    ).fetchone()
    return int(row["sent"]), None if row["first"] is None else time_of(row["first"])


def _send(row: sqlite3.Row) -> Send:
    return Send(row["nonce"], row["task_id"], row["likeness"], time_of(row["sent_at"]), Outcome(row["outcome"]))
