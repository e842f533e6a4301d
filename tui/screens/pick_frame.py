"""Choosing a frame of an earlier take for the next shot: the player, in which enter takes what is seen."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, ClassVar

from textual import events, work
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.widgets import Static

from tui import actions
from tui.clips import frame_for_shot
from tui.screens.player import PlayerScreen, heading
from tui.text import one_line
from tui.widgets.bars import KeyLine

if TYPE_CHECKING:
    from rushes.interface import Engine
    from rushes.task import Task

__all__ = ["PickFrame"]


class PickFrame(PlayerScreen):
    """Answers with the picture's file, or None. `last`: begins at the last frame, from which a next shot goes on."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("enter", "use_frame", show=False)]

    def __init__(self, engine: Engine, task: Task, wanted: str, *, last: bool) -> None:
        super().__init__(engine, task, playing=False)
        self.wanted, self.last = wanted, last

    async def on_mount(self, event: events.Mount | None = None) -> None:
        if event is not None:
            event.prevent_default()  # Textual would call the player's own handler once more
        await super().on_mount()
        title = Content.styled(f" {one_line(self.wanted)}: enter takes the frame that is seen  ", "bold $warning")
        self.query_one(".top-line", Static).update(Content.assemble(title, heading(self.shown)))
        self.query_one(KeyLine).show(_keys())
        if self.last:
            self.player.action_to_end()

    @work(group="frame", exclusive=True)
    async def action_use_frame(self) -> None:
        """This frame is the one."""
        at_s = self.player.position
        self.player.pause()
        if path := await frame_for_shot(self.rushes, self.engine, self.shown, at_s):
            self.dismiss(path)


def _keys() -> list[actions.Action]:
    """What counts here, for the footer."""
    take = replace(actions.find("player-use-frame"), keys=("enter",), label="Take this frame", rank=1)
    moves = ("player-seek-back", "player-seek-on", "player-frame-back", "player-frame-on", "player-play")
    ends = ("player-start", "player-end")
    back = replace(actions.find("player-back"), keys=("escape",))
    return [take, *map(actions.find, moves), *map(actions.find, ends), back]
