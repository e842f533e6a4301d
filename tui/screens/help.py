"""What the keys do where one is: made from the registry of actions, nearest first."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.content import Content

from tui.actions import PANES, PLACES, Action
from tui.screens.dialogue import ReadDialogue
from tui.widgets.facts import Facts, Pair

__all__ = ["HelpScreen"]


MOST_CELLS, FEW_CELLS, WIDE = 24, 10, 100
"""Cells for the keys, in a wide terminal and in a narrow one; more keys than that stand above their words."""


SIGNS: tuple[Pair, ...] = (
    ("  ●  ", "The provider has a key and can be used"),
    ("  ◐  ", "The provider can be used for practice, which costs nothing"),
    ("  ○  ", "The provider has no key that can be used; on a task: not sent yet"),
    ("  ▪  ", "Marked"),
    ("  P  ", "A take of practice"),
)


class HelpScreen(ReadDialogue):
    """Any of esc, ?, q closes it."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("question_mark,f1", "dismiss(None)", show=False)]

    def __init__(self, place: str, actions: Sequence[Action]) -> None:
        super().__init__()
        self.place = place
        self.actions_shown = tuple(actions)

    def compose(self) -> ComposeResult:
        with VerticalScroll(classes="dialogue help") as box:
            box.border_title = Content("Keys")
            box.border_subtitle = Content("ctrl+p finds every action by name · esc back")
            widest = max(len(each.spoken) for each in self.actions_shown)
            most = MOST_CELLS if self.app.size.width >= WIDE else FEW_CELLS
            yield Facts(self._lines(), names=min(widest, most) + 4, styles=("bold $accent", "bold"))

    def _lines(self) -> list[Pair]:
        lines: list[Pair] = []
        for (where, pane), group in groupby(self.actions_shown, key=lambda each: (each.where, each.pane)):
            title = PLACES[where] + (f", {PANES[pane]}" if pane else "")
            lines += [*([("", "")] if lines else []), ("", title)]
            lines += [(f"  {each.spoken}  ", each.help) for each in group if each.keys]
        return [*lines, ("", ""), ("", "Signs"), *SIGNS]
