"""A template's variables, each with its field, below the prompt as it becomes. The answer is that prompt, or None."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.content import Content
from textual.widgets import Input, Static

from rushes.shots.templates import fill, variables
from tui.screens.dialogue import Dialogue
from tui.text import one_line, visible
from tui.widgets.field import PlainInput

__all__ = ["FillIn"]


class FillIn(Dialogue[str | None]):
    """Enter goes to the next empty field; where there is none, it takes the prompt."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "dismiss(None)", "Back", show=False),
        Binding("down", "app.focus_next", show=False),
        Binding("up", "app.focus_previous", show=False),
    ]

    def __init__(self, name: str, template: str) -> None:
        super().__init__()
        self.heading, self.template = name, template
        self.names = variables(template)

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialogue fill-in") as box:
            box.border_title = Content(one_line(self.heading))
            box.border_subtitle = Content("enter next, then accepts · esc back")
            yield Static(id="becomes", markup=False, classes="words")
            with VerticalScroll(id="blanks", can_focus=False):
                for name in self.names:
                    with Horizontal(classes="row"):
                        yield Static(Content.styled(one_line(name), "$text-label"), classes="label", markup=False)
                        yield PlainInput(compact=True, classes="answer")

    def on_mount(self) -> None:
        self.query(PlainInput).first().focus()
        self._show()

    @property
    def values(self) -> dict[str, str]:
        """What stands in the fields."""
        return {name: each.value for name, each in zip(self.names, self.query(PlainInput), strict=True)}

    def on_input_changed(self, event: Input.Changed) -> None:
        event.stop()
        self._show()

    def on_input_submitted(self, event: Input.Submitted) -> None:
        event.stop()
        fields = list(self.query(PlainInput))
        at = fields.index(self.focused) if isinstance(self.focused, PlainInput) else 0
        empty = [each for each in (*fields[at + 1 :], *fields[:at]) if not each.value]
        if empty and fields[at].value:
            empty[0].focus()
        elif fields[at].value or at == len(fields) - 1:
            self.dismiss(fill(self.template, self.values))
        else:
            fields[at + 1].focus()

    def _show(self) -> None:
        """What is not filled in yet stands there as it is in the template."""
        now = {name: value or f"{{{name}}}" for name, value in self.values.items()}
        self.query_one("#becomes", Static).update(Content(visible(fill(self.template, now))))
