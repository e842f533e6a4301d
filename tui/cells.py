"""Canvas: what a picture wants to show in cells, what the terminal shows of it, and what is to be sent next.

No widget and no terminal; colours and glyphs are the business of `rushes.media.cells`. Imports numpy, so import this
module only when there is a picture to show.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from rushes.media.cells import BLANK, UPPER, Depth, Glyph, Pixels, encode, fit, grey, pack, quantise

__all__ = ["THRESHOLD", "Canvas", "Depth", "Glyph", "Pixels", "encode", "fit", "grey", "quantise"]

THRESHOLD = 16
"""In moving pictures a cell is sent again when a channel of one of its pixels changed by more than this (of 255)."""
_UNKNOWN = 256
"""The strength of change of a cell of which nobody knows what the terminal shows: before every real change."""


class Canvas:
    """What a picture wants to show, what the terminal shows of it, and which cells are to be sent next.

    The terminal's side is believed only for cells that were really written; `forget` takes the belief back. Subclasses
    draw in other ways: `ACROSS` are the pixels side by side in a cell.
    """

    ACROSS = 1

    def __init__(self, columns: int, rows: int, depth: Depth = "true") -> None:
        self.columns, self.rows, self.depth = columns, rows, depth
        self.fence_row: int | None = None
        self.bytes_per_cell = 24.0
        self.writes = self.bytes = 0
        self.limited = False
        self.origin = (0, 0)
        """Column and row of the picture on the screen, for canvases that must know."""
        self._want = np.zeros((2 * rows, self.ACROSS * columns, 3), np.uint8)
        self._packed = pack(self._want)
        self._sent = self._want.copy()
        self._known = np.zeros((rows, columns), np.bool_)
        self._plan = self._known.copy()
        self._asked = self._known.copy()
        self._cuts: dict[int, tuple[int, ...]] = {}

    def put(self, pixels: Pixels, *, threshold: int = 0, budget: int | None = None) -> list[int]:
        """A new picture of exactly this size. Returns the rows to refresh.

        At most about `budget` bytes are planned, the most changed cells first; the others wait for the next call.
        """
        self._want = quantise(pixels, self.depth)
        self._packed = pack(self._want)
        return self.plan(threshold=threshold, budget=budget)

    def stand(self, pixels: Pixels, background: tuple[int, int, int]) -> None:
        """The picture will not move for a while; `pixels` as large as they are known: some can do more then."""

    @property
    def farewell(self) -> str:
        """What takes the picture away, apart from its cells."""
        return ""

    def plan(self, *, threshold: int = 0, budget: int | None = None) -> list[int]:
        """Chooses again what to send of the picture that is there: with threshold 0, until it is exact."""
        strength = self._strength()
        changed = strength > threshold
        most = None if budget is None else max(1, int(budget / self.bytes_per_cell))
        self.limited = most is not None and int(changed.sum()) > most
        if most is not None and self.limited:
            flat = np.where(changed, strength, -1).ravel()
            changed = np.zeros_like(self._plan).ravel()
            changed[np.argpartition(flat, -most)[-most:]] = True
            changed = changed.reshape(self._plan.shape)
        self._plan = changed
        rows = np.flatnonzero(changed.any(axis=1))
        self._asked[rows] = True
        return [int(row) for row in rows]

    def _strength(self) -> npt.NDArray[np.int16]:
        difference = np.abs(self._want.astype(np.int16) - self._sent.astype(np.int16)).max(axis=2)
        strength = difference.reshape(self.rows, 2, self.columns, self.ACROSS).max(axis=(1, 3))
        strength[~self._known] = _UNKNOWN
        return np.asarray(strength, np.int16)

    def write(self, row: int, start: int, stop: int, *, full: bool = False) -> str:
        """Sequences for cells `start` to `stop` of a row: the planned ones if `plan` asked for this row, else all."""
        ours = bool(self._asked[row, start:stop].all()) and not full
        chosen = np.flatnonzero(self._plan[row, start:stop]) if ours else np.arange(stop - start)
        self.writes += 1
        self._take(row, chosen + start)
        self._asked[row, start:stop] = False
        self._plan[row, start:stop] = False
        text = self._encode(row, start, stop, chosen.tolist())
        self.bytes += len(text)
        if len(chosen):
            self.bytes_per_cell += 0.1 * (len(text) / len(chosen) - self.bytes_per_cell)
        return text

    def _encode(self, row: int, start: int, stop: int, chosen: list[int]) -> str:
        upper, lower = (self._packed[2 * row + half, start:stop].tolist() for half in (0, 1))
        return encode(upper, lower, chosen, self.depth)

    def _take(self, row: int, cells: npt.NDArray[np.intp]) -> None:
        shape = (2, self.columns, self.ACROSS, 3)
        lines = slice(2 * row, 2 * row + 2)
        self._sent[lines].reshape(shape)[:, cells] = self._want[lines].reshape(shape)[:, cells]
        self._known[row, cells] = True

    def recut(self, row: int, cuts: tuple[int, ...]) -> None:
        """Something lies over the row, or no longer does: other widgets have drawn there."""
        if self._cuts.get(row, cuts) != cuts:
            self.forget(row)
        self._cuts[row] = cuts

    def forget(self, row: int | None = None) -> None:
        """What the terminal shows in the row (in all rows) is not known any more."""
        rows = slice(None) if row is None else row
        self._known[rows] = False
        self._asked[rows] = False

    @property
    def exact(self) -> bool:
        """Whether the terminal shows the picture itself and not an earlier one in places."""
        return not bool((self._strength() > 0).any())

    @property
    def shown(self) -> Pixels:
        """The pixels that the terminal shows, as far as that is known."""
        return self._sent

    def row(self, row: int, start: int, stop: int) -> list[Glyph]:
        """Cells as characters and colours, for ordinary segments."""
        upper, lower = (self._packed[2 * row + half, start:stop].tolist() for half in (0, 1))
        return [(BLANK if one == other else UPPER, one, other) for one, other in zip(upper, lower, strict=True)]
