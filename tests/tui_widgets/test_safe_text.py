"""No text can move the cursor, change colours or shift what stands beside it."""

from __future__ import annotations

from decimal import Decimal

import pyte
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tui.text import amount, fit, one_line, size, span, steady, visible, width

anything = st.text(alphabet=st.characters(codec=None), max_size=80)
CONTROLS = {*map(chr, range(0x20)), "\x7f", *map(chr, range(0x80, 0xA0))}


@given(anything)
@example("a\x1b[31m\x9b2J\x00\u202e\ud800")
def test_no_control_character_is_left(text: str) -> None:
    assert not set(visible(text)) & (CONTROLS - {"\n"})
    assert not set(one_line(text)) & CONTROLS
    one_line(text).encode()


@given(anything, st.integers(0, 60))
@example("👨‍👩‍👧 fam", 6)
@example("漢字漢字", 3)
@example("Z" + "\u0335" * 70, 4)
@example("🇩🇪🇫🇷", 3)
@example("\u0301x", 5)
def test_a_fitted_text_has_exactly_the_width_asked_for(text: str, cells: int) -> None:
    assert width(fit(text, cells)) == cells


@given(st.text(alphabet=st.sampled_from("ab 漢字👨👩👧\u200d\ufe0f❤🏽🇩🇪e\u0301가\u0335é한글\u202e\x1b["), max_size=40))
def test_a_terminal_that_counts_code_points_agrees_about_the_width(text: str) -> None:
    screen = pyte.Screen(60, 1)
    pyte.Stream(screen).feed(fit(text, 20) + "|")
    assert screen.buffer[0][20].data == "|"


def test_what_is_shown_keeps_what_can_be_read() -> None:
    assert visible("two\nlines\r\nand\ttab") == "two\nlines\nand␉tab"
    assert visible("\x1b[2J") == "␛[2J"
    assert one_line("  a\n\tb  ") == "a b"
    assert steady("👍🏽 ❤️ 🇩🇪 é 한글 漢字") == "👍 ❤ DE é 한글 漢字"


def test_a_cut_is_seen() -> None:
    assert fit("Paper boats", 6) == "Paper…"
    assert fit("Paper", 6) == "Paper "
    assert fit("x" * 100_000, 5) == "xxxx…"


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(-3, "0 s"), (0.4, "0 s"), (62, "62 s"), (99.4, "99 s"), (100, "2 min"), (150, "2 min"), (7500, "2 h 05")],
)
def test_spans_are_said_as_people_say_them(seconds: float, words: str) -> None:
    assert span(seconds) == words


@pytest.mark.parametrize(
    ("count", "words"), [(0, "0 B"), (999, "999 B"), (1000, "1.0 kB"), (3_100_000, "3.1 MB"), (2_500_000_000, "2.5 GB")]
)
def test_sizes_are_decimal(count: int, words: str) -> None:
    assert size(count) == words


def test_money_says_when_nobody_knows() -> None:
    assert [amount(each) for each in (None, Decimal(0), Decimal("0.3"))] == ["$?", "free", "$0.30"]
