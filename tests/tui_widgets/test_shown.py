"""What the terminal shows: whatever is written in whatever order, it ends up looking as if all had been sent."""

from __future__ import annotations

import re

import pyte
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console
from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip

from tui.screen_diff import Shown

WIDTH, HEIGHT, PIECE = 30, 3, 10
CONSOLE = Console(color_system="truecolor", force_terminal=True)
LOOKS = [Style(color=name, bold=bold) for name in ("red", "blue") for bold in (False, True)]


class Picture(Strip):
    """A strip of another kind: only its own canvas knows what it has sent."""


Writes = list[tuple[str, int, object, object]]
"""What is written, in which row, where, and its look."""


def strip_of(parts: list[tuple[str, int]]) -> Strip:
    """A piece of ten cells."""
    return Strip([Segment(text, LOOKS[look]) for text, look in parts]).adjust_cell_length(PIECE)


PIECES = st.lists(
    st.tuples(st.text("ab 漢字é★", max_size=6), st.integers(0, len(LOOKS) - 1)), min_size=1, max_size=3
).map(strip_of)
WRITES = st.lists(
    st.one_of(
        st.tuples(st.just("piece"), st.integers(0, HEIGHT - 1), st.integers(0, 2), PIECES),
        st.tuples(st.just("picture"), st.integers(0, HEIGHT - 1), st.integers(0, 2), PIECES),
        st.tuples(st.just("row"), st.integers(0, HEIGHT - 1), st.lists(PIECES, min_size=3, max_size=3), st.none()),
    ),
    max_size=25,
)


def screen() -> tuple[pyte.Screen, pyte.Stream]:
    """A terminal."""
    made = pyte.Screen(WIDTH, HEIGHT)
    return made, pyte.Stream(made)


def looks_of(terminal: pyte.Screen) -> list[list[object]]:
    """Every cell with its colours."""
    return [[terminal.buffer[y][x] for x in range(WIDTH)] for y in range(HEIGHT)]


@given(WRITES)
def test_sending_the_difference_shows_what_sending_everything_shows(
    writes: list[tuple[str, int, object, object]],
) -> None:
    (ours, feed), (whole, feed_whole), shown = screen(), screen(), Shown()
    for kind, y, where, piece in writes:
        if kind == "row":
            assert isinstance(where, list)
            feed.feed(shown.write_whole(y, where, CONSOLE))
            feed_whole.feed(f"\x1b[{y + 1};1H" + "".join(each.render(CONSOLE) for each in where))
            continue
        assert isinstance(where, int)
        assert isinstance(piece, Strip)
        drawn = Picture(piece, PIECE) if kind == "picture" else piece
        feed.feed(shown.write(y, where * PIECE, drawn, CONSOLE))
        feed_whole.feed(f"\x1b[{y + 1};{where * PIECE + 1}H{piece.render(CONSOLE)}")
    assert looks_of(ours) == looks_of(whole)


def test_what_stands_there_already_costs_nothing_and_one_letter_costs_itself() -> None:
    shown, row = Shown(), strip_of([("some words", 0)])
    assert shown.write_whole(0, [row, row, row], CONSOLE)
    assert shown.write_whole(0, [row, row, row], CONSOLE) == ""
    assert shown.write(0, 10, strip_of([("same", 0)]), CONSOLE) != ""
    letter = shown.write(0, 20, strip_of([("some wards", 0)]), CONSOLE)
    assert letter.startswith("\x1b[1;27H")
    assert "some" not in letter


def test_changes_far_from_each_other_are_sent_apart_and_near_ones_together() -> None:
    def sent(*pieces: tuple[str, int]) -> str:
        shown = Shown()
        shown.write(0, 0, Strip([Segment("0123456789abcdefghij", LOOKS[0])]), CONSOLE)
        return shown.write(0, 0, Strip([Segment(text, LOOKS[look]) for text, look in pieces]), CONSOLE)

    def places(written: str) -> list[str]:
        return re.findall(r"\x1b\[1;(\d+)H", written)

    assert places(sent(("0x234567890bcdefghij", 0))) == ["2", "11"]
    assert places(sent(("0x2y456789abcdefghij", 0))) == ["2"]
    assert places(sent(("012", 0), ("3456789", 2), ("abcdefghij", 0))) == ["4"]


def test_after_forgetting_everything_is_sent_again() -> None:
    shown, row = Shown(), strip_of([("some words", 0)])
    first = shown.write(1, 0, row, CONSOLE)
    assert shown.write(1, 0, row, CONSOLE) == ""
    shown.forget()
    assert shown.write(1, 0, row, CONSOLE) == first


def test_what_a_picture_covered_is_written_whole() -> None:
    shown, row = Shown(), strip_of([("some words", 0)])
    first = shown.write(0, 0, row, CONSOLE)
    shown.write(0, 0, Picture(strip_of([("▀▀▀", 1)]), PIECE), CONSOLE)
    assert shown.write(0, 0, row, CONSOLE) == first
