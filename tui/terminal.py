"""What kind of terminal this is, found out before Textual starts. Imports no Textual.

`problem()` says why the app cannot run here. `probe()` asks the terminal once, in one batch, with the device attributes
(DA1) last as a fence: every terminal answers those, so nobody waits for answers that never come. Nothing may be asked
later: Textual would take the answers for keys. What is left unread is flushed.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import select
import sys
import time
from collections.abc import Callable, Mapping, MutableMapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from providers.values import dataclass

if TYPE_CHECKING:
    from rushes.doctor import Screen

__all__ = [
    "FULL_SIZE",
    "MUTE_LIMIT",
    "Terminal",
    "apply",
    "known_mute",
    "parse",
    "probe",
    "problem",
    "remember_mute",
    "unasked",
]

FULL_SIZE = (60, 16)
"""Columns and rows below which the app shows one line instead of its screens."""
PROBE_LIMIT = 2.0
"""Seconds for all answers together: a line to the other side of the world takes one, and a mute terminal costs them
once."""
MUTE_LIMIT = 0.1
"""The same for a terminal that has never answered."""

_QUERIES = (
    b"\x1b[>q"  # XTVERSION
    b"\x1b[?u"  # the flags of the key protocol, answered only where there is one
    b"\x1b]11;?\x1b\\"  # the background
    b"\x1b[48;2;1;2;3m\x1bP$qm\x1b\\\x1b[0m"  # a colour is set and asked back: proof of 24 bits
    b"\x1b[16t"  # the size of a cell in pixels
    b"\x1b[c"
)
_KITTY_QUERY = b"\x1b_Gi=31,s=1,v=1,a=q,t=d,f=24;AAAA\x1b\\"
"""Never inside tmux or screen: they take it for the title of the window."""

_DEVICE = re.compile(rb"\x1b\[\?([\d;]*)c")
_BACKGROUND = re.compile(rb"\x1b\]11;rgb:([0-9a-fA-F]+)/([0-9a-fA-F]+)/([0-9a-fA-F]+)")
_COLOUR = re.compile(rb"\x1bP1\$r[\d:;]*48[:;]2[:;]+1[:;]2[:;]3[\d:;]*m")
_NAME = re.compile(rb"\x1bP>\|([^\x1b]*)")
_CELL = re.compile(rb"\x1b\[6;(\d{1,4});(\d{1,4})t")
_KITTY = re.compile(rb"\x1b_Gi=31;OK")
_KEYS = re.compile(rb"\x1b\[\?\d+u")


@dataclass(frozen=True, slots=True)
class Terminal:
    """What the terminal said of itself. `answered`: it reached the fence; None or False elsewhere: not known."""

    answered: bool = False
    background: tuple[int, int, int] | None = None
    true_colour: bool = False
    name: str = ""
    kitty_graphics: bool = False
    sixel: bool = False
    cell: tuple[int, int] | None = None
    key_protocol: bool = False

    @property
    def dark(self) -> bool | None:
        """Whether the background is dark; None where the terminal did not say."""
        if self.background is None:
            return None
        red, green, blue = self.background
        return 299 * red + 587 * green + 114 * blue < 128_000

    def screen(self, columns: int, rows: int) -> Screen:
        """What the doctor looks at, in a window of so many cells."""
        from rushes.doctor import Screen

        return Screen(
            columns=columns,
            rows=rows,
            answered=self.answered,
            name=self.name,
            true_colour=self.true_colour,
            kitty_graphics=self.kitty_graphics,
            sixel=self.sixel,
            key_protocol=self.key_protocol,
        )


def problem(environ: Mapping[str, str] = os.environ) -> str | None:
    """Why the app cannot run here, with what to do instead; None if it can. A small terminal is no reason."""
    instead = 'use a verb instead, such as: rushes generate "a paper boat"'
    for stream, name in ((sys.stdin, "input"), (sys.stdout, "output"), (sys.stderr, "error")):
        if stream is None or stream.closed or not stream.isatty():
            return f"standard {name} is not a terminal; {instead}"
    if environ.get("TERM", "") in ("", "dumb"):
        return f"the terminal cannot draw (TERM={environ.get('TERM') or 'not set'}); {instead}"
    return None


def unasked(environ: Mapping[str, str] = os.environ) -> bool:
    """Whether `probe` asks nothing here."""
    return environ.get("RUSHES_NO_PROBE") == "1" or problem(environ) is not None


def probe(
    environ: Mapping[str, str] = os.environ,
    limit: float = PROBE_LIMIT,
    clock: Callable[[], float] = time.monotonic,
) -> Terminal:
    """Asks the terminal, waiting at most `limit` seconds. Not asked where input or output is no terminal."""
    if unasked(environ):
        return Terminal()
    with contextlib.suppress(OSError):
        told = parse(_ask(sys.stdin.fileno(), sys.stdout.fileno(), _batch(environ), limit, clock))
        return told if told.cell else replace(told, cell=_cell_of_window(sys.stdout.fileno()))
    return Terminal()


def _cell_of_window(descriptor: int) -> tuple[int, int] | None:
    """A cell's pixels by the kernel's record of the window, which many terminals fill in and ssh carries along."""
    import fcntl
    import struct
    import termios

    rows, columns, width, height = struct.unpack("HHHH", fcntl.ioctl(descriptor, termios.TIOCGWINSZ, bytes(8)))
    return _plausible(width // columns, height // rows) if rows and columns else None


def known_mute(memory: Path, environ: Mapping[str, str] = os.environ) -> bool:
    """Whether this kind of terminal said nothing the last time."""
    with contextlib.suppress(OSError):
        return _kind(environ) in memory.read_text(encoding="utf-8", errors="replace").splitlines()
    return False


def remember_mute(memory: Path, environ: Mapping[str, str] = os.environ) -> None:
    """Writes down that it said nothing; a memory that cannot be written costs two seconds, not the start."""
    with contextlib.suppress(OSError):
        memory.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        with memory.open("a", encoding="utf-8") as file:
            file.write(_kind(environ) + "\n")


def _kind(environ: Mapping[str, str]) -> str:
    """What tells kinds of terminals apart without asking them."""
    names = ("TERM", "TERM_PROGRAM", "TERM_PROGRAM_VERSION", "COLORTERM")
    far = "ssh" if environ.get("SSH_CONNECTION") else "here"
    words = [environ.get(name, "") for name in names] + [far, "tmux" if environ.get("TMUX") else ""]
    return " ".join(json.dumps(each)[1:-1] or "-" for each in words)


def _batch(environ: Mapping[str, str]) -> bytes:
    multiplexed = "TMUX" in environ or environ.get("TERM", "").startswith(("screen", "tmux"))
    return _QUERIES if multiplexed else _KITTY_QUERY + _QUERIES


def _ask(source: int, target: int, batch: bytes, limit: float, clock: Callable[[], float]) -> bytes:
    """Writes the batch and reads up to the fence, in raw mode, which is taken back with whatever is still unread."""
    import termios
    import tty

    before: list[Any] = termios.tcgetattr(source)
    try:
        tty.setcbreak(source, termios.TCSANOW)
        os.write(target, batch)
        return _read(source, limit, clock)
    finally:
        termios.tcflush(source, termios.TCIFLUSH)
        termios.tcsetattr(source, termios.TCSANOW, before)


def _read(source: int, limit: float, clock: Callable[[], float]) -> bytes:
    answers = b""
    end = clock() + limit
    while not _DEVICE.search(answers) and (left := end - clock()) > 0:
        if not select.select([source], [], [], left)[0]:
            break
        data = os.read(source, 4096)
        if not data:
            break
        answers += data
    return answers


def parse(answers: bytes) -> Terminal:
    """Reads the answers, in any order, and passes over everything else (such as keys typed meanwhile)."""
    device = _DEVICE.search(answers)
    name = _NAME.search(answers)
    return Terminal(
        answered=device is not None,
        background=_background(answers),
        true_colour=_COLOUR.search(answers) is not None,
        name=name[1].decode("ascii", "replace") if name else "",
        kitty_graphics=_KITTY.search(answers) is not None,
        cell=_cell(answers),
        sixel=device is not None and b"4" in device[1].split(b";")[1:],
        key_protocol=_KEYS.search(answers) is not None,
    )


def _cell(answers: bytes) -> tuple[int, int] | None:
    """Width and height; sizes that no font has are passed over."""
    found = _CELL.search(answers)
    if found is None:
        return None
    return _plausible(int(found[2]), int(found[1]))


def _plausible(width: int, height: int) -> tuple[int, int] | None:
    return (width, height) if 2 <= width <= 200 and 2 <= height <= 200 else None


def _background(answers: bytes) -> tuple[int, int, int] | None:
    """Each channel has one to four hexadecimal digits, a fraction of all ones."""
    found = _BACKGROUND.search(answers)
    if found is None:
        return None
    red, green, blue = (round(int(each, 16) * 255 / (16 ** len(each) - 1)) for each in found.groups())
    return red, green, blue


def apply(terminal: Terminal, environ: MutableMapping[str, str] = os.environ) -> None:
    """Before Textual is imported: tells it of proven 24-bit colour, as SSH does not forward COLORTERM."""
    if terminal.true_colour and "TEXTUAL_COLOR_SYSTEM" not in environ:
        environ["TEXTUAL_COLOR_SYSTEM"] = "truecolor"
