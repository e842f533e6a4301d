"""Small dialogues: a question with two answers, a choice from a list, a text. Escape always changes nothing."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import ClassVar, TypeVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Button, OptionList, Static
from textual.widgets.option_list import Option

from tui.host import ClosesOnce
from tui.text import one_line, visible

__all__ = ["Choose", "Confirm", "Dialogue", "ReadDialogue"]

Answer = TypeVar("Answer")


class Dialogue(ModalScreen[Answer], ClosesOnce[Answer]):
    """What all dialogues share: their styles, read when the first one opens."""

    CSS_PATH = Path(__file__).parents[1] / "styles" / "dialogue.tcss"


class ReadDialogue(Dialogue[None]):
    """Something to read: it scrolls by j and k as well. What it shows stands in one VerticalScroll."""

    AUTO_FOCUS = "VerticalScroll"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,enter,q", "dismiss(None)", "Back", show=False),
        Binding("j", "scroll(1)", show=False),
        Binding("k", "scroll(-1)", show=False),
    ]

    def action_scroll(self, step: int) -> None:
        """A line down or up."""
        self.query_one(VerticalScroll).scroll_relative(y=step, animate=False)


class Confirm(Dialogue[bool]):
    """A question. The harmless answer has the focus, unless `eager`: the person has asked for this very thing."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "answer(False)", "Back", show=False),
        Binding("left,up", "app.focus_previous", show=False),
        Binding("right,down", "app.focus_next", show=False),
        Binding("y", "answer(True)", show=False),
        Binding("n", "answer(False)", show=False),
    ]

    def __init__(self, title: str, lines: Sequence[str], *, yes: str, no: str = "Back", eager: bool = False) -> None:
        super().__init__()
        self.heading = title
        self.lines = tuple(lines)
        self.yes, self.no, self.eager = yes, no, eager

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialogue") as box:
            box.border_title = Content(one_line(self.heading))
            yield Static(Content("\n".join(visible(each) for each in self.lines)), markup=False, classes="words")
            with Horizontal(classes="answers"):
                yield Button(Content(self.yes), id="yes", compact=True)
                yield Button(Content(self.no), id="no", compact=True)
            yield Static(Content("y yes · n no · esc back"), classes="hint", markup=False)

    def on_mount(self) -> None:
        self.query_one("#yes" if self.eager else "#no").focus()

    def on_button_pressed(self, event: Button.Pressed) -> None:
        self.dismiss(event.button.id == "yes")

    def action_answer(self, answer: bool) -> None:
        """Closes with an answer."""
        self.dismiss(answer)


class Choose(Dialogue[int | None]):
    """A choice from a list: the index, or None."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,f3,q", "leave", "Back", show=False),
        Binding("j", "app.simulate_key('down')", show=False),
        Binding("k", "app.simulate_key('up')", show=False),
    ]

    def __init__(self, title: str, values: Sequence[str], index: int, notes: Sequence[str] = ()) -> None:
        super().__init__()
        self.heading = title
        self.values = tuple(values)
        self.notes = tuple(notes) or ("",) * len(self.values)
        self.index = index

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialogue chooser") as box:
            box.border_title = Content(one_line(self.heading))
            box.border_subtitle = Content("enter takes it · esc back")
            yield OptionList(*(self._option(at) for at in range(len(self.values))), markup=False, compact=True)

    def on_mount(self) -> None:
        self.query_one(OptionList).highlighted = self.index

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        self.dismiss(event.option_index)

    def action_leave(self) -> None:
        """Closes without a choice."""
        self.dismiss(None)

    def _option(self, at: int) -> Option:
        widest = max(len(each) for each in self.values)
        note = f"  {one_line(self.notes[at])}" if self.notes[at] else ""
        return Option(Content(f" {one_line(self.values[at]).ljust(widest)} {note}"))
