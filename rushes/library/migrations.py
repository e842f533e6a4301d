"""The library's format, step by step. Each step is applied once; `PRAGMA user_version` counts those applied."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable

from rushes.library.search_schema import add_shelf
from rushes.library.wanted import add_wanted
from rushes.money.ledger_schema import add_ledger

__all__ = ["MIGRATIONS"]


def _first(db: sqlite3.Connection) -> None:
    """Tasks, their events, the full text over them, and the processes that carry them."""
    for statement in _FIRST.split(";;"):
        db.execute(statement)


_FIRST = """
CREATE TABLE tasks (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    provider TEXT NOT NULL,
    model TEXT NOT NULL,
    mode TEXT NOT NULL,
    prompt TEXT NOT NULL,
    params TEXT NOT NULL,
    inputs TEXT NOT NULL,
    badge TEXT NOT NULL,
    practice INTEGER NOT NULL,
    status TEXT NOT NULL,
    vendor_status TEXT,
    vendor_id TEXT,
    progress REAL,
    error TEXT,
    quoted INTEGER,
    estimated INTEGER,
    charged INTEGER,
    file TEXT,
    sha256 TEXT,
    bytes INTEGER,
    width INTEGER,
    height INTEGER,
    duration_s REAL,
    fps REAL,
    rating INTEGER,
    tags TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    submitted_at INTEGER,
    started_at INTEGER,
    finished_at INTEGER,
    charges_sent INTEGER NOT NULL,
    forgotten INTEGER NOT NULL,
    hold_until INTEGER,
    body_hash TEXT,
    nonce TEXT,
    owner TEXT,
    rev INTEGER NOT NULL
);;
CREATE UNIQUE INDEX tasks_vendor ON tasks (provider, practice, vendor_id) WHERE vendor_id IS NOT NULL;;
CREATE INDEX tasks_open ON tasks (status) WHERE status NOT IN ('SUCCEEDED', 'FAILED', 'CANCELLED');;
CREATE INDEX tasks_rev ON tasks (rev);;
CREATE INDEX tasks_time ON tasks (created_at);;
CREATE INDEX tasks_sent ON tasks (submitted_at) WHERE charges_sent > 0;;
CREATE INDEX tasks_provider ON tasks (provider, seq);;
CREATE INDEX tasks_status ON tasks (status, seq);;
CREATE TABLE events (
    seq INTEGER PRIMARY KEY,
    task_id TEXT NOT NULL,
    at INTEGER NOT NULL,
    who TEXT NOT NULL,
    was TEXT,
    now TEXT NOT NULL,
    detail TEXT NOT NULL
);;
CREATE INDEX events_task ON events (task_id, seq);;
CREATE TABLE owners (id TEXT PRIMARY KEY, seen INTEGER NOT NULL);;
CREATE TABLE meta (key TEXT PRIMARY KEY, value INTEGER NOT NULL);;
INSERT INTO meta VALUES ('rev', 0);;
CREATE VIRTUAL TABLE words USING fts5 (
    prompt, model, provider, tags, content='tasks', content_rowid='seq', prefix='1 2 3'
);;
CREATE TRIGGER words_added AFTER INSERT ON tasks BEGIN
    INSERT INTO words (rowid, prompt, model, provider, tags)
    VALUES (new.seq, new.prompt, new.model, new.provider, new.tags);
END;;
CREATE TRIGGER words_removed AFTER DELETE ON tasks BEGIN
    INSERT INTO words (words, rowid, prompt, model, provider, tags)
    VALUES ('delete', old.seq, old.prompt, old.model, old.provider, old.tags);
END;;
CREATE TRIGGER words_changed AFTER UPDATE OF prompt, model, provider, tags ON tasks BEGIN
    INSERT INTO words (words, rowid, prompt, model, provider, tags)
    VALUES ('delete', old.seq, old.prompt, old.model, old.provider, old.tags);
    INSERT INTO words (rowid, prompt, model, provider, tags)
    VALUES (new.seq, new.prompt, new.model, new.provider, new.tags);
END
"""


def _sends(db: sqlite3.Connection) -> None:
    """Every billable request has a row of its own; tasks have a priority and remember a cancel that was asked for."""
    for statement in _SENDS.split(";;"):
        db.execute(statement)


_SENDS = """
ALTER TABLE tasks ADD COLUMN priority INTEGER NOT NULL DEFAULT 0;;
ALTER TABLE tasks ADD COLUMN cancel_asked INTEGER;;
CREATE TABLE sends (
    nonce TEXT NOT NULL UNIQUE,
    task_id TEXT NOT NULL,
    provider TEXT NOT NULL,
    model TEXT NOT NULL,
    practice INTEGER NOT NULL,
    likeness TEXT NOT NULL,
    sent_at INTEGER NOT NULL,
    outcome TEXT NOT NULL,
    vendor_id TEXT
);;
CREATE INDEX sends_task ON sends (task_id);;
CREATE INDEX sends_like ON sends (likeness, sent_at) WHERE outcome IN ('air', 'unknown');;
CREATE INDEX sends_time ON sends (provider, practice, sent_at);;
INSERT INTO sends (nonce, task_id, provider, model, practice, likeness, sent_at, outcome, vendor_id)
SELECT nonce, id, provider, model, practice, coalesce(body_hash, id), submitted_at,
    CASE WHEN vendor_id IS NOT NULL THEN 'accepted' WHEN status IN ('SUBMITTING', 'UNCERTAIN') THEN 'unknown'
    ELSE 'refused' END, vendor_id
FROM tasks WHERE nonce IS NOT NULL AND submitted_at IS NOT NULL
"""


def _exchanges(db: sqlite3.Connection) -> None:
    """What was said to and by a vendor about a task: one row for each press and part (see `rushes.tasks.exchanges`)."""
    db.execute(
        "CREATE TABLE exchanges (task_id TEXT NOT NULL, press INTEGER NOT NULL, said TEXT NOT NULL, "
        "at INTEGER NOT NULL, data TEXT NOT NULL, PRIMARY KEY (task_id, press, said)) WITHOUT ROWID"
    )


def _made_with(db: sqlite3.Connection) -> None:
    """Which key a vendor was asked with for a task, as a mark that does not tell the key (`ProviderPool.key_mark`)."""
    db.execute("ALTER TABLE tasks ADD COLUMN made_with TEXT")


MIGRATIONS: tuple[Callable[[sqlite3.Connection], None], ...] = (
    _first,
    _sends,
    add_ledger,
    add_shelf,
    _exchanges,
    add_wanted,
    _made_with,
)
"""In order. A published step is never changed; a new one is added behind it."""
