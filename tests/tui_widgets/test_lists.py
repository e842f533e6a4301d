"""Lists in a real terminal: what stands in them, what keys do, and how few bytes that takes."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest
from textual.app import App, ComposeResult
from textual.color import Color
from textual.message import Message

from providers.errors import Failure, FailureKind
from rushes.library.library import Page
from rushes.task import Cost, Status
from tests.pty_screen import PtyScreen
from tests.tui_widgets.demo_lists import PAGE, Source
from tests.tui_widgets.tasks import running, take, task
from tui.widgets.history_list import HistoryList
from tui.widgets.line_list import LineList
from tui.widgets.task_list import TICK, TaskList, bar, price, stars

DEMO = [sys.executable, str(Path(__file__).with_name("demo_lists.py"))]
ZONE_WIDTH = 60


class Shell(App[None]):
    """One list, and all its messages."""

    def __init__(self, shown: LineList) -> None:
        super().__init__()
        self.shown = shown
        self.heard: list[Message] = []

    def compose(self) -> ComposeResult:
        yield self.shown

    def on_mount(self) -> None:
        self.shown.focus()

    def on_line_list_selected(self, message: LineList.Selected) -> None:
        self.heard.append(message)

    def on_line_list_opened(self, message: LineList.Opened) -> None:
        self.heard.append(message)

    def on_line_list_marked(self, message: LineList.Marked) -> None:
        self.heard.append(message)


def lines(shown: LineList) -> list[str]:
    """What the list shows, line by line."""
    return [shown.render_line(y).text.rstrip() for y in range(shown.size.height)]


# -- the bytes ---------------------------------------------------------------------------------------------------------


@pytest.fixture
def screen() -> Iterator[PtyScreen]:
    """Eight running tasks and a hundred thousand takes, at rest."""
    with PtyScreen([*DEMO, "8", "100000"], cols=100, rows=40) as screen:
        screen.wait_text("ready")
        screen.settle()
        yield screen


def test_keys_and_progress_cost_few_bytes_and_rest_costs_none(screen: PtyScreen) -> None:
    assert screen.bytes_of(lambda: screen.send("j")) <= 1300
    assert screen.bytes_of(lambda: screen.send("x")) <= 1500
    assert screen.bytes_of(lambda: screen.send("p"), quiet=TICK + 0.2) <= 1500
    screen.send("\t")
    screen.settle()
    screen.send("j")
    screen.settle()
    assert screen.bytes_of(lambda: screen.send("j")) <= 700
    assert screen.bytes_within(3.0) == 0


def test_what_partial_updates_leave_on_the_screen_is_what_a_full_redraw_shows(screen: PtyScreen) -> None:
    for keys in ("jj", "x", "p", "kx", "\t", "jjjG", "g", "x"):
        screen.send(keys)
        screen.settle(TICK + 0.15)
    partial = screen.cells()
    screen.resize(101, 40)
    screen.settle()
    screen.resize(100, 40)
    screen.settle()
    full = screen.cells()
    assert [row[:72] for row in partial] == [row[:72] for row in full]


# -- tasks -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("status", "words"),
    [
        (Status.QUEUED, "○ not sent yet, 1st to go"),
        (Status.SUBMITTING, "↑ sending"),
        (Status.UNCERTAIN, "? sent, no answer came: enter settles it"),
        (Status.PENDING, "◌ queued at Sandbox"),
        (Status.THROTTLED, "◌ queued at Sandbox, limit of your tier"),
        (Status.DOWNLOADING, "↓ fetching the clip"),
        (Status.SUCCEEDED, "✓ done 62 s after sending"),
        (Status.FAILED, "✗ perhaps charged · R sends it again · the vend"),
        (Status.CANCELLED, "– cancelled"),
    ],
)
async def test_every_state_has_a_sign_and_words(status: Status, words: str) -> None:
    app = Shell(TaskList())
    async with app.run_test(size=(ZONE_WIDTH, 6)) as pilot:
        app.query_one(TaskList).set_tasks([task(0, status)])
        await pilot.pause()
        assert words in lines(app.shown)[1]
        assert lines(app.shown)[1].endswith("≈ $0.30")


@pytest.mark.parametrize(
    ("kind", "charged", "quoted", "said"),
    [
        (FailureKind.MODERATION, False, "0.30", "✗ not charged · r changes it · too"),
        (FailureKind.SERVICE, True, "0.30", "✗ charged · R sends it again · too"),
        (FailureKind.KEY, False, "0.30", "✗ not charged · enter says what to do · too"),
        (FailureKind.UNKNOWN, None, "0", "✗ failed, free · R sends it again · too"),
    ],
)
async def test_a_failure_says_whether_it_was_charged_what_to_do_and_why(
    kind: FailureKind, charged: bool | None, quoted: str, said: str
) -> None:
    app = Shell(TaskList())
    failed = replace(
        task(0, Status.FAILED), error=Failure(kind, "too dark", charged=charged), cost=Cost(quoted=Decimal(quoted))
    )
    async with app.run_test(size=(ZONE_WIDTH, 6)) as pilot:
        app.query_one(TaskList).set_tasks([failed])
        await pilot.pause()
        assert said in lines(app.shown)[1]


async def test_a_clip_that_cannot_be_fetched_is_not_said_to_be_on_its_way() -> None:
    app = Shell(TaskList())
    error = Failure(FailureKind.DOWNLOAD, "the clip did not pass its check")
    async with app.run_test(size=(ZONE_WIDTH, 6)) as pilot:
        app.query_one(TaskList).set_tasks([replace(task(0, Status.DOWNLOADING), error=error)])
        await pilot.pause()
        assert "! no clip yet · enter tells more · the clip did" in lines(app.shown)[1]


async def test_what_waits_says_its_turn_and_what_stands_before_it() -> None:
    app = Shell(TaskList())
    first, second, third = (task(number, Status.QUEUED) for number in range(3))
    async with app.run_test(size=(ZONE_WIDTH, 8)) as pilot:
        shown = app.query_one(TaskList)
        shown.set_tasks([third, second, first])
        await pilot.pause()
        assert [lines(shown)[row].split(", ")[1][:3] for row in (1, 3, 5)] == ["3rd", "2nd", "1st"]
        shown.update_task(replace(third, priority=1, rev=2))
        await pilot.pause()
        assert [lines(shown)[row].split(", ")[1][:3] for row in (1, 3, 5)] == ["1st", "3rd", "2nd"]
        limit = Failure(FailureKind.RATE, "the account's daily limit is reached")
        shown.set_tasks([third, second, replace(first, error=limit)])
        await pilot.pause()
        assert "○ waits: the account's daily limit is reached" in lines(shown)[1]
        shown.set_tasks([third])
        shown.show_queue(held=True, left_over=frozenset())
        await pilot.pause()
        assert "○ not sent: the queue is held, p lets it go" in lines(shown)[1]
        shown.show_queue(held=True, left_over=frozenset({third.id}))
        await pilot.pause()
        assert "○ unsent from an earlier run, s sends it" in lines(shown)[1]


async def test_the_cursor_stays_in_view_while_tasks_come_above_it() -> None:
    app = Shell(TaskList())
    async with app.run_test(size=(ZONE_WIDTH, 6)) as pilot:
        shown = app.query_one(TaskList)
        shown.set_tasks([task(0, Status.QUEUED)])
        await pilot.pause()
        for number in range(1, 40):
            shown.update_task(task(number, Status.QUEUED))
        await pilot.pause()
        await pilot.pause()
        assert shown.selected == task(0, Status.QUEUED)
        assert any(line.startswith("▌") for line in lines(shown))


async def test_a_task_that_was_taken_back_or_given_up_says_so() -> None:
    app = Shell(TaskList())
    error = Failure(FailureKind.CANCELLED, "given up; whether it was charged is not known")
    async with app.run_test(size=(ZONE_WIDTH, 6)) as pilot:
        app.query_one(TaskList).set_tasks([replace(task(0, Status.CANCELLED), error=error)])
        await pilot.pause()
        assert "– given up; whether it was charged is not known" in lines(app.shown)[1]


async def test_a_task_that_a_limit_keeps_here_says_which() -> None:
    app = Shell(TaskList())
    error = Failure(FailureKind.RATE, "the account runs 2 of hd at once; it waits here")
    async with app.run_test(size=(ZONE_WIDTH, 6)) as pilot:
        app.query_one(TaskList).set_tasks([replace(task(0, Status.QUEUED), error=error)])
        await pilot.pause()
        assert "○ not sent: the account runs 2 of hd at once" in lines(app.shown)[1]


async def test_a_running_task_shows_bar_percent_time_left_and_price() -> None:
    app = Shell(TaskList())
    async with app.run_test(size=(ZONE_WIDTH, 6)) as pilot:
        app.query_one(TaskList).set_tasks([replace(running(0), progress=0.62, time_left="40 s left (25–70)")])
        await pilot.pause()
        assert lines(app.shown)[:2] == [
            "▌ SANDBOX-HD      A fox runs through neon rain, low trackin…",
            "▌ ━━━━━━━━━━━━━╸────────  62 %  40 s left (25–70)    ≈ $0.30",
        ]


@pytest.mark.parametrize(
    ("cells", "said", "shown"),
    [
        (46, "40 s left (25–70)", "▌ ━━━━━━────  62 %  40 s left (25–70)  ≈ $0.30"),
        (40, "40 s left (25–70)", "▌ ━━━━━───  62 %  40 s left      ≈ $0.30"),
        (60, "slower than 96 % of 23 earlier jobs", "▌ ━━━━━━━━━━━━━╸────────  62 %  late                 ≈ $0.30"),
    ],
)
async def test_where_there_is_less_room_the_bar_gives_way_to_the_words_and_then_the_spread(
    cells: int, said: str, shown: str
) -> None:
    app = Shell(TaskList())
    async with app.run_test(size=(cells, 6)) as pilot:
        app.query_one(TaskList).set_tasks([replace(running(0), progress=0.62, time_left=said)])
        await pilot.pause()
        assert lines(app.shown)[1] == shown


async def test_practice_is_marked_where_the_price_would_stand() -> None:
    app = Shell(TaskList())
    async with app.run_test(size=(ZONE_WIDTH, 6)) as pilot:
        app.query_one(TaskList).set_tasks([task(0, Status.SUCCEEDED, practice=True)])
        await pilot.pause()
        assert lines(app.shown)[1].endswith("PRACTICE")


async def test_a_prompt_is_never_markup_and_controls_nothing() -> None:
    app = Shell(TaskList())
    async with app.run_test(size=(ZONE_WIDTH, 6)) as pilot:
        app.query_one(TaskList).set_tasks(
            [task(0, Status.QUEUED, prompt="[/b] a\x1b[2J\nb 漢字 👨‍👩‍👧 " + "x" * 100_000)]
        )
        await pilot.pause()
        first = app.shown.render_line(0)
        assert "[/b] a␛[2J b 漢字 👨👩👧 xx" in first.text
        assert first.cell_length == ZONE_WIDTH


async def test_an_empty_list_says_so_and_keys_do_nothing() -> None:
    app = Shell(TaskList())
    async with app.run_test(size=(ZONE_WIDTH, 6)) as pilot:
        await pilot.press("j", "k", "G", "g", "pagedown", "enter", "x")
        assert lines(app.shown)[0] == "  No tasks yet"
        assert app.shown.cursor_id is None
        assert app.heard == []


@pytest.mark.parametrize("size", [(20, 5), (1, 1), (9, 3), (200, 60)])
async def test_any_size_of_terminal_is_drawn(size: tuple[int, int]) -> None:
    app = Shell(TaskList())
    async with app.run_test(size=size) as pilot:
        app.query_one(TaskList).set_tasks([task(index, status) for index, status in enumerate(Status)])
        await pilot.press("j", "G", "k")
        strips = [app.shown.render_line(y) for y in range(app.shown.size.height)]
        assert {strip.cell_length for strip in strips} <= {size[0], size[0] - 1}


async def test_keys_move_the_cursor_and_tell_where_it_is() -> None:
    app = Shell(TaskList())
    async with app.run_test(size=(ZONE_WIDTH, 6)) as pilot:
        app.query_one(TaskList).set_tasks([running(index) for index in range(10)])
        for key, place in (("j", 1), ("down", 2), ("k", 1), ("G", 9), ("up", 8), ("g", 0), ("pagedown", 3), ("end", 9)):
            await pilot.press(key)
            assert app.shown.cursor == place, key
        await pilot.press("enter")
        opened = [each for each in app.heard if isinstance(each, LineList.Opened)]
        assert [each.item_id for each in opened] == ["T000009"]
        assert "▌" in "".join(lines(app.shown))


async def test_the_cursor_stays_on_its_task_when_others_come() -> None:
    app = Shell(TaskList())
    async with app.run_test(size=(ZONE_WIDTH, 12)) as pilot:
        shown = app.query_one(TaskList)
        shown.set_tasks([running(1), running(2)])
        await pilot.press("j")
        shown.update_task(running(7))
        assert [each.id for each in shown.tasks] == ["T000007", "T000001", "T000002"]
        assert shown.selected == running(2)
        shown.remove_task("T000002")
        assert shown.selected == running(1)


async def test_x_marks_and_marks_go_with_their_tasks() -> None:
    app = Shell(TaskList())
    async with app.run_test(size=(ZONE_WIDTH, 12)) as pilot:
        shown = app.query_one(TaskList)
        shown.set_tasks([running(index) for index in range(4)])
        await pilot.press("x", "j", "x")
        assert list(shown.marked) == ["T000000", "T000002"]
        assert lines(shown)[0].startswith(" ▪")
        shown.remove_task("T000000")
        assert list(shown.marked) == ["T000002"]
        shown.clear_marks()
        await pilot.pause()
        assert not list(shown.marked)
        assert isinstance(app.heard[-1], LineList.Marked)


async def test_a_click_chooses_and_a_double_click_opens() -> None:
    app = Shell(TaskList())
    async with app.run_test(size=(ZONE_WIDTH, 12)) as pilot:
        app.query_one(TaskList).set_tasks([running(index) for index in range(4)])
        await pilot.pause()
        await pilot.click(TaskList, offset=(5, 5))
        assert app.shown.cursor == 2
        await pilot.click(TaskList, offset=(5, 5), times=2)
        assert isinstance(app.heard[-1], LineList.Opened)


async def test_progress_is_gathered_and_an_ending_is_shown_at_once() -> None:
    app = Shell(TaskList())
    async with app.run_test(size=(ZONE_WIDTH, 12)) as pilot:
        shown = app.query_one(TaskList)
        shown.set_tasks([running(0), running(1)])
        shown.update_task(replace(running(0), progress=0.5))
        shown.update_task(replace(running(0), progress=0.6))
        assert "10 %" in lines(shown)[1]
        assert shown.tasks[0].progress == 0.6
        shown.update_task(replace(task(1, Status.SUCCEEDED), rev=2))
        assert "✓ done" in lines(shown)[3]
        await pilot.pause(TICK + 0.1)
        assert "60 %" in lines(shown)[1]


async def test_an_older_revision_is_passed_over() -> None:
    app = Shell(TaskList())
    async with app.run_test(size=(ZONE_WIDTH, 12)):
        shown = app.query_one(TaskList)
        shown.set_tasks([replace(task(0, Status.SUCCEEDED), rev=5)])
        shown.update_task(replace(running(0), rev=4))
        assert shown.tasks[0].status is Status.SUCCEEDED


@pytest.mark.parametrize("theme", ["textual-dark", "textual-light", "nord", "solarized-light"])
async def test_every_word_can_be_read_on_its_background(theme: str) -> None:
    app = Shell(TaskList())
    async with app.run_test(size=(ZONE_WIDTH, 30)) as pilot:
        app.theme = theme
        app.query_one(TaskList).set_tasks([task(index, status) for index, status in enumerate(Status)])
        await pilot.pause()
        for segment in (each for y in range(20) for each in app.shown.render_line(y) if each.text.strip(" ─▌")):
            assert segment.style is not None
            assert segment.style.color is not None
            assert segment.style.bgcolor is not None
            ground, ink = (Color.from_rich_color(each) for each in (segment.style.bgcolor, segment.style.color))
            assert abs(ground.brightness - ink.brightness) > 0.15, segment


async def test_another_theme_is_drawn_in_its_colours() -> None:
    app = Shell(TaskList())
    async with app.run_test(size=(ZONE_WIDTH, 12)) as pilot:
        app.query_one(TaskList).set_tasks([running(0)])
        await pilot.pause()
        before = list(app.shown.render_line(0))
        app.theme = "textual-light"
        await pilot.pause()
        assert list(app.shown.render_line(0)) != before


def test_a_bar_moves_by_half_cells() -> None:
    assert bar(0, 4) == ("", "────")
    assert bar(0.13, 4) == ("╸", "───")
    assert bar(0.5, 4) == ("━━", "──")
    assert bar(1.7, 4) == ("━━━━", "")


def test_the_surest_price_is_shown_and_a_guess_looks_like_one() -> None:
    def priced(**cost: Decimal) -> str:
        return price(replace(task(0, Status.RUNNING), cost=Cost(**cost)))

    assert priced(quoted=Decimal(1)) == "≈ $1.00"
    assert priced(quoted=Decimal(1), estimated=Decimal(2)) == "≈ $2.00"
    assert priced(quoted=Decimal(1), charged=Decimal(3)) == "$3.00"
    assert priced(quoted=Decimal(0)) == "free"
    assert priced() == "$?"


def test_stars_are_five_or_none() -> None:
    assert [stars(each) for each in (None, 0, 1, 5)] == ["", "", "★····", "★★★★★"]


# -- takes -------------------------------------------------------------------------------------------------------------


async def test_a_library_of_any_size_costs_what_its_screens_do() -> None:
    source = Source(100_000)
    app = Shell(HistoryList())
    async with app.run_test(size=(100, 30)) as pilot:
        await app.query_one(HistoryList).load(source.fetch)
        await pilot.pause()
        assert source.given <= 4 * PAGE
        await pilot.press(*["pagedown"] * 10)
        await pilot.pause()
        assert 10 * 30 <= source.given <= 10 * 30 + 4 * PAGE
        assert app.shown.cursor == 300


async def test_a_take_stands_on_one_line() -> None:
    app = Shell(HistoryList())
    async with app.run_test(size=(90, 8)) as pilot:
        await app.query_one(HistoryList).load(Source(3).fetch)
        await pilot.pause()
        assert "SANDBOX-HD      5s 720p   ★···· Harbour at dawn, slow dolly in" in lines(app.shown)[1]
        assert app.query_one(HistoryList).complete


async def test_a_source_that_fails_leaves_the_list_and_is_asked_again_by_the_next_key() -> None:
    source, broken = Source(500), True

    async def fetch(cursor: str | None) -> Page:
        if cursor is not None and broken:
            raise OSError("the disk is away")
        return await source.fetch(cursor)

    app = Shell(HistoryList())
    async with app.run_test(size=(90, 30)) as pilot:
        shown = app.query_one(HistoryList)
        await shown.load(fetch)
        await pilot.press("G")
        await app.workers.wait_for_complete()
        assert len(shown.takes) == PAGE
        broken = False
        await pilot.press("k")
        await app.workers.wait_for_complete()
        assert len(shown.takes) > PAGE


async def test_another_search_replaces_the_list_while_a_page_is_on_its_way() -> None:
    gate = asyncio.Event()

    async def slow(cursor: str | None) -> Page:
        if cursor is not None:
            await gate.wait()
        return await Source(500).fetch(cursor)

    app = Shell(HistoryList())
    async with app.run_test(size=(90, 30)) as pilot:
        shown = app.query_one(HistoryList)
        await shown.load(slow)
        await pilot.press("G")
        await shown.load(Source(3).fetch)
        gate.set()
        await pilot.pause()
        assert len(shown.takes) == 3


async def test_a_rating_is_shown_at_once() -> None:
    app = Shell(HistoryList())
    async with app.run_test(size=(90, 8)) as pilot:
        shown = app.query_one(HistoryList)
        await shown.load(Source(3).fetch)
        shown.update_task(replace(take(0), rating=4, rev=2))
        await pilot.pause()
        assert "★★★★·" in lines(shown)[0]
