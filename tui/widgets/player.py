"""Player: a preview grown up. Speed, marks, a line that tells place, frames a second and what they cost. One clip."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tui.text import width
from tui.widgets.preview import Preview

if TYPE_CHECKING:
    from rushes.media import Facts

__all__ = ["SPEEDS", "Player", "moment", "track"]

SPEEDS = (0.1, 0.25, 0.5, 0.75, 1.0, 1.5, 2.0, 4.0)
LOOKS_PER_S = 4
"""How often the line under a running clip changes: each time costs about a hundred bytes."""
TRACK_CELLS = (8, 40)


def moment(seconds: float) -> str:
    """A place in a clip: `0:03.2`, minutes, seconds and tenths."""
    tenths = int(seconds * 10 + 1e-6)
    return f"{tenths // 600}:{tenths // 10 % 60:02}.{tenths % 10}"


def track(cells: int, at: float, begin: float | None, end: float | None) -> str:
    """A line with the place on it, and the marks; all as shares of the clip."""
    line = ["━" if cell <= at * (cells - 1) else "─" for cell in range(cells)]
    for share, sign in ((begin, "["), (end, "]")):
        if share is not None:
            line[round(share * (cells - 1))] = sign
    line[round(at * (cells - 1))] = "●"
    return "".join(line)


class Player(Preview, inherit_bindings=False):
    """Its keys belong to the screen. Seconds count from the clip's first frame."""

    _told_turn = -1
    _told = ""

    @property
    def stills_first(self) -> bool:
        """Whether playing waits to be asked for: on a line where nothing tells when it is full."""
        return self._line.rate is not None and not self._line.fence

    @property
    def marked(self) -> tuple[float, float] | None:
        """The marked piece, from its first to its last frame's time; None where nothing is marked."""
        if self.facts is None or self.span == (None, None):
            return None
        begin, end = self.span
        return begin or 0.0, self.facts.duration_s if end is None else end

    def action_faster(self, by: int) -> None:
        """The next speed up or down."""
        nearest = min(SPEEDS, key=lambda each: abs(each - self.speed))
        at = SPEEDS.index(nearest) + by
        position = self.position
        self.speed = SPEEDS[min(max(at, 0), len(SPEEDS) - 1)]
        self._keep_time(position)
        self._tell()

    def action_mark(self, end: bool) -> None:
        """The first or the last frame of a piece; once more takes the mark away."""
        begin, until = self.span
        here = self.position
        if end:
            until = None if until == here else here
            begin = begin if begin is None or until is None or begin <= until else None
        else:
            begin = None if begin == here else here
            until = until if until is None or begin is None or begin <= until else None
        self.span = begin, until
        self._tell()

    def action_start_over(self) -> None:
        """To the first frame, or to the mark."""
        self._aim(self.span[0] or 0.0)

    def action_to_end(self) -> None:
        """To the last frame, or to the mark."""
        if self.facts is not None:
            self._aim(self.facts.duration_s if self.span[1] is None else self.span[1])

    def _words(self, facts: Facts) -> tuple[str, str]:
        return self._where(facts), self._figures(facts)

    def _where(self, facts: Facts) -> str:
        """Sign, time, track, speed and loop; of what stands still, what it is."""
        if facts.frames == 1:
            return " picture" if facts.width else " sound, drawn by its loudness"
        length = max(facts.duration_s, 1e-6)
        seen = int(self.position * LOOKS_PER_S) / LOOKS_PER_S if self.playing else self.position
        head = f" {'▶' if self.playing else '‖'} {moment(seen)} / {moment(length)} "
        tail = (f" {self.speed:g}×" if self.speed != 1.0 else "") + (" ↻ loop" if self.looping else "")
        room = self.size.width - width(head) - width(tail) - width(self._figures(facts)) - 3
        cells = min(room, TRACK_CELLS[1])
        begin, end = (None if each is None else min(1.0, each / length) for each in self.span)
        line = track(cells, min(1.0, seen / length), begin, end) if cells >= TRACK_CELLS[0] else ""
        return head + line + tail

    def _figures(self, facts: Facts) -> str:
        """What is really shown while it runs; what the clip is while it stands."""
        sound = " · sound" if facts.has_audio else ""
        if facts.frames == 1:  # a rate would be one that a decoder makes up
            return f"{facts.width}×{facts.height}{sound} " if facts.width else ""
        if self.playing:
            return f"{self._pace()}{sound} "
        frame = f"frame {round(self.position * facts.fps) + 1}"
        return f"{frame} · {facts.width}×{facts.height} · {facts.fps:g} fps{sound} "

    def _pace(self) -> str:
        """Frames and kilobytes a second, settled four times a second."""
        turn = int(self._clock() * LOOKS_PER_S)
        if turn != self._told_turn:
            self._told_turn = turn
            self._told = f"{self.tally.fps:3.0f} fps · {self.tally.rate / 1000:4.0f} kB/s"
        return self._told
