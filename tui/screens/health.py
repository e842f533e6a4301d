"""Health: every check of `rushes doctor`, run in the background, each with what to do about it.

Without a word from the person nothing leaves this machine; `L` adds the calls to vendors, all of which are free.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, ClassVar

from textual import work
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.widget import Widget
from textual.widgets import Static

from tui import actions
from tui.screens.base import MainScreen, too_small
from tui.text import visible
from tui.widgets.bars import KeyLine, TopLine
from tui.widgets.line_list import LineList
from tui.widgets.row_list import Row, RowList

if TYPE_CHECKING:
    from rushes.doctor import Check, Screen
    from rushes.interface import Engine

__all__ = ["HealthScreen"]

SIGNS = {"fail": ("✗", "bad"), "warn": ("!", "warn"), "pass": ("✓", "good")}
"""By the weight of the finding: what failed stands first, where it is seen in a small terminal too."""
_WEIGHTS = list(SIGNS)


class HealthScreen(MainScreen):
    """The findings as they come; below them the current one in full, with its fix."""

    CSS_PATH = "../styles/settings.tcss"
    place: ClassVar[str] = actions.HEALTH
    BINDINGS: ClassVar[list[BindingType]] = [*actions.bindings(actions.HEALTH)]
    AUTO_FOCUS = None

    engine: Engine
    list: RowList

    def compose(self) -> ComposeResult:
        yield TopLine("health")
        yield too_small()
        yield Static(id="summary", markup=False)
        yield Vertical(id="panes")
        yield KeyLine()

    async def opened(self, engine: Engine) -> None:
        self.engine = engine
        self.checks: list[Check] = []
        self.done = False
        self.list, self.about = RowList("The first checks are on their way"), Static(id="about", markup=False)
        self.list.name_cells = 26
        await self.query_one("#panes").mount(self.list, self.about)
        self.list.focus()
        self.rushes.bridge.trouble.subscribe(self, self._settings_mended)
        self.examine()

    def pane_of(self, focused: Widget | None) -> str:
        return actions.CHECKS

    async def _settings_mended(self, _nothing: None) -> None:
        """The settings' file has other faults than before, or none."""
        self.examine()

    def action_again(self) -> None:
        if self.has_engine:
            self.examine()

    def action_live(self) -> None:
        if self.has_engine:
            self.examine(live=True)

    async def action_step_out(self) -> None:
        await self.rushes.action_studio()

    @work(group="examine", exclusive=True)
    async def examine(self, *, live: bool = False) -> None:
        """Runs every check; each shows as soon as it is done."""
        from rushes.doctor import admit, examine

        self.checks, self.done = [], False
        self._show()
        patient = admit(self.rushes.home, self.engine.environ, self.engine.cwd, screen=self._screen(), live=live)
        async for check in examine(patient):
            if not self.is_attached:  # the app is being left
                return
            if check.name == "settings.file" and (problem := self.engine.settings.problem):
                check = replace(check, detail=problem)  # the doctor does not know what counts here meanwhile
            self.checks = sorted([*self.checks, check], key=lambda each: _WEIGHTS.index(each.status.value))
            self._show()
        self.done = True
        self._show()

    def _show(self) -> None:
        if not self.is_attached:
            return
        at_top = self.list.cursor == 0
        self.list.show([_row(each) for each in self.checks])
        if at_top:  # whoever has not moved sees the gravest finding
            self.list.move_to(0)
        self.query_one("#summary", Static).update(self._summary())
        self._tell()

    def _summary(self) -> Content:
        count = {name: sum(each.status.value == name for each in self.checks) for name in SIGNS}
        running = "" if self.done else "   checking …"
        parts = [f"{count['fail']} failed"] if count["fail"] else []
        parts += [f"{count['warn']} to look at"] if count["warn"] else []
        parts += [f"{count['pass']} well"]
        return Content.assemble(" ", " · ".join(parts), Content.styled(running, "$text-quiet"))

    def _tell(self) -> None:
        if self.list.cursor_id is None:
            self.about.update("")
            return
        check = self.checks[self.list.cursor]
        fix = [Content.styled(f"→ {visible(check.fix)}", "$text-warning")] if check.fix else []
        self.about.update(Content("\n").join([Content(visible(check.detail)), *fix]))

    def on_line_list_selected(self, message: LineList.Selected) -> None:
        message.stop()
        self._tell()

    def _screen(self) -> Screen:
        return self.rushes.terminal.screen(self.app.size.width, self.app.size.height)


def _row(check: Check) -> Row:
    sign, style = SIGNS[check.status.value]
    words = f"{check.detail}  → {check.fix}" if check.fix else check.detail
    return Row(f"{check.name} {check.detail}", sign, check.name, words, style if style != "good" else "", dim=False)
