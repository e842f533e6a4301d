"""A real pseudo-terminal for tests: runs a program, keeps its screen with pyte, counts its bytes, answers queries.

    with PtyScreen([sys.executable, "-m", "some.demo"], cols=120, rows=40) as screen:
        screen.wait_text("ready")
        screen.settle()
        assert screen.bytes_of(lambda: screen.send("j")) <= 600

`Answers` decides what kind of terminal it is. `changed_modes` tells what the program has left set. Nothing waits longer
than its time limit, and a limit that runs out raises with the screen in the message.
"""

from __future__ import annotations

import fcntl
import os
import re
import select
import signal
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import pyte

__all__ = ["Answers", "Cell", "PtyScreen"]

PROJECT = Path(__file__).resolve().parent.parent

_SEQUENCE = re.compile(
    rb"\x1b(?:\[(?P<private>[<>=?]?)(?P<params>[\d;:]*)(?P<middle>[ !\"#$%&'*]*)(?P<final>[@-~])"
    rb"|\](?P<osc>[^\x07\x1b]*)(?:\x07|\x1b\\)"
    rb"|P(?P<dcs>[^\x1b]*)\x1b\\"
    rb"|_(?P<apc>[^\x1b]*)\x1b\\"
    rb"|[ -/]*[0-OQ-Z\\^`-~])"
)
_INCOMPLETE = re.compile(rb"\x1b(?:\[[<>=?]?[\d;:]*[ !\"#$%&'*]*|[\]P_][^\x07\x1b]*\x1b?|[ -/]*)?\Z")
_ON_BY_DEFAULT = frozenset({"7", "25"})
_TAKE_TERMINAL = """
import fcntl, os, sys, termios
fcntl.ioctl(0, termios.TIOCSCTTY, 0)
os.execvp(sys.argv[1], sys.argv[1:])
"""
"""Makes the pseudo-terminal the controlling one, as a hang-up and `/dev/tty` need; then becomes the program."""


@dataclass(frozen=True)
class Answers:
    """How the terminal replies. None or False: to that it says nothing."""

    device: bytes | None = b"\x1b[?62;22c"
    background: bytes | None = b"rgb:1e1e/1e1e/2e2e"
    colour_proof: bool = True
    name: bytes | None = None
    kitty: bool = False
    cursor_reports: bool = True
    synchronized: bool = False

    def to(self, found: re.Match[bytes], cursor: tuple[int, int]) -> bytes:
        """The reply to one sequence of the program, or nothing. `cursor` is (row, column) from 1."""
        if found["osc"] is not None:
            asked = found["osc"] == b"11;?" and self.background is not None
            return b"\x1b]11;%b\x1b\\" % self.background if asked and self.background else b""
        if found["dcs"] is not None:
            return b"\x1bP1$r0;48:2::1:2:3m\x1b\\" if found["dcs"] == b"$qm" and self.colour_proof else b""
        if found["apc"] is not None:
            return b"\x1b_Gi=31;OK\x1b\\" if self.kitty else b""
        return self._to_csi(found, cursor)

    def _to_csi(self, found: re.Match[bytes], cursor: tuple[int, int]) -> bytes:
        key = (found["private"], found["params"], found["middle"], found["final"])
        if key == (b"", b"", b"", b"c"):
            return self.device or b""
        if key == (b">", b"", b"", b"q") and self.name:
            return b"\x1bP>|%b\x1b\\" % self.name
        if key == (b"", b"6", b"", b"n") and self.cursor_reports:
            return b"\x1b[%d;%dR" % cursor
        if key == (b"?", b"2026", b"$", b"p") and self.synchronized:
            return b"\x1b[?2026;2$y"
        return b""


@dataclass(frozen=True)
class Cell:
    """One cell as a person sees it: colours are `rrggbb` or names, as pyte tells them."""

    text: str
    fg: str
    bg: str
    bold: bool = False
    reverse: bool = False


class PtyScreen:
    """A program in a pseudo-terminal of `cols` × `rows` cells."""

    def __init__(
        self,
        argv: Sequence[str],
        *,
        cols: int = 120,
        rows: int = 40,
        env: Mapping[str, str] | None = None,
        cwd: Path = PROJECT,
        answers: Answers | None = None,
    ) -> None:
        self.raw = bytearray()
        self.answers = answers if answers is not None else Answers()
        self.modes: dict[str, bool] = {}
        self._rest = b""
        self._screen = pyte.Screen(cols, rows)
        self._stream = pyte.ByteStream(self._screen)
        self.master, slave = os.openpty()
        self._set_size(cols, rows)
        self.process = subprocess.Popen(
            [sys.executable, "-I", "-S", "-c", _TAKE_TERMINAL, *argv],
            stdin=slave,
            stdout=slave,
            stderr=slave,
            cwd=cwd,
            env=_environment(env),
            start_new_session=True,
        )
        self.attributes_before = termios.tcgetattr(slave)
        self.slave: int | None = slave

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    # -- reading ---------------------------------------------------------------------------------------------------

    def pump(self, seconds: float = 0.02) -> int:
        """Takes what the program wrote, waiting at most `seconds` for it to write anything. Returns the bytes taken."""
        if not select.select([self.master], [], [], seconds)[0]:
            return 0
        try:
            data = os.read(self.master, 1 << 16)
        except OSError:  # EIO: the program and all that held the terminal are gone
            return 0
        self.raw += data
        self._feed(data)
        return len(data)

    def _feed(self, data: bytes) -> None:
        data = self._rest + data
        tail = _INCOMPLETE.search(data)
        self._rest = data[tail.start() :] if tail else b""
        data = data[: tail.start()] if tail else data
        position = 0
        for found in _SEQUENCE.finditer(data):
            self._stream.feed(data[position : found.start()])
            position = found.end()
            self._note(found)
            if reply := self.answers.to(found, (self._screen.cursor.y + 1, self._screen.cursor.x + 1)):
                os.write(self.master, reply)
            if _pyte_knows(found):
                self._stream.feed(found[0])
        self._stream.feed(data[position:])

    def _note(self, found: re.Match[bytes]) -> None:
        final, private, params = found["final"], found["private"], (found["params"] or b"").decode()
        if private == b"?" and final in (b"h", b"l") and not found["middle"]:
            for mode in params.split(";"):
                self.modes[mode] = final == b"h"
        elif final == b"u" and private in (b">", b"<"):
            self.modes["kitty keys"] = private == b">"
        elif final == b"m" and private == b">":
            self.modes["modifyOtherKeys"] = params.startswith("4;") and not params.endswith(";0")

    @property
    def changed_modes(self) -> set[str]:
        """Modes that stand differently from how a terminal starts."""
        return {mode for mode, on in self.modes.items() if on != (mode in _ON_BY_DEFAULT)}

    # -- waiting ---------------------------------------------------------------------------------------------------

    def wait(self, condition: Callable[[], Any], limit: float = 10.0, what: str = "condition") -> None:
        """Pumps until `condition()` is true; raises AssertionError with the screen after `limit` seconds."""
        end = time.monotonic() + limit
        while not condition():
            if time.monotonic() > end:
                raise AssertionError(f"no {what} within {limit} s; the screen:\n{self.text()}")
            self.pump()

    def wait_text(self, text: str, limit: float = 10.0) -> None:
        """Pumps until the text stands somewhere on one line of the screen."""
        self.wait(lambda: text in self.text(), limit, repr(text))

    def wait_exit(self, limit: float = 10.0) -> int:
        """Pumps until the program has ended and everything it wrote is taken; its exit status."""
        self.wait(lambda: self.process.poll() is not None, limit, "exit")
        while self.pump(0.02):
            pass
        return int(self.process.returncode)

    def settle(self, quiet: float = 0.25, limit: float = 10.0) -> None:
        """Pumps until nothing came for `quiet` seconds."""
        end = time.monotonic() + limit
        while self.pump(quiet):
            if time.monotonic() > end:
                raise AssertionError(f"not quiet within {limit} s")

    def bytes_of(self, act: Callable[[], Any], quiet: float = 0.25) -> int:
        """Bytes written because of `act`, from a settled screen to a settled screen."""
        self.settle(quiet)
        before = len(self.raw)
        act()
        self.settle(quiet)
        return len(self.raw) - before

    def draw(self, data: bytes) -> None:
        """What another program writes into this terminal."""
        self._stream.feed(data)

    def bytes_within(self, seconds: float) -> int:
        """Bytes written in the next `seconds`."""
        before = len(self.raw)
        end = time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0:
            self.pump(left)
        return len(self.raw) - before

    # -- looking ---------------------------------------------------------------------------------------------------

    def text(self) -> str:
        """The screen as text, lines stripped on the right."""
        return "\n".join(line.rstrip() for line in self._screen.display)

    def cells(self) -> list[list[Cell]]:
        """Every cell, row by row."""
        columns, lines = self._screen.columns, self._screen.lines
        return [[self._cell(x, y) for x in range(columns)] for y in range(lines)]

    def _cell(self, x: int, y: int) -> Cell:
        char = self._screen.buffer[y][x]
        return Cell(char.data, char.fg, char.bg, char.bold, char.reverse)

    # -- doing -----------------------------------------------------------------------------------------------------

    def send(self, keys: str | bytes) -> None:
        """Types, byte for byte."""
        os.write(self.master, keys.encode() if isinstance(keys, str) else keys)

    def resize(self, cols: int, rows: int) -> None:
        """Changes the size, as a window does: the kernel sends SIGWINCH."""
        self._screen.resize(rows, cols)
        self._set_size(cols, rows)

    def signal(self, number: signal.Signals) -> None:
        """Sends a signal to the program."""
        self.process.send_signal(number)

    def suspend(self, limit: float = 10.0) -> None:
        """Ctrl-Z: returns when the program stands still. A SIGCONT sent sooner would wake nothing, and be lost."""
        self.signal(signal.SIGTSTP)
        self.wait(self._stopped, limit, "stopped program")

    def _stopped(self) -> bool:
        pid, status = os.waitpid(self.process.pid, os.WNOHANG | os.WUNTRACED)
        if pid and not os.WIFSTOPPED(status):
            raise AssertionError(f"the program ended instead of standing still; the screen:\n{self.text()}")
        return bool(pid)

    def hang_up(self) -> None:
        """Closes the terminal under the program, as a lost connection does."""
        if self.slave is not None:
            os.close(self.slave)
            self.slave = None
        os.close(self.master)
        self.master = -1

    def close(self) -> None:
        """Ends the program, if it still runs, and the terminal."""
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        for handle in (self.slave, self.master):
            if handle is not None and handle >= 0:
                os.close(handle)
        self.slave, self.master = None, -1

    def _set_size(self, cols: int, rows: int) -> None:
        fcntl.ioctl(self.master, termios.TIOCSWINSZ, struct.pack("HHHH", rows, cols, 0, 0))


def _pyte_knows(found: re.Match[bytes]) -> bool:
    """Pyte takes private SGR for SGR and prints the rest of strings that it does not know."""
    if found["final"] is None:
        return found["osc"] is None and found["dcs"] is None and found["apc"] is None
    return found["private"] in (b"", b"?") and not found["middle"] and found["final"] not in (b"n", b"c", b"u", b"t")


def _environment(env: Mapping[str, str] | None) -> dict[str, str]:
    kept = {key: os.environ[key] for key in ("PATH", "HOME", "LANG", "TMPDIR") if key in os.environ}
    base = {"TERM": "xterm-256color", "COLORTERM": "truecolor", "LANG": "C.UTF-8", "TZ": "UTC"}
    return {**kept, **base, **(env or {})}
