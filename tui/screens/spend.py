"""Spend: what was charged today and in a month, by provider, model and tag, thirty days as a plot, and the budgets.

Drawn when the screen is shown and when something about money, stars or tags has changed; it has no timer.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from textual import events, work
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.content import Content
from textual.widgets import Static

from rushes.task import Task
from tui import actions
from tui.ledger_lines import PLOT_DAYS, bar_lines, flying_line, plot, sum_lines, table
from tui.screens.base import MainScreen, too_small
from tui.text import one_line, visible
from tui.widgets.bars import KeyLine, TopLine

if TYPE_CHECKING:
    from decimal import Decimal

    from rushes.interface import Engine
    from rushes.money.accounts import Spend
    from rushes.money.budgets import Bar
    from rushes.settings import Settings

__all__ = ["SpendScreen"]

BY = ("model", "provider", "tag")
PLOT_ROWS = 5


@dataclass(frozen=True)
class _Figures:
    """Everything that the screen shows, read in one go."""

    today: Spend
    month: Spend
    days: dict[date, Decimal]
    bars: list[Bar]
    warnings: list[str]


class SpendScreen(MainScreen):
    """←/→ choose the month, b what the table is by."""

    place: ClassVar[str] = actions.SPEND
    BINDINGS: ClassVar[list[BindingType]] = [*actions.bindings(actions.SPEND)]
    CSS_PATH = Path(__file__).parents[1] / "styles" / "spend.tcss"
    AUTO_FOCUS = "#panes"

    engine: Engine

    def __init__(self) -> None:
        super().__init__()
        self.back = 0
        self.by = BY[0]
        self._figures: _Figures | None = None
        self._seen: dict[str, object] = {}
        self._stale = False

    def compose(self) -> ComposeResult:
        yield TopLine("spend")
        yield too_small()
        with VerticalScroll(id="panes"):
            with Horizontal(id="sums"):
                yield self._pane("today", "Today")
                yield self._pane("month", "This month")
                yield self._pane("budgets", "Budgets")
            yield self._pane("plot", f"{PLOT_DAYS} days")
            yield self._pane("table", "This month by model")
        yield KeyLine()

    def _pane(self, name: str, title: str) -> Vertical:
        pane = Vertical(Static(markup=False, id=f"{name}-text"), id=name, classes="pane")
        pane.border_title = Content(title)
        return pane

    async def opened(self, engine: Engine) -> None:
        self.engine = engine
        self.rushes.bridge.tasks.subscribe(self, self._task_changed)
        self.rushes.bridge.settings.subscribe(self, self._settings_changed)
        self.read()

    def on_screen_resume(self, event: events.ScreenResume) -> None:
        if self.has_engine and self._stale:
            self.read()

    def on_resize(self) -> None:
        self.call_after_refresh(self._draw)

    # ── reading ──────────────────────────────────────────────────────────────────────────────────────────────────

    def _task_changed(self, task: Task) -> None:
        """Progress is no news here; money, the state, stars and tags are."""
        news = (task.status, task.cost, task.rating, task.tags)
        if self._seen.get(task.id) != news:
            self._seen[task.id] = news
            self._news()

    def _settings_changed(self, _settings: Settings) -> None:
        self._news()

    def _news(self) -> None:
        if self.is_current:
            self.read()
        else:
            self._stale = True

    @work(exclusive=True, group="spend")
    async def read(self) -> None:
        """Asks the books for all of it, and draws."""
        self._stale = False
        accounts = self.engine.accounts
        today = accounts.today()
        first, last = _month(today, self.back)
        month = await accounts.spend(first, last)
        plotted = await accounts.spend(today - timedelta(days=PLOT_DAYS - 1), today)
        self._figures = _Figures(
            today=await accounts.spend(today, today),
            month=month,
            days={day: sums.charged for day, sums in plotted.days},
            bars=await accounts.bars(),
            warnings=await accounts.warnings(),
        )
        self._draw()

    # ── drawing ──────────────────────────────────────────────────────────────────────────────────────────────────

    def _draw(self) -> None:
        figures = self._figures
        if figures is None or not self.is_mounted:
            return
        self._write("today", sum_lines(figures.today), flying_line(figures.today))
        self._write("month", sum_lines(figures.month))
        self.query_one("#month").border_title = Content(self._month_name(figures.month.first))
        notes = [Content.styled(f"! {one_line(each)}", "$warning") for each in figures.warnings]
        self._write("budgets", bar_lines(figures.bars, self._cells("budgets")), *notes)
        self._write("plot", plot(figures.days, figures.today.first, self._cells("plot"), PLOT_ROWS))
        groups = {"model": figures.month.models, "provider": figures.month.providers, "tag": figures.month.tags}[
            self.by
        ]
        self._write("table", table(self.by, groups, self._cells("table")))
        self.query_one("#table").border_title = Content(f"{self._month_name(figures.month.first)} by {self.by}")

    def _write(self, name: str, *parts: Content) -> None:
        self.query_one(f"#{name}-text", Static).update(Content("\n").join(parts))

    def _cells(self, name: str) -> int:
        return max(20, self.query_one(f"#{name}").content_size.width - 2)

    def _month_name(self, first: date) -> str:
        return "This month" if self.back == 0 else f"{first:%B %Y}"

    # ── keys ─────────────────────────────────────────────────────────────────────────────────────────────────────

    def action_month(self, step: int) -> None:
        """An earlier month (1), or a later one (-1); none lies ahead."""
        if self.has_engine and self.back + step >= 0:
            self.back += step
            self.read()

    def action_table_by(self) -> None:
        """The next way to group the table."""
        self.by = BY[(BY.index(self.by) + 1) % len(BY)]
        self._draw()

    @work(exclusive=True, group="export")
    async def action_export(self) -> None:
        """Writes the ledger of the month beside the library."""
        from tui.take_files import ledger

        if self._figures is not None:
            await ledger(self.rushes, self.engine, self._figures.month.first, self._figures.month.last)

    @work(exclusive=True, group="reconcile")
    async def action_reconcile(self) -> None:
        """Asks the vendors what was used in the month shown, and says what differs."""
        from rushes.money.reconcile import words

        if self._figures is None:
            return
        self.notify("asking the vendors …", markup=False)
        month = self._figures.month
        found = await self.engine.accounts.reconcile(month.first, month.last)
        for each in found:
            told = visible(words(each))
            if each.agrees:
                self.notify(told, title=each.provider, markup=False)
            else:
                self.notify(told, title=each.provider, severity="warning", markup=False, timeout=20)
        if not found:
            self.notify("no provider with a key can be asked", markup=False)


def _month(today: date, back: int) -> tuple[date, date]:
    """The first and the last day of the month `back` months ago."""
    months = today.year * 12 + today.month - 1 - back
    first = date(months // 12, months % 12 + 1, 1)
    return first, date((months + 1) // 12, (months + 1) % 12 + 1, 1) - timedelta(days=1)
