"""The ledger: what each press was quoted, estimated and charged, as entries that are written once and never changed.

Entries follow from the change of a task's row and are written in the same transaction, so that polling often, crashing
in between or working from several processes cannot book anything twice. The amounts of `charged`, `refund` and
`correction` of a task always add up to what its row says was charged. Amounts are millionths of a dollar.

A trigger keeps a sum for each day, provider, model and kind; sums are read from there. Not for budgets: those count
what is in flight as well (see `rushes.spend`).
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum

from providers.values import dataclass
from rushes.task import Status

__all__ = ["AT_SEND", "BALANCE", "DAY_MS", "Booked", "EntryKind", "book_new", "booked", "booking", "close_press"]

DAY_MS = 86_400_000
AT_SEND = "charged when the vendor took it, by the price table"
"""The source of a charge that a vendor takes with the request and does not tell."""


class EntryKind(StrEnum):
    """What an entry says. `unsettled`: a press that nobody watches any more, and that may have cost this."""

    QUOTED = "quoted"
    ESTIMATED = "estimated"
    REESTIMATED = "reestimated"
    CHARGED = "charged"
    REFUND = "refund"
    CORRECTION = "correction"
    UNSETTLED = "unsettled"


BALANCE = frozenset({EntryKind.CHARGED, EntryKind.REFUND, EntryKind.CORRECTION})
"""The kinds that add up to what was charged."""

_REPEATED = frozenset({EntryKind.REESTIMATED, EntryKind.REFUND, EntryKind.CORRECTION, EntryKind.UNSETTLED})
_OPEN = frozenset({Status.QUEUED, Status.SUBMITTING})
_SENT_AGAIN = "its answer was lost, and it was sent again by a press"
_CAME_LATE = "the vendor's word about it came after all"
_GIVEN_UP = "nobody watches it any more; whether it was charged is not known"
_GIVES_BACK = frozenset({Status.FAILED, Status.CANCELLED})


@dataclass(frozen=True, slots=True)
class Booked:
    """One entry to be. `micro` is None where nobody knows the sum; `today`: it counts for the day it is written."""

    kind: EntryKind
    micro: int | None
    source: str
    today: bool = False


@contextmanager
def booked(db: sqlite3.Connection, task_id: str, at: int) -> Iterator[None]:
    """Books what the block changes of one task, in the caller's transaction; `at` in milliseconds since 1970."""
    before = _row(db, task_id)
    yield
    after = _row(db, task_id)
    if after is not None and (before is None or tuple(before) != tuple(after)):
        _book(db, before, after, at)


def book_new(db: sqlite3.Connection, task_id: str, at: int) -> None:
    """Books what a row that has just been written brings with it, in the caller's transaction."""
    after = _row(db, task_id)
    if after is not None:
        _book(db, None, after, at)


def close_press(db: sqlite3.Connection, task_id: str, press: int, at: int) -> None:
    """Takes back what is booked as unsettled for one press: what became of it is known, and booked elsewhere."""
    if not (open_ := _unsettled(db, task_id, press)):
        return
    db.execute(
        "INSERT INTO ledger (task_id, press, kind, nth, at, day, amount, source, provider, model, practice) "
        "SELECT task_id, press, kind, count(*), ?, max(day), ?, ?, provider, model, practice FROM ledger "
        "WHERE task_id = ? AND press = ? AND kind = 'unsettled'",
        (at, -open_, _CAME_LATE, task_id, press),
    )


_ROW = (
    "SELECT id, provider, model, practice, status, vendor_id, charges_sent, submitted_at, quoted, estimated, charged, "
    "quote_source, charge_source FROM tasks WHERE id = ?"
)


def _row(db: sqlite3.Connection, task_id: str) -> sqlite3.Row | None:
    row: sqlite3.Row | None = db.execute(_ROW, (task_id,)).fetchone()
    return row


def _book(db: sqlite3.Connection, before: sqlite3.Row | None, after: sqlite3.Row, at: int) -> None:
    press = after["charges_sent"]
    known = _known(db, after["id"], press)
    had = EntryKind.QUOTED in known, EntryKind.CHARGED in known
    open_ = _unsettled(db, after["id"], press) if EntryKind.UNSETTLED in known else 0
    for entry in booking(before, after, quoted=had[0], charged=had[1], unsettled=open_):
        nth = known.get(entry.kind, 0)
        if nth and entry.kind not in _REPEATED:
            continue
        sent = at if entry.today or after["submitted_at"] is None else after["submitted_at"]
        row = (after["id"], press, entry.kind, nth, at, sent // DAY_MS, entry.micro, entry.source)
        db.execute(_INSERT, (*row, after["provider"], after["model"], after["practice"]))


_INSERT = (
    "INSERT INTO ledger (task_id, press, kind, nth, at, day, amount, source, provider, model, practice) "
    "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
)


def _known(db: sqlite3.Connection, task_id: str, press: int) -> dict[str, int]:
    """How many entries of each kind there are for a press."""
    found = db.execute(
        "SELECT kind, count(*) FROM ledger WHERE task_id = ? AND press = ? GROUP BY kind", (task_id, press)
    )
    return {str(kind): int(count) for kind, count in found}


def _unsettled(db: sqlite3.Connection, task_id: str, press: int) -> int | None:
    """What of a press is booked as unsettled now; None where that has no known price."""
    found = db.execute(
        "SELECT amount FROM ledger WHERE task_id = ? AND press = ? AND kind = 'unsettled'", (task_id, press)
    ).fetchall()
    return None if any(row["amount"] is None for row in found) else sum(row["amount"] for row in found)


def booking(
    before: sqlite3.Row | None,
    after: sqlite3.Row,
    *,
    quoted: bool = False,
    charged: bool = False,
    unsettled: int | None = 0,
) -> Iterator[Booked]:
    """The entries that a change asks for. `quoted`, `charged`, `unsettled`: what this press has had booked. Pure."""
    took = _was_taken(before, after)
    if took:
        yield Booked(EntryKind.QUOTED, after["quoted"], after["quote_source"])
    if (estimate := _estimate(before, after)) is not None:
        yield estimate
    if (charge := _charge(before, after, is_quoted=quoted or took, is_charged=charged)) is not None:
        yield charge
    if (doubt := _doubt(before, after, unsettled, is_quoted=quoted or took)) is not None:
        yield doubt


def _doubt(before: sqlite3.Row | None, after: sqlite3.Row, unsettled: int | None, *, is_quoted: bool) -> Booked | None:
    """What nobody watches and nobody settled is open; it is taken back once the vendor's word about it is here."""
    now = after["status"]
    given_up = now in _GIVES_BACK and after["charged"] is None and is_quoted
    again = before is not None and before["status"] == Status.UNCERTAIN and now == Status.QUEUED
    if (given_up or again) and unsettled == 0:
        sum_ = after["quoted"] if after["estimated"] is None else after["estimated"]
        return Booked(EntryKind.UNSETTLED, sum_, _SENT_AGAIN if again else _GIVEN_UP)
    # What is taken back, or refused, before it is sent again says nothing about the press before.
    unsent = now in _OPEN or (now in _GIVES_BACK and before is not None and before["status"] in _OPEN)
    if unsettled and not (unsent or given_up):
        return Booked(EntryKind.UNSETTLED, -unsettled, _CAME_LATE)
    return None


def _was_taken(before: sqlite3.Row | None, after: sqlite3.Row) -> bool:
    """Whether a vendor took the press with this change, or may have taken it."""
    if after["charges_sent"] < 1 or after["status"] in _OPEN:
        return False
    was_open = before is None or before["status"] == Status.SUBMITTING
    return was_open and not (after["status"] in _GIVES_BACK and after["vendor_id"] is None)


def _estimate(before: sqlite3.Row | None, after: sqlite3.Row) -> Booked | None:
    was = None if before is None else before["estimated"]
    now = after["estimated"]
    if now is None or now == was:
        return None
    if was is None:
        return Booked(EntryKind.ESTIMATED, now, "the vendor, when it took it")
    return Booked(EntryKind.REESTIMATED, now - was, "the vendor, later")


def _charge(before: sqlite3.Row | None, after: sqlite3.Row, *, is_quoted: bool, is_charged: bool) -> Booked | None:
    was = None if before is None else before["charged"]
    now = after["charged"]
    difference = (now or 0) - (was or 0)
    if now == was or (difference == 0 and (is_charged or not is_quoted)):
        return None
    if not is_charged:
        return Booked(EntryKind.CHARGED, difference, _source(before, after))
    if difference < 0 and after["status"] in _GIVES_BACK:
        return Booked(EntryKind.REFUND, difference, _source(before, after), today=True)
    return Booked(EntryKind.CORRECTION, difference, _source(before, after), today=True)


def _source(before: sqlite3.Row | None, after: sqlite3.Row) -> str:
    """What the writer of the change said; else the rule that it followed."""
    said = after["charge_source"]
    if said is not None and (before is None or before["charge_source"] != said):
        return str(said)
    words = {Status.FAILED: "what failed is given back", Status.CANCELLED: "what was cancelled is given back"}
    return words.get(after["status"], "by the price table")
