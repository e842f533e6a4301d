"""Everything known of one task: what was asked for, how it went, what it cost, where the clip lies."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Static

from tui.text import amount, one_line, size, visible

if TYPE_CHECKING:
    from rushes.engine import Engine
    from rushes.library import Event
    from rushes.task import Task

__all__ = ["DetailsScreen", "facts"]

_WIDTH = 12


class DetailsScreen(ModalScreen[None]):
    """Reads the events when it opens; escape closes it."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,enter,q,d", "dismiss(None)", "Back", show=False),
        Binding("j", "scroll(1)", show=False),
        Binding("k", "scroll(-1)", show=False),
    ]

    def __init__(self, engine: Engine, task: Task) -> None:
        super().__init__()
        self.engine = engine
        self.task_shown = task

    def compose(self) -> ComposeResult:
        with VerticalScroll(classes="dialogue details") as box:
            box.border_title = Content(one_line(self.task_shown.badge or self.task_shown.shot.model))
            box.border_subtitle = Content("esc back")
            yield Static(facts(self.task_shown), markup=False)
            yield Static(id="events", markup=False)

    async def on_mount(self) -> None:
        self.query_one(VerticalScroll).focus()
        events = await self.engine.events(self.task_shown.id)
        self.query_one("#events", Static).update(_story(events))

    def action_scroll(self, step: int) -> None:
        """A line down or up."""
        self.query_one(VerticalScroll).scroll_relative(y=step, animate=False)


def facts(task: Task) -> Content:
    """The request, the prices and the clip as lines of name and value."""
    shot, take, cost = task.shot, task.take, task.cost
    params = " · ".join(f"{name} {one_line(str(value))}" for name, value in shot.params.items())
    lines = [Content(visible(shot.prompt) or "(no prompt)"), Content("")]
    lines += [_line("provider", f"{shot.provider} · {shot.model} · {shot.mode.replace('_', ' ')}")]
    lines += [_line("values", params or "as the model has them")]
    lines += [_line(each.role.value.replace("_", " "), each.source) for each in shot.inputs]
    lines += [_line("state", _state(task))]
    prices = f"quoted {amount(cost.quoted)} · estimated {_said(cost.estimated)} · charged {_said(cost.charged)}"
    lines += [_line("price", "free" if cost.quoted == 0 else prices)]
    if task.error:
        lines += [_line("reason", task.error.message), *([_line("to do", task.error.hint)] if task.error.hint else [])]
    if take:
        clip = f"{take.width}×{take.height} · {take.fps:g} fps · {take.duration_s:.1f} s · {size(take.bytes)}"
        lines += [_line("clip", clip), _line("file", str(take.file)), _line("sha-256", take.sha256)]
    lines += [_line("id", task.id)]
    if task.vendor_id and task.vendor_id != task.id:
        lines += [_line("at vendor", task.vendor_id)]
    return Content("\n").join(lines)


def _said(usd: Decimal | None) -> str:
    return "–" if usd is None else amount(usd)


def _state(task: Task) -> str:
    word = task.status.value.lower()
    vendor = f" ({one_line(task.vendor_status)})" if task.vendor_status else ""
    return f"{word}{vendor}"


def _line(name: str, value: str) -> Content:
    return Content.assemble(Content.styled(name.ljust(_WIDTH), "$text-label"), visible(value))


def _story(events: list[Event]) -> Content:
    """When what happened, in the person's own time of day."""
    lines = [Content("")]
    for each in events:
        when = each.at.astimezone().strftime("%H:%M:%S")
        told = ", ".join(
            f"{name.replace('_', ' ')} {value}" for name, value in each.detail.items() if value is not None
        )
        words = Content.styled(f"   {one_line(told)}", "$text-muted")
        lines.append(Content.assemble(Content.styled(f"{when}  ", "$text-label"), each.now.lower().ljust(12), words))
    return Content("\n").join(lines)
