"""A list that is searched while one types: earlier prompts, templates. The answer is the index of the chosen one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Input

from tui.screens.dialogue import Dialogue
from tui.text import one_line
from tui.widgets.field import PlainInput
from tui.widgets.line_list import LineList
from tui.widgets.row_list import Row, RowList

__all__ = ["Find"]


class Find(Dialogue[int | None]):
    """Every word must stand somewhere in a line; ↑ and ↓ go through what is left. `at`: the current line at first."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "dismiss(None)", "Back", show=False),
        Binding("down,ctrl+r,f3", "move(1)", show=False, priority=True),
        Binding("up", "move(-1)", show=False, priority=True),
    ]

    def __init__(self, title: str, lines: Sequence[tuple[str, str]], *, empty: str, at: int = 0) -> None:
        super().__init__()
        self.heading, self.lines, self.empty, self.at = title, tuple(lines), empty, at

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialogue find") as box:
            box.border_title = Content(one_line(self.heading))
            box.border_subtitle = Content("enter takes it · esc back")
            yield PlainInput(placeholder="search", compact=True)
            yield RowList(self.empty)

    def on_mount(self) -> None:
        self.query_one(RowList).name_cells = max([10, *(len(name) + 1 for name, _ in self.lines)])
        self.query_one(PlainInput).focus()
        self._show("")
        self.query_one(RowList).move_to(self.at)

    def on_input_changed(self, event: Input.Changed) -> None:
        event.stop()
        self._show(event.value)

    def on_input_submitted(self, event: Input.Submitted) -> None:
        event.stop()
        chosen = self.query_one(RowList).cursor_id
        self.dismiss(int(chosen) if chosen is not None else None)

    def on_line_list_opened(self, message: LineList.Opened) -> None:
        message.stop()
        self.dismiss(int(message.item_id or 0))

    def action_move(self, by: int) -> None:
        """The next line, or the one before."""
        self.query_one(RowList).action_move(by)

    def _show(self, query: str) -> None:
        wanted = query.casefold().split()
        found = [
            Row(str(at), "", one_line(name), one_line(text))
            for at, (name, text) in enumerate(self.lines)
            if all(word in f"{name} {text}".casefold() for word in wanted)
        ]
        shown = self.query_one(RowList)
        shown.show(found)
        shown.move_to(0)
