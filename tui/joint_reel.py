"""Ensemble: several clips as one reel. Their frames of the same moment stand side by side in one picture, or one alone.

Since it is one picture, all that keeps a single clip quick on a slow line keeps several quick as well. A clip that ends
earlier stands on its last frame.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from providers.values import dataclass
from tui.reel import Frame, Reel, open_frames

if TYPE_CHECKING:
    from rushes.media import Facts
    from rushes.media.decode import Frames, Picture

__all__ = ["Ensemble", "Grid", "grid"]

GAP = 2
"""Pixels between two pictures."""
SLACK_S = 1e-4


@dataclass(frozen=True, slots=True)
class Grid:
    """Columns, rows, and the pixels of one place."""

    columns: int
    rows: int
    width: int
    height: int

    def corner(self, index: int) -> tuple[int, int]:
        """Left and top pixel of a place."""
        return index % self.columns * (self.width + GAP), index // self.columns * (self.height + GAP)


def grid(count: int, box: tuple[int, int], shape: float) -> Grid:
    """At most two rows, so that each picture (`shape`: its width over its height) is as large as it can be."""
    found = [_grid(columns, -(-count // columns), box) for columns in range(-(-count // 2), count + 1)]
    return max(found, key=lambda each: min(each.width, each.height * shape))


def _grid(columns: int, rows: int, box: tuple[int, int]) -> Grid:
    height = (box[1] - GAP * (rows - 1)) // rows
    # An odd height would put the second row's pixels across two cells.
    return Grid(columns, rows, max(1, (box[0] - GAP * (columns - 1)) // columns), max(1, height - height % 2))


@dataclass(slots=True)
class _Part:
    """One clip: what it shows, and the frame that comes next."""

    frames: Frames
    shown: Frame | None = None
    following: Frame | None = None

    def go_to(self, at_s: float) -> None:
        self.frames.seek(at_s)
        self.shown = next(self.frames, None) or self.shown
        self.following = next(self.frames, None)

    def go_on(self, at_s: float) -> bool:
        """Up to the frame seen at that time; whether anything changed."""
        before = self.shown
        while self.following is not None and self.following[0] <= at_s + SLACK_S:
            self.shown, self.following = self.following, next(self.frames, None)
        return self.shown is not before


class Ensemble(Reel):
    """`alone` is the clip that is shown by itself, None: all. `background` fills what no picture covers."""

    def __init__(
        self, paths: Sequence[Path], size: tuple[int, int], background: tuple[int, int, int] = (0, 0, 0)
    ) -> None:
        super().__init__(paths[0], size)
        self.paths = tuple(paths)
        self.alone: int | None = None
        self.shape = 16 / 9
        """Width over height of the first clip."""
        self.background = background
        self._parts: list[_Part] = []
        self._length = 0.0

    def resize(self, size: tuple[int, int]) -> None:
        self._size = size
        self._thread.submit(self._arrange)

    def show_alone(self, index: int | None) -> None:
        """From the next frame on: one clip by itself, or all."""
        self.alone = index
        self._thread.submit(self._arrange)

    def close(self) -> None:
        self._thread.submit(self._close)
        self._thread.shutdown(wait=False)

    def _open(self) -> tuple[Facts, int]:
        from dataclasses import replace

        from rushes.media import MediaError

        every: list[Facts] = []
        try:
            for path in self.paths:
                frames, facts = open_frames(path, self._size)
                self._parts.append(_Part(frames))
                every.append(facts)
        except (MediaError, OSError):
            self._close()
            raise
        # A sound's drawing says no size.
        self.shape = every[0].width / every[0].height if every[0].width else 16 / 9
        self._arrange()
        self._length = max(each.duration_s for each in every)
        count = 1 if all(each.frames == 1 for each in every) else None
        facts = replace(every[0], duration_s=self._length, fps=max(each.fps for each in every), frames=count)
        return replace(facts, has_audio=any(each.has_audio for each in every)), 0

    def _close(self) -> None:
        for part in self._parts:
            part.frames.close()

    def _arrange(self) -> None:
        """Tells each clip how large it is drawn."""
        places = self._grid()
        for part in self._parts:
            part.frames.resize(places.width, places.height)

    def _grid(self) -> Grid:
        count = 1 if self.alone is not None else len(self._parts)
        return grid(count, self._size, self.shape)

    def _seek(self, at_s: float) -> Frame | None:
        for part in self._parts:
            part.go_to(at_s)
        return self._frame(at_s)

    def _until(self, at_s: float) -> Frame | None:
        if all(part.shown is None for part in self._parts):
            return self._seek(at_s)
        changed = [part.go_on(at_s) for part in self._parts]
        over = all(part.following is None for part in self._parts)
        return None if over and not any(changed) else self._frame(at_s)

    def _frame(self, at_s: float) -> Frame:
        import numpy as np

        places = self._grid()
        picture = np.empty((self._size[1], self._size[0], 3), np.uint8)
        picture[:] = self.background
        for place, part in enumerate(self._in_sight()):
            if part.shown is not None:
                _paste(picture, part.shown[1], places, place)
        return min(at_s, self._length), picture

    def _in_sight(self) -> list[_Part]:
        return self._parts if self.alone is None else [self._parts[self.alone]]


def _paste(onto: Picture, picture: Picture, places: Grid, place: int) -> None:
    """Puts a picture in the middle of its place; one of an earlier size is cut."""
    left, top = places.corner(place)
    height, width = min(picture.shape[0], places.height), min(picture.shape[1], places.width)
    left += (places.width - width) // 2
    top += (places.height - height) // 4 * 2
    room = onto[top : top + height, left : left + width]
    room[:] = picture[: room.shape[0], : room.shape[1]]
