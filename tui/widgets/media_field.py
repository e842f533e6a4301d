"""A field for pictures and clips: each line takes a path, an https address or the id of an earlier task.

Enter wants the finder (`Wanted`); whoever answers calls `put`. Nothing is opened here: what was seen of a file when it
was looked at comes through `show_seen`.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from rich.cells import cell_len
from textual.content import Content
from textual.message import Message
from textual.suggester import Suggester
from textual.widget import Widget
from textual.widgets import Input

from providers.catalogue import InputSlot
from tui.paths import completed, pasted
from tui.text import ELLIPSIS, one_line, visible
from tui.widgets.field import LABEL_WIDTH, Framed, PlainInput, label_of

__all__ = ["MediaField"]

LONGEST_SEEN = 23
"""Cells of what was seen of a file; the rest of the line is the file's name."""


class PathSuggester(Suggester):
    """The rest of a path that is being typed, read in a thread; → takes it."""

    def __init__(self, media: str) -> None:
        super().__init__(use_cache=False, case_sensitive=True)
        self.media = media

    async def get_suggestion(self, value: str) -> str | None:
        """None where nothing goes on from there."""
        found = await asyncio.to_thread(completed, value, self.media)
        return None if found is None or found != visible(found) else found


class PathInput(PlainInput):
    """An input for sources: what is dropped on the terminal becomes the path that is meant."""

    def _pasted(self, line: str) -> str:
        return pasted(line)

    def on_resize(self) -> None:
        self.call_after_refresh(self.show_end)

    def show_end(self) -> None:
        """The name of the file stays in sight, not the folders before it, unless somebody edits these."""
        if self.cursor_position >= len(self.value):
            self.scroll_to(x=self.max_scroll_x, animate=False, force=True)

    def watch_scroll_x(self, old_value: float, new_value: float) -> None:
        """The field around it says whether the beginning is out of sight."""
        super().watch_scroll_x(old_value, new_value)
        if isinstance(self.parent, MediaField) and bool(old_value) != bool(new_value):
            self.parent.refresh()


class MediaField(Framed):
    """One slot of a model. Where several are allowed, an empty line follows the last one that is filled."""

    class Changed(Message):
        """The person changed what stands in the slot; empty lines are left out."""

        def __init__(self, slot: InputSlot, sources: tuple[str, ...]) -> None:
            super().__init__()
            self.slot = slot
            self.sources = sources

    class Wanted(Message):
        """The person wants to choose from what there is, for one line of the field."""

        def __init__(self, sender: MediaField, line: int) -> None:
            super().__init__()
            self.sender, self.line = sender, line

    def __init__(self, slot: InputSlot, sources: tuple[str, ...]) -> None:
        super().__init__(slot.role.value, slot.label, help_text=slot.help, classes="field media")
        self.slot = slot
        self.first = sources
        self.seen = ""

    def controls(self) -> Sequence[Widget]:
        return [self._line(source) for source in self._lines(self.first)]

    def render(self) -> Content:
        """The label, left of the first line, and what was seen, right of it."""
        label = label_of(self.label)
        first = next(iter(self.query(PathInput)), None)
        if first is not None and first.scroll_x and label.cell_length == LABEL_WIDTH:
            label = Content.assemble(label[: LABEL_WIDTH - 1], Content.styled(ELLIPSIS, "$text-quiet"))
        gap = self.content_size.width - label.cell_length - cell_len(self.seen)
        return Content.assemble(label, " " * gap, Content.styled(self.seen, "$success")) if self.seen else label

    @property
    def sources(self) -> tuple[str, ...]:
        """What stands in the lines."""
        return tuple(text for each in self.query(PlainInput) if (text := each.value.strip()))

    @property
    def line(self) -> int:
        """The line that has the focus, else the last one."""
        inputs = list(self.query(PlainInput))
        return next((at for at, each in enumerate(inputs) if each.has_focus), len(inputs) - 1)

    def put(self, line: int, source: str) -> None:
        """Sets one line as if the person had typed it."""
        inputs = list(self.query(PathInput))
        field = inputs[min(line, len(inputs) - 1)]
        field.value = visible(source)
        field.cursor_position = len(field.value)
        field.focus()
        field.call_after_refresh(field.show_end)

    async def show_sources(self, sources: tuple[str, ...]) -> None:
        """Shows what came from elsewhere; posts nothing."""
        if sources == self.first:
            return
        self.first, self.seen = sources, ""
        if self.is_mounted:
            with self.prevent(Input.Changed):
                await self.query(PathInput).remove()
                await self.mount_all([self._line(each) for each in self._lines(sources)], before=0)

    def show_seen(self, words: str) -> None:
        """What was found when the files were opened: `✓ 1280×720 · 5.0 s`; nothing where they were not or are bad."""
        inputs, words = self.query(PathInput), one_line(words, LONGEST_SEEN)
        if words == self.seen or not inputs:  # none while other lines come
            return
        self.seen = words
        inputs.first().styles.margin = (0, cell_len(words) + 1 if words else 0, 0, LABEL_WIDTH)
        self.refresh()

    def take_focus(self) -> None:
        """Gives the focus to the first line."""
        self.query(PlainInput).first().focus()

    def _lines(self, sources: tuple[str, ...]) -> tuple[str, ...]:
        return (*sources, "") if len(sources) < self.slot.max_count else sources

    def _line(self, source: str) -> PathInput:
        return PathInput(
            visible(source),
            placeholder=_hint(self.slot),
            select_on_focus=False,
            classes="control",
            suggester=None if self.slot.url_only else PathSuggester(self.slot.media),
        )

    async def on_input_changed(self, event: Input.Changed) -> None:
        event.stop()
        inputs = self.query(PlainInput)
        if len(inputs) < self.slot.max_count and inputs.last().value.strip():
            await self.mount(self._line(""), after=inputs.last())
        self.first = self.sources
        self.show_seen("")
        self.post_message(self.Changed(self.slot, self.first))

    def on_input_submitted(self, event: Input.Submitted) -> None:
        event.stop()
        self.post_message(self.Wanted(self, self.line))


def _hint(slot: InputSlot) -> str:
    """What may be typed there."""
    if "file" in slot.accepts:
        return "enter finds · or path, link, id"
    if "generation" in slot.accepts:
        return "enter finds · or link, id" if "url" in slot.accepts else "enter finds a take · or id"
    return "an https address"
