"""Filmstrip: a clip's course in a few frames side by side. Made anew, in a thread, where it is missing."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING

from textual import events

from tui.reel import read_poster
from tui.widgets.picture import Picture

if TYPE_CHECKING:
    from tui.cells import Pixels

__all__ = ["FRAMES", "Filmstrip", "chosen"]

FRAMES = 8
"""Frames that stand in the file, of equal width."""


def chosen(count: int) -> list[int]:
    """Which of the frames stand for all where only so many have room: evenly, the first and the last among them."""
    count = min(max(count, 1), FRAMES)
    return [round(at * (FRAMES - 1) / max(1, count - 1)) for at in range(count)]


class Filmstrip(Picture):
    """As many frames as fit at its height; nothing while there is no clip."""

    def __init__(self) -> None:
        super().__init__("")
        self._clip: Path | None = None
        self._strip: Pixels | None = None

    async def load(self, clip: Path | None) -> None:
        """The frames of a clip. One that cannot be read has none."""
        from rushes.media.beside import rebuild

        if clip == self._clip:
            return
        self._clip = clip
        self.clear()
        if clip is None:
            return
        try:
            made = await asyncio.to_thread(rebuild, clip)
        except OSError:  # a full disk, a folder that cannot be written: there is a poster anyway
            return
        strip = await read_poster(made.strip)
        if clip == self._clip and strip is not None:
            self._strip = strip
            self._draw()

    def clear(self, message: str = "") -> None:
        """Takes the frames away."""
        self._strip = None
        super().clear(message)

    def _draw(self) -> None:
        import numpy as np

        columns, pixels = self.pixel_size
        if self._strip is None or not columns or not pixels:
            return
        wide = self._strip.shape[1] // FRAMES
        each = max(1, round(wide * pixels / self._strip.shape[0]))
        frames = [self._strip[:, at * wide : (at + 1) * wide] for at in chosen(columns // each)]
        gap = np.empty((self._strip.shape[0], max(1, wide // 24), 3), np.uint8)
        gap[:] = self._background()
        self.show(np.concatenate([part for frame in frames for part in (gap, frame)][1:], axis=1))

    def on_resize(self, event: events.Resize) -> None:
        """Another width has room for other frames."""
        super().on_resize(event)
        self._draw()
