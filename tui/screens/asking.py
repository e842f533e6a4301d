"""A question that is answered by a line of text, with suggestions while one writes. Escape changes nothing."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.suggester import Suggester
from textual.widgets import Input, Static

from tui.screens.dialogue import Dialogue
from tui.text import one_line, visible
from tui.widgets.field import PlainInput

__all__ = ["Ask"]


class _LastWord(Suggester):
    """Completes what stands behind the last comma."""

    def __init__(self, words: Sequence[str]) -> None:
        super().__init__(use_cache=False, case_sensitive=True)
        self._words = tuple(words)

    async def get_suggestion(self, value: str) -> str | None:
        """The whole line with its last word completed."""
        start = value.rfind(",") + 1
        begun = value[start:].lstrip(" -")
        found = next((each for each in self._words if begun and each.casefold().startswith(begun.casefold())), None)
        return None if found is None else value + found[len(begun) :]


class Ask(Dialogue[str | None]):
    """Gives the line as it was written, or None."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "leave", "Back", show=False)]

    def __init__(
        self, title: str, lines: Sequence[str] = (), *, value: str = "", suggest: Sequence[str] = (), hint: str = ""
    ) -> None:
        super().__init__()
        self.heading, self.lines, self.value, self.suggest = title, tuple(lines), value, tuple(suggest)
        self.hint = hint or "enter accepts · → completes · esc back"

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialogue") as box:
            box.border_title = Content(one_line(self.heading))
            if self.lines:
                yield Static(Content("\n".join(visible(each) for each in self.lines)), markup=False, classes="words")
            suggester = _LastWord(self.suggest) if self.suggest else None
            yield PlainInput(self.value, compact=True, select_on_focus=False, suggester=suggester, id="answer")
            yield Static(Content(self.hint), classes="hint", markup=False)

    def on_mount(self) -> None:
        self.query_one("#answer").focus()

    def on_input_submitted(self, event: Input.Submitted) -> None:
        event.stop()
        self.dismiss(event.value)

    def action_leave(self) -> None:
        """Closes without an answer."""
        self.dismiss(None)
