"""How much of a picture a line can carry: a budget in bytes for each frame. Pure; times come from the caller's clock.

Over SSH nobody says how fast a line is. A cursor report is asked for behind each frame; its answer comes when the far
terminal has drawn the frame. Answers later than the quickest so far mean that bytes are queueing, so the rate falls;
prompt answers while the budget is used up mean that more would fit, so it rises. Keys stay quick that way.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping

from providers.values import dataclass
from tui.over_ssh import over_ssh

__all__ = ["Line", "Pacer", "line_of"]

QUEUEING = 0.09
"""Seconds beyond the quickest answer that mean: bytes are waiting on the way."""
PATIENCE, PATIENCE_AT_FIRST = 6.0, 2.0
"""Seconds after which an answer is given up: lost in a redraw; at first: this terminal does not answer at all."""
SHARE = 0.8
"""Of the rate, what pictures may use; the rest is for keys, lists and toasts."""
FALL, RISE, RISE_AT_FIRST = 0.7, 1.06, 1.3
LEAST, MOST = 8_000, 4_000_000
START = 100_000


@dataclass(frozen=True, slots=True)
class Line:
    """What the way to the terminal allows: frames a second, bytes a second at first (None: any), whether to ask."""

    fps: float
    rate: float | None = None
    fence: bool = False


def line_of(environ: Mapping[str, str]) -> Line:
    """Local: 24 frames, no limit. SSH: 24, paced. SSH and tmux, which answers reports by itself: 8, fixed 64 kB/s."""
    if not over_ssh(environ):
        return Line(24)
    return Line(8, 64_000) if environ.get("TMUX") else Line(24, START, fence=True)


class Pacer:
    """Budgets for one stretch of playing."""

    def __init__(self, line: Line, clock: Callable[[], float]) -> None:
        self.line = line
        self.rate = line.rate
        self._clock = clock
        self._asked: deque[float] = deque()
        self._quickest: float | None = None
        self._congested = False
        self._limited = False

    def budget(self) -> int | None:
        """Bytes for the next frame: None for any number, 0 for: leave it out, the last ones are still on their way."""
        if self.rate is None:
            return None
        self._give_up()
        if self._asked and self._clock() - self._asked[0] > (self._quickest or 0.0) + QUEUEING:
            return 0
        return int(SHARE * self.rate / self.line.fps)

    def sent(self, *, limited: bool) -> None:
        """A frame has gone out, a report asked behind it; `limited` when the budget did not suffice for all of it."""
        self._limited = limited
        if self.line.fence:
            self._asked.append(self._clock())

    def answered(self) -> None:
        """A report has come."""
        if not self._asked or self.rate is None:
            return
        took = self._clock() - self._asked.popleft()
        self._quickest = took if self._quickest is None else min(self._quickest, took)
        if took - self._quickest > QUEUEING:
            self._congested = True
            self.rate = max(LEAST, self.rate * FALL)
        elif self._limited:
            self.rate = min(MOST, self.rate * (RISE if self._congested else RISE_AT_FIRST))

    def _give_up(self) -> None:
        patience = PATIENCE_AT_FIRST if self._quickest is None else PATIENCE
        if self._asked and self._clock() - self._asked[0] > patience:
            self._asked.clear()
