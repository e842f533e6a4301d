"""A dialogue that asks for one line: a value, a name, a key, tags. Escape changes nothing."""

from __future__ import annotations

from collections.abc import Callable, Sequence
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

__all__ = ["LineDialogue", "Problem"]

Problem = Callable[[str], str]
"""What is wrong with a text; nothing where it can be."""


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


class LineDialogue(Dialogue[str | None]):
    """Gives the line as it was written, or None.

    `problem` says what is wrong with the line, also while it is typed, and keeps it from being taken. `secret` shows a
    dot for each character. `replace`: what is typed takes the place of `value`. `suggest` are words that → completes.
    """

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "dismiss(None)", "Back", show=False)]

    def __init__(
        self,
        title: str,
        lines: Sequence[str] = (),
        *,
        value: str = "",
        problem: Problem = lambda _text: "",
        secret: bool = False,
        replace: bool = False,
        suggest: Sequence[str] = (),
        hint: str = "",
    ) -> None:
        super().__init__()
        self.heading, self.lines, self.hint = title, tuple(lines), hint
        self.value, self.problem, self.secret = value, problem, secret
        self.replace, self.suggest = replace, tuple(suggest)

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialogue") as box:
            box.border_title = Content(one_line(self.heading))
            box.border_subtitle = Content(f"enter accepts{' · → completes' if self.suggest else ''} · esc back")
            if self.lines:
                yield Static(Content("\n".join(visible(each) for each in self.lines)), markup=False, classes="words")
            yield PlainInput(
                visible(self.value),
                password=self.secret,
                compact=True,
                select_on_focus=self.replace,
                suggester=_LastWord(self.suggest) if self.suggest else None,
                id="answer",
            )
            if self.hint:
                yield Static(Content(self.hint), classes="hint", markup=False)
            yield Static("", id="wrong", markup=False)

    def on_mount(self) -> None:
        self.query_one(PlainInput).focus()

    def on_input_changed(self, event: Input.Changed) -> None:
        event.stop()
        self._tell(self.problem(event.value) if event.value.strip() else "")

    def on_input_submitted(self, event: Input.Submitted) -> None:
        event.stop()
        if words := self.problem(event.value):
            self._tell(words)
        else:
            self.dismiss(event.value)

    def _tell(self, words: str) -> None:
        self.query_one("#wrong", Static).update(Content(f"✗ {visible(words)}" if words else ""))
