"""What differs between tasks: words of their prompts, then values, pictures and price."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.widgets import Static

from rushes.shots.differences import differences, own_words
from tui.screens.dialogue import ReadDialogue
from tui.text import fit, one_line, width
from tui.widgets.facts import Facts, Pair
from tui.widgets.marks import badge

if TYPE_CHECKING:
    from rushes.task import Task

__all__ = ["Differ"]

WIDEST = 20
"""Cells of a value that has its place in a column."""
OWN = "bold underline $warning"
"""Words that the other prompts have not."""


class Differ(ReadDialogue):
    """Two tasks, or a few more."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("d", "dismiss(None)", show=False)]

    def __init__(self, tasks: Sequence[Task]) -> None:
        super().__init__()
        self.tasks = tuple(tasks)

    def compose(self) -> ComposeResult:
        with VerticalScroll(classes="dialogue details") as box:
            box.border_title = Content("What differs")
            box.border_subtitle = Content("esc back")
            prompts = own_words([each.shot.prompt for each in self.tasks])
            for number, (task, words) in enumerate(zip(self.tasks, prompts, strict=True), start=1):
                yield Static(_prompt(number, task, words), markup=False, classes="words")
            yield Facts(_values(self.tasks))


def _prompt(number: int, task: Task, words: Sequence[tuple[str, bool]]) -> Content:
    """The badge, then the prompt; words of its own are bold and underlined."""
    told = [
        Content.styled(one_line(each), "bold underline $warning") if own else Content(one_line(each))
        for each, own in words
    ]
    head = Content.styled(f"{number}  {one_line(badge(task))}\n", "bold $accent")
    return Content.assemble(head, Content(" ").join(told) if told else "(no prompt)", "\n")


def _values(tasks: Sequence[Task]) -> list[Pair]:
    found = differences(tasks)
    if not found:
        same = len({each.shot.prompt for each in tasks}) == 1
        return [("", "Nothing else differs" if not same else "They were asked for alike; only what came of it differs")]
    rows = [(each.name.replace("_", " "), each.values) for each in found]
    return _columns([("task", [str(number + 1) for number in range(len(tasks))]), *rows])


def _columns(rows: Sequence[tuple[str, Sequence[str]]]) -> list[Pair]:
    """A column for each task below its number; values that are too long for one stand below each other."""
    short = [values for _, values in rows if max(map(width, values)) <= WIDEST]
    cells = [max(map(width, column)) for column in zip(*short, strict=True)]
    pairs: list[Pair] = []
    for name, values in rows:
        if values in short:
            told = " │ ".join(fit(each, room) for each, room in zip(values, cells, strict=True)).rstrip()
        else:
            told = "\n".join(f"{number}  {each}" for number, each in enumerate(values, start=1))
        pairs.append((name, told))
    return pairs
