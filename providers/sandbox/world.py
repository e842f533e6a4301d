"""World: the one state machine behind every dialect of the sandbox. It knows jobs, money and time, and no wire format.

`handle` answers one request and may be called from any thread; several worlds, of several processes, share a folder.
Nothing runs in the background: what a job is doing follows from its row and the clock. Every amount that is charged or
given back is a line in `ledger`, every request a line in `requests`, so that a test can prove what a client did.
"""

from __future__ import annotations

import contextlib
import sqlite3
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

from providers.sandbox import store as rows
from providers.sandbox.clips import Clips
from providers.sandbox.intake import Order, admit, balance, make_job, move_up, settle
from providers.sandbox.jobs import Job
from providers.sandbox.links import link, link_expired
from providers.sandbox.options import DREAM_MACHINE, Options
from providers.sandbox.spoil import spoil
from providers.sandbox.store import Store, unmicro
from providers.sandbox.wire import Reply, Request, fingerprint, json_reply

if TYPE_CHECKING:
    from providers.sandbox.clips import Renderer
    from providers.sandbox.dialects import Dialect

__all__ = ["Entry", "Logged", "World"]

FILE = "world-1.sqlite3"
"""The number goes up with the tables; an older file is left alone."""
MINUTE_S = 60.0


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the ledger: a charge or a refund, in the vendor's unit, always positive."""

    at: float
    vendor: str
    account: str
    job: str
    model: str
    kind: str
    amount: Decimal
    reason: str


@dataclass(frozen=True, slots=True)
class Logged:
    """One request as it was seen; `key` is a fingerprint, `status` 0 where no answer was given."""

    at: float
    method: str
    path: str
    key: str
    status: int
    fault: str | None


class World:
    """A sandbox over a folder. Cheap to make: the folder is touched by the first request."""

    def __init__(
        self,
        root: Path,
        *,
        clock: Callable[[], float] = time.time,
        options: Options | None = None,
        renderer: Renderer | None = None,
        seed: int | None = None,
        dialects: Sequence[tuple[str, Dialect]] | None = None,
    ) -> None:
        self.options = options or Options()
        self.clips = Clips(root, renderer)
        self.store = Store(root / FILE)
        self.clock = clock
        self._seed = seed
        self._dialects = dialects

    def handle(self, request: Request) -> Reply:
        """Answers one request. Blocks for as long as SQLite or, for a clip, the renderer needs."""
        fault = self.options.faults.pick(request.method, request.path)
        reply = self._answer(request) if fault is None or fault.reaches_vendor else None
        if fault is not None:
            reply = spoil(reply, fault)
        assert reply is not None  # noqa: S101 - one of the two branches above has made it
        silent = reply.fault is not None and reply.fault.kind.value in {"connect", "timeout", "reset", "drop"}
        self._log(request, 0 if silent else reply.status, fault.kind.value if fault else None)
        return reply

    def close(self) -> None:
        """Closes the file."""
        self.store.close()

    # ----- jobs

    def accept(self, order: Order) -> Job:
        """Takes an order and charges for it, in one transaction. Raises Denied."""
        now = self.clock()
        with self.store.write() as db:
            settle(db, now)
            admit(db, self.options, order, now)
            job = make_job(db, self.options, order, now, self._salt(db))
            rows.add_job(db, job)
            if job.price:
                rows.book(db, job, now, "charge", job.price, "accepted")
        if self.options.prerender and job.fail is None:
            self.clips.ahead(job)
        return job

    def job(self, vendor: str, job_id: str, account: str | None = None) -> Job | None:
        """A job that was not deleted; with `account`, only if it belongs to it."""
        with self.store.read() as db:
            found = rows.find_jobs(db, "id = ? AND vendor = ? AND deleted_at IS NULL", (job_id, vendor))
        return next((each for each in found if account in (None, each.account)), None)

    def jobs(self, vendor: str, account: str, limit: int, offset: int = 0) -> tuple[list[Job], int]:
        """One page of an account's jobs, newest first, and how many there are."""
        mine = "vendor = ? AND account = ? AND deleted_at IS NULL"
        with self.store.read() as db:
            page = rows.find_jobs(db, f"{mine} ORDER BY seq DESC LIMIT ? OFFSET ?", (vendor, account, limit, offset))
            return page, rows.count(db, mine, (vendor, account))

    def cancel(self, job: Job, *, refund: bool, delete: bool) -> Job:
        """Stops a job that has not ended, gives the money back if `refund`, and lets the waiting ones move up."""
        now = self.clock()
        with self.store.write() as db:
            settle(db, now)
            fresh = rows.find_jobs(db, "seq = ?", (job.seq,))[0]
            if not fresh.phase(now).ended:
                fresh = replace(fresh, cancelled_at=now)
                if refund and fresh.price:
                    rows.book(db, fresh, now, "refund", fresh.price, "cancelled")
            fresh = replace(fresh, deleted_at=now if delete else None)
            rows.move_job(db, fresh)
            move_up(db, self.options, fresh, now)
        return fresh

    def forget(self, job: Job) -> None:
        """Takes a job out of sight; what it does and costs goes on."""
        with self.store.write() as db:
            rows.move_job(db, replace(job, deleted_at=self.clock()))

    # ----- money

    def balance(self, vendor: str, account: str) -> Decimal:
        """What is left, in the vendor's unit."""
        now = self.clock()
        with self.store.write() as db:
            settle(db, now)
            return balance(db, self.options, vendor, account)

    def ledger(self, vendor: str | None = None, account: str | None = None) -> tuple[Entry, ...]:
        """Every charge and refund so far, oldest first."""
        now = self.clock()
        with self.store.write() as db:
            settle(db, now)
            found = db.execute("SELECT at, vendor, account, job, model, kind, amount, reason FROM ledger ORDER BY seq")
            entries = [_entry(row) for row in found]
        return tuple(each for each in entries if vendor in (None, each.vendor) and account in (None, each.account))

    def requests(self) -> tuple[Logged, ...]:
        """The requests that were seen, oldest first (the newest `options.log_rows` of them)."""
        with self.store.read() as db:
            found = db.execute("SELECT at, method, path, key, status, fault FROM request ORDER BY seq").fetchall()
        return tuple(Logged(*row) for row in found)

    def made_since(self, vendor: str, account: str, since: float) -> dict[str, int]:
        """How many jobs of each model an account has made since a moment, deleted ones included."""
        query = "SELECT model, count(*) FROM job WHERE vendor = ? AND account = ? AND created_at > ? GROUP BY model"
        with self.store.read() as db:
            return {str(model): int(number) for model, number in db.execute(query, (vendor, account, since))}

    # ----- clips

    def link(self, origin: str, job: Job) -> str:
        """A fresh address for a job's clip, or whatever its first file is."""
        return self.links(origin, job)[0]

    def links(self, origin: str, job: Job) -> list[str]:
        """A fresh address for each of a job's files."""
        life, salt, now = self.options.link_life_s.get(job.vendor), self.salt(), self.clock()
        names = [f"{job.id}{f'-{number}' if number else ''}.{each}" for number, each in enumerate(job.clip.files)]
        return [link(origin, job.vendor, name, salt=salt, now=now, life_s=life) for name in names]

    def link_refused(self, vendor: str, request: Request) -> bool:
        """Whether the address of a clip is expired or not ours."""
        signed = vendor in self.options.link_life_s and vendor != DREAM_MACHINE
        salt, now = self.salt(), self.clock()
        return link_expired(vendor, request.path, request.query, salt=salt, now=now, signed=signed)

    def salt(self) -> str:
        """The folder's random text; with a seed, the same one every time."""
        with self.store.read() as db:
            return self._salt(db)

    # ----- within

    def _answer(self, request: Request) -> Reply:
        from providers.sandbox.dialects import DIALECTS

        for prefix, dialect in self._dialects or DIALECTS:
            if request.path == prefix or request.path.startswith(f"{prefix}/"):
                return dialect(self, request, request.path[len(prefix) :])
        return json_reply(404, {"detail": "no such address in the sandbox", "error": "not found"})

    def _salt(self, db: sqlite3.Connection) -> str:
        return rows.salt(db) if self._seed is None else f"seed {self._seed}"

    def _log(self, request: Request, status: int, fault: str | None) -> None:
        key = fingerprint(request.headers.get("authorization", "").partition(" ")[2].strip())
        line = (self.clock(), request.method[:16], request.path[:500].encode("utf-8", "replace").decode(), key)
        with contextlib.suppress(sqlite3.Error), self.store.write() as db:
            # What was done is done: a log that cannot be written must not turn the answer into a fault.
            added = db.execute(
                "INSERT INTO request (at, method, path, key, status, fault) VALUES (?, ?, ?, ?, ?, ?)",
                (*line, status, fault),
            ).lastrowid
            if added and added % 256 == 0:
                db.execute("DELETE FROM request WHERE seq <= ?", (added - self.options.log_rows,))


def _entry(row: tuple[Any, ...]) -> Entry:
    at, vendor, account, job, model, kind, amount, reason = row
    return Entry(at, vendor, account, job, model, kind, unmicro(amount), reason)
