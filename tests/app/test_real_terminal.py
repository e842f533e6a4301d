"""The app in a real pseudo-terminal: it works, costs nothing while it stands, and leaves in order."""

from __future__ import annotations

import signal
import sys
from pathlib import Path

from rushes.home import Home
from tests.app.stage import settings
from tests.pty_screen import PtyScreen

RUN = "import sys; from rushes.home import Home; from tui.start import run; sys.exit(run(Home.find(sys.argv[1])))"


def program(home: Path) -> list[str]:
    return [sys.executable, "-c", RUN, str(home)]


def test_it_stands_still_without_a_byte_and_leaves_the_terminal_as_it_was(tmp_path: Path) -> None:
    with PtyScreen(program(tmp_path / "home")) as screen:
        screen.wait_text("ctrl+j · F5")
        screen.settle()
        assert screen.bytes_within(1.5) == 0
        screen.bytes_of(lambda: screen.send("a"))  # takes the placeholder away
        assert screen.bytes_of(lambda: screen.send("b")) <= 2000
        shown = screen.text()
        screen.draw(b"\x1b[3;3Hsomebody else writes here")
        assert screen.text() != shown
        assert screen.bytes_of(lambda: screen.send("\x0c")) > 5000  # ctrl+l
        assert screen.text() == shown
        screen.send("\x1bq")  # escape, then q, sent at once: what a quick hand does
        screen.send("\x11")
        screen.wait_text("has not been sent")
        screen.send("y")
        assert screen.wait_exit() == 0
        assert screen.changed_modes == set()


def test_a_hang_up_of_the_session_ends_it(tmp_path: Path) -> None:
    with PtyScreen(program(tmp_path / "home")) as screen:
        screen.wait_text("ctrl+j · F5")
        screen.signal(signal.SIGTERM)
        assert screen.wait_exit() == 128 + signal.SIGTERM
        assert screen.changed_modes == set()


def test_a_refused_home_leaves_its_reason_and_its_status(tmp_path: Path) -> None:
    home = Home.find(str(tmp_path / "home"))
    settings(home)
    home.library.write_bytes(b"no database " * 1000)
    with PtyScreen(program(tmp_path / "home")) as screen:
        screen.wait_text("cannot open its home")
        screen.send("\r")
        assert screen.wait_exit() == 1
        assert "home:" in screen.text()
        assert "Traceback" not in screen.text()
