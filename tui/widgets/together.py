"""Together: several clips in step, side by side or one at a time at the same moment. See `tui.joint_reel`."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from tui.joint_reel import Ensemble, Grid, grid
from tui.widgets.player import Player

if TYPE_CHECKING:
    from rushes.media import Facts
    from tui.reel import Reel

__all__ = ["Together"]


class Together(Player):
    """Like a player; `alone` says which clip is shown by itself, None: all."""

    paths: tuple[Path, ...] = ()
    alone: int | None = None

    async def load_all(self, paths: Sequence[Path], *, at_s: float = 0.0) -> None:
        """Opens the clips in place of those before, standing at a moment."""
        self.paths = tuple(paths)
        self.alone = None if self.alone is None else min(self.alone, len(paths) - 1)
        looping, speed = self.looping, self.speed
        await self._open(self.paths[0])
        self.looping, self.speed = looping, speed
        if self._reel is not None:
            self._aim(at_s)

    def show_alone(self, index: int | None) -> None:
        """One clip by itself, or all; at the same moment."""
        self.alone = index
        if isinstance(self._reel, Ensemble):
            self._reel.show_alone(index)
            self._aim(self.position)

    def places(self, count: int) -> Grid:
        """How so many clips stand."""
        reel = self._reel
        shape = reel.shape if isinstance(reel, Ensemble) and self.facts else 16 / 9
        return grid(count, self._box(), shape)

    def _reel_of(self, path: Path) -> Reel:
        ensemble = Ensemble(self.paths, self._box(), self._background())
        ensemble.alone = self.alone
        return ensemble

    def _figures(self, facts: Facts) -> str:
        many = f"{len(self.paths)} in step · " if self.alone is None else ""
        if facts.frames == 1:  # pictures all of them: there is no rate
            return many.removesuffix("· ")
        return many + (self._pace() + " " if self.playing else f"{facts.fps:g} fps ")
