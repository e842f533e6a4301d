"""The button that sends the shot. It names the keys that do so as well, as the person has them."""

from __future__ import annotations

from textual.content import Content
from textual.message import Message
from textual.widgets import Static

from tui.actions import keys_of
from tui.host import app_of
from tui.widgets.marks import block

__all__ = ["GenerateButton"]


class GenerateButton(Static, can_focus=True):
    """The button; posts `Pressed` on enter, space and a click."""

    class Pressed(Message):
        """The person wants the shot sent."""

    def __init__(self) -> None:
        super().__init__(id="generate", markup=False)

    def on_focus(self) -> None:
        self.refresh()

    def on_blur(self) -> None:
        self.refresh()

    def render(self) -> Content:
        """With the keys that send a shot."""
        keys = Content.styled(f"  {keys_of('generate', app_of(self).keymap_set).replace(', ', ' · ')}", "$text-quiet")
        return Content.assemble(block("  Generate  ", loud=self.has_focus), keys)

    def key_enter(self) -> None:
        self.post_message(self.Pressed())

    def key_space(self) -> None:
        self.post_message(self.Pressed())

    def on_click(self) -> None:
        self.post_message(self.Pressed())
