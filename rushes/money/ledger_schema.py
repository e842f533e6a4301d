"""The ledger's tables: a step of the library's format (see `rushes.library.migrations`, which applies it once)."""

from __future__ import annotations

import sqlite3

__all__ = ["add_ledger"]


def add_ledger(db: sqlite3.Connection) -> None:
    """The ledger with its sums by day, marks of price tables that a vendor contradicted, and balances as read."""
    for statement in _LEDGER.split(";;"):
        db.execute(statement)


_LEDGER = """
ALTER TABLE tasks ADD COLUMN quote_source TEXT NOT NULL DEFAULT 'price table';;
ALTER TABLE tasks ADD COLUMN charge_source TEXT;;
ALTER TABLE tasks ADD COLUMN past_budget INTEGER NOT NULL DEFAULT 0;;
CREATE TABLE ledger (
    seq INTEGER PRIMARY KEY,
    task_id TEXT NOT NULL,
    press INTEGER NOT NULL,
    kind TEXT NOT NULL,
    nth INTEGER NOT NULL,
    at INTEGER NOT NULL,
    day INTEGER NOT NULL,
    amount INTEGER,
    source TEXT NOT NULL,
    provider TEXT NOT NULL,
    model TEXT NOT NULL,
    practice INTEGER NOT NULL,
    UNIQUE (task_id, press, kind, nth)
);;
CREATE INDEX ledger_unsettled ON ledger (day) WHERE kind = 'unsettled';;
CREATE TABLE ledger_days (
    day INTEGER NOT NULL,
    provider TEXT NOT NULL,
    model TEXT NOT NULL,
    practice INTEGER NOT NULL,
    kind TEXT NOT NULL,
    amount INTEGER NOT NULL,
    entries INTEGER NOT NULL,
    unknown INTEGER NOT NULL,
    PRIMARY KEY (practice, day, provider, model, kind)
) WITHOUT ROWID;;
CREATE TRIGGER ledger_added AFTER INSERT ON ledger BEGIN
    INSERT INTO ledger_days (day, provider, model, practice, kind, amount, entries, unknown)
    VALUES (new.day, new.provider, new.model, new.practice, new.kind, coalesce(new.amount, 0), 1, new.amount IS NULL)
    ON CONFLICT (practice, day, provider, model, kind) DO UPDATE SET
        amount = amount + excluded.amount, entries = entries + 1, unknown = unknown + excluded.unknown;
END;;
CREATE TRIGGER ledger_kept BEFORE DELETE ON ledger BEGIN SELECT raise(ABORT, 'the ledger is only added to'); END;;
CREATE TRIGGER ledger_fixed BEFORE UPDATE ON ledger BEGIN SELECT raise(ABORT, 'the ledger is only added to'); END;;
CREATE TABLE contradicted (
    provider TEXT NOT NULL,
    model TEXT NOT NULL,
    table_of TEXT NOT NULL,
    at INTEGER NOT NULL,
    quoted INTEGER NOT NULL,
    estimated INTEGER NOT NULL,
    PRIMARY KEY (provider, model, table_of)
) WITHOUT ROWID;;
CREATE TABLE balances (
    seq INTEGER PRIMARY KEY,
    provider TEXT NOT NULL,
    practice INTEGER NOT NULL,
    at INTEGER NOT NULL,
    units INTEGER NOT NULL,
    booked INTEGER NOT NULL
);;
INSERT INTO ledger (task_id, press, kind, nth, at, day, amount, source, provider, model, practice)
SELECT id, charges_sent, 'quoted', 0, submitted_at, submitted_at / 86400000, quoted, quote_source, provider, model,
    practice FROM tasks WHERE submitted_at IS NOT NULL AND (vendor_id IS NOT NULL OR status = 'UNCERTAIN')
    AND charges_sent > 0 ORDER BY seq;;
INSERT INTO ledger (task_id, press, kind, nth, at, day, amount, source, provider, model, practice)
SELECT id, charges_sent, 'estimated', 0, submitted_at, submitted_at / 86400000, estimated,
    'the vendor, when it took it', provider, model, practice
FROM tasks WHERE submitted_at IS NOT NULL AND estimated IS NOT NULL ORDER BY seq;;
INSERT INTO ledger (task_id, press, kind, nth, at, day, amount, source, provider, model, practice)
SELECT id, charges_sent, 'charged', 0, coalesce(finished_at, submitted_at, created_at),
    coalesce(submitted_at, created_at) / 86400000, charged, 'carried over from an earlier version', provider, model,
    practice FROM tasks WHERE charged > 0 OR (charged = 0 AND vendor_id IS NOT NULL) ORDER BY seq
"""
