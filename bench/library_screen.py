"""The Library on a real pseudo-terminal: what a person waits for, with many takes and with none.

Times are of the terminal's side: from the key that is written to the chunk after which the screen shows what was asked
for. Chunks are kept with their times and drawn afterwards, so that drawing costs the figures nothing.
"""

from __future__ import annotations

import asyncio
import re
import statistics
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from pathlib import Path

import pyte

from bench.terminal import Terminal
from rushes.home import Home
from rushes.library.library import Library

__all__ = ["Seen", "look", "rows_read"]

SIZE = (200, 50)
LETTERS = "fbhlgvdtorwmsp"
STARTS = 5
ROUNDS = 3
LISTEN_S = 2.0
"""How long a key is listened to at most: far longer than any answer may take."""
OPEN_QUIET_S = 1.5
"""A screen that opens for the first time may be silent longer in between."""
QUIET_S = 0.4
"""An answer is over when nothing has come for so long."""
NUMBER = re.compile(r"number (\d+)")
APP = [sys.executable, "-m", "rushes"]


@dataclass(slots=True)
class Seen:
    """Seconds: from F8 to the first rows, from letters to results, to the end and back; and megabytes at the end."""

    opened: list[float] = field(default_factory=list)
    typed: list[float] = field(default_factory=list)
    ends: list[float] = field(default_factory=list)
    memory: float = 0.0

    @property
    def open_ms(self) -> float:
        """The median of several starts."""
        return 1000 * statistics.median(self.opened)


class Eye:
    """A terminal whose screen can be asked for at any earlier moment."""

    def __init__(self, terminal: Terminal) -> None:
        self.terminal = terminal
        self._screen = pyte.Screen(*SIZE)
        self._stream = pyte.ByteStream(self._screen)

    @property
    def lines(self) -> list[str]:
        """The screen, as far as it has been drawn."""
        return list(self._screen.display)

    def after(self, keys: bytes, shows: Callable[[list[str]], bool], *, quiet: float = QUIET_S) -> float | None:
        """Seconds from the keys until the screen showed it; None if it never did."""
        limit = max(LISTEN_S, 3 * quiet)
        began = time.perf_counter()
        self.terminal.send(keys)
        chunks: list[tuple[float, bytes]] = []
        last = began
        while (left := min(began + limit, last + quiet) - time.perf_counter()) > 0:
            before = len(self.terminal.raw)
            self.terminal.read_once(left)
            if len(self.terminal.raw) > before:
                last = time.perf_counter()
                chunks.append((last - began, self.terminal.raw[before:]))
        found: float | None = None
        for at, data in chunks:
            self._stream.feed(data)
            if found is None and shows(self.lines):
                found = at
        return found

    def settle(self) -> None:
        """Draws what came, and lets the app come to rest."""
        self.after(b"", lambda _lines: False)


def first_row(lines: Sequence[str]) -> str:
    """The first line of the list: below its frame."""
    at = next((at for at, line in enumerate(lines) if "─ Takes" in line), None)
    return "" if at is None or at + 1 == len(lines) else lines[at + 1]


def shows_first(number: int) -> Callable[[list[str]], bool]:
    """Whether the list begins with that take."""

    def shows(lines: list[str]) -> bool:
        found = NUMBER.search(first_row(lines))
        return found is not None and int(found[1]) == number

    return shows


def look(home: Home) -> Seen:
    """Opens the app on a home again and again, and types."""
    seen = Seen()
    newest = _newest(home, "")
    for start in range(STARTS):
        env = {"RUSHES_HOME": str(home.data), "PYTHONPATH": str(Path.cwd())}
        with Terminal(APP, cols=SIZE[0], rows=SIZE[1], env=env) as terminal:
            terminal.until("Generate")
            eye = Eye(terminal)
            terminal.read(1.0)
            wanted = shows_first(newest) if newest is not None else _is_empty
            took = eye.after(b"\x1b[19~", wanted, quiet=OPEN_QUIET_S)
            seen.opened.append(3 * OPEN_QUIET_S if took is None else took)
            eye.settle()
            if start == STARTS - 1:
                if newest is not None:
                    _type(home, eye, seen, newest)
                seen.memory = terminal.rss_mb()
    return seen


def _is_empty(lines: list[str]) -> bool:
    return any("Nothing here yet" in line for line in lines)


def _newest(home: Home, query: str) -> int | None:
    """The number of the take that a search shows first."""
    library = Library(home.library, now=_never)
    try:
        tasks = library.page(query, limit=1).tasks
    finally:
        library.close()
    found = NUMBER.search(tasks[0].shot.prompt) if tasks else None
    return int(found[1]) if found else None


def _never() -> datetime:
    raise AssertionError("nothing is written")


def _type(home: Home, eye: Eye, seen: Seen, newest: int) -> None:
    eye.after(b"/", lambda _lines: False)
    for letter in LETTERS * ROUNDS:
        wanted = _newest(home, letter)
        if wanted is None or wanted == newest:
            continue
        for keys, number in ((letter.encode(), wanted), (b"\x7f", newest)):
            took = eye.after(keys, shows_first(number))
            seen.typed.append(LISTEN_S if took is None else took)
            eye.settle()
    eye.after(b"\r", lambda _lines: False)
    eye.settle()
    for _ in range(ROUNDS):
        for keys, number in ((b"G", 0), (b"g", newest)):
            took = eye.after(keys, partial(_has, number=number))
            seen.ends.append(LISTEN_S if took is None else took)
            eye.settle()


def _has(lines: Sequence[str], *, number: int) -> bool:
    return any((found := NUMBER.search(line)) and int(found[1]) == number for line in lines)


def rows_read(home: Home) -> tuple[int, int]:
    """Takes that were read to open the Library, and lines of its list, on a screen of 120 × 40."""
    return asyncio.run(_rows_read(home))


async def _rows_read(home: Home) -> tuple[int, int]:
    from tui.app import RushesApp
    from tui.widgets.history_list import HistoryList

    app = RushesApp(home)
    async with app.run_test(size=(120, 40)) as pilot:
        end = time.perf_counter() + 10
        while time.perf_counter() < end and app.engine is None:
            await pilot.pause(0.05)
        await pilot.press("f8")
        await pilot.pause(1.0)
        takes = app.screen.query_one(HistoryList)
        found = len(takes.takes), takes.size.height
    await app.close()
    return found


if __name__ == "__main__":
    shown = look(Home.find(str(Path(sys.argv[1]).resolve())))
    print(shown)
