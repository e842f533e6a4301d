"""Wanted: which tasks are takes of which shot of a shot file, so that applying a file again makes just what is missing.

A shot's identity is a hash of its name and of all that would be sent for it. It stands in the task's row and in the
sidecar of its clip, so it outlives the library's file. Statements inside a transaction, and a step of the format.
"""

from __future__ import annotations

import sqlite3
from typing import TYPE_CHECKING

from providers.values import dataclass
from rushes.task import Status

if TYPE_CHECKING:
    from rushes.library.library import Library
    from rushes.library.reading import Reading

__all__ = ["Standing", "Taken", "Wanted", "add_wanted", "check_room", "standing", "was_tried"]


class Taken(Exception):
    """Another process has made this take in the meantime: nothing was written, nothing is sent."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """A shot of a file as the library knows it: `count` takes of one identity."""

    identity: str
    name: str
    count: int


@dataclass(frozen=True, slots=True)
class Standing:
    """A task that counts as a take: it succeeded, or may still."""

    id: str
    status: Status


def add_wanted(db: sqlite3.Connection) -> None:
    """Two columns, and the indexes that they are found by."""
    db.execute("ALTER TABLE tasks ADD COLUMN wanted TEXT")
    db.execute("ALTER TABLE tasks ADD COLUMN wanted_as TEXT")
    db.execute("CREATE INDEX tasks_wanted ON tasks (wanted) WHERE wanted IS NOT NULL")
    db.execute("CREATE INDEX tasks_wanted_as ON tasks (wanted_as) WHERE wanted_as IS NOT NULL")


def standing(library: Reading, identity: str, *, practice: bool) -> list[Standing]:
    """The takes of a shot, oldest first. What failed or was cancelled is none; what was thrown away still is one.

    A failed take that a person made again, unchanged, is stood in for by the new one.
    """
    rows = library.connection.execute(_STANDING, (identity, practice))
    return [Standing(row["id"], Status(row["status"])) for row in rows]


_STANDING = """
WITH RECURSIVE line AS (
    SELECT seq, id, status, provider, model, prompt, params, inputs, practice FROM tasks
        WHERE wanted = ? AND practice = ?
    UNION
    SELECT new.seq, new.id, new.status, new.provider, new.model, new.prompt, new.params, new.inputs, new.practice
        FROM line JOIN tasks AS new ON new.parent = line.id
        WHERE new.kinship = 'rerun' AND new.provider = line.provider AND new.model = line.model
        AND new.prompt = line.prompt AND new.params = line.params AND new.inputs = line.inputs
        AND new.practice = line.practice
)
SELECT id, status FROM line WHERE status NOT IN ('FAILED', 'CANCELLED') ORDER BY seq
"""


def was_tried(library: Reading, identity: str, name: str, *, practice: bool) -> tuple[bool, bool]:
    """Whether this very shot was made or tried before, and whether any shot of its name was."""
    sql = "SELECT 1 FROM tasks WHERE {} = ? AND practice = ? LIMIT 1"
    same, named = (
        library.connection.execute(sql.format(column), (value, practice)).fetchone() is not None
        for column, value in (("wanted", identity), ("wanted_as", name))
    )
    return same, named


def check_room(library: Library, wanted: Wanted, *, practice: bool) -> None:
    """Call it in the transaction that writes another take. Raises Taken where all that are wanted stand already."""
    if len(standing(library, wanted.identity, practice=practice)) >= wanted.count:
        raise Taken(wanted.name)
