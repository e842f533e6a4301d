"""Checks of the library: the file, its format, its pages, its index, the clips that it names, what waits for a person.

Reads on a connection of its own and changes nothing: opening it as the program does would move a damaged file aside.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path

from providers.errors import Failure
from rushes.doctor.check import Check, fail, ok, warn
from rushes.doctor.patient import Patient
from rushes.library.migrations import MIGRATIONS
from rushes.library.opening import ANEW, ANEW_WORDS, remains
from rushes.library.rows import time_of

__all__ = ["shelf"]

WAIT_S = 2.0
"""How long a lock of another process is waited for: its writes take milliseconds."""
REBUILD = "rushes reindex rebuilds it from the files beside the clips; the damaged file is kept aside"
ANEW_FIX = "rushes reindex: free, and budgets count again what the files say"
MISSING = "the library is gone, and files of an earlier one are beside it: what was spent is not known"
NONE_YET = "none yet; the first shot makes it"
AHEAD = timedelta(minutes=5)


def shelf(patient: Patient) -> Iterator[Check]:
    """All of them; after one that makes the others pointless, none."""
    path = patient.home.library
    if not path.exists():
        yield fail("library.file", MISSING, ANEW_FIX) if remains(path) else ok("library.file", NONE_YET)
        return
    try:
        with closing(_open(path)) as db:
            yield from _look(patient, db)
    except sqlite3.OperationalError as error:
        fix = "end the program that holds it (rushes tasks says what runs), or look at the file's owner and mode"
        yield fail("library.file", f"{path.name} cannot be used: {error}", fix)
    except sqlite3.DatabaseError as error:
        yield fail("library.file", f"{path.name} is damaged: {error}", REBUILD)


def _open(path: Path) -> sqlite3.Connection:
    db = sqlite3.connect(f"{path.as_uri()}?mode=rw", uri=True, isolation_level=None, timeout=WAIT_S)
    db.row_factory = sqlite3.Row
    return db


def _look(patient: Patient, db: sqlite3.Connection) -> Iterator[Check]:
    version = int(db.execute("PRAGMA user_version").fetchone()[0])
    if version > len(MIGRATIONS):
        fix = "install a newer rushes, or use another home with --home"
        yield fail("library.format", f"format {version}; this version knows up to {len(MIGRATIONS)}", fix)
        return
    if version < 1 or not db.execute("SELECT 1 FROM sqlite_master WHERE name = 'tasks'").fetchone():
        yield fail("library.format", "the file is a database, but not a library of rushes", REBUILD)
        return
    yield ok("library.format", f"format {version}")
    yield _known(db)
    yield _whole(db)
    yield _index(db)
    yield _lock(db)
    yield from _clips(db, patient.home.library.parent)
    yield _waiting(db)
    yield _times(patient, db)


def _known(db: sqlite3.Connection) -> Check:
    if db.execute("SELECT 1 FROM meta WHERE key = ?", (ANEW,)).fetchone() is None:
        return ok("library.books", "it knows what was spent")
    return fail("library.books", ANEW_WORDS, ANEW_FIX)


def _whole(db: sqlite3.Connection) -> Check:
    found = [str(row[0]) for row in db.execute("PRAGMA quick_check(3)")]
    if found != ["ok"]:
        return fail("library.integrity", f"damaged: {found[0].splitlines()[-1]}", REBUILD)
    count = db.execute("SELECT count(*) FROM tasks").fetchone()[0]
    return ok("library.integrity", f"{count} tasks, every page in order")


def _index(db: sqlite3.Connection) -> Check:
    """Every task has its entry in the full text."""
    tasks = db.execute("SELECT count(*) FROM tasks").fetchone()[0]
    found = db.execute("SELECT count(*) FROM words_docsize").fetchone()[0]
    if tasks != found:
        words = f"{found} of {tasks} tasks can be found by their words"
        return warn("library.search", words, f"move the library aside, then {REBUILD.partition(';')[0]}")
    return ok("library.search", f"{found} tasks can be found by their words")


def _lock(db: sqlite3.Connection) -> Check:
    try:
        db.execute("BEGIN IMMEDIATE")
        db.execute("ROLLBACK")
    except sqlite3.OperationalError as error:
        fix = "end the program that holds it; a stopped one (ctrl+z) holds on: bring it back with fg"
        return fail("library.lock", f"it cannot be written: {error}", fix)
    return ok("library.lock", "it can be written")


def _clips(db: sqlite3.Connection, root: Path) -> Iterator[Check]:
    """By a look at each file's size; a hash of everything would take minutes."""
    rows = db.execute("SELECT id, file, bytes FROM tasks WHERE status = 'SUCCEEDED' AND file IS NOT NULL").fetchall()
    gone: list[str] = []
    changed: list[str] = []
    for row in rows:
        size = _size(root / row["file"])
        if size is None:
            gone.append(row["id"])
        elif row["bytes"] is not None and size != row["bytes"]:
            changed.append(row["id"])
    if gone:
        yield warn("library.clips", f"{len(gone)} of {len(rows)} clips are not where they were", _again(gone))
    if changed:
        yield warn("library.sizes", f"{len(changed)} of {len(rows)} clips were changed since", _again(changed))
    if not gone and not changed:
        yield ok("library.clips", f"{len(rows)} clip{'s' * (len(rows) != 1)}, each where it was put")


def _size(path: Path) -> int | None:
    try:
        return path.stat().st_size
    except OSError:
        return None


def _again(ids: list[str]) -> str:
    more = f" (and {len(ids) - 1} more)" if len(ids) > 1 else ""
    return f"put the file back, or get it again while the vendor keeps it: rushes fetch {ids[0]}{more}"


def _waiting(db: sqlite3.Connection) -> Check:
    """What no program does by itself."""
    counts = {
        row["status"]: (row["number"], row["id"])
        for row in db.execute("SELECT status, count(*) AS number, max(id) AS id FROM tasks GROUP BY status")
    }
    if "UNCERTAIN" in counts:
        number, newest = counts["UNCERTAIN"]
        words = f"{number} sent without an answer: they may exist and may be charged"
        return warn("library.waiting", words, f"rushes show {newest}, then rushes resolve {newest}")
    if "DOWNLOADING" in counts:
        number, newest = counts["DOWNLOADING"]
        words, fix = _unfetched(db, newest)
        return warn("library.waiting", f"{number} finished, not fetched yet{words}", fix)
    if "QUEUED" in counts:
        number = counts["QUEUED"][0]
        return warn(
            "library.waiting", f"{number} not sent yet", "rushes watch --release sends them, rushes cancel does not"
        )
    return ok("library.waiting", "nothing waits for a decision")


def _unfetched(db: sqlite3.Connection, task_id: str) -> tuple[str, str]:
    """Why the newest clip is not here, where that is known, and what to do: waiting does not mend every clip."""
    row = db.execute("SELECT error FROM tasks WHERE id = ?", (task_id,)).fetchone()
    error = Failure.from_json(json.loads(row["error"])) if row["error"] else None
    if error is None or not error.hint:
        return "", "rushes watch fetches them"
    return f"; {task_id}: {error.message}", error.hint


def _times(patient: Patient, db: sqlite3.Connection) -> Check:
    newest = db.execute("SELECT max(created_at) FROM tasks").fetchone()[0]
    if newest is not None and time_of(newest) > patient.machine.now() + AHEAD:
        words = f"the newest task is of {time_of(newest):%Y-%m-%d %H:%M}, which is still to come"
        return warn("library.times", words, "set the clock: timedatectl set-ntp true")
    return ok("library.times", "no task is of the future")
