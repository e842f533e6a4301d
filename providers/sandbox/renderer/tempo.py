"""Time as the drawing sees it: phases that come round exactly when the clip is to loop."""

from __future__ import annotations

import math
from dataclasses import dataclass

__all__ = ["TAU", "Tempo"]

TAU = 2.0 * math.pi


@dataclass(frozen=True, slots=True)
class Tempo:
    """Turns seconds into phases. With `loop` every motion is back where it began after `seconds`."""

    seconds: float
    loop: bool

    def turns(self, rate: float, t: float) -> float:
        """The phase, in whole turns, of something that comes round `rate` times a second; rounded to fit a loop."""
        if not self.loop:
            return rate * t
        whole = max(1, round(abs(rate) * self.seconds))
        return math.copysign(whole, rate) * t / self.seconds

    def drift(self, rate: float, t: float) -> float:
        """A way travelled at `rate` a second; in a loop it goes out and comes back, as fast at the start."""
        if not self.loop:
            return rate * t
        return rate * self.seconds / TAU * math.sin(TAU * t / self.seconds)

    def sway(self, rate: float, t: float, phase: float = 0.0) -> float:
        """A swing between -1 and 1."""
        return math.sin(TAU * (self.turns(rate, t) + phase))
