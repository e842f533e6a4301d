"""`reindex`: the library again, from the sidecars beside the clips."""

from __future__ import annotations

from argparse import Namespace
from datetime import UTC, datetime
from pathlib import Path

from rushes.cli.exits import Exit
from rushes.cli.output import print_json, say
from rushes.home import Home
from rushes.library.library import Library, LibraryBroken
from rushes.library.opening import set_aside
from rushes.library.reindex import rebuild
from rushes.library.sidecar import Receipts
from rushes.library.upkeep import torn
from rushes.settings import SettingsStore

__all__ = ["reindex"]

LOST = (
    "budgets count again what these files say. What left none cannot come back: takes deleted for good, failed and "
    "cancelled tasks, requests without an answer, and shots not sent yet; the vendors' usage pages tell what they cost"
)


def reindex(home: Home, options: Namespace) -> int:
    """Adds what the library lacks; what it has is left as it is."""
    home.make()
    library = _opened(home)
    result = rebuild(library, _media(home), Receipts(home.receipts))
    library.close()
    if options.json:
        told = {"added": result.added, "known": result.known, "broken": [str(each) for each in result.broken]}
        print_json({**told, "doubles": list(result.doubles)})
    else:
        print(f"{result.added} added, {result.known} known already")
        for path in result.broken:
            say(f"rushes: {path} was left out: {result.why[path]}")
        for task_id in result.doubles:
            say(f"rushes: {task_id} was left out: another take is of the same task at the vendor")
    if result.anew:
        say(f"rushes: {LOST}")
    return Exit.DONE


def _opened(home: Home) -> Library:
    """One that is damaged, in whatever part, is moved aside, and rebuilt by this very call."""
    try:
        library = Library(home.library, now=lambda: datetime.now(UTC))
        if not (faults := torn(library)):
            return library
        library.close()
        raise set_aside(home.library, faults[0])
    except LibraryBroken as broken:
        say(f"rushes: {broken}")
        return Library(home.library, now=lambda: datetime.now(UTC))


def _media(home: Home) -> list[Path]:
    chosen = SettingsStore(home.settings).value.media.folder
    return [home.media, *([Path(chosen).expanduser()] if chosen else [])]
