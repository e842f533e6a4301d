"""`rushes doctor keys`: what each key press arrives as, and what it does. No screen: a line for each key.

The terminal is asked for the same key reports as in the app, so that what is seen here is what the app sees. It is left
as it was found on every way out, SIGTERM and SIGHUP included. ctrl+c ends it, and is shown like any other key before.
"""

from __future__ import annotations

import codecs
import os
import select
import signal
import sys
import termios
import tty
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, NoReturn

from textual import events

from tui import compat
from tui.actions import ACTIONS, PLACES, spoken
from tui.keymap import with_keymap
from tui.text import one_line, width

if TYPE_CHECKING:
    from textual.message import Message

    from rushes.home import Home

__all__ = ["KeyReader", "does", "line", "names", "show_keys"]

KEY_CELLS, BYTES_CELLS = 18, 26
LAST = "ctrl+c"
PATIENCE_S = 0.05
"""Seconds after which a lone escape is the escape key, not the begin of something longer: a tick of the parser's."""
_SHORT = {"\x1b": "ESC", " ": "SP", "\x7f": "DEL", "\r": "CR", "\n": "LF", "\t": "TAB"}


def names(keys: Mapping[str, Sequence[str]]) -> dict[str, list[str]]:
    """What each key does, by key: `Studio: Generate`. `keys` are those that settings.toml moved, by action."""
    found: dict[str, list[str]] = {}
    for each in ACTIONS:
        for key in keys.get(each.id, each.keys):
            words = f"{PLACES[each.where]}: {each.label}"
            if words not in found.setdefault(key, []):
                found[key].append(words)
    return found


def does(key: events.Key, bound: Mapping[str, Sequence[str]]) -> str:
    """What a key press does, in words."""
    if actions := bound.get(key.key):
        return " · ".join([*["writes itself in a field"] * key.is_printable, *actions])
    if key.key == LAST:
        return "says how to leave; ends this list"
    return "writes itself" if key.is_printable else "nothing"


def line(key: events.Key, sent: str, bound: Mapping[str, Sequence[str]]) -> str:
    """One press: its name, what the terminal sent for it, what it does."""
    name = spoken(key.key) if not key.is_printable else one_line(key.character or key.key) or key.key
    called = name if name == key.key else f"{name}  ({key.key})"
    return f"{_filled(called, KEY_CELLS)}{_filled(_bytes(sent), BYTES_CELLS)}{does(key, bound)}"


def _filled(text: str, cells: int) -> str:
    return text + " " * max(2, cells - width(text))


def _bytes(sent: str) -> str:
    return " ".join(_SHORT.get(each) or (each if each.isprintable() else f"{ord(each):02x}") for each in sent)


class KeyReader:
    """Makes key presses of what a terminal sends, by the very parser that the app uses."""

    def __init__(self) -> None:
        self._parser = compat.FixedParser()
        self._sent = ""

    def feed(self, data: str) -> Iterator[tuple[events.Key, str]]:
        """The presses in some input, each with the characters that it came as."""
        for character in data:
            self._sent += character
            yield from self._told(self._parser.feed(character))

    def tick(self) -> Iterator[tuple[events.Key, str]]:
        """Time has passed: a lone escape is a key now."""
        yield from self._told(self._parser.tick())

    def _told(self, messages: Iterable[Message]) -> Iterator[tuple[events.Key, str]]:
        for each in messages:
            sent, self._sent = self._sent, ""
            if isinstance(each, events.Key) and each.key != "ignore":
                yield each, sent


def show_keys(home: Home) -> int:
    """Shows presses until ctrl+c; returns the exit status. Standard input and output must be a terminal."""
    from rushes.settings import SettingsStore

    keymap, problems = with_keymap(SettingsStore(home.settings).value.keymap)
    for each in problems:
        print(f"settings.toml: {one_line(each)}")
    source = sys.stdin.fileno()
    before: list[Any] = termios.tcgetattr(source)
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _leave)
    try:
        tty.setraw(source, termios.TCSADRAIN)
        _write(f"{compat.key_reports(on=True)}Press keys; ctrl+c ends.\r\n\r\n")
        _listen(source, names({action: keys.split(",") for action, keys in keymap.items()}))
    finally:
        _write(compat.key_reports(on=False))
        termios.tcsetattr(source, termios.TCSAFLUSH, before)
    return 0


def _leave(number: int, _frame: object) -> NoReturn:
    raise SystemExit(128 + number)


def _listen(source: int, bound: Mapping[str, Sequence[str]]) -> None:
    reader, decoder = KeyReader(), codecs.getincrementaldecoder("utf-8")("replace")
    while True:
        arrived = select.select([source], [], [], PATIENCE_S)[0]
        data = os.read(source, 4096) if arrived else b""
        if arrived and not data:
            return  # the terminal is gone
        presses = reader.feed(decoder.decode(data)) if arrived else reader.tick()
        for key, sent in presses:
            _write(f"{line(key, sent, bound)}\r\n")
            if key.key == LAST:
                return


def _write(text: str) -> None:
    sys.stdout.write(text)
    sys.stdout.flush()
