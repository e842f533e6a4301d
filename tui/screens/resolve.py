"""The dialogue for a task whose request left and was not answered: what is known, and the three ways to settle it.

Nothing is sent by itself. The person adopts the vendor's task by its id, sends once more (a new press at its price), or
gives the task up. Escape leaves everything as it is.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from decimal import Decimal
from typing import ClassVar, Literal

from textual import work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, VerticalScroll
from textual.content import Content
from textual.widgets import Button, Input, Static

from rushes.task import Task
from tui.screens.dialogue import Dialogue
from tui.text import amount, one_line
from tui.widgets.facts import Facts, Pair
from tui.widgets.field import PlainInput

__all__ = ["Resolve", "Settlement", "known"]


Settlement = Literal["adopted", "resend", "forget"]
"""What the person chose; adopting is done already."""


class Resolve(Dialogue[Settlement | None]):
    """Facts above, the id and the three answers below. The focus is where nothing can be lost: on the id."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "dismiss(None)", "Back", show=False),
        Binding("down,right", "app.focus_next", show=False),
        Binding("up,left", "app.focus_previous", show=False),
    ]

    def __init__(self, task: Task, price: Decimal | None, adopt: Callable[[str], Awaitable[str]]) -> None:
        """`adopt` takes the vendor's id, and answers with what stands in the way."""
        super().__init__()
        self.task_shown, self.adopt = task, adopt
        self.price = Decimal(0) if task.practice else price

    def compose(self) -> ComposeResult:
        cost = (
            "at a price that nobody knows" if self.price is None else f"for {amount(self.price)}" if self.price else ""
        )
        with VerticalScroll(classes="dialogue resolve", can_focus=False) as box:
            box.border_title = Content("Sent, but no answer came")
            box.border_subtitle = Content("esc leaves it as it is")
            yield Facts()
            with Horizontal(classes="row"):
                yield Static(Content.styled("vendor's id", "$text-label"), classes="label", markup=False)
                yield PlainInput(placeholder="as the vendor's page shows it", compact=True, id="vendor-id")
            with Horizontal(classes="answers"):
                yield Button(Content("Adopt"), id="adopt", compact=True)
                yield Button(Content(f"Send again{cost}"), id="resend", compact=True)
                yield Button(Content("Give up"), id="forget", compact=True)
            yield Static("", id="wrong", markup=False)

    def on_mount(self) -> None:
        self.query_one("#vendor-id").focus()
        # Once there is a width: facts wrap by it, and the dialogue is as high as they are.
        self.call_after_refresh(self.query_one(Facts).show, known(self.task_shown, self.price))

    def on_input_submitted(self, event: Input.Submitted) -> None:
        event.stop()
        self._adopt()

    def on_button_pressed(self, event: Button.Pressed) -> None:
        event.stop()
        match event.button.id:
            case "adopt":
                self._adopt()
            case "resend":
                self.dismiss("resend")
            case _:
                self.dismiss("forget")

    @work(group="adopt", exclusive=True)
    async def _adopt(self) -> None:
        """Stays open, with what was typed, until the vendor's task is found."""
        given = self.query_one("#vendor-id", PlainInput).value.strip()
        missing = "Adopting needs the id that the vendor gave the task."
        if wrong := await self.adopt(given) if given else missing:
            self.query_one("#wrong", Static).update(Content(f"✗ {wrong}"))
            self.query_one("#vendor-id").focus()
        else:
            self.dismiss("adopted")


def known(task: Task, price: Decimal | None) -> list[Pair]:
    """The facts, and what each answer means for the money."""
    when = (task.submitted_at or task.created_at).astimezone()
    cost = "an unknown sum" if price is None else amount(price)
    said = one_line(task.error.message) if task.error else "the connection ended before the answer"
    if task.practice or price == 0:
        money = "this is practice: it is free either way" if task.practice else "it is free either way"
        again, given_up = "a new request, free", "nothing more is done here"
    else:
        money = f"the vendor may have charged {cost}, or nothing"
        again = f"a new request, charged {cost} whatever became of the first one"
        given_up = "nothing more is done here; if the vendor took it, it is charged all the same"
    return [
        ("", one_line(task.shot.prompt, 300) or "(no prompt)"),
        ("model", f"{task.shot.provider} · {task.shot.model} · {task.shot.mode.replace('_', ' ')}"),
        ("sent", f"{when:%d %b %H:%M:%S}, {_times(task.charges_sent)}; since then nothing has been sent"),
        ("what came", said),
        ("money", money),
        ("", ""),
        ("adopt", "the vendor's task is found by its id and watched from here; costs nothing more"),
        ("send again", again),
        ("give up", given_up),
        ("", ""),
    ]


def _times(count: int) -> str:
    return "once" if count <= 1 else f"{count} times"
