"""One clear screen for what keeps rushes from working: what it is, and what to do. Any way out ends the program."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Static

from tui.screens.dialogue import Dialogue
from tui.text import visible

__all__ = ["NoticeScreen"]


class NoticeScreen(Dialogue[None]):
    """Leaves with the exit code it was given."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape,enter,q,ctrl+q,ctrl+c", "leave", "Leave", priority=True)]

    def __init__(self, title: str, reason: str, *, code: int) -> None:
        super().__init__()
        self.heading, self.reason, self.code = title, reason, code

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialogue notice") as box:
            box.border_title = Content(self.heading)
            yield Static(Content(visible(self.reason)), markup=False, classes="words")
            yield Static(Content("enter leaves"), markup=False, classes="hint")

    def action_leave(self) -> None:
        """Ends the program; the reason is printed once more on the way out."""
        self.app.exit(return_code=self.code)
