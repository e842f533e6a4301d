"""Opens the app, or says which verb to use where there is no terminal for it."""

from __future__ import annotations

import os
import sys

from rushes.cli.exits import Exit, Stop
from rushes.home import Home

__all__ = ["open_app"]


def open_app(home: Home, *, first: str = "") -> int:
    """Raises Stop where an app cannot be shown. With `first` it is the player on that take."""
    use = 'use the verbs instead: `rushes generate "…"`, `rushes tasks`, `rushes history` (`rushes --help`)'
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        raise Stop(Exit.USAGE, "the app needs a terminal, and this is none", hint=use)
    if os.environ.get("TERM", "") in {"", "dumb"}:
        raise Stop(Exit.USAGE, "the app needs a terminal that can place text; TERM says that this one cannot", hint=use)
    from tui.start import run

    return run(home, first=first)
