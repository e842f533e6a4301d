"""The first and the last line of every screen: where one is, which providers can be used, and what the keys do."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from textual import events
from textual.content import Content
from textual.style import Style
from textual.widgets import Static

from tui.actions import Action
from tui.text import one_line
from tui.widgets.marks import mark

if TYPE_CHECKING:
    from rushes.pool import ProviderInfo

__all__ = ["KeyLine", "TopLine"]

MODES = {"studio": "Studio", "library": "Library", "spend": "Spend", "health": "Health", "settings": "Settings"}
"""The screens by their actions' ids."""
LAST = frozenset({"keys", "commands"})
"""Actions that stand at the end of the key line, whatever else finds room."""


class TopLine(Static):
    """The program's name, the screens with the present one marked, and the providers on the right."""

    def __init__(self, present: str) -> None:
        super().__init__(classes="top-line", markup=False)
        self.present = present
        self.infos: Sequence[ProviderInfo] = ()
        self.money: tuple[str, str] = ("", "")
        self.away = False
        self.keys: Mapping[str, str] = {}

    async def on_click(self, event: events.Click) -> None:
        if mode := event.style.meta.get("mode"):
            await self.run_action(f"app.{mode}")

    def show(self, infos: Sequence[ProviderInfo], *, away: bool = False) -> None:
        """Draws the providers' dots; `away`: the gateway that has them does not answer."""
        self.infos, self.away = infos, away
        self.refresh()

    def show_keys(self, keys: Mapping[str, str]) -> None:
        """By which key one goes to each screen from here."""
        if keys != self.keys:
            self.keys = keys
            self.refresh()

    def show_money(self, words: str, style: str) -> None:
        """What is used of the tightest budget."""
        if (words, style) != self.money:
            self.money = words, style
            self.refresh()

    def render(self) -> Content:
        left = Content.assemble(
            Content.styled(" rushes  ", "bold $accent"), *(self._mode(*each) for each in MODES.items())
        )
        right = self._providers(names=True)
        if left.cell_length + right.cell_length > self.size.width:
            right = self._providers(names=False)
        if left.cell_length + right.cell_length > self.size.width and self.money[0]:
            right = self._money()
        gap = max(1, self.size.width - left.cell_length - right.cell_length)
        return Content.assemble(left, " " * gap, right)

    def _mode(self, name: str, label: str) -> Content:
        here, key = name == self.present, self.keys.get(name, "")
        text = Content.assemble(
            Content.styled(f" {key} ", "$accent" if here else "$text-quiet"),
            Content.styled(f"{label} ", "bold" if here else "$text-quiet"),
        )
        return text.stylize(Style.from_meta({"mode": name}))

    def _providers(self, *, names: bool) -> Content:
        if not self.infos:
            return Content.styled("opening the library … ", "$text-quiet")
        if self.away:
            return Content.styled("no line to the gateway " if names else "no line ", "$text-warning")
        parts: list[Content] = []
        for each in self.infos:
            sign, colour = mark(each)
            label = f"{one_line(each.label).lower()} " if names else ""
            parts.append(Content.assemble(Content.styled(label, "$text-quiet"), Content.styled(sign, colour), " "))
        return Content.assemble(Content(" " if names else "").join(parts), self._money())

    def _money(self) -> Content:
        words, style = self.money
        return Content.styled(f"  {words} ", style) if words else Content("")


class KeyLine(Static):
    """What the keys do here, most wanted first; what does not fit is left to the help."""

    def __init__(self) -> None:
        super().__init__(classes="key-line", markup=False)
        self.actions: Sequence[Action] = ()

    def show(self, actions: Sequence[Action]) -> None:
        """Draws the line for a place."""
        if actions != self.actions:
            self.actions = actions
            self.refresh()

    def render(self) -> Content:
        tail = [_one(each) for each in self.actions if each.id in LAST]
        room = self.size.width - sum(each.cell_length for each in tail)
        shown: list[Content] = []
        for words in (_one(each) for each in self.actions if each.id not in LAST):
            if (room := room - words.cell_length) < 0:
                break
            shown.append(words)
        return Content.assemble(*shown, *tail)


def _one(action: Action) -> Content:
    key = Content.styled(f" {action.first_key}", "bold $accent")
    return Content.assemble(key, Content.styled(f" {action.label} ", "$text-quiet"))
