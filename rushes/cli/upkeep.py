"""`backup`, `vacuum`: care for the library's file. Both work while other processes use the library."""

from __future__ import annotations

import sqlite3
from argparse import Namespace
from datetime import UTC, datetime
from pathlib import Path

from rushes.cli.exits import Exit, Stop
from rushes.cli.output import counted, print_json
from rushes.cli.places import begins, place_for
from rushes.home import Home
from rushes.library.library import Library
from rushes.library.upkeep import backup as write_backup
from rushes.library.upkeep import vacuum as make_small

__all__ = ["backup", "vacuum"]

HEAD = b"SQLite format 3\x00"


def backup(home: Home, options: Namespace) -> int:
    """A whole copy of the library; clips have their own files and are not part of it."""
    library = _open(home)
    target = _target(home, options.file)
    try:
        write_backup(library, target)
        takes = library.count()
    except (sqlite3.Error, OSError) as error:
        raise _not_done("the copy could not be written", error) from error
    finally:
        library.close()
    size = target.stat().st_size
    if options.json:
        print_json({"file": str(target), "bytes": size, "takes": takes})
    else:
        print(target)
        print(f"{counted(takes, 'take')}, {size / 1e6:.1f} MB; put it in the place of {home.library} to go back to it")
    return Exit.DONE


def vacuum(home: Home, options: Namespace) -> int:
    """Gives back what deleted rows took."""
    library = _open(home)
    before = _size(home.library)
    try:
        make_small(library)
    except sqlite3.Error as error:
        raise _not_done("the library could not be made smaller; it is as it was", error) from error
    finally:
        library.close()
    after = _size(home.library)
    if options.json:
        print_json({"file": str(home.library), "bytes_before": before, "bytes": after})
    else:
        print(f"{before / 1e6:.1f} MB before, {after / 1e6:.1f} MB now")
    return Exit.DONE


def _open(home: Home) -> Library:
    home.make()
    return Library(home.library, now=lambda: datetime.now(UTC))


def _target(home: Home, given: str | None) -> Path:
    """Where the copy goes. Nothing but an earlier copy is ever replaced. Raises Stop."""
    name = f"library-{datetime.now(UTC):%Y%m%d-%H%M%S}.sqlite3"
    target = Path(given).expanduser() if given else home.backups / name
    if target.is_dir():
        target = target / name
    if given is None:
        target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    is_library = begins(HEAD)
    place_for("backup", target, what="copy", own=lambda path: not path.samefile(home.library) and is_library(path))
    return target


def _size(path: Path) -> int:
    """With what has not been written into it yet."""
    beside = [path, path.with_name(f"{path.name}-wal")]
    return sum(each.stat().st_size for each in beside if each.exists())


def _not_done(words: str, error: Exception) -> Stop:
    why = getattr(error, "strerror", None) or str(error)
    return Stop(Exit.FAULT, f"{words}: {why}", kind="library", hint="make room, or end what uses it, and try again")
