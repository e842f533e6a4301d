"""The terminal is asked once, quickly, and nothing of its answers is left over."""

from __future__ import annotations

import sys

import pytest

from tests.pty_screen import Answers, PtyScreen
from tui.terminal import Terminal, apply, parse

PROBE = """
import os, select, sys, time
from tui import terminal
began = time.perf_counter()
told = terminal.probe(limit=float(os.environ.get('LIMIT') or terminal.PROBE_LIMIT))
took = time.perf_counter() - began
os.set_blocking(0, False)
left = select.select([0], [], [], 0.05)[0]
terminal.apply(told)
print("took", round(took * 1000, 1), "ms; left", bool(left), "; system", os.environ.get("TEXTUAL_COLOR_SYSTEM"))
print(told)
print("modules", sorted(name for name in sys.modules if name.startswith(("textual", "rich", "httpx"))))
print("the end")
"""


def probed(answers: Answers, **env: str) -> tuple[str, bytes]:
    """What the probe printed in a terminal that answers so, and the bytes it wrote."""
    with PtyScreen([sys.executable, "-c", PROBE], cols=250, env={"COLORTERM": "", **env}, answers=answers) as screen:
        screen.wait_text("the end")
        return screen.text(), bytes(screen.raw)


def test_a_terminal_that_answers_tells_its_background_and_proves_its_colours() -> None:
    text, _ = probed(Answers(background=b"rgb:ffff/ffff/ffff", name=b"XTerm(379)"))
    assert "background=(255, 255, 255)" in text
    assert "true_colour=True" in text
    assert "name='XTerm(379)'" in text
    assert "left False ; system truecolor" in text
    assert "modules []" in text


def test_colours_that_are_not_proven_are_not_claimed() -> None:
    text, _ = probed(Answers(colour_proof=False))
    assert "answered=True" in text
    assert "system None" in text


def test_a_terminal_that_says_nothing_is_waited_for_no_longer_than_the_limit() -> None:
    text, _ = probed(Answers(device=None, background=None, colour_proof=False), LIMIT="0.1")
    assert "answered=False" in text
    assert 100 <= float(text.split("took ")[1].split(" ms")[0]) < 200


def test_without_a_probe_nothing_is_written() -> None:
    text, raw = probed(Answers(), RUSHES_NO_PROBE="1")
    assert "answered=False" in text
    assert b"\x1b" not in raw


def test_in_tmux_the_query_that_would_become_a_title_is_not_sent() -> None:
    assert b"\x1b_G" in probed(Answers())[1]
    assert b"\x1b_G" not in probed(Answers(), TMUX="/tmp/none,1,0")[1]


PROBLEM = "from tui.terminal import problem; print(problem())"


@pytest.mark.parametrize("term", ["dumb", ""])
def test_a_terminal_that_cannot_draw_is_told_which_verb_to_use(term: str) -> None:
    with PtyScreen([sys.executable, "-c", PROBLEM], env={"TERM": term}) as screen:
        screen.wait_text("rushes generate")
        assert "cannot draw" in screen.text()


def test_a_pipe_is_told_which_verb_to_use() -> None:
    for pipe in ("</dev/null", "| cat", "2>/dev/null"):
        with PtyScreen(["sh", "-c", f'"$0" -c "$1" {pipe}', sys.executable, PROBLEM]) as screen:
            screen.wait_text("not a terminal")


def test_a_real_terminal_has_no_problem_even_when_it_is_tiny() -> None:
    with PtyScreen([sys.executable, "-c", PROBLEM], cols=20, rows=5) as screen:
        screen.wait_text("None")


def test_answers_are_found_among_keys_and_noise() -> None:
    told = parse(b"abc\x1b[A\x1b]11;rgb:0/8/f\x07xx\x1bP1$r0;48;2;1;2;3m\x1b\\\x1b_Gi=31;OK\x1b\\\x1b[?62;4;22cq")
    assert told == Terminal(True, (0, 136, 255), True, "", True, True)


def test_any_bytes_are_read_without_an_error() -> None:
    assert parse(b"\xff\x1b]11;rgb:\x1b\\\x1b[?c").answered


@pytest.mark.parametrize(("background", "dark"), [((30, 30, 46), True), ((250, 250, 240), False), (None, None)])
def test_dark_and_light_are_told_apart(background: tuple[int, int, int] | None, dark: bool | None) -> None:
    assert Terminal(background=background).dark is dark


def test_a_colour_system_that_the_person_chose_stays() -> None:
    environ = {"TEXTUAL_COLOR_SYSTEM": "256"}
    apply(Terminal(true_colour=True), environ)
    assert environ == {"TEXTUAL_COLOR_SYSTEM": "256"}
