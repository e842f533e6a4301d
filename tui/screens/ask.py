"""A dialogue that asks for one line: a value, a name, a key. What is wrong with it is said while it is typed."""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Input, Static

from tui.screens.dialogue import Dialogue
from tui.text import one_line, visible
from tui.widgets.field import PlainInput

__all__ = ["Ask"]

Problem = Callable[[str], str]
"""What is wrong with a text; nothing where it can be."""


class Ask(Dialogue[str | None]):
    """The text, or None. `secret` shows a dot for each character, and never offers what was there before."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "dismiss(None)", "Back", show=False)]

    def __init__(self, title: str, lines: str, *, value: str = "", problem: Problem, secret: bool = False) -> None:
        super().__init__()
        self.heading, self.lines = title, lines
        self.value = "" if secret else value
        self.problem, self.secret = problem, secret

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialogue") as box:
            box.border_title = Content(one_line(self.heading))
            box.border_subtitle = Content("enter accepts · esc back")
            yield Static(Content(visible(self.lines)), markup=False, classes="words")
            yield PlainInput(visible(self.value), password=self.secret, compact=True, classes="answer")
            yield Static("", id="wrong", markup=False)

    def on_mount(self) -> None:
        self.query_one(PlainInput).focus()

    def on_input_changed(self, event: Input.Changed) -> None:
        event.stop()
        words = self.problem(event.value) if event.value.strip() else ""
        self.query_one("#wrong", Static).update(Content(f"✗ {visible(words)}" if words else ""))

    def on_input_submitted(self, event: Input.Submitted) -> None:
        event.stop()
        if words := self.problem(event.value):
            self.query_one("#wrong", Static).update(Content(f"✗ {visible(words)}"))
        else:
            self.dismiss(event.value)
