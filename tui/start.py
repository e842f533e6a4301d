"""The way in: what must be known of the terminal before Textual is imported, then the app, then an exit status.

`run` is what the command line calls. It imports no Textual itself: the terminal is asked first, since its answer
decides how many colours Textual uses. A terminal that cannot show screens gets a line on what to use instead.
"""

from __future__ import annotations

import gc
import os
import sys
from typing import TYPE_CHECKING

from tui import terminal

if TYPE_CHECKING:
    from rushes.home import Home
    from tui.app import RushesApp

__all__ = ["run"]

NO_TERMINAL = 2
FRAMES = "120"
"""Frames a second at most: what a key changed waits half as long for the next one. Nothing here is drawn that often."""


def run(home: Home, *, first: str = "") -> int:
    """Opens the app on a home (with `first`, the player on that take) and returns the exit status."""
    if problem := terminal.problem():
        print(problem, file=sys.stderr)
        return NO_TERMINAL
    told = _ask(home)
    terminal.apply(told)
    os.environ.setdefault("TEXTUAL_FPS", FRAMES)
    gc.disable()  # until the first screen stands: collections would cost a fifth of the start

    from tui import compat
    from tui.app import RushesApp

    app = RushesApp(home, light=told.dark is False, terminal=told, first=first)
    compat.prepare(app)
    try:
        app.run(mouse=app.early.mouse)
    finally:
        compat.restore()
    _say(app)
    return compat.exit_code(app)


def _ask(home: Home) -> terminal.Terminal:
    """What the terminal says of itself. One that said nothing before gets less time."""
    memory = home.cache / "mute-terminals"
    mute = terminal.known_mute(memory)
    told = terminal.probe(limit=terminal.MUTE_LIMIT) if mute else terminal.probe()
    if not (told.answered or mute or terminal.unasked()):
        terminal.remember_mute(memory)
    return told


def _say(app: RushesApp) -> None:
    """What a refused home had to say, once more, where it stays readable."""
    if app.refusal:
        print(f"rushes: {app.refusal}", file=sys.stderr)
        print(f"home: {os.fspath(app.home.data)}", file=sys.stderr)
