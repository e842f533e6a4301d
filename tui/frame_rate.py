"""Tally: how many frames a second a player really shows, and what they cost the line. Pure; the clock is passed in."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable

__all__ = ["Tally"]

WINDOW_S = 1.5


class Tally:
    """Counts over the last second and a half. Bytes are given as a counter that only grows."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._seen: deque[tuple[float, int]] = deque()

    def frame(self, written: int) -> None:
        """A frame has been shown; `written` bytes have been written since the beginning of time."""
        now = self._clock()
        if self._seen and written < self._seen[-1][1]:
            self._seen.clear()  # another canvas counts from zero
        self._seen.append((now, written))
        while now - self._seen[0][0] > WINDOW_S:
            self._seen.popleft()

    def clear(self) -> None:
        """Playing begins anew."""
        self._seen.clear()

    @property
    def fps(self) -> float:
        """Frames a second; 0 until there are two."""
        return (len(self._seen) - 1) / self._span if self._span else 0.0

    @property
    def rate(self) -> float:
        """Bytes a second."""
        return (self._seen[-1][1] - self._seen[0][1]) / self._span if self._span else 0.0

    @property
    def _span(self) -> float:
        return self._seen[-1][0] - self._seen[0][0] if len(self._seen) > 1 else 0.0
