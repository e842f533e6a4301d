"""`rushes doctor keys`: what a press arrives as, and what it does."""

from __future__ import annotations

import signal
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

from tests.pty_screen import PtyScreen
from tui.key_view import KeyReader, line, names

PROGRAM = "import sys; from rushes.cli import main; sys.exit(main(['--home', sys.argv[1], 'doctor', 'keys']))"


def shown(data: str, moved: Mapping[str, Sequence[str]] | None = None) -> list[str]:
    bound = names(moved or {})
    return [" ".join(line(key, sent, bound).split()) for key, sent in KeyReader().feed(data)]


@pytest.mark.parametrize(
    ("sent", "words"),
    [
        ("\n", "ctrl+j LF Studio: Generate"),
        ("\x1b[13;5u", "ctrl+enter ESC [ 1 3 ; 5 u Studio: Generate"),
        ("\x1b[27;5;13~", "ctrl+enter ESC [ 2 7 ; 5 ; 1 3 ~ Studio: Generate"),
        ("\x1bOQ", "F2 (f2) ESC O Q Studio: Provider"),
        ("?", "? (question_mark) ? writes itself in a field · Everywhere: Keys"),
        ("é", "é é writes itself"),
        ("\x0b", "ctrl+k 0b nothing"),
    ],
)
def test_a_press_is_named_with_what_was_sent_and_what_it_does(sent: str, words: str) -> None:
    assert shown(sent) == [words]


def test_the_persons_own_keymap_counts() -> None:
    assert shown("\x1bOQ\x0b", {"provider": ("ctrl+k",)}) == [
        "F2 (f2) ESC O Q nothing",
        "ctrl+k 0b Studio: Provider",
    ]


def test_it_listens_in_a_real_terminal_and_leaves_it_as_it_was(tmp_path: Path) -> None:
    (tmp_path / "settings.toml").write_text('[keymap]\nprovider = "ctrl+k"\nnonsense = "f3"\n', encoding="utf-8")
    with PtyScreen([sys.executable, "-c", PROGRAM, str(tmp_path)]) as screen:
        screen.wait_text("ctrl+c ends")
        assert "there is no action nonsense" in screen.text()
        screen.send("\x0b")
        screen.wait_text("Studio: Provider")
        screen.send("\x1b")
        screen.wait_text("Player: Back")
        screen.send("\x03")
        assert screen.wait_exit() == 0
        assert screen.changed_modes == set()


def test_a_terminal_that_is_closed_on_it_is_left_as_it_was(tmp_path: Path) -> None:
    with PtyScreen([sys.executable, "-c", PROGRAM, str(tmp_path)]) as screen:
        screen.wait_text("ctrl+c ends")
        screen.signal(signal.SIGTERM)
        assert screen.wait_exit() == 128 + signal.SIGTERM
        assert screen.changed_modes == set()
