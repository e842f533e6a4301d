"""The player: one take on the whole screen, with every key that concerns looking at it closely.

It knows takes and the app, not how frames come to the terminal: that is the widget's. Files are made in threads.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from textual import work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.widgets import Static

from rushes.task import Task
from tui import actions, task_actions
from tui.clips import bring, frame_for_shot, made
from tui.screens.base import too_small
from tui.screens.dialogue import Choose
from tui.screens.handing_on import TakeScreen
from tui.screens.transport import Transport
from tui.text import one_line
from tui.widgets.bars import KeyLine
from tui.widgets.marks import badge
from tui.widgets.player import Player
from tui.widgets.task_list import stars

if TYPE_CHECKING:
    from rushes.interface import Engine

__all__ = ["PlayerScreen", "heading"]


def heading(task: Task) -> Content:
    """Badge, stars and prompt of a take in one line."""
    return Content.assemble(
        Content.styled(f" {one_line(badge(task))} ", "bold $accent"),
        Content.styled(f" {stars(task.rating)} ", "$warning"),
        Content.styled(f" {one_line(task.shot.prompt)}", "$foreground"),
    )


class PlayerScreen(Transport, TakeScreen["Path | None"]):
    """Shows `task`, which must have a clip. `at_s`: where to begin; `playing`: whether it runs at once."""

    place: ClassVar[str] = actions.PLAYER
    BINDINGS: ClassVar[list[BindingType]] = [
        *actions.bindings(actions.PLAYER),
        *(Binding(str(count), f"rate({count})", show=False) for count in range(6)),
    ]

    def __init__(self, engine: Engine, task: Task, *, playing: bool = True) -> None:
        super().__init__()
        self.engine = engine
        self.shown = task
        self.eager = playing
        self.player = Player("opening the clip …")

    def compose(self) -> ComposeResult:
        yield Static(heading(self.shown), classes="top-line", markup=False)
        yield too_small()
        yield self.player
        yield KeyLine()

    async def on_mount(self) -> None:
        self.query_one(KeyLine).show(actions.footer(self.place, "", self.rushes.keymap_set))
        self.player.focus()
        self.rushes.bridge.tasks.subscribe(self, self._task_changed)
        if self.shown.take is None:
            self.player.clear("There is no clip.")
            return
        if (file := await bring(self.rushes, self.engine, self.shown)) is None:
            self.player.clear("The clip cannot be shown.")
            return
        await self.player.load(file)
        if self.eager and self.rushes.moves and not self.player.stills_first:
            self.call_after_refresh(self.player.play)

    def _task_changed(self, task: Task) -> None:
        if task.id == self.shown.id:
            self.shown = task
            self.query_one(".top-line", Static).update(heading(task))

    # What the keys do -----------------------------------------------------------------------------------------------

    def action_mark(self, end: bool) -> None:
        self.player.action_mark(end)

    def action_ends(self, end: bool) -> None:
        if end:
            self.player.action_to_end()
        else:
            self.player.action_start_over()

    async def action_back(self) -> None:
        """One level out; the clip is let go of."""
        self.dismiss(None)

    @work(group="rate")
    async def action_rate(self, count: int) -> None:
        """0 to 5 stars."""
        await task_actions.rate(self.rushes, self.engine, self.shown, count)

    @property
    def current(self) -> Task:
        """The take that is shown."""
        return self.shown

    @work(group="export", exclusive=True)
    async def action_export(self) -> None:
        """The marked piece as a clip, or the frame that stands there as a picture."""
        from rushes.library import exports

        clip, piece, at_s, folder = self.clip, self.player.marked, self.player.position, self.rushes.home.exports
        if clip is None:
            return
        if piece is None:
            if path := await made(self.rushes, lambda: exports.save_frame(clip, at_s, folder)):
                self._tell_file("Frame saved", path)
        elif done := await made(self.rushes, lambda: exports.save_piece(clip, *piece, folder)):
            self._tell_file("Piece saved, bit for bit" if done[1] else "Piece saved, encoded again", done[0])

    @work(group="frame", exclusive=True)
    async def action_use_frame(self) -> None:
        """This frame as the first or the last one of the next shot, or as a reference: what its model takes."""
        from tui.choosing import picture_places

        if self.clip is None:
            return
        at_s = self.player.position
        self.player.pause()
        places = picture_places(self.rushes.desk)
        chosen = await self.app.push_screen_wait(Choose("Use this frame as", tuple(places), 0))
        if chosen is None:
            return
        role = list(places.values())[chosen]
        if path := await frame_for_shot(self.rushes, self.engine, self.shown, at_s):
            self.dismiss(None)
            await self.rushes.use_frame(role, path)

    def _tell_file(self, title: str, path: Path) -> None:
        self.rushes.copy(str(path), done=title)
