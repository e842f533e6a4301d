"""Books: what the ledger and the tasks say about money, for budgets, for `rushes spend`, and for reconciling.

Two questions are kept apart. *Used* counts for budgets: charged, else estimated, else quoted, of everything that was
sent in a span, in flight or not. *Spent* is the ledger: what was booked, by the day it counts for. Days are UTC.
Practice is never part of a sum unless it is asked for. Amounts leave here as Decimal USD.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from itertools import groupby

from providers.values import dataclass
from rushes.library.rows import MICRO, milliseconds, time_of
from rushes.money.budgets import Used
from rushes.money.ledger import BALANCE, EntryKind

__all__ = ["Balance", "Books", "Contradiction", "Entry", "Flying", "Group", "Sums", "day_number", "day_of"]

EPOCH = date(1970, 1, 1)
KEPT = 4
"""Stars from which a take counts as kept."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the ledger. `usd` is None where nobody knows the sum; `day` is the one that it counts for."""

    at: datetime
    day: date
    task_id: str
    press: int
    kind: EntryKind
    usd: Decimal | None
    source: str
    provider: str
    model: str
    practice: bool


@dataclass(frozen=True, slots=True)
class Sums:
    """Totals of a span. `charged` is net: charges, refunds and corrections. `unknown` presses have no known price."""

    quoted: Decimal = Decimal(0)
    estimated: Decimal = Decimal(0)
    charged: Decimal = Decimal(0)
    refunded: Decimal = Decimal(0)
    unsettled: Decimal = Decimal(0)
    presses: int = 0
    unknown: int = 0


@dataclass(frozen=True, slots=True)
class Group:
    """The sums of one provider, one model, one tag or one day, with how many takes were kept."""

    name: str
    sums: Sums
    takes: int = 0
    kept: int = 0

    @property
    def per_kept(self) -> Decimal | None:
        """What a kept take has cost; None while none was kept."""
        return self.sums.charged / self.kept if self.kept else None


@dataclass(frozen=True, slots=True)
class Flying:
    """What is at the vendors now: how many tasks, and what they may still cost beyond what is charged."""

    tasks: int
    usd: Decimal
    unknown: int


@dataclass(frozen=True, slots=True)
class Contradiction:
    """A vendor's estimate that did not agree with our price table of a date."""

    provider: str
    model: str
    table_of: str
    at: datetime
    quoted: Decimal
    estimated: Decimal


@dataclass(frozen=True, slots=True)
class Balance:
    """A vendor's balance as it was read, in its unit, and what had been booked for it until then."""

    at: datetime
    units: Decimal
    booked: Decimal


class Books:
    """The questions, and the few things that are written besides the ledger itself. One connection of one thread."""

    def __init__(self, db: sqlite3.Connection) -> None:
        self._db = db

    # ── budgets ──────────────────────────────────────────────────────────────────────────────────────────────────

    def used(self, since: datetime, provider: str = "") -> Used:
        """What counts against budgets since then; presses whose answer was lost count as well."""
        micro, clips, seconds = self._db.execute(_USED, (milliseconds(since), provider, provider)).fetchone()
        lost, presses = self._db.execute(_LOST, (milliseconds(since), provider, provider)).fetchone()
        return Used(_usd(micro + lost), clips + presses, seconds)

    def may_pass(self, task_id: str) -> bool:
        """Whether the person agreed to this task passing a budget."""
        row = self._db.execute("SELECT past_budget FROM tasks WHERE id = ?", (task_id,)).fetchone()
        return row is not None and bool(row[0])

    def flying(self, *, provider: str = "", practice: bool = False) -> Flying:
        """What is in flight, of all providers or of one."""
        tasks, micro, unknown = self._db.execute(_FLYING, (practice, provider, provider)).fetchone()
        return Flying(tasks, _usd(micro), unknown)

    # ── the ledger ───────────────────────────────────────────────────────────────────────────────────────────────

    def entries(self, first: date, last: date, *, provider: str = "", practice: bool = False) -> Iterator[Entry]:
        """Every entry that counts for these days, both included, in the order of writing."""
        values = (day_number(first), day_number(last), practice, provider, provider)
        for row in self._db.execute(_ENTRIES, values):
            yield _entry(row)

    def story(self, task_id: str) -> list[Entry]:
        """The entries of one task."""
        rows = self._db.execute("SELECT * FROM ledger WHERE task_id = ? ORDER BY seq", (task_id,))
        return [_entry(row) for row in rows]

    def total(self, first: date, last: date, *, provider: str = "", practice: bool = False) -> Sums:
        """The sums of a span of days, both included."""
        groups = self._groups("''", first, last, provider, practice=practice)
        return groups[0][1] if groups else Sums()

    def by_day(self, first: date, last: date, *, provider: str = "", practice: bool = False) -> list[tuple[date, Sums]]:
        """The days that have entries, oldest first."""
        groups = self._groups("day", first, last, provider, practice=practice)
        return [(day_of(number), sums) for (number, *_), sums in groups]

    def by_provider(self, first: date, last: date, *, provider: str = "", practice: bool = False) -> list[Group]:
        """Dearest first."""
        groups = self._groups("provider", first, last, provider, practice=practice)
        takes = self._takes("provider", first, last, practice=practice)
        return _dearest(Group(str(name), sums, *takes.get((name,), (0, 0))) for (name, *_), sums in groups)

    def by_model(self, first: date, last: date, *, provider: str = "", practice: bool = False) -> list[Group]:
        """Dearest first; the name is `provider model`."""
        groups = self._groups("provider, model", first, last, provider, practice=practice)
        takes = self._takes("provider, model", first, last, practice=practice)
        return _dearest(Group(" ".join(map(str, key)), sums, *takes.get(key, (0, 0))) for key, sums in groups)

    def by_tag(self, first: date, last: date, *, provider: str = "", practice: bool = False) -> list[Group]:
        """Dearest first. A take with two tags counts under both; what its task was charged, by the day it was sent."""
        values = (KEPT, *_span_ms(first, last), practice, provider, provider)
        return [
            Group(str(tag), Sums(_usd(quoted), _usd(estimated), _usd(charged), presses=presses), takes, kept)
            for tag, quoted, estimated, charged, presses, takes, kept in self._db.execute(_TAGS, values)
        ]

    def by_day_and_model(
        self, first: date, last: date, *, provider: str, practice: bool
    ) -> dict[tuple[date, str], Sums]:
        """For comparing with what a vendor says."""
        groups = self._groups("day, model", first, last, provider, practice=practice)
        return {(day_of(number), str(model)): sums for (number, model), sums in groups}

    def kept(self, first: date, last: date, *, provider: str = "", practice: bool = False) -> tuple[int, int]:
        """How many takes were made by presses of these days, and how many have four stars or more."""
        takes = self._takes("provider", first, last, practice=practice)
        chosen = [pair for (name, *_), pair in takes.items() if provider in ("", name)]
        return sum(made for made, _ in chosen), sum(kept for _, kept in chosen)

    def charged(self, provider: str, models: Sequence[str], *, practice: bool) -> Decimal:
        """Everything ever charged for a provider, net; of these models alone where any are named."""
        rows = self._db.execute(_EVER, (practice, provider)).fetchall()
        return _usd(sum(amount for model, amount in rows if not models or model in models))

    def check(self) -> list[str]:
        """What does not add up: nothing, unless the file was changed by another program."""
        wrong = self._db.execute(_OUT_OF_STEP).fetchall()
        found = [f"task {row[0]}: its row says {_usd(row[1])} USD charged, its entries {_usd(row[2])}" for row in wrong]
        days, rows = self._db.execute(_BOTH_SUMS).fetchone()
        return found if days == rows else [*found, f"the days add up to {_usd(days)} USD, the entries to {_usd(rows)}"]

    def _groups(
        self, by: str, first: date, last: date, provider: str, *, practice: bool
    ) -> list[tuple[tuple[int | str, ...], Sums]]:
        values = (practice, day_number(first), day_number(last), provider, provider)
        rows = self._db.execute(
            f"SELECT {by}, kind, sum(amount), sum(entries), sum(unknown) FROM ledger_days "  # noqa: S608 - our own names
            "WHERE practice = ? AND day BETWEEN ? AND ? AND (? = '' OR provider = ?) "
            f"GROUP BY {by}, kind ORDER BY {by}",
            values,
        ).fetchall()
        width = by.count(",") + 1
        grouped = groupby((tuple(row) for row in rows), key=lambda row: row[:width])
        return [(key, _sums([row[width:] for row in group])) for key, group in grouped]

    def _takes(
        self, by: str, first: date, last: date, *, practice: bool
    ) -> dict[tuple[int | str, ...], tuple[int, int]]:
        rows = self._db.execute(
            f"SELECT {by}, sum(file IS NOT NULL), sum(rating >= {KEPT}) FROM tasks "  # noqa: S608 - our own names
            f"WHERE charges_sent > 0 AND submitted_at >= ? AND submitted_at < ? AND practice = ? GROUP BY {by}",
            (*_span_ms(first, last), practice),
        )
        return {tuple(row)[:-2]: (row[-2], row[-1] or 0) for row in rows}

    # ── what is kept beside the ledger ───────────────────────────────────────────────────────────────────────────

    def contradict(self, found: Contradiction) -> None:
        """Marks a price table as contradicted by its vendor. Inside the caller's transaction."""
        values = (found.provider, found.model, found.table_of, milliseconds(found.at))
        amounts = (int(found.quoted * MICRO), int(found.estimated * MICRO))
        self._db.execute("INSERT OR REPLACE INTO contradicted VALUES (?, ?, ?, ?, ?, ?)", (*values, *amounts))

    def contradictions(self) -> list[Contradiction]:
        """Newest first, those of older tables included."""
        rows = self._db.execute("SELECT * FROM contradicted ORDER BY at DESC")
        return [
            Contradiction(provider, model, table, time_of(at), _usd(quoted), _usd(estimated))
            for provider, model, table, at, quoted, estimated in rows
        ]

    def last_balance(self, provider: str, *, practice: bool) -> Balance | None:
        """The newest reading."""
        sql = "SELECT at, units, booked FROM balances WHERE provider = ? AND practice = ? ORDER BY seq DESC LIMIT 1"
        row = self._db.execute(sql, (provider, practice)).fetchone()
        return None if row is None else Balance(time_of(row[0]), _usd(row[1]), _usd(row[2]))

    def keep_balance(self, provider: str, balance: Balance, *, practice: bool) -> None:
        """Remembers a reading for the next comparison."""
        values = (provider, practice, milliseconds(balance.at), int(balance.units * MICRO), int(balance.booked * MICRO))
        self._db.execute("INSERT INTO balances (provider, practice, at, units, booked) VALUES (?, ?, ?, ?, ?)", values)


def day_number(day: date) -> int:
    """Days since 1970."""
    return (day - EPOCH).days


def day_of(number: int | str) -> date:
    """The inverse of `day_number`."""
    return EPOCH + timedelta(days=int(number))


def _span_ms(first: date, last: date) -> tuple[int, int]:
    return day_number(first) * 86_400_000, (day_number(last) + 1) * 86_400_000


def _usd(micro: int) -> Decimal:
    return Decimal(micro) / MICRO


def _dearest(groups: Iterator[Group]) -> list[Group]:
    return sorted(groups, key=lambda group: (-group.sums.charged, group.name))


def _sums(rows: Sequence[tuple[str, int, int, int]]) -> Sums:
    of = {kind: (amount, entries, unknown) for kind, amount, entries, unknown in rows}
    nothing = (0, 0, 0)

    def micro(*kinds: EntryKind) -> int:
        return sum(of.get(kind, nothing)[0] for kind in kinds)

    quoted = of.get(EntryKind.QUOTED, nothing)
    return Sums(
        quoted=_usd(quoted[0]),
        estimated=_usd(micro(EntryKind.ESTIMATED, EntryKind.REESTIMATED)),
        charged=_usd(micro(*BALANCE)),
        refunded=-_usd(micro(EntryKind.REFUND)),
        unsettled=_usd(micro(EntryKind.UNSETTLED)),
        presses=quoted[1],
        unknown=quoted[2],
    )


def _entry(row: sqlite3.Row) -> Entry:
    return Entry(
        at=time_of(row["at"]),
        day=day_of(row["day"]),
        task_id=row["task_id"],
        press=row["press"],
        kind=EntryKind(row["kind"]),
        usd=None if row["amount"] is None else _usd(row["amount"]),
        source=row["source"],
        provider=row["provider"],
        model=row["model"],
        practice=bool(row["practice"]),
    )


# The length that a shot asks for stands in its parameters as a number or as `5s`; SQLite reads both as a number.
_USED = """
SELECT coalesce(sum(coalesce(charged, estimated, quoted, 0)), 0),
    count(*) FILTER (WHERE coalesce(charged, 1) > 0),
    coalesce(sum(coalesce(duration_s, CAST(json_extract(params, '$.duration') AS REAL), 0))
        FILTER (WHERE coalesce(charged, 1) > 0), 0.0)
FROM tasks WHERE charges_sent > 0 AND submitted_at >= ? AND practice = 0 AND status != 'QUEUED'
    AND coalesce(quoted, 1) > 0 AND (? = '' OR provider = ?)
"""
# A send with an unknown outcome that another press followed, or was to follow: it may have been charged beside what the
# row says. A row that says nothing was charged means the press that was taken back, or refused.
_LOST = """
SELECT coalesce(sum(coalesce(tasks.estimated, tasks.quoted)), 0), count(*)
FROM sends JOIN tasks ON tasks.id = sends.task_id
WHERE sends.sent_at >= ? AND sends.outcome IN ('unknown', 'accepted') AND sends.practice = 0
    AND coalesce(tasks.quoted, 1) > 0 AND (tasks.nonce != sends.nonce OR tasks.status = 'QUEUED'
        OR (sends.outcome = 'unknown' AND tasks.charged = 0))
    AND (? = '' OR sends.provider = ?)
"""
_FLYING = """
SELECT count(*), coalesce(sum(CASE WHEN charged IS NULL THEN coalesce(estimated, quoted, 0) ELSE 0 END), 0),
    coalesce(sum(coalesce(charged, estimated, quoted) IS NULL), 0)
FROM tasks WHERE status IN ('SUBMITTING', 'UNCERTAIN', 'PENDING', 'THROTTLED', 'RUNNING', 'DOWNLOADING')
    AND practice = ? AND (? = '' OR provider = ?)
"""
_ENTRIES = """
SELECT * FROM ledger WHERE day BETWEEN ? AND ? AND practice = ? AND (? = '' OR provider = ?) ORDER BY seq
"""
_TAGS = """
SELECT json_each.value, coalesce(sum(quoted), 0), coalesce(sum(estimated), 0), coalesce(sum(charged), 0), count(*),
    sum(file IS NOT NULL), coalesce(sum(rating >= ?), 0)
FROM tasks, json_each(tasks.tags)
WHERE charges_sent > 0 AND submitted_at >= ? AND submitted_at < ? AND practice = ? AND (? = '' OR provider = ?)
GROUP BY json_each.value ORDER BY 4 DESC, 1
"""
_EVER = """
SELECT model, sum(amount) FROM ledger_days
WHERE practice = ? AND provider = ? AND kind IN ('charged', 'refund', 'correction') GROUP BY model
"""
_OUT_OF_STEP = """
SELECT tasks.id, coalesce(charged, 0), coalesce(booked, 0) FROM tasks LEFT JOIN (
    SELECT task_id, sum(amount) AS booked FROM ledger WHERE kind IN ('charged', 'refund', 'correction') GROUP BY task_id
) AS sums ON sums.task_id = tasks.id WHERE coalesce(charged, 0) != coalesce(booked, 0)
"""
_BOTH_SUMS = "SELECT (SELECT coalesce(sum(amount), 0) FROM ledger_days), (SELECT coalesce(sum(amount), 0) FROM ledger)"
