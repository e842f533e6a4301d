"""Upkeep of the library's file: is it sound, a copy of it while it is in use, and making it small again."""

from __future__ import annotations

import os
import sqlite3
from pathlib import Path

from rushes.atomic import sync
from rushes.library.library import Library

__all__ = ["backup", "integrity", "torn", "vacuum"]

MOST_FAULTS = 20


def integrity(library: Library) -> list[str]:
    """What SQLite finds wrong with the file and its full-text index; nothing when it is sound. Blocks for its size."""
    try:
        rows = library.connection.execute(f"PRAGMA integrity_check({MOST_FAULTS})").fetchall()
    except sqlite3.DatabaseError as error:
        return [str(error)]
    return [str(row[0]) for row in rows if str(row[0]) != "ok"]


def torn(library: Library) -> list[str]:
    """The first page that cannot be read; nothing when all can. Quicker than `integrity`: indexes are not compared."""
    try:
        rows = library.connection.execute("PRAGMA quick_check(1)").fetchall()
    except sqlite3.DatabaseError as error:
        return [str(error)]
    return [str(row[0]).splitlines()[-1] for row in rows if str(row[0]) != "ok"]


def backup(library: Library, target: Path) -> None:
    """Writes a whole and compact copy, readable by its owner alone; an older copy is replaced at the last moment.

    Raises sqlite3.Error (a full disk) and OSError; then `target` is as it was.
    """
    part = target.with_name(f".{target.name}.{os.urandom(4).hex()}.part")
    os.close(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
    try:
        library.connection.execute("VACUUM INTO ?", (str(part),))
        sync(part)
        part.replace(target)
    finally:
        part.unlink(missing_ok=True)


def vacuum(library: Library) -> None:
    """Gives back what deleted rows took. Needs as much room again for a moment. Raises sqlite3.Error."""
    library.connection.execute("VACUUM")
    library.connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
