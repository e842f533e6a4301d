"""Textual's private parts, each touched for one reason and under a test; nothing else but `tui.repaint` touches any.

Textual is pinned for it.

    drivers.linux_driver.XTermParser       ctrl+enter in tmux, and mouse reports that would be typed as text
    LinuxDriver                            modes that Textual forgets to take back
    WriterThread._queue                    a terminal that stops reading is sent no more pictures
    Screen._css_update_count               a screen that is being built needs no second reading of all styles
    App._driver                            sequences that belong to no cell, such as freeing a picture
    App._handle_exception                  a full disk, or a gateway that is away, ends no app: it becomes words
    App._clipboard                         what was copied by our own ways can be pasted into a field as well
    Strip._segments                        a strip of a picture, which changes after Textual has got it

Order of use: `prepare(app)` before `app.run()`, `install(app)` when it is mounted, `restore()` in a `finally`, and
`sys.exit(exit_code(app))`. The terminal is left as it was found on every way out: quit, exception, SIGTERM, SIGHUP.
"""

from __future__ import annotations

import atexit
import contextlib
import os
import re
import signal
import sys
import termios
import threading
from collections.abc import Callable, Iterable
from typing import Any

from rich.segment import Segment
from textual import constants, events
from textual._xterm_parser import XTermParser
from textual.app import App
from textual.drivers import linux_driver
from textual.drivers.linux_driver import LinuxDriver
from textual.keys import Keys
from textual.message import Message
from textual.screen import Screen
from textual.strip import Strip
from textual.worker import WorkerFailed

from providers.values import dataclass
from tui import repaint

__all__ = [
    "FixedParser",
    "LateStrip",
    "StudioDriver",
    "as_built",
    "backlog",
    "exit_code",
    "forgive",
    "install",
    "key_reports",
    "on_cursor_report",
    "prepare",
    "restore",
    "set_clipboard",
    "write_out",
]

HANG_UP_LIMIT = 1.0
"""Seconds from a hang-up to the end of the process: with the terminal gone, Textual's own way out may block."""
TERMINATE_LIMIT = 5.0
"""Seconds that SIGTERM leaves for an orderly end."""

# -- keys and mouse ------------------------------------------------------------------------------------------------

_MODIFIED = re.compile(r"\x1b\[27;(\d+);(\d+)~")
_BAD_MOUSE = re.compile(r"\x1b\[<(?=[^Mm]*[Na.])[\dNa;.-]+[Mm]")

_PASTE, _PASTE_END = "\x1b[200~", "\x1b[201~"
_ESCAPE_SHOWN = "␛"

_LATE_ANSWER = re.compile(
    r"\x1b\[\?[\d;]*c|\x1b\[6;\d+;\d+t|\x1b\]1[01];[^\x07\x1b]*(?:\x07|\x1b\\)|\x1b(?:P[01]\$r|P>\||_G)[^\x1b]*\x1b\\"
)
_LATE_BEGUN = re.compile(r"\x1b(?:\[\?[\d;]{0,40}|(?:\]1[01];|P[01]\$r|P>\||_G)[^\x07\x1b]{0,200}\x1b?)\Z")


class PastedText:
    """What lies between the marks of a paste is text; Textual takes an escape in it, and all behind it, for keys."""

    def __init__(self) -> None:
        self._inside = False
        self._rest = ""

    def tame(self, data: str) -> str:
        """The data with every escape inside a paste as a sign; a mark that is cut in two waits for its other half."""
        data, self._rest, told = self._rest + data, "", []
        while data:
            mark = _PASTE_END if self._inside else _PASTE
            text, found, data = data.partition(mark)
            if not found:
                # Outside, an escape alone is a key.
                whole = len(text) - _begun(text, mark, 1 if self._inside else 3)
                text, self._rest = text[:whole], text[whole:]
            told.append(text.replace("\x1b", _ESCAPE_SHOWN) if self._inside else text)
            told.append(found)
            self._inside ^= bool(found)
        return "".join(told)


def _begun(text: str, mark: str, least: int) -> int:
    """How many characters at the end of the text, and at least so many, begin the mark."""
    return next((size for size in range(len(mark) - 1, least - 1, -1) if text.endswith(mark[:size])), 0)


class FixedParser(XTermParser):
    """Understands tmux's `CSI 27;modifiers;code~` as the kitty form of the same key, and drops NaN mouse reports.

    Textual takes the first for a key named `ctrl+\\r`, which cannot be bound, and types the second as text. It also
    types answers to the questions asked before it started (tui/terminal.py), where a slow line delivers them late.
    """

    _held = ""

    def __init__(self, debug: bool = False) -> None:
        super().__init__(debug)
        self._pasted = PastedText()

    def feed(self, data: str) -> Iterable[Message]:
        if not data:
            return super().feed(data)
        data = _LATE_ANSWER.sub("", self._held + self._pasted.tame(data))
        begun = _LATE_BEGUN.search(data)
        self._held = begun[0] if begun else ""
        data = data[: begun.start()] if begun else data
        return super().feed(data) if data else ()

    def _sequence_to_key_events(self, sequence: str, alt: bool = False) -> Iterable[events.Key]:
        if found := _MODIFIED.fullmatch(sequence):
            keys = self._parse_extended_key(f"\x1b[{found[2]};{found[1]}u")
            return [key.copy() for key in keys or ()]
        if _BAD_MOUSE.fullmatch(sequence):
            return [events.Key(Keys.Ignore, sequence)]
        return super()._sequence_to_key_events(sequence, alt)


# -- styles --------------------------------------------------------------------------------------------------------


def as_built(screen: Screen[Any]) -> None:
    """For a new screen: its widgets get today's styles when they come. Textual would parse all of them twice more."""
    screen._css_update_count = screen.app._css_update_count


# -- strips --------------------------------------------------------------------------------------------------------


class LateStrip(Strip):
    """A strip that has no segments of its own: `late_segments` makes them each time that Textual asks for some."""

    __slots__ = ()

    def __init__(self, cell_length: int) -> None:
        super().__init__((), cell_length)

    def late_segments(self) -> list[Segment]:
        """What it looks like at this moment."""
        raise NotImplementedError

    @property
    def _segments(self) -> list[Segment]:
        return self.late_segments()

    @_segments.setter
    def _segments(self, segments: list[Segment]) -> None:
        """Textual's constructor sets it."""


# -- modes ---------------------------------------------------------------------------------------------------------

_MODIFY_KEYS = "\x1b[>4;1m"
_MODIFY_KEYS_OFF = "\x1b[>4m"
_MOUSE_PIXELS_OFF = "\x1b[?1016l"
_RESET = (
    "\x1b[?2026l\x1b[?1016l\x1b[?1015l\x1b[?1006l\x1b[?1003l\x1b[?1000l\x1b[?2004l\x1b[?2048l\x1b[?1004l\x1b[?7h"
    # The kitty stack belongs to the alternate screen: popped before leaving it.
    "\x1b[<u\x1b[?1049l\x1b[0m\x1b[?25h"
)


@dataclass(slots=True)
class _Terminal:
    """What must be taken back. `attributes` are the tty's, from before the first application mode."""

    active: bool = False
    attributes: list[Any] | None = None


_terminal = _Terminal()


def _in_tmux() -> bool:
    return bool(os.environ.get("TMUX"))


def key_reports(*, on: bool) -> str:
    """The sequences with which the app asks for its key presses, and takes that back, for a terminal without screen."""
    if not on:
        return ("" if constants.DISABLE_KITTY_KEY else "\x1b[<u") + (_MODIFY_KEYS_OFF if _in_tmux() else "")
    flags = (
        linux_driver.KITTY_DISAMBIGUATE_ESCAPE_CODES
        | linux_driver.KITTY_REPORT_ALL_KEYS
        | linux_driver.KITTY_REPORT_ASSOCIATED_TEXT
    )
    return ("" if constants.DISABLE_KITTY_KEY else f"\x1b[>{flags}u") + (_MODIFY_KEYS if _in_tmux() else "")


_cursor_reports: list[Callable[[], None]] = []


def on_cursor_report(told: Callable[[], None]) -> Callable[[], None]:
    """Calls `told` on the app's loop for each answer to `CSI 6n`, until the function returned is called."""
    _cursor_reports.append(told)
    return lambda: _cursor_reports.remove(told) if told in _cursor_reports else None


def write_out(app: App[Any], sequence: str) -> None:
    """Writes a sequence that belongs to no cell. Nothing happens without a terminal, as under tests."""
    driver = app._driver
    if isinstance(driver, LinuxDriver) and _terminal.active:
        driver.write(sequence)


def backlog(app: App[Any]) -> int:
    """Writes that the terminal has not taken yet. At thirty Textual's next one would stop the whole app."""
    writer = getattr(app._driver, "_writer_thread", None)
    return 0 if writer is None else int(writer._queue.qsize())


def set_clipboard(app: App[Any], text: str) -> None:
    """What the app's own fields paste. Textual's public way writes to the terminal's clipboard at the same time."""
    app._clipboard = text


class StudioDriver(LinuxDriver):
    """Textual's driver, plus modified keys in tmux, plus mode 1016, which Textual sets and never takes back."""

    def start_application_mode(self) -> None:
        _terminal.active = True
        repaint.forget()
        super().start_application_mode()  # type: ignore[no-untyped-call]  # Textual has no annotation there
        if _in_tmux():
            self.write(_MODIFY_KEYS)

    def stop_application_mode(self) -> None:
        if _in_tmux():
            self.write(_MODIFY_KEYS_OFF)
        self.write(_MOUSE_PIXELS_OFF)
        super().stop_application_mode()

    def process_message(self, message: Message) -> None:
        """Runs in the input thread. Cursor reports go to those who wait for them; widgets do not get them otherwise."""
        if isinstance(message, events.CursorPosition):
            for told in tuple(_cursor_reports):
                self._loop.call_soon_threadsafe(told)
        super().process_message(message)

    def close(self) -> None:
        super().close()
        _terminal.active = False

    def suspend_application_mode(self) -> None:
        super().suspend_application_mode()
        _terminal.active = False


def restore() -> None:
    """Takes back every mode and the tty's attributes, if the app has not done so itself. May be called at any time."""
    if not _terminal.active:
        return
    _terminal.active = False
    stderr = sys.__stderr__
    if stderr is None:
        return
    sequence = (_MODIFY_KEYS_OFF if _in_tmux() else "") + _RESET
    with contextlib.suppress(OSError, ValueError):  # the terminal may be gone
        os.write(stderr.fileno(), sequence.encode())
    with contextlib.suppress(termios.error, OSError, ValueError):
        if _terminal.attributes is not None:
            termios.tcsetattr(stderr.fileno(), termios.TCSANOW, _terminal.attributes)
        termios.tcflush(stderr.fileno(), termios.TCIFLUSH)


# -- the way in and out --------------------------------------------------------------------------------------------


def prepare(app: App[Any]) -> None:
    """Before `app.run()`: the fixes above, and a terminal that comes back if a signal hits before the first paint."""
    linux_driver.XTermParser = FixedParser  # type: ignore[attr-defined]  # Textual offers no other way to its parser
    repaint.install()
    if app.driver_class is LinuxDriver:
        app.driver_class = StudioDriver
    with contextlib.suppress(termios.error, OSError, ValueError, AttributeError):
        _terminal.attributes = termios.tcgetattr(sys.__stdin__.fileno())  # type: ignore[union-attr]  # None is suppressed
    atexit.register(restore)
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _end_at_once)


def _end_at_once(number: int, _frame: object) -> None:
    restore()
    os._exit(128 + number)


def install(app: App[Any]) -> None:
    """When the app is mounted: SIGTERM and SIGHUP end it in order, within a limit. Needs the running loop."""
    import asyncio

    loop = asyncio.get_running_loop()
    for number, limit in ((signal.SIGTERM, TERMINATE_LIMIT), (signal.SIGHUP, HANG_UP_LIMIT)):
        with contextlib.suppress(ValueError, RuntimeError, NotImplementedError):  # not the main thread, as under tests
            loop.add_signal_handler(number, _leave, app, number, limit)


def forgive(app: App[Any], kinds: tuple[type[Exception], ...], tell: Callable[[Exception], None]) -> None:
    """From now on errors of these kinds that end a worker are told; all others end the app, as before."""
    handle = app._handle_exception

    def handled(error: Exception) -> None:
        if isinstance(error, WorkerFailed) and isinstance(error.error, kinds):
            tell(error.error)
        else:
            handle(error)

    app._handle_exception = handled  # type: ignore[method-assign]  # Textual has no hook for it


def _leave(app: App[Any], number: int, limit: float) -> None:
    timer = threading.Timer(limit, _end_at_once, (number, None))
    timer.daemon = True
    timer.start()
    app.exit(return_code=128 + number)


def exit_code(app: App[Any]) -> int:
    """The process's exit status: Textual itself ends with 0 even after an exception."""
    return app.return_code or 0
