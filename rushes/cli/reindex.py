"""`reindex`: the library again, from the sidecars beside the clips."""

from __future__ import annotations

from argparse import Namespace
from datetime import UTC, datetime
from pathlib import Path

from rushes.cli.exits import Exit
from rushes.cli.output import print_json, say
from rushes.home import Home
from rushes.library import Library
from rushes.reindex import rebuild
from rushes.settings import SettingsStore
from rushes.sidecar import Receipts

__all__ = ["reindex"]


def reindex(home: Home, options: Namespace) -> int:
    """Adds what the library lacks; what it has is left as it is."""
    home.make()
    library = Library(home.library, now=lambda: datetime.now(UTC))
    result = rebuild(library, _media(home), Receipts(home.receipts))
    library.close()
    if options.json:
        print_json({"added": result.added, "known": result.known, "broken": [str(each) for each in result.broken]})
    else:
        print(f"{result.added} added, {result.known} known already")
        for path in result.broken:
            say(f"rushes: {path} cannot be read and was left out")
    return Exit.DONE


def _media(home: Home) -> list[Path]:
    chosen = SettingsStore(home.settings).value.media.folder
    return [home.media, *([Path(chosen).expanduser()] if chosen else [])]
