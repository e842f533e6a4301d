"""Copying: to a clipboard that is the person's, by the way that leads there, and with words that say which it was.

Over SSH only the terminal itself can reach it (OSC 52); here a tool of the desktop is surer. No terminal says whether
it took the text, so the words say `sent`, never `copied`. What is too long for the terminal goes into a file.
"""

from __future__ import annotations

import base64
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

from providers.values import dataclass
from tui.outside_screen import wrapped
from tui.over_ssh import over_ssh

__all__ = ["MOST_BYTES", "Way", "choose", "copy", "sequence"]

MOST_BYTES = 55_000
"""Before base64: terminals and tmux cut off, or pass over, what is longer than about 75 kB."""
TOOL_LIMIT_S = 2.0
_TOOLS = (
    ("WAYLAND_DISPLAY", ("wl-copy",)),
    ("DISPLAY", ("xclip", "-selection", "clipboard")),
    ("DISPLAY", ("xsel", "--clipboard", "--input")),
)


@dataclass(frozen=True, slots=True)
class Way:
    """How a text gets onto a clipboard. `tool` is a command; without one the terminal does it, or a file has to."""

    words: str
    tool: tuple[str, ...] = ()
    terminal: bool = False


def choose(
    text: str,
    environ: Mapping[str, str],
    which: Callable[[str], str | None] = shutil.which,
    platform: str = sys.platform,
) -> Way:
    """The surest way from here."""
    if not over_ssh(environ):
        if platform == "darwin" and which("pbcopy"):
            return Way("Copied by pbcopy", ("pbcopy",))
        for variable, tool in _TOOLS:
            if environ.get(variable) and which(tool[0]):
                return Way(f"Copied by {tool[0]}", tool)
    if len(text.encode("utf-8", "replace")) > MOST_BYTES:
        return Way("Too long for the terminal; written to")
    through = "tmux and the terminal" if environ.get("TMUX") else "the terminal"
    return Way(f"Sent to the clipboard through {through}", terminal=True)


def sequence(text: str, environ: Mapping[str, str]) -> str:
    """OSC 52. In tmux twice: for tmux itself (`set-clipboard on`), and wrapped (`allow-passthrough on`)."""
    plain = f"\x1b]52;c;{base64.b64encode(text.encode('utf-8', 'replace')).decode('ascii')}\x07"
    around = wrapped(plain, environ)
    return plain if around == plain else plain + around


def copy(text: str, environ: Mapping[str, str], *, write: Callable[[str], None], last_resort: Path) -> str:
    """Copies, and returns the words that say by which way. Raises OSError where not even a file can be written."""
    way = choose(text, environ)
    if way.tool and _by_tool(way.tool, text):
        return way.words
    if way.terminal or way.tool:
        write(sequence(text, environ))
        return way.words if way.terminal else "Sent to the clipboard through the terminal"
    last_resort.write_text(text, encoding="utf-8", errors="replace")
    return f"{way.words} {last_resort}"


def _by_tool(tool: tuple[str, ...], text: str) -> bool:
    """These tools take the text and stay in the background with it."""
    nothing = subprocess.DEVNULL
    try:
        done = subprocess.run(  # noqa: S603 - a fixed command, and the text goes to its standard input
            list(tool), input=text.encode("utf-8", "replace"), stdout=nothing, stderr=nothing, timeout=TOOL_LIMIT_S
        )
    except (OSError, subprocess.TimeoutExpired):
        return False
    return done.returncode == 0
