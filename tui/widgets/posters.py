"""Posters: the small pictures of the library's grid, as lines of coloured cells. Decoded in threads, a few at a time.

No widget: the list asks for a take's lines and shows a plain card until they are there. What has been read is kept for
the takes looked at last; a picture that is missing beside its clip is made anew, after those that only need reading.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from textual.cache import LRUCache

from providers.values import dataclass
from tui.widgets.picture import cell_style

if TYPE_CHECKING:
    from tui.cells import Depth, Pixels
    from tui.widgets.line_list import Line

__all__ = ["Layout", "Posters", "layout_for"]

KEPT = 400
"""Posters in memory: a few kilobytes each."""
NARROWEST, WIDEST = 17, 29
"""Cells of a card."""
ROWS_WANTED = 1.6
"""Rows of cards that should be seen at once, where the screen is not too low for it."""


@dataclass(frozen=True, slots=True)
class Layout:
    """A grid: cards side by side, and the cells of a poster in each. `gap`: an empty line below every card."""

    across: int
    columns: int
    rows: int
    gap: bool

    @property
    def tall(self) -> int:
        """Lines of a card: the poster, two lines of words, the gap."""
        return self.rows + 2 + self.gap


def layout_for(width: int, height: int) -> Layout:
    """The largest cards of which enough are seen at once, at 16:9."""
    gap = height >= 18
    least = max(1, width // WIDEST)
    for across in range(least, max(least, width // NARROWEST) + 1):
        columns = max(4, width // across - 3)
        found = Layout(across, columns, max(2, round(columns * 9 / 32)), gap)
        if found.tall * ROWS_WANTED <= height:
            return found
    return found


class Posters:
    """`ready` hears the id of each take whose poster came, or turned out not to be."""

    def __init__(self, ready: Callable[[str], None]) -> None:
        self._ready = ready
        self.bring: Callable[[str], Awaitable[object]] | None = None
        """Brings a take's poster here, where the clips lie elsewhere."""
        self._found: LRUCache[tuple[str, int, int], Pixels | None] = LRUCache(KEPT)
        self._drawn: LRUCache[tuple[object, ...], Sequence[Line]] = LRUCache(KEPT)

    def state(self, take_id: str, layout: Layout) -> str:
        """`none` where there is no picture, `ready`, or `waiting`."""
        key = (take_id, layout.columns, layout.rows)
        if key not in self._found:
            return "waiting"
        return "none" if self._found[key] is None else "ready"

    def lines(
        self, take_id: str, layout: Layout, depth: Depth, back: tuple[int, int, int], *, plain: bool
    ) -> Sequence[Line] | None:
        """The poster in cells, `back` beside it; None until it is there. `plain`: without colours."""
        pixels = self._found.get((take_id, layout.columns, layout.rows))
        if pixels is None:
            return None
        key = (take_id, layout, depth, back, plain)
        lines = self._drawn.get(key)
        if lines is None:
            self._drawn[key] = lines = _cells(pixels, layout, depth, back, plain)
        return lines

    async def load(self, wanted: Callable[[], Iterable[tuple[str, Path]]], layout: Layout) -> None:
        """Reads the posters of takes (id, clip) that are wanted and not here; asks after each what is wanted now."""
        missing: dict[str, Path] = {}
        while found := self._next(wanted(), layout, missing):
            take_id, clip = found
            pixels = await asyncio.to_thread(_read, clip, layout, anew=take_id in missing and self.bring is None)
            if pixels is None and take_id not in missing:
                missing[take_id] = clip
                if self.bring is not None:
                    await self.bring(take_id)
                continue
            self._found[take_id, layout.columns, layout.rows] = pixels
            self._ready(take_id)

    def _next(
        self, wanted: Iterable[tuple[str, Path]], layout: Layout, missing: dict[str, Path]
    ) -> tuple[str, Path] | None:
        waiting = [each for each in wanted if self.state(each[0], layout) == "waiting"]
        return next((each for each in waiting if each[0] not in missing), next(iter(waiting), None))


def _read(clip: Path, layout: Layout, *, anew: bool) -> Pixels | None:
    from rushes.media.beside import beside, rebuild
    from tui.reel import read_small

    made = beside(clip)
    if anew:
        try:
            made = rebuild(clip)
        except OSError:  # a full disk, a folder that cannot be written: there is no picture then
            return None
    return read_small(made.poster, (2 * layout.columns, 4 * layout.rows))


def _cells(pixels: Pixels, layout: Layout, depth: Depth, back: tuple[int, int, int], plain: bool) -> Sequence[Line]:
    from rushes.media.cells import pack
    from tui.cells import fit, grey, quantise

    fitted = fit(grey(pixels) if plain else pixels, layout.columns, 2 * layout.rows, back)
    packed = pack(quantise(fitted, depth))
    rows = [(packed[2 * row].tolist(), packed[2 * row + 1].tolist()) for row in range(layout.rows)]
    return [
        [(" " if one == other else "▀", cell_style(one, other)) for one, other in zip(upper, lower, strict=True)]
        for upper, lower in rows
    ]
