"""Quadrants: twice as many pixels across as half blocks, for terminals whose font has them. Two colours a cell.

Of the eight ways to part four pixels in two, the one is taken whose two mean colours lie nearest to the pixels.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from rushes.media.cells import draw, pack
from tui.cells import Canvas, Depth, Glyph, Pixels, quantise

__all__ = ["GLYPHS", "QuadCanvas"]

GLYPHS = " ▘▝▀▖▌▞▛▗▚▐▜▄▙▟█"
"""By the pixels in the foreground's colour: 1 upper left, 2 upper right, 4 lower left, 8 lower right."""
_MASKS = np.arange(1, 8)
_BITS = (np.arange(16)[:, None] >> np.arange(4)) & 1


class QuadCanvas(Canvas):
    """Takes pictures of 2·columns × 4·rows square pixels."""

    ACROSS = 2

    def __init__(self, columns: int, rows: int, depth: Depth = "true") -> None:
        super().__init__(columns, rows, depth)
        self._glyphs: npt.NDArray[np.int64] = np.zeros((rows, columns), np.int64)
        self._colours = np.zeros((2, rows, columns), np.int32)

    def put(self, pixels: Pixels, *, threshold: int = 0, budget: int | None = None) -> list[int]:
        """See `Canvas.put`; what counts as changed is what the cells really show."""
        cells = _cells(pixels, self.rows, self.columns)
        fore, back, self._glyphs = _split(cells)
        colours = quantise(np.stack([fore, back]).reshape(2 * self.rows, self.columns, 3), self.depth)
        pair = colours.reshape(2, self.rows, self.columns, 3)
        self._colours = pack(pair)
        lit = _BITS[self._glyphs].astype(np.bool_)[..., None]
        shown = np.where(lit, pair[0][:, :, None], pair[1][:, :, None]).reshape(self.rows, self.columns, 2, 2, 3)
        self._want = np.ascontiguousarray(shown.transpose(0, 2, 1, 3, 4)).reshape(self._sent.shape)
        return self.plan(threshold=threshold, budget=budget)

    def _encode(self, row: int, start: int, stop: int, chosen: list[int]) -> str:
        return encode(self.row(row, start, stop), chosen, self.depth)

    def row(self, row: int, start: int, stop: int) -> list[Glyph]:
        """Cells as characters and colours."""
        fore, back = (self._colours[layer, row, start:stop].tolist() for layer in (0, 1))
        glyphs = [GLYPHS[each] for each in self._glyphs[row, start:stop].tolist()]
        return list(zip(glyphs, fore, back, strict=True))


def _cells(pixels: Pixels, rows: int, columns: int) -> npt.NDArray[np.float32]:
    """rows × columns × the four pixels of a cell; pairs of square pixels make one of a cell's tall ones."""
    tall = pixels.reshape(2 * rows, 2, 2 * columns, 3).mean(axis=1, dtype=np.float32)
    parts = tall.reshape(rows, 2, columns, 2, 3).transpose(0, 2, 1, 3, 4)
    return np.asarray(parts.reshape(rows, columns, 4, 3))


def _split(cells: npt.NDArray[np.float32]) -> tuple[Pixels, Pixels, npt.NDArray[np.int64]]:
    """Foreground, background and glyph of each cell. Where parting gains nothing it is a blank of the mean colour."""
    bits = _BITS[_MASKS].astype(np.float32)
    lit = np.einsum("mp,rcpk->mrck", bits, cells)
    dark = cells.sum(axis=2) - lit
    count = bits.sum(axis=1)[:, None, None, None]
    gain = ((lit * lit) / count + (dark * dark) / (4 - count)).sum(axis=3)
    best = gain.argmax(axis=0)
    rows, columns = np.indices(best.shape)
    counts = count[best, 0, 0]
    fore = lit[best, rows, columns] / counts
    back = dark[best, rows, columns] / (4 - counts)
    return fore.round().astype(np.uint8), back.round().astype(np.uint8), _MASKS[best]


def encode(cells: list[Glyph], chosen: list[int], depth: Depth) -> str:
    """Escape sequences that draw the chosen cells (ascending) and leave the cursor behind the last cell of all."""

    def turned(index: int, fore: int, back: int) -> Glyph:
        """The cell, or the same with its colours the other way round where those are set already."""
        glyph, new_fore, new_back = cells[index]
        if new_fore == new_back:
            return " ", fore, new_back
        if new_fore == back or new_back == fore:
            return GLYPHS[15 - GLYPHS.index(glyph)], new_back, new_fore
        return glyph, new_fore, new_back

    return draw(turned, len(cells), chosen, depth)
