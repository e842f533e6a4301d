"""Intake: whether an order is accepted, what becomes of it, and what it costs. Functions inside one transaction.

The limits are those of `Options`; the world opens the transaction and keeps the result.
"""

from __future__ import annotations

import hashlib
import sqlite3
import uuid
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any

from providers.sandbox import store as rows
from providers.sandbox.jobs import Clip, Job, Phase, free_slot
from providers.sandbox.options import DAY_S, Options
from providers.sandbox.store import unmicro
from providers.sandbox.triggers import Triggers

__all__ = ["Denied", "Order", "admit", "balance", "make_job", "move_up", "settle"]

MINUTE_S = 60.0


@dataclass(frozen=True, slots=True)
class Order:
    """A create request that a dialect has checked. Money is in the vendor's unit; see `Job` for the three amounts.

    `queues`: over the concurrency limit it waits (Runway's THROTTLED) instead of being denied (Luma's 429).
    """

    vendor: str
    account: str
    model: str
    operation: str
    clip: Clip
    request: dict[str, Any] = field(repr=False)
    lane: str = ""
    price: Decimal = Decimal(0)
    final: Decimal | None = None
    kept: Decimal = Decimal(0)
    fail: str | None = None
    triggers: Triggers = field(default_factory=Triggers)
    queues: bool = False
    daily: int | None = None


class Denied(Exception):
    """An order that is not accepted: `rate`, `concurrent`, `daily` or `credits`. `retry_after` is in seconds."""

    def __init__(self, why: str, retry_after: float = 0.0, limit: int = 0) -> None:
        super().__init__(why)
        self.why = why
        self.retry_after = retry_after
        self.limit = limit


def admit(db: sqlite3.Connection, options: Options, order: Order, now: float) -> None:
    """Lets an order pass, or raises Denied."""
    mine = (order.vendor, order.account)
    per_minute = options.creates_per_minute.get(order.vendor)
    if per_minute is not None:
        recent = "vendor = ? AND account = ? AND created_at > ?"
        if rows.count(db, recent, (*mine, now - MINUTE_S)) >= per_minute:
            raise Denied("rate", _until_slot(db, order, now, per_minute), per_minute)
    slots = options.concurrent.get(order.vendor)
    if slots is not None and not order.queues:
        busy = "vendor = ? AND account = ? AND lane = ? AND ends_at > ?"
        if rows.count(db, busy, (*mine, order.lane, now)) >= slots:
            raise Denied("concurrent", MINUTE_S, slots)
    if order.daily is not None:
        today = "vendor = ? AND account = ? AND model = ? AND created_at > ?"
        if rows.count(db, today, (*mine, order.model, now - DAY_S)) >= order.daily:
            raise Denied("daily", 0.0, order.daily)
    if order.price and balance(db, options, *mine) < order.price:
        raise Denied("credits")


def _until_slot(db: sqlite3.Connection, order: Order, now: float, per_minute: int) -> float:
    query = "SELECT created_at FROM job WHERE vendor = ? AND account = ? ORDER BY seq DESC LIMIT 1 OFFSET ?"
    row = db.execute(query, (order.vendor, order.account, per_minute - 1)).fetchone()
    return max(1.0, row[0] + MINUTE_S - now) if row else MINUTE_S


def make_job(db: sqlite3.Connection, options: Options, order: Order, now: float, salt: str) -> Job:
    """The job that an accepted order becomes; over the concurrency limit it starts when a slot is free."""
    seq = rows.next_seq(db)
    digest = hashlib.sha256(f"{salt} {seq}".encode()).digest()
    queue_s, run_s = _times(options, order, digest)
    slots = options.concurrent.get(order.vendor)
    start_at = now
    if order.queues and slots is not None:
        lane = "vendor = ? AND account = ? AND lane = ? AND ends_at > ?"
        others = rows.find_jobs(db, lane, (order.vendor, order.account, order.lane, now))
        start_at = free_slot((each.ends_at for each in others), slots, now)
    return Job(
        seq=seq,
        id=str(uuid.UUID(bytes=digest[:16], version=4)),
        vendor=order.vendor,
        account=order.account,
        lane=order.lane,
        model=order.model,
        operation=order.operation,
        created_at=now,
        start_at=start_at,
        queue_s=queue_s,
        run_s=run_s,
        price=order.price,
        final=order.price if order.final is None else order.final,
        kept=order.kept,
        clip=replace(order.clip, broken=order.triggers.bad_clip),
        request=order.request,
        fail=order.fail if order.fail is not None else order.triggers.fail,
        word=order.triggers.word,
        silent=order.triggers.silent,
    )


def _times(options: Options, order: Order, digest: bytes) -> tuple[float, float]:
    """Seconds in the queue and running; the spread comes from the job's own digest, so it can be replayed."""
    pace, asked = options.pace_of(order.model), order.triggers
    lot = int.from_bytes(digest[16:20], "big") / 2**32 * 2 - 1
    run_s = pace.run_s * (1 + pace.spread * lot) if asked.run_s is None else asked.run_s
    queue_s = pace.queue_s if asked.queue_s is None else asked.queue_s
    speed = max(options.speed, 1e-9)
    return queue_s / speed, run_s / speed


def move_up(db: sqlite3.Connection, options: Options, gone: Job, now: float) -> None:
    """Lets the jobs that wait in the lane of a cancelled one start earlier."""
    slots = options.concurrent.get(gone.vendor)
    if slots is None:
        return
    lane = "vendor = ? AND account = ? AND lane = ? AND ends_at > ? ORDER BY seq"
    others = rows.find_jobs(db, lane, (gone.vendor, gone.account, gone.lane, now))
    ends = [each.ends_at for each in others if each.phase(now) is not Phase.THROTTLED]
    for job in others:
        if job.phase(now) is Phase.THROTTLED:
            moved = replace(job, start_at=min(job.start_at, free_slot(ends, slots, now)))
            rows.move_job(db, moved)
            ends.append(moved.ends_at)


def balance(db: sqlite3.Connection, options: Options, vendor: str, account: str) -> Decimal:
    query = (
        "SELECT coalesce(sum(CASE kind WHEN 'charge' THEN -amount ELSE amount END), 0)"
        " FROM ledger WHERE vendor = ? AND account = ?"
    )
    moved = int(db.execute(query, (vendor, account)).fetchone()[0])
    return options.balances.get(vendor, Decimal(0)) + unmicro(moved)


def settle(db: sqlite3.Connection, now: float) -> None:
    """Books what ended jobs give back: all but `kept` after a failure, the unused part after success."""
    for job in rows.find_jobs(db, "settled = 0 AND ends_at <= ?", (now,)):
        back = job.price - job.charge(now)
        if back > 0:
            rows.book(db, job, job.ends_at, "refund", back, "failed" if job.fail is not None else "unused")
        db.execute("UPDATE job SET settled = 1 WHERE seq = ?", (job.seq,))
