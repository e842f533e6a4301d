"""The tabs of a narrow Studio: one line that says which pane stands in front and what goes on in the others."""

from __future__ import annotations

from textual import events
from textual.content import Content
from textual.message import Message
from textual.style import Style
from textual.widgets import Static

from tui.actions import PREVIEW, SHOT, TASKS
from tui.widgets.marks import block

__all__ = ["Tabs"]

NAMES = {SHOT: "Shot", TASKS: "Tasks", PREVIEW: "Preview"}


class Tabs(Static):
    """Posts `Chosen` on a click; hidden by the styles where all panes are in sight."""

    class Chosen(Message):
        """Another pane is wanted."""

        def __init__(self, pane: str) -> None:
            super().__init__()
            self.pane = pane

    def __init__(self) -> None:
        super().__init__(id="tabs", markup=False)
        self.present = SHOT
        self.note = ""

    def show(self, present: str) -> None:
        """Marks the pane in front."""
        self.present = present
        self.refresh()

    def show_note(self, note: str) -> None:
        """What goes on in the task list: `1 running`."""
        self.note = note
        self.refresh()

    def on_click(self, event: events.Click) -> None:
        if pane := event.style.meta.get("pane"):
            self.post_message(self.Chosen(str(pane)))

    def render(self) -> Content:
        parts = [self._one(pane, name) for pane, name in NAMES.items()]
        return Content.assemble(*parts, Content.styled("  F6 next", "$text-quiet"))

    def _one(self, pane: str, name: str) -> Content:
        note = f" · {self.note}" if pane == TASKS and self.note else ""
        if pane == self.present:
            return block(name + note, loud=True)
        return Content.styled(f" {name}{note} ", "$text-quiet").stylize(Style.from_meta({"pane": pane}))
