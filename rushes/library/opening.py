"""Opening the library's file: connection, format, and what to do with one that cannot be used."""

from __future__ import annotations

import contextlib
import sqlite3
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

from rushes.library.migrations import MIGRATIONS

__all__ = [
    "ANEW",
    "ANEW_WORDS",
    "UNAVAILABLE",
    "LibraryBroken",
    "LibraryError",
    "LibraryTooNew",
    "connect",
    "enter_wal",
    "remains",
    "set_aside",
    "transaction",
]

ANEW = "begun_anew"
"""The mark of a library that was begun beside what an earlier one left: until it is rebuilt, its sums are too small."""
ANEW_WORDS = (
    "this library was begun anew, and does not know what was spent before: nothing paid is sent until "
    "`rushes reindex` has rebuilt it from the files beside the clips"
)

BUSY_S = 15.0
"""How long a write waits for another process's; less than a lease lasts."""
BUSY_STEP_S = 0.02
"""How long is waited between two tries, where SQLite does not wait by itself."""
CACHE_KB = 512
"""Pages kept by this connection, which writes and reads single rows; searches have connections of their own."""
_DAMAGED = frozenset({sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB})


class LibraryError(Exception):
    """The library cannot be used: the message says why and what to do."""


UNAVAILABLE: tuple[type[Exception], ...] = (LibraryError, sqlite3.OperationalError, OSError)
"""What reading or writing may end in without any fault of ours: a full disk, a lock that another program holds."""


class LibraryTooNew(LibraryError):
    """A newer version of the program made it."""


class LibraryBroken(LibraryError):
    """The file is not a database, or a damaged one. It was kept aside under `kept`."""

    def __init__(self, message: str, kept: Path | None = None) -> None:
        super().__init__(message)
        self.kept = kept


def connect(path: Path, *, busy_s: float = BUSY_S) -> sqlite3.Connection:
    """The library, in this version's format. Raises LibraryError and its kinds."""
    try:
        db = _open(path, busy_s)
        try:
            _migrate(db, path)
        except BaseException:
            db.close()
            raise
    except sqlite3.Error as error:
        raise _unusable(path, error) from error
    return db


@contextlib.contextmanager
def transaction(db: sqlite3.Connection) -> Iterator[None]:
    """All of it or nothing; begun as a writer, so that what is read inside stays true until the end."""
    db.execute("BEGIN IMMEDIATE")
    try:
        yield
        db.execute("COMMIT")
    except BaseException:
        # A full disk ends some transactions by itself.
        if db.in_transaction:
            db.execute("ROLLBACK")
        raise


def enter_wal(db: sqlite3.Connection, busy_s: float = BUSY_S, pause: Callable[[float], None] = time.sleep) -> None:
    """Makes readers and the writer independent, and sets for how long this connection waits for another's lock.

    Where two processes begin a file at once, SQLite tells the second one "locked" without waiting, whatever its time
    limit, so the waiting is done here. Raises sqlite3.OperationalError if the file is still locked after `busy_s`.
    """
    db.execute("PRAGMA busy_timeout = 0")
    for left in reversed(range(max(1, round(busy_s / BUSY_STEP_S)))):
        try:
            db.execute("PRAGMA journal_mode = WAL")
            break
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY or not left:
                raise
            pause(BUSY_STEP_S)
    db.execute(f"PRAGMA busy_timeout = {round(busy_s * 1000)}")


def _open(path: Path, busy_s: float) -> sqlite3.Connection:
    db = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    try:
        db.row_factory = sqlite3.Row
        enter_wal(db, busy_s)
        db.execute("PRAGMA synchronous = FULL")
        db.execute(f"PRAGMA cache_size = -{CACHE_KB}")
        with contextlib.suppress(OSError):
            path.chmod(0o600)
    except BaseException:
        db.close()
        raise
    return db


def remains(path: Path) -> bool:
    """Whether an earlier library left something beside this path: itself, damaged, or files of what it had."""
    left = (f"{path.name}.damaged-*", "in-flight/*.json", "media/*/*.json")
    return any(next(path.parent.glob(pattern), None) is not None for pattern in left)


def _migrate(db: sqlite3.Connection, path: Path) -> None:
    version = _version(db)
    if version > len(MIGRATIONS):
        raise LibraryTooNew(
            f"this library has format {version}; this version of rushes knows formats up to {len(MIGRATIONS)}. "
            "Nothing was changed. Install a newer rushes, or choose another home with --home"
        )
    if version == len(MIGRATIONS):
        return
    with transaction(db):
        # Another process may have migrated while this one waited for the lock.
        version = _version(db)
        for number, step in enumerate(MIGRATIONS[version:], start=version + 1):
            step(db)
            db.execute(f"PRAGMA user_version = {number}")
        if version == 0 and remains(path):
            db.execute("INSERT INTO meta VALUES (?, 1)", (ANEW,))


def _version(db: sqlite3.Connection) -> int:
    return int(db.execute("PRAGMA user_version").fetchone()[0])


def _unusable(path: Path, error: sqlite3.Error) -> LibraryError:
    """A damaged file is moved aside, never deleted; a locked, full or read-only one is left as it is."""
    if getattr(error, "sqlite_errorcode", 0) & 0xFF not in _DAMAGED:
        return LibraryError(f"the library {path} cannot be opened: {error}")
    return set_aside(path, str(error))


def set_aside(path: Path, why: str) -> LibraryBroken:
    """Moves a damaged library to another name, where it is kept; the error says which. Raises OSError."""
    kept = path.with_name(f"{path.name}.damaged-{datetime.now(UTC):%Y%m%dT%H%M%S%f}")
    path.replace(kept)
    for suffix in ("-wal", "-shm"):
        side = path.with_name(path.name + suffix)
        if side.exists():
            side.replace(kept.with_name(kept.name + suffix))
    return LibraryBroken(
        f"the library is damaged ({why}); it was kept as {kept.name}. "
        "`rushes reindex` rebuilds it from the files beside the clips",
        kept,
    )
