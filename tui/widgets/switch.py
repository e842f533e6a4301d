"""The provider switcher: one line with every provider; ←/→ change it, and a dot says whether it can be used."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar

from textual import events
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.message import Message
from textual.style import Style
from textual.widgets import Static

from tui.text import one_line
from tui.widgets.marks import block, mark

if TYPE_CHECKING:
    from rushes.pool import ProviderInfo

__all__ = ["ProviderSwitch"]


class ProviderSwitch(Static, can_focus=True):
    """Posts `Chosen`; `show` says which providers there are and which is the present one."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("right,space", "move(1)", show=False),
        Binding("left", "move(-1)", show=False),
    ]

    class Chosen(Message):
        """Another provider is wanted, by name."""

        def __init__(self, name: str) -> None:
            super().__init__()
            self.name = name

    def __init__(self) -> None:
        super().__init__(id="switch", markup=False)
        self.infos: tuple[ProviderInfo, ...] = ()
        self.present = ""

    def show(self, infos: Sequence[ProviderInfo], present: str) -> None:
        """Draws the providers and marks the present one."""
        if (tuple(infos), present) != (self.infos, self.present):
            self.infos, self.present = tuple(infos), present
            self.refresh()

    def render(self) -> Content:
        return Content(" ").join([self._one(each) for each in self.infos])

    def action_move(self, step: int) -> None:
        """Asks for the next provider, around the end."""
        names = [each.name for each in self.infos]
        if len(names) > 1:
            at = names.index(self.present) if self.present in names else 0
            self.post_message(self.Chosen(names[(at + step) % len(names)]))

    def on_click(self, event: events.Click) -> None:
        if name := event.style.meta.get("provider"):
            self.post_message(self.Chosen(str(name)))

    def _one(self, info: ProviderInfo) -> Content:
        label = one_line(info.label)
        if info.name == self.present:
            return block(label, loud=True)
        sign, colour = mark(info)
        parts = Content.assemble(" ", Content.styled(label, "$text"), " ", Content.styled(sign, colour), " ")
        return parts.stylize(Style.from_meta({"provider": info.name}))
