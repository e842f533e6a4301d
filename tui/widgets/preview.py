"""Preview: the poster of a clip, and the clip itself playing in cells, at what the line to the terminal can carry.

Frames are decoded on a thread; only the newest is shown, late ones are left out, none is queued. When it pauses, ends
or goes out of sight the work ends: a standing picture costs nothing.
"""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from rich.segment import Segment
from textual import events
from textual.binding import Binding, BindingType
from textual.geometry import Region
from textual.message import Message
from textual.strip import Strip

from tui import compat
from tui.frame_rate import Tally
from tui.pacer import Line, Pacer, line_of
from tui.reel import Frame, Reel, read_poster
from tui.text import fit, one_line, size, width
from tui.widgets.picture import Picture

if TYPE_CHECKING:
    from rushes.media import Facts

__all__ = ["Preview", "facts_line"]

MOST_PASSES = 150
"""Passes over a standing picture within a budget, some twelve seconds."""
MOST_WAITING = 3
"""Writes under way at which a frame is left out."""
BYTES_PER_CELL = 9
"""What a moving picture may cost a frame where the line sets no limit: 600 kB/s for 100×28 cells. Spent on the cells
that changed most, more is not seen; the terminal and the processor are spared it."""
UNKNOWN_SIZE = (160, 90)
"""Pixels that frames are scaled to before the widget has a place on the screen."""


def facts_line(facts: Facts, count: int) -> str:
    """`1280×720 · 24 fps · 5.0 s · 3.1 MB`; `count` is the file's length in bytes. A picture has no rate and length."""
    if facts.frames == 1:
        return " · ".join([f"{facts.width}×{facts.height}"] * bool(facts.width) + [size(count)])
    return f"{facts.width}×{facts.height} · {facts.fps:g} fps · {facts.duration_s:.1f} s · {size(count)}"


class Preview(Picture, can_focus=True):
    """Shows one clip at a time. `clock` counts seconds; `line` is found in the environment where it is not given."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("space", "play_pause", "Play or pause", show=False, id="preview-play"),
        Binding("left", "seek(-1)", "Second back", show=False, id="preview-back"),
        Binding("right", "seek(1)", "Second on", show=False, id="preview-on"),
        Binding("comma", "step(-1)", "Frame back", show=False, id="preview-frame-back"),
        Binding("full_stop", "step(1)", "Frame on", show=False, id="preview-frame-on"),
        Binding("l", "loop", "Loop", show=False, id="preview-loop"),
    ]
    FOOT_LINES: ClassVar[int] = 1

    class Ended(Message):
        """The clip has been played to its end (and does not loop)."""

    def __init__(
        self,
        message: str = "",
        *,
        id: str | None = None,  # noqa: A002
        classes: str | None = None,
        clock: Callable[[], float] = time.monotonic,
        line: Line | None = None,
    ) -> None:
        super().__init__(message, id=id, classes=classes)
        self.looping = False
        self.speed = 1.0
        self.span: tuple[float | None, float | None] = (None, None)
        """Where playing begins and ends, in seconds; None: with the clip."""
        self.path: Path | None = None
        self.facts: Facts | None = None
        self.position = 0.0
        self.tally = Tally(clock)
        self._clock = clock
        self._line = line or line_of(os.environ)
        self._reel: Reel | None = None
        self._playing = self._conducting = False
        self._goal: float | None = None
        self._started = 0.0
        self._foot = ("", "")
        self._bytes = 0
        self._turn = self._passes = 0

    # -- what others call ------------------------------------------------------------------------------------------

    @property
    def playing(self) -> bool:
        """Whether frames are running."""
        return self._playing

    async def load(self, path: Path, *, poster: Path | None = None) -> None:
        """Shows a clip standing: its poster, else its first frame. A clip that cannot be read becomes a message."""
        if path == self.path and self._reel is not None:
            return
        turn = await self._open(path)
        if turn != self._turn or self._reel is None:
            return
        picture = await read_poster(poster) if poster is not None else None
        if turn == self._turn and picture is not None and not self._playing:
            self.show(picture)
        elif turn == self._turn and not self._playing:
            self._aim(0.0)

    def play(self, path: Path | None = None) -> None:
        """Plays a clip (the one that is loaded, without a path); pauses it if it is playing; starts over at its end."""
        if path is not None and path != self.path:
            self.run_worker(self._load_and_play(path), group="load", exclusive=True, exit_on_error=False)
        elif self._playing:
            self.pause()
        elif self._reel is not None and self.facts is not None:
            if self._at_end(self.facts):
                self._goal = self.position = self.span[0] or 0.0
            self._start()

    def pause(self) -> None:
        """Stops where it is; what the terminal does not show of the picture yet is sent."""
        self._playing = False
        self._tell()

    def clear(self, message: str = "") -> None:
        """Lets go of the clip and shows a message."""
        self._turn += 1
        shown = (self._image is None, self._message, self._foot)
        self._drop()
        if shown != (True, message, self._foot):  # a cursor that runs down a list repaints nothing for it
            super().clear(message)

    # -- the clip --------------------------------------------------------------------------------------------------

    async def _load_and_play(self, path: Path) -> None:
        turn = await self._open(path)
        if turn == self._turn and self._reel is not None:
            self._start()

    async def _open(self, path: Path) -> int:
        """Opens the clip in place of the one before. Returns which turn this was: another may have come meanwhile."""
        from rushes.media import MediaError

        self._turn += 1
        turn = self._turn
        self._drop()
        reel = self._reel_of(path)
        try:
            facts, count = await reel.open()
        except (MediaError, OSError) as error:
            reel.close()
            if turn == self._turn:
                self.clear(f"This clip cannot be shown: {one_line(str(error))}")
            return turn
        if turn != self._turn or not self.is_attached:
            reel.close()
            return -1
        reel.resize(self._box())  # the widget may have got its place meanwhile
        self._reel, self.path, self.facts, self._bytes = reel, path, facts, count
        self.position, self._goal, self.span = 0.0, None, (None, None)
        self._tell()
        return turn

    def _reel_of(self, path: Path) -> Reel:
        return Reel(path, self._box())

    def _drop(self) -> None:
        self._playing = False
        if self._reel is not None:
            self._reel.close()
        self._reel = self.path = self.facts = None
        self._foot = ("", "")

    def _box(self) -> tuple[int, int]:
        columns, rows = self.pixel_size
        return (columns, rows) if columns and rows else UNKNOWN_SIZE

    # -- running ---------------------------------------------------------------------------------------------------

    def _start(self) -> None:
        self._playing = True
        self.tally.clear()
        self._keep_time(self.position)
        self._conduct()

    def _keep_time(self, at_s: float) -> None:
        """From now on the clip runs from there, at the present speed."""
        self._started = self._clock() - at_s / self.speed

    @property
    def _due(self) -> float:
        """The second of the clip that should be seen now."""
        return (self._clock() - self._started) * self.speed

    def _at_end(self, facts: Facts) -> bool:
        end = facts.duration_s if self.span[1] is None else self.span[1]
        return self.position >= end - 1.5 / facts.fps

    def _aim(self, at_s: float) -> None:
        """The next frame is the one at that time, playing or not."""
        if self.facts is not None:
            self._goal = min(max(0.0, at_s), self.facts.duration_s)
            self._conduct()

    def _conduct(self) -> None:
        if not self._conducting:
            self._conducting = True
            self.run_worker(self._run(), group="conduct", exit_on_error=False)

    async def _run(self) -> None:
        """Shows frames while there is a reason to, then what was left out of the last one, and ends."""
        from rushes.media import MediaError

        pacer = Pacer(self._line, self._clock)
        silence = compat.on_cursor_report(pacer.answered) if self._line.fence else None
        try:
            while await self._turn_one(pacer):
                pass
        except MediaError as error:
            self.clear(f"This clip cannot be shown: {one_line(str(error))}")
        finally:
            self._conducting = False
            if silence is not None:
                silence()

    async def _turn_one(self, pacer: Pacer) -> bool:
        """One frame, or some more of a standing one. False when there is nothing left to do."""
        reel, facts = self._reel, self.facts
        if reel is None or facts is None:
            return False
        if self._playing and not self._in_sight:
            self.pause()
        began, moving = self._clock(), self._playing or self._goal is not None
        if moving:
            frame = await self._next(reel)
            self._passes = 0
            if reel is self._reel:
                self._end() if frame is None else self._show(frame, pacer)
        elif not self._settle_more(pacer):
            return False
        if self._playing or not moving:
            await asyncio.sleep(max(0.0, began + 1 / min(self._line.fps, facts.fps * self.speed) - self._clock()))
        return True

    def _settle_more(self, pacer: Pacer) -> bool:
        """One more pass over a standing picture that is seen and not exact yet. Under a toast it never is: a limit."""
        if compat.backlog(self.app) > MOST_WAITING:
            return self._in_sight  # it comes when the terminal reads again
        self._passes += 1
        budget = None if pacer.rate is None else int(pacer.rate / self._line.fps)
        return self._in_sight and self._passes <= (MOST_PASSES if budget else 2) and self.settle(budget)

    @property
    def _in_sight(self) -> bool:
        return self.is_on_screen and self.screen.is_active

    async def _next(self, reel: Reel) -> Frame | None:
        if self._goal is None:
            due, end = self._due, self.span[1]
            return None if end is not None and due > end else await reel.until(due)
        goal, self._goal = self._goal, None
        frame = await reel.seek(goal)
        if frame is not None:
            self._keep_time(frame[0])
        return frame

    def _show(self, frame: Frame, pacer: Pacer) -> None:
        self.position, picture = frame
        budget = pacer.budget()
        if budget == 0 or compat.backlog(self.app) > MOST_WAITING:
            return
        if budget is None and self._playing and self.graphics.kind != "kitty":
            budget = BYTES_PER_CELL * self.cells[0] * self.cells[1]
        if self.show_frame(picture, budget=budget, fence=self._line.fence):
            pacer.sent(limited=self.limited)
        self.tally.frame(self.written)
        self._tell()

    def _end(self) -> None:
        if self.looping:
            self._goal = self.span[0] or 0.0
            return
        self.pause()
        self.post_message(self.Ended())

    # -- keys ------------------------------------------------------------------------------------------------------

    def action_play_pause(self) -> None:
        """Plays or pauses."""
        self.play()

    def action_seek(self, by_s: float) -> None:
        """So many seconds on or back."""
        self._aim((self.position if self._goal is None else self._goal) + by_s)

    def action_step(self, by: int) -> None:
        """So many frames on or back, standing."""
        if self.facts is not None:
            self._playing = False
            # Half a frame further, so that rounding never lands on the frame before.
            self._aim((self.position if self._goal is None else self._goal) + (by + 0.25) / self.facts.fps)

    def action_loop(self) -> None:
        """Whether the clip starts over at its end."""
        self.looping = not self.looping
        self._tell()

    # -- drawing ---------------------------------------------------------------------------------------------------

    def on_resize(self, event: events.Resize) -> None:
        """Frames are scaled where they are decoded; a standing one is decoded again."""
        super().on_resize(event)
        if self._reel is not None:
            self._reel.resize(self._box())
            if not self._playing and self.position:
                self._aim(self.position)

    def on_unmount(self) -> None:
        """Lets go of the clip."""
        super().on_unmount()
        self._turn += 1
        self._drop()

    def _tell(self) -> None:
        if self.facts is None:
            return
        foot = self._words(self.facts)
        if foot != self._foot:
            self._foot = foot
            self.refresh(Region(0, self.size.height - 1, self.size.width, 1))

    def _words(self, facts: Facts) -> tuple[str, str]:
        """Left and right half of the last line."""
        sign = "▶" if self._playing else "‖"
        return facts_line(facts, self._bytes), f"{sign} {int(self.position)} s{' loop' if self.looping else ''}"

    def render_line(self, y: int) -> Strip:
        """The facts in the last line; a picture above."""
        if y != self.size.height - 1:
            return super().render_line(y)
        left, right = self._foot
        columns = self.size.width
        room = columns - width(right) - 1
        line = f"{fit(left, room)} {right}" if room > 0 else fit(left, columns)
        return Strip([Segment(line, self.rich_style)], columns)
