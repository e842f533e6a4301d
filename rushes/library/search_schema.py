"""What finding among many takes needs: a step of the library's format (`rushes.library.migrations` applies it once).

`tasks_walk` holds, in the order of the list, all that filters look at, in rows a tenth as long as the tasks' own. Tags
have a table of their own beside the JSON in the task's row, kept by triggers, for counting, completing and renaming.
"""

from __future__ import annotations

import sqlite3

__all__ = ["add_shelf"]


def add_shelf(db: sqlite3.Connection) -> None:
    """Notes, trash, kinship, edits that can be undone, saved searches; full text over all that people look for."""
    for statement in _SHELF.split(";;"):
        db.execute(statement)


_SHELF = """
ALTER TABLE tasks ADD COLUMN notes TEXT NOT NULL DEFAULT '';;
ALTER TABLE tasks ADD COLUMN trashed INTEGER;;
ALTER TABLE tasks ADD COLUMN parent TEXT;;
ALTER TABLE tasks ADD COLUMN kinship TEXT;;
ALTER TABLE tasks ADD COLUMN cost INTEGER AS (coalesce(charged, estimated, quoted)) VIRTUAL;;
ALTER TABLE tasks ADD COLUMN negative TEXT AS (json_extract(params, '$.negative_prompt')) VIRTUAL;;
ALTER TABLE tasks ADD COLUMN looped INTEGER AS (coalesce(json_extract(params, '$.loop'), 0)) VIRTUAL;;
ALTER TABLE tasks ADD COLUMN name TEXT AS (replace(file, rtrim(file, replace(file, '/', '')), '')) VIRTUAL;;
DROP TRIGGER words_added;;
DROP TRIGGER words_removed;;
DROP TRIGGER words_changed;;
DROP TABLE words;;
CREATE VIRTUAL TABLE words USING fts5 (
    prompt, negative, tags, notes, model, provider, name, content='tasks', content_rowid='seq', prefix='1 2 3',
    tokenize='unicode61 remove_diacritics 2'
);;
CREATE TRIGGER words_added AFTER INSERT ON tasks BEGIN
    INSERT INTO words (rowid, prompt, negative, tags, notes, model, provider, name)
    VALUES (new.seq, new.prompt, new.negative, new.tags, new.notes, new.model, new.provider, new.name);
END;;
CREATE TRIGGER words_removed AFTER DELETE ON tasks BEGIN
    INSERT INTO words (words, rowid, prompt, negative, tags, notes, model, provider, name) VALUES
    ('delete', old.seq, old.prompt, old.negative, old.tags, old.notes, old.model, old.provider, old.name);
END;;
CREATE TRIGGER words_changed AFTER UPDATE OF prompt, params, tags, notes, model, provider, file ON tasks BEGIN
    INSERT INTO words (words, rowid, prompt, negative, tags, notes, model, provider, name) VALUES
    ('delete', old.seq, old.prompt, old.negative, old.tags, old.notes, old.model, old.provider, old.name);
    INSERT INTO words (rowid, prompt, negative, tags, notes, model, provider, name)
    VALUES (new.seq, new.prompt, new.negative, new.tags, new.notes, new.model, new.provider, new.name);
END;;
INSERT INTO words (words) VALUES ('rebuild');;
CREATE INDEX tasks_walk ON tasks (seq, trashed, provider, model, mode, status, rating, cost, duration_s, created_at,
    looped, parent, practice);;
CREATE INDEX tasks_model ON tasks (model, seq);;
CREATE INDEX tasks_rating ON tasks (coalesce(rating, -1), seq);;
CREATE INDEX tasks_cost ON tasks (coalesce(cost, -1), seq);;
CREATE INDEX tasks_length ON tasks (coalesce(duration_s, -1), seq);;
CREATE INDEX tasks_parent ON tasks (parent, seq) WHERE parent IS NOT NULL;;
CREATE INDEX tasks_trash ON tasks (seq) WHERE trashed IS NOT NULL;;
CREATE INDEX tasks_hash ON tasks (sha256) WHERE sha256 IS NOT NULL;;
CREATE INDEX tasks_file ON tasks (name) WHERE file IS NOT NULL;;
CREATE TABLE tagged (
    tag TEXT NOT NULL COLLATE NOCASE,
    seq INTEGER NOT NULL,
    PRIMARY KEY (tag, seq)
) WITHOUT ROWID;;
CREATE INDEX tagged_seq ON tagged (seq);;
CREATE TRIGGER tagged_added AFTER INSERT ON tasks WHEN new.tags != '[]' BEGIN
    INSERT OR IGNORE INTO tagged SELECT value, new.seq FROM json_each(new.tags);
END;;
CREATE TRIGGER tagged_changed AFTER UPDATE OF tags ON tasks WHEN new.tags != old.tags BEGIN
    DELETE FROM tagged WHERE seq = old.seq;
    INSERT OR IGNORE INTO tagged SELECT value, new.seq FROM json_each(new.tags);
END;;
CREATE TRIGGER tagged_removed AFTER DELETE ON tasks BEGIN
    DELETE FROM tagged WHERE seq = old.seq;
END;;
INSERT OR IGNORE INTO tagged SELECT value, tasks.seq FROM tasks, json_each(tasks.tags);;
CREATE TABLE edits (
    seq INTEGER PRIMARY KEY,
    press TEXT NOT NULL,
    who TEXT NOT NULL,
    at INTEGER NOT NULL,
    task_id TEXT NOT NULL,
    field TEXT NOT NULL,
    was TEXT,
    became TEXT,
    undone INTEGER NOT NULL DEFAULT 0
);;
CREATE INDEX edits_who ON edits (who, seq) WHERE undone = 0;;
CREATE INDEX edits_press ON edits (press);;
CREATE TABLE searches (name TEXT PRIMARY KEY COLLATE NOCASE, query TEXT NOT NULL)
"""
