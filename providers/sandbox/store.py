"""Store: what the sandbox remembers, in one SQLite file that several processes may use at once.

Rows only: what they mean is the world's business. Every write is one BEGIN IMMEDIATE transaction; amounts of money are
integers of a millionth of the vendor's unit, so that SQLite can add them exactly.
"""

from __future__ import annotations

import json
import secrets
import sqlite3
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path
from typing import Any

from providers.sandbox.jobs import Clip, Job

__all__ = ["Store", "micro", "unmicro"]

MICRO = Decimal(1_000_000)
BUSY_MS = 15_000

_SCHEMA = """
CREATE TABLE IF NOT EXISTS meta (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS job (
  seq INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, vendor TEXT NOT NULL, account TEXT NOT NULL,
  lane TEXT NOT NULL, model TEXT NOT NULL, created_at REAL NOT NULL, start_at REAL NOT NULL, ends_at REAL NOT NULL,
  cancelled_at REAL, deleted_at REAL, settled INTEGER NOT NULL DEFAULT 0, details TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS job_lane ON job (vendor, account, lane, ends_at);
CREATE INDEX IF NOT EXISTS job_list ON job (vendor, account, created_at);
CREATE INDEX IF NOT EXISTS job_open ON job (ends_at) WHERE settled = 0;
CREATE TABLE IF NOT EXISTS ledger (
  seq INTEGER PRIMARY KEY AUTOINCREMENT, at REAL NOT NULL, vendor TEXT NOT NULL, account TEXT NOT NULL,
  job TEXT NOT NULL, model TEXT NOT NULL, kind TEXT NOT NULL, amount INTEGER NOT NULL, reason TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS ledger_account ON ledger (vendor, account, at);
CREATE TABLE IF NOT EXISTS request (
  seq INTEGER PRIMARY KEY AUTOINCREMENT, at REAL NOT NULL, method TEXT NOT NULL, path TEXT NOT NULL,
  key TEXT NOT NULL, status INTEGER NOT NULL, fault TEXT);
CREATE TABLE IF NOT EXISTS upload (
  seq INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, vendor TEXT NOT NULL, account TEXT NOT NULL,
  created_at REAL NOT NULL, details TEXT NOT NULL);
"""

_JOB = "seq, id, vendor, account, lane, created_at, start_at, cancelled_at, deleted_at, details"


def micro(amount: Decimal) -> int:
    """An amount as the store keeps it."""
    return int((amount * MICRO).to_integral_value())


def unmicro(amount: int) -> Decimal:
    """An amount as people read it."""
    value = (Decimal(amount) / MICRO).normalize()
    return value.quantize(Decimal(1)) if value == value.to_integral_value() else value


class Store:
    """One connection behind a lock; opened with the first use."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = threading.RLock()
        self._connection: sqlite3.Connection | None = None

    @contextmanager
    def read(self) -> Iterator[sqlite3.Connection]:
        """The connection, for questions."""
        with self._lock:
            yield self._open()

    @contextmanager
    def write(self) -> Iterator[sqlite3.Connection]:
        """The connection inside one transaction, which ends with the block: all of it, or nothing."""
        with self._lock:
            connection = self._open()
            connection.execute("BEGIN IMMEDIATE")
            try:
                yield connection
                connection.execute("COMMIT")
            except BaseException:
                if connection.in_transaction:
                    connection.execute("ROLLBACK")
                raise

    def close(self) -> None:
        """Closes the file; the next use opens it again."""
        with self._lock:
            if self._connection is not None:
                self._connection.close()
                self._connection = None

    def _open(self) -> sqlite3.Connection:
        if self._connection is None:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            try:
                self._connection = _connect(self._path)
            except sqlite3.OperationalError:
                raise
            except sqlite3.DatabaseError:
                # The file is damaged. It holds practice only: it is kept aside, and a new one begun.
                _put_aside(self._path)
                self._connection = _connect(self._path)
        return self._connection


def _connect(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(path, timeout=0, isolation_level=None, check_same_thread=False)
    try:
        _prepare(connection)
    except BaseException:
        connection.close()
        raise
    return connection


def _put_aside(path: Path) -> None:
    path.replace(path.with_name(f"{path.name}.damaged"))
    for suffix in ("-wal", "-shm"):
        path.with_name(path.name + suffix).unlink(missing_ok=True)


def _prepare(connection: sqlite3.Connection) -> None:
    connection.execute(f"PRAGMA busy_timeout = {BUSY_MS}")
    _enter_wal(connection)
    connection.execute("PRAGMA synchronous = NORMAL")
    connection.execute("BEGIN IMMEDIATE")
    for statement in _SCHEMA.split(";\n"):
        if statement.strip():
            connection.execute(statement)
    connection.execute("INSERT OR IGNORE INTO meta VALUES ('salt', ?)", (secrets.token_hex(16),))
    connection.execute("COMMIT")


def _enter_wal(connection: sqlite3.Connection) -> None:
    """Two processes that create the file at once: SQLite answers "locked" at once, so the waiting is ours."""
    deadline = time.monotonic() + BUSY_MS / 1000
    while True:
        try:
            connection.execute("PRAGMA journal_mode = WAL")
        except sqlite3.OperationalError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.02)
        else:
            return


def salt(connection: sqlite3.Connection) -> str:
    """This folder's own random text: ids and link signatures are made from it."""
    return str(connection.execute("SELECT value FROM meta WHERE name = 'salt'").fetchone()[0])


def add_job(connection: sqlite3.Connection, job: Job) -> None:
    """Inserts a job; its `seq` is the next one."""
    connection.execute(
        "INSERT INTO job (seq, id, vendor, account, lane, model, created_at, start_at, ends_at, details)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            job.seq,
            job.id,
            job.vendor,
            job.account,
            job.lane,
            job.model,
            job.created_at,
            job.start_at,
            job.ends_at,
            json.dumps(job.details()),
        ),
    )


def next_seq(connection: sqlite3.Connection) -> int:
    """The number that the next job gets."""
    row = connection.execute("SELECT max(seq) FROM job").fetchone()
    return int(row[0] or 0) + 1


def find_jobs(connection: sqlite3.Connection, where: str, values: Sequence[Any]) -> list[Job]:
    """Jobs by an SQL condition of ours (never built from what came in)."""
    rows = connection.execute(f"SELECT {_JOB} FROM job WHERE {where}", tuple(values))  # noqa: S608 - constant text
    return [_job(row) for row in rows]


def _job(row: tuple[Any, ...]) -> Job:
    seq, job_id, vendor, account, lane, created_at, start_at, cancelled_at, deleted_at, details = row
    data = json.loads(details)
    told = data.pop("clip")
    clip = Clip(**{**told, "files": tuple(told.get("files", ("mp4",)))})
    money: dict[str, Any] = {name: Decimal(data.pop(name)) for name in ("price", "final", "kept")}
    return Job(
        seq=seq,
        id=job_id,
        vendor=vendor,
        account=account,
        lane=lane,
        created_at=created_at,
        start_at=start_at,
        cancelled_at=cancelled_at,
        deleted_at=deleted_at,
        clip=clip,
        **money,
        **data,
    )


def move_job(connection: sqlite3.Connection, job: Job) -> None:
    """Writes what may change of a job: its times."""
    connection.execute(
        "UPDATE job SET start_at = ?, ends_at = ?, cancelled_at = ?, deleted_at = ? WHERE seq = ?",
        (job.start_at, job.ends_at, job.cancelled_at, job.deleted_at, job.seq),
    )


def count(connection: sqlite3.Connection, where: str, values: Sequence[Any]) -> int:
    """How many jobs an SQL condition of ours holds for."""
    row = connection.execute(f"SELECT count(*) FROM job WHERE {where}", tuple(values))  # noqa: S608 - constant text
    return int(row.fetchone()[0])


def book(connection: sqlite3.Connection, job: Job, at: float, kind: str, amount: Decimal, reason: str) -> None:
    """One line in the ledger."""
    connection.execute(
        "INSERT INTO ledger (at, vendor, account, job, model, kind, amount, reason) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        (at, job.vendor, job.account, job.id, job.model, kind, micro(amount), reason),
    )
