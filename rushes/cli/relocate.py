"""`relocate`: the clips to another folder, verified, before anything is deleted; carries on after an interruption."""

from __future__ import annotations

import sys
from argparse import Namespace
from datetime import UTC, datetime
from pathlib import Path

from rushes.cli.exits import Exit, Stop
from rushes.cli.output import counted, print_json, say
from rushes.home import Home
from rushes.library.library import Library
from rushes.library.relocating import Journal, Moved, NotWhole, copy_over, forget_old, switch, takes_below
from rushes.library.rows import milliseconds
from rushes.settings import SettingsStore
from rushes.tasks.leases import Leases

__all__ = ["relocate"]


def relocate(home: Home, options: Namespace) -> int:
    """Copy, verify, switch, delete."""
    library = _opened(home)
    journal = Journal(home.state / "relocate.json")
    settings = SettingsStore(home.settings)
    try:
        new = Path(options.folder).expanduser().absolute()
        old = _begun(journal, new) or _folders(home, settings, new)
        moved, gone = _move(library, settings, journal, old, new, options)
    except NotWhole as problem:
        raise Stop(Exit.DOWNLOAD, str(problem), hint="nothing was switched, and nothing deleted") from problem
    except OSError as error:
        raise Stop(Exit.USAGE, f"{error.filename or options.folder}: {error.strerror or error}") from error
    finally:
        library.close()
    missing = [each.id for each in moved.missing]
    if options.json:
        print_json({"folder": str(new), "moved": moved.moved, "bytes": moved.bytes, "missing": missing})
    else:
        are = "is" if moved.moved == 1 else "are"
        print(f"{counted(moved.moved, 'clip')} {are} in {new}; {counted(gone, 'file')} of the old place deleted")
        for each in missing:
            say(f"rushes: {each}: its clip is not where the library says; `rushes verify --find DIR` looks for it")
    return Exit.DOWNLOAD if missing else Exit.DONE


def _move(
    library: Library, settings: SettingsStore, journal: Journal, old: list[Path], new: Path, options: Namespace
) -> tuple[Moved, int]:
    tasks = takes_below(library, old)
    journal.begin(old, new)
    loud = sys.stderr.isatty() and not options.quiet

    def tell(done: int, count: int) -> None:
        if loud and (done == count or done % 25 == 0):
            say(f"{done} of {count} clips")

    moved = copy_over(tasks, old, new, tell=tell)
    switch(library, tasks, old, new)
    settings.update("media.folder", str(new))
    gone = forget_old(library, old, new)
    journal.end()
    return moved, gone


def _begun(journal: Journal, new: Path) -> list[Path] | None:
    begun = journal.read()
    if begun is None:
        return None
    if begun[1] != new:
        words = f"a move to {begun[1]} was begun and not finished"
        raise Stop(Exit.USAGE, words, hint=f"finish it first: rushes relocate {begun[1]}")
    return begun[0]


def _folders(home: Home, settings: SettingsStore, new: Path) -> list[Path]:
    chosen = settings.value.media.folder
    old = [home.media.absolute(), *([Path(chosen).expanduser().absolute()] if chosen else [])]
    old = [each for each in dict.fromkeys(old) if each != new]
    if any(new.is_relative_to(each) or each.is_relative_to(new) for each in old):
        raise Stop(Exit.USAGE, f"{new} lies in the folder of the clips, or around it; choose one apart from it")
    return old


def _opened(home: Home) -> Library:
    """The library, with nobody else at work: a window that is open would go on writing to the old place."""
    if home.connect:
        raise Stop(Exit.USAGE, "the clips are on the gateway's machine", hint="run `rushes relocate` there")
    home.make()
    library = Library(home.library, now=lambda: datetime.now(UTC))
    leases = Leases()
    leases.look(library.others(), milliseconds(datetime.now(UTC)))
    if leases.living:
        library.close()
        hint = "end the app, `rushes serve` and `rushes watch` on this home, then try again"
        raise Stop(Exit.USAGE, "another rushes is at work on this home", hint=hint)
    return library
