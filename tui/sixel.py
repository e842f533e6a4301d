"""Sixel: a standing picture in pixels, for terminals that draw it. Moving pictures stay half blocks.

Every colour is selected before its data, also right after it has been defined: terminals disagree on whether defining
selects, and the first band comes out wrong where it does not.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from PIL import Image

from tui.cells import Canvas, Depth, Pixels, fit
from tui.graphics import Graphics

__all__ = ["SixelCanvas", "encode"]

COLOURS = 64
BAND = 6
MOST_PIXELS = 1000
"""On a side: xterm passes over anything larger."""


def encode(pixels: Pixels, colours: int = COLOURS) -> str:
    """The picture as one sequence, at its own size."""
    image = Image.fromarray(pixels).quantize(colours, method=Image.Quantize.FASTOCTREE, dither=Image.Dither.NONE)
    indices = np.asarray(image)
    palette = np.asarray(image.getpalette() or [], np.float32).reshape(-1, 3)
    height, width = indices.shape
    used = [int(each) for each in np.unique(indices)]
    defined = "".join(_define(each, palette[each]) for each in used)
    bands = [_band(indices[top : top + BAND]) for top in range(0, height, BAND)]
    return f'\x1bP0;1;0q"1;1;{width};{height}{defined}{"-".join(bands)}\x1b\\'


def _define(index: int, colour: npt.NDArray[np.float32]) -> str:
    """Sixel counts colours from 0 to 100."""
    red, green, blue = (round(float(each) * 100 / 255) for each in colour)
    return f"#{index};2;{red};{green};{blue}"


def _band(rows: npt.NDArray[np.uint8]) -> str:
    """Six lines of pixels: one pass for each colour in them."""
    weights = (1 << np.arange(len(rows)))[:, None]
    passes = []
    for index in np.unique(rows):
        sixels = ((rows == index) * weights).sum(axis=0)
        passes.append(f"#{int(index)}{_runs(sixels)}")
    return "$".join(passes)


def _runs(sixels: npt.NDArray[np.int64]) -> str:
    """Repeats of four and more are counted; blank ends are left out."""
    edges = np.flatnonzero(np.diff(sixels)) + 1
    starts = [0, *edges.tolist()]
    stops = [*edges.tolist(), len(sixels)]
    written = []
    for start, stop in zip(starts, stops, strict=True):
        sign, count = chr(63 + int(sixels[start])), stop - start
        if stop == len(sixels) and sign == "?":
            break
        written.append(sign * count if count < 4 else f"!{count}{sign}")
    return "".join(written)


class SixelCanvas(Canvas):
    """Half blocks, and when the picture stands, the same picture in pixels over them."""

    def __init__(self, columns: int, rows: int, depth: Depth, graphics: Graphics) -> None:
        super().__init__(columns, rows, depth)
        self.graphics = graphics
        self._fine: Pixels | None = None
        self._over = False

    def stand(self, pixels: Pixels, background: tuple[int, int, int]) -> None:
        """The same picture in pixels is drawn over the cells."""
        width, height = (
            cells * size for cells, size in zip((self.columns, self.rows), self.graphics.cell, strict=True)
        )
        if not self._over and max(width, height) <= MOST_PIXELS:
            self._fine = fit(pixels, width, height, background)

    def put(self, pixels: Pixels, *, threshold: int = 0, budget: int | None = None) -> list[int]:
        """A moving picture takes the pixels away: cells under them must be written anew."""
        if self._over:
            self.forget()
        if threshold:
            self._fine = None
        return super().put(pixels, threshold=threshold, budget=budget)

    def forget(self, row: int | None = None) -> None:
        """Something was drawn there: over cells, and over pixels."""
        super().forget(row)
        self._over = False

    def plan(self, *, threshold: int = 0, budget: int | None = None) -> list[int]:
        """Cells first; the last row, written last, carries the pixels."""
        rows = super().plan(threshold=threshold, budget=budget)
        if self._fine is not None and not self._over and budget is None:
            self._asked[self.rows - 1] = True
            return sorted({*rows, self.rows - 1})
        return rows

    def write(self, row: int, start: int, stop: int, *, full: bool = False) -> str:
        """See `Canvas.write`; cells that are written again take pixels away."""
        text = super().write(row, start, stop, full=full)
        if row < self.rows - 1 or self._fine is None or (start, stop) != (0, self.columns):
            return text
        left, top = self.origin
        self._over = True
        drawn = f"\x1b7\x1b[{top + 1};{left + 1}H{encode(self._fine)}\x1b8"
        self.bytes += len(drawn)
        return text + drawn

    @property
    def exact(self) -> bool:
        """Whether the pixels stand there, where they should."""
        return super().exact and (self._fine is None or self._over)
