"""What a person writes on takes (stars, tags, notes, trash), each press kept so that it can be taken back.

An edit is one transaction over all takes it concerns. Taking it back touches only what is still as the press left it,
so that two windows writing at once lose nothing of each other: a later word stands, and of tags only those come and go
that the press took or gave. Not for what happens to a task by itself: that is `Library.change`.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from providers.values import dataclass
from rushes.library.library import Library
from rushes.library.opening import transaction
from rushes.library.rows import milliseconds, store
from rushes.task import ENDED, Task

__all__ = ["FIELDS", "Edited", "edit", "emptied", "take_back"]

FIELDS = frozenset({"rating", "tags", "notes", "trashed"})


@dataclass(frozen=True, slots=True)
class Edited:
    """The takes that a press changed, and how many it had to leave as they are."""

    tasks: tuple[Task, ...]
    left: int = 0


def edit(library: Library, press: str, task_ids: Sequence[str], wish: Callable[[Task], Mapping[str, Any]]) -> Edited:
    """Writes what `wish` says for each take (columns of FIELDS), under one `press` that can be taken back.

    Takes that are gone, and takes that have not ended where the wish is the trash, are left.
    """
    done: list[Task] = []
    left = 0
    with transaction(library.connection):
        for task_id in dict.fromkeys(task_ids):
            task = library.get(task_id)
            if task is None:
                left += 1
                continue
            values = dict(wish(task))
            if values.get("trashed") is not None and task.status not in ENDED:
                left += 1
                continue
            if written := _write(library, press, task.id, values):
                done.append(written)
    return Edited(tuple(done), left)


def take_back(library: Library) -> Edited | None:
    """Takes back this process's last press that still stands; None where there is none."""
    db = library.connection
    with transaction(db):
        last = db.execute(
            "SELECT press FROM edits WHERE who = ? AND undone = 0 ORDER BY seq DESC LIMIT 1", (library.who,)
        ).fetchone()
        if last is None:
            return None
        rows = db.execute("SELECT * FROM edits WHERE press = ? ORDER BY seq DESC", (last["press"],)).fetchall()
        done, left = [], 0
        for row in rows:
            task = _back(library, row)
            left += task is None
            done += [task] if task else []
        db.execute("UPDATE edits SET undone = 1 WHERE press = ?", (last["press"],))
    return Edited(tuple(done), left)


def emptied(library: Library, task_ids: Sequence[str]) -> list[Task]:
    """Takes trashed takes out of the library for good; the tasks as they were.

    A row stays behind that says what was spent and the vendor's id, without words, so that budgets stay right and the
    take is not fetched again.
    """
    gone: list[Task] = []
    db = library.connection
    with transaction(db):
        for task_id in task_ids:
            task = library.get(task_id)
            if task is None or task.trashed_at is None:
                continue
            db.execute(
                "UPDATE tasks SET trashed = 0, prompt = '', params = '{}', inputs = '[]', notes = '', tags = '[]', "
                "rating = NULL, error = NULL, file = NULL, sha256 = NULL, bytes = NULL, rev = ? WHERE id = ?",
                (library.next_rev(), task.id),
            )
            db.execute("DELETE FROM edits WHERE task_id = ?", (task.id,))
            gone.append(task)
    return gone


def _write(library: Library, press: str, task_id: str, values: Mapping[str, Any]) -> Task | None:
    """Writes columns that differ, and how each was before; None where nothing differs."""
    db = library.connection
    row = db.execute("SELECT * FROM tasks WHERE id = ?", (task_id,)).fetchone()
    stored = {name: store(name, value, library.path.parent) for name, value in values.items() if name in FIELDS}
    changed = {name: value for name, value in stored.items() if row[name] != value}
    if not changed:
        return None
    _set(library, task_id, changed)
    at = milliseconds(library.now())
    db.executemany(
        "INSERT INTO edits (press, who, at, task_id, field, was, became) VALUES (?, ?, ?, ?, ?, ?, ?)",
        [(press, library.who, at, task_id, name, json.dumps(row[name]), json.dumps(changed[name])) for name in changed],
    )
    return library.get(task_id)


def _back(library: Library, row: Mapping[str, Any]) -> Task | None:
    """One field of one take as it was; None where somebody has written it since."""
    now = library.connection.execute(f"SELECT {row['field']} FROM tasks WHERE id = ?", (row["task_id"],)).fetchone()
    if now is None:
        return None
    was, became, current = json.loads(row["was"]), json.loads(row["became"]), now[0]
    if row["field"] == "tags":
        was = _tags_back(json.loads(was), json.loads(became), json.loads(current))
    elif current != became:
        return None
    _set(library, row["task_id"], {row["field"]: was})
    return library.get(row["task_id"])


def _tags_back(was: list[str], became: list[str], current: list[str]) -> str:
    """The tags without those that the press gave, and with those that it took."""
    given, taken = set(became) - set(was), [each for each in was if each not in became]
    kept = [each for each in current if each not in given]
    return json.dumps([*kept, *(each for each in taken if each not in kept)], ensure_ascii=False)


def _set(library: Library, task_id: str, stored: Mapping[str, Any]) -> None:
    names = ", ".join(f"{name} = ?" for name in stored)
    library.connection.execute(
        f"UPDATE tasks SET {names}, rev = ? WHERE id = ?", (*stored.values(), library.next_rev(), task_id)
    )
