"""Everything known of one task: what was asked for, how it went, what it cost, where the clip lies."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, Any, ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.content import Content

from rushes.library.retention import only_there
from rushes.media.kinds import words as kind_words
from rushes.shots.carry_over import words
from rushes.task import Status
from tui.screens.dialogue import ReadDialogue
from tui.text import amount, one_line, span
from tui.widgets.facts import INDENT, Facts, Pair
from tui.widgets.task_list import stars

if TYPE_CHECKING:
    from rushes.interface import Engine
    from rushes.library.library import Event
    from rushes.task import Task
    from rushes.tasks.exchanges import Exchange

__all__ = ["DetailsScreen", "facts", "said", "story"]

LEAST_WAIT_S = 5
"""A shorter wait at the vendor is not known well enough to be told: it ends between two polls."""
MOST_LINES = 60
"""Lines of one part of a conversation: nobody scrolls through a thousand."""


class DetailsScreen(ReadDialogue):
    """Reads the events when it opens; escape closes it."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("d", "dismiss(None)", show=False)]

    def __init__(self, engine: Engine, task: Task) -> None:
        super().__init__()
        self.engine = engine
        self.task_shown = task

    def compose(self) -> ComposeResult:
        with VerticalScroll(classes="dialogue details") as box:
            box.border_title = Content(one_line(self.task_shown.badge or self.task_shown.shot.model))
            box.border_subtitle = Content("esc back")
            kept = only_there(self.task_shown, self.engine.catalogue, self.engine.clock.now())
            yield Facts(facts(self.task_shown, kept))
            yield Facts(id="events")
            yield Facts(id="exchanges")

    async def on_mount(self) -> None:
        events = await self.engine.events(self.task_shown.id)
        exchanges = await self.engine.exchanges(self.task_shown.id)
        for part, pairs in (("#events", story(events)), ("#exchanges", said(exchanges))):
            for shown in self.query(part).results(Facts):  # none when it was closed meanwhile
                shown.show(pairs)


def facts(task: Task, kept: str = "") -> list[Pair]:
    """The request, the prices and the clip as lines of name and value; `kept`: where a clip is that is not here."""
    shot, take = task.shot, task.take
    params = " · ".join(f"{name.replace('_', ' ')} {words(value)}" for name, value in shot.params.items())
    pairs = [("", shot.prompt or "(no prompt)"), ("", "")]
    pairs += [("model", f"{shot.provider} · {shot.model} · {shot.mode.replace('_', ' ')}")]
    pairs += [("values", params or "as the model has them")]
    pairs += [(each.role.value.replace("_", " "), each.source) for each in shot.inputs]
    pairs += [("stars", stars(task.rating) or "–")] * bool(take)
    pairs += [("state", _state(task)), ("price", _price(task))]
    pairs += [("time", each) for each in _time(task)]
    if task.error:
        pairs += [
            ("reason", task.error.message),
            ("charged", _charged(task)),
            *([("to do", hint)] if (hint := _to_do(task)) else []),
        ]
    if take:
        pairs += [(kind_words(take.kind), take.measures), ("file", str(take.file)), ("sha-256", take.sha256)]
    pairs += [("tags", " · ".join(task.tags))] * bool(task.tags) + [("notes", task.notes)] * bool(task.notes)
    pairs += [("made from", f"{task.parent} ({task.kinship})")] * bool(task.parent)
    pairs += [("id", task.id)]
    if task.vendor_id and task.vendor_id != task.id:
        pairs += [("at vendor", task.vendor_id)]
    return pairs


def _charged(task: Task) -> str:
    if task.practice or task.cost.quoted == 0:
        return "no, this is practice" if task.practice else "no, it is free"
    return {True: "yes", False: "no, nothing", None: "not known"}[task.error.charged if task.error else None]


def _to_do(task: Task) -> str:
    """What the failure says; by keys where it names commands."""
    hint = (task.error.hint if task.error else None) or ""
    if task.status is Status.DOWNLOADING and "`rushes " in hint:
        back = "" if task.practice or task.cost.quoted == 0 else "; ask the vendor for the money back"
        return f"it is tried again; in the task list R makes it anew as a new task, delete stops the trying{back}"
    return hint


def _price(task: Task) -> str:
    cost = task.cost
    if cost.quoted == 0:
        return "free"
    quoted, estimated, charged = (_said(each) for each in (cost.quoted, cost.estimated, cost.charged))
    return f"quoted {quoted} · estimated {estimated} · charged {charged}"


def _said(usd: Decimal | None) -> str:
    return "–" if usd is None else amount(usd)


def _state(task: Task) -> str:
    vendor = f" · the vendor says {one_line(task.vendor_status)}" if task.vendor_status else ""
    return f"{task.status.value.lower()}{vendor}"


def _time(task: Task) -> list[str]:
    """What it took, and what of that was waiting at the vendor; under way: what is left."""
    if task.submitted_at is None or task.finished_at is None:
        return [task.time_left] if task.time_left else []
    took = f"{span((task.finished_at - task.submitted_at).total_seconds())} after sending"
    waited = (task.started_at - task.submitted_at).total_seconds() if task.started_at else 0.0
    return [f"{took}, {span(waited)} of it in the vendor's queue" if waited >= LEAST_WAIT_S else took]


def story(events: list[Event]) -> list[Pair]:
    """When what happened, in the person's own time of day."""
    pairs: list[Pair] = [("", "")]
    for each in events:
        told, moved = _told(each.detail), each.now.lower()
        pairs.append((each.at.astimezone().strftime("%H:%M:%S"), f"{moved}   {one_line(told)}" if told else moved))
    return pairs


TITLES = {"request": "sent", "answer": "the answer", "latest": "the latest word"}


def said(exchanges: Sequence[Exchange]) -> list[Pair]:
    """What was sent, what the vendor answered, and what it said last; keys are taken out where it is written down."""
    pairs: list[Pair] = []
    several = len({each.press for each in exchanges}) > 1
    for each in exchanges:
        press = f", press {each.press}" if several else ""
        title = f"{TITLES.get(each.said.value, each.said.value)}{press} · {each.at.astimezone().strftime('%H:%M:%S')}"
        pairs += [("", ""), ("", title), (INDENT, _cut(each.text()))]
    return pairs


def _cut(text: str) -> str:
    """The begin of a long text: the rest is in `rushes show --json`."""
    lines = text.splitlines()
    more = f"… {len(lines) - MOST_LINES} more lines: rushes show --json has them"
    return "\n".join([*lines[:MOST_LINES], *[more] * (len(lines) > MOST_LINES)])


_WORDS = {
    "said": "",
    "words": "",
    "vendor_id": "as ",
    "file": "",
    "found_by": "found by its ",
    "adopted": "adopted as ",
}
"""What of an event's detail is for a person, and how it begins; the rest is for programs (`rushes show --json`)."""


def _told(detail: Mapping[str, Any]) -> str:
    told = [f"{_WORDS[name]}{value}" for name, value in detail.items() if name in _WORDS and value is not None]
    error = detail.get("error")
    if isinstance(error, Mapping) and error.get("message"):
        told.append(str(error["message"]))
    return ", ".join(told)
