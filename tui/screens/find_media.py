"""The finder of pictures, clips and takes: newest first, narrowed by typed letters. The answer is a path or a task.

Folders are walked in a thread, a portion at a time, while keys are answered; closing it ends the walk.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import ClassVar

from textual import work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Input, Static

from providers.values import dataclass
from rushes.shots.media_finder import Found, rank
from rushes.task import Task
from tui.screens.dialogue import Dialogue
from tui.text import one_line
from tui.widgets.field import PlainInput
from tui.widgets.line_list import LineList
from tui.widgets.marks import badge
from tui.widgets.row_list import Row, RowList

__all__ = ["FindMedia"]

KINDS = {"image": ("picture", "pictures"), "video": ("clip", "clips"), "audio": ("sound", "sounds")}
MOST_SHOWN = 500
"""Rows below the best so many are found by typing on."""


@dataclass(frozen=True, slots=True)
class _Item:
    """A line of the finder, the text that is searched for it, and when it came to be."""

    answer: Path | Task
    text: str
    at: float
    row: Row


class FindMedia(Dialogue["Path | Task | None"]):
    """`portions` are files as they are found (None: none are wanted), `takes` the earlier ones."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "dismiss(None)", "Back", show=False),
        Binding("down", "move(1)", show=False, priority=True),
        Binding("up", "move(-1)", show=False, priority=True),
        Binding("pagedown", "move(10)", show=False, priority=True),
        Binding("pageup", "move(-10)", show=False, priority=True),
    ]

    def __init__(self, title: str, media: str, portions: Iterator[list[Found]] | None, takes: Sequence[Task]) -> None:
        super().__init__()
        self.heading, self.media, self.portions = title, media, portions
        self.items = sorted(map(_of_take, takes), key=lambda each: -each.at)
        self.files = 0
        self.looking = portions is not None

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialogue find") as box:
            box.border_title = Content(one_line(self.heading))
            box.border_subtitle = Content("enter takes it · esc back")
            yield PlainInput(placeholder="a few letters of the name, of a folder, of a take's prompt", compact=True)
            yield RowList("Nothing fits")
            yield Static(id="found", markup=False)

    def on_mount(self) -> None:
        self.query_one(PlainInput).focus()
        self._show()
        if self.looking:
            self._walk()

    @work(group="walk", exit_on_error=True)
    async def _walk(self) -> None:
        """Takes portion after portion until there are no more, or nobody looks any more."""
        while self.portions is not None and self.is_attached:
            portion = await asyncio.to_thread(next, self.portions, None)
            if portion is None or not self.is_attached:
                break
            self.files += len(portion)
            self.items = sorted([*self.items, *map(_of_file, portion)], key=lambda each: -each.at)
            self._show()
        self.looking = False
        self._tell()

    def on_input_changed(self, event: Input.Changed) -> None:
        event.stop()
        self._show()
        self.query_one(RowList).move_to(0)

    def on_input_submitted(self, event: Input.Submitted) -> None:
        event.stop()
        self._take(self.query_one(RowList).cursor_id)

    def on_line_list_opened(self, message: LineList.Opened) -> None:
        message.stop()
        self._take(message.item_id)

    def action_move(self, by: int) -> None:
        """So many lines on or back."""
        self.query_one(RowList).action_move(by)

    def _take(self, row_id: str | None) -> None:
        chosen = next((each.answer for each in self.items if each.row.id == row_id), None)
        if chosen is not None:
            self.dismiss(chosen)

    def _show(self) -> None:
        if not self.is_attached:
            return
        order = rank(self.query_one(PlainInput).value, [each.text for each in self.items])
        self.query_one(RowList).show([self.items[place].row for place in order[:MOST_SHOWN]])
        self._tell(len(order))

    def _tell(self, fitting: int | None = None) -> None:
        if not self.is_attached:
            return
        one, many = KINDS[self.media]
        parts = [f"{self.files} {one if self.files == 1 else many}"] if self.portions is not None else []
        takes = len(self.items) - self.files
        parts += [f"{takes} take{'' if takes == 1 else 's'}"] * bool(takes)
        parts += [f"{fitting} fit"] if fitting is not None and fitting != len(self.items) else []
        words = " · ".join(parts) + (" · still looking …" if self.looking else "")
        self.query_one("#found", Static).update(Content(words), layout=False)


def _of_file(found: Found) -> _Item:
    folder, _, name = found.shown.rpartition("/")
    row = Row(str(found.path), "·", one_line(name), one_line(folder or "here"), dim=False)
    return _Item(found.path, found.shown, found.changed, row)


def _of_take(task: Task) -> _Item:
    prompt = one_line(task.shot.prompt, 200) or "(no prompt)"
    length = f" · {task.take.duration_s:g} s" if task.take else ""
    words = f"take · {one_line(badge(task))}{length}"
    name = task.take.file.name if task.take else ""
    return _Item(task, f"{prompt} {badge(task)} {name}", task.created_at.timestamp(), Row(task.id, "▶", prompt, words))
