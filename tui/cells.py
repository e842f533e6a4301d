"""The arithmetic of pictures made of half-block cells: fitting, rounding, finding changes, writing them in few bytes.

Pure: arrays and text in, arrays and text out; no widget, no terminal. A picture is an array of pixels (rows × columns ×
red, green, blue, uint8); one cell shows two pixels, one above the other. Imports numpy, so import this module only when
there is a picture to show.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

__all__ = ["THRESHOLD", "Canvas", "Depth", "Pixels", "encode", "fit", "grey", "quantise"]

Pixels = npt.NDArray[np.uint8]
Depth = Literal["true", "256", "16"]

THRESHOLD = 16
"""In moving pictures a cell is sent again when a channel of one of its pixels changed by more than this (of 255)."""
UPPER, LOWER, BLANK = "▀", "▄", " "
_UNKNOWN = 256
"""The strength of change of a cell of which nobody knows what the terminal shows: before every real change."""

_SIX_BITS = np.rint(np.rint(np.arange(256) * 63 / 255) * 255 / 63).astype(np.uint8)
"""Each value to the nearest of 64: neighbouring cells then share colours, and no eye sees the difference."""
_LEVELS = np.array([0, 95, 135, 175, 215, 255], np.uint8)
_MIDDLES = np.array([48, 115, 155, 195, 235])
_DIM = [(0, 0, 0), (205, 0, 0), (0, 205, 0), (205, 205, 0), (0, 0, 238), (205, 0, 205), (0, 205, 205), (229, 229, 229)]
_BRIGHT = [(127, 127, 127), (255, 0, 0), (0, 255, 0), (255, 255, 0), (92, 92, 255), (255, 0, 255), (0, 255, 255)]
_STANDARD = np.array([*_DIM, *_BRIGHT, (255, 255, 255)], np.uint8)
"""The sixteen colours as xterm draws them; what a person's theme makes of them nobody can ask while the app runs."""


def fit(pixels: Pixels, width: int, height: int, background: tuple[int, int, int]) -> Pixels:
    """The picture within `width` × `height` pixels, its proportions kept, the rest filled with the background."""
    full = np.empty((height, width, 3), np.uint8)
    full[:] = background
    old_height, old_width = pixels.shape[:2]
    if min(old_height, old_width, height, width) < 1:
        return full
    scale = min(width / old_width, height / old_height)
    new_width = min(width, max(1, round(old_width * scale)))
    new_height = min(height, max(1, round(old_height * scale)))
    left, top = (width - new_width) // 2, (height - new_height) // 2
    full[top : top + new_height, left : left + new_width] = _resize(pixels, new_width, new_height)
    return full


def _resize(pixels: Pixels, width: int, height: int) -> Pixels:
    if pixels.shape[:2] == (height, width):
        return pixels
    return _resize_axis(_resize_axis(pixels, height, 0), width, 1).round().astype(np.uint8)


def _resize_axis(values: npt.NDArray[Any], length: int, axis: int) -> npt.NDArray[Any]:
    """Means of areas when it gets smaller, nearest neighbours when it gets larger."""
    old = values.shape[axis]
    if old == length:
        return values
    edges = np.arange(length) * old // length
    if length > old:
        return np.asarray(np.take(values, edges, axis))
    counts = np.diff(np.append(edges, old)).astype(np.float32)
    shape = [1, 1, 1]
    shape[axis] = length
    sums = np.add.reduceat(values.astype(np.float32), edges, axis)
    return np.asarray(sums / counts.reshape(shape))


def grey(pixels: Pixels) -> Pixels:
    """The picture without colours, for those who want none."""
    luma = pixels @ np.array([0.299, 0.587, 0.114], np.float32)
    return np.asarray(luma.round().astype(np.uint8)[..., None].repeat(3, axis=2))


def quantise(pixels: Pixels, depth: Depth) -> Pixels:
    """The pixels in colours that the terminal has: six bits a channel, or the nearest of 256 or of 16."""
    if depth == "true":
        return _SIX_BITS[pixels]
    return _to_256(pixels) if depth == "256" else _to_16(pixels)


def _to_256(pixels: Pixels) -> Pixels:
    cube = _LEVELS[np.searchsorted(_MIDDLES, pixels)]
    mean = pixels.astype(np.int16).mean(axis=2)
    grey = (np.clip(np.rint((mean - 8) / 10), 0, 23) * 10 + 8).astype(np.uint8)[..., None].repeat(3, axis=2)
    nearer = _distance(pixels, grey) < _distance(pixels, cube)
    return np.where(nearer[..., None], grey, cube).astype(np.uint8)


def _to_16(pixels: Pixels) -> Pixels:
    distances = np.stack([_distance(pixels, each) for each in _STANDARD])
    return np.asarray(_STANDARD[distances.argmin(axis=0)])


def _distance(some: Pixels, others: Pixels) -> npt.NDArray[np.int32]:
    difference = some.astype(np.int32) - others.astype(np.int32)
    return np.asarray((difference * difference).sum(axis=-1), np.int32)


def _pack(pixels: Pixels) -> npt.NDArray[np.int32]:
    wide = pixels.astype(np.int32)
    return np.asarray(wide[..., 0] << 16 | wide[..., 1] << 8 | wide[..., 2])


@lru_cache(maxsize=1 << 16)
def _code(packed: int, depth: Depth, foreground: bool) -> str:
    red, green, blue = packed >> 16, packed >> 8 & 255, packed & 255
    if depth == "true":
        return f"{38 if foreground else 48};2;{red};{green};{blue}"
    if depth == "256":
        return f"{38 if foreground else 48};5;{_index_256(red, green, blue)}"
    index = int(_distance(_STANDARD, np.array((red, green, blue), np.uint8)).argmin())
    return str((30 if foreground else 40) + index if index < 8 else (82 if foreground else 92) + index)


def _index_256(red: int, green: int, blue: int) -> int:
    levels = [0, 95, 135, 175, 215, 255]
    if red == green == blue and red not in levels:
        return 232 + (red - 8) // 10
    return 16 + 36 * levels.index(red) + 6 * levels.index(green) + levels.index(blue)


def encode(top: Sequence[int], bottom: Sequence[int], chosen: Sequence[int], depth: Depth) -> str:
    """Escape sequences that draw the chosen cells of a row (ascending) and leave the cursor behind the row's last cell.

    `top` and `bottom` are packed colours (red << 16 | green << 8 | blue), as `quantise` made them.
    """
    written: list[str] = []
    fore = back = -1
    position = 0
    for index in chosen:
        if index > position:
            written.append(_jump(index - position))
        upper, lower = top[index], bottom[index]
        glyph, new_fore, new_back = _cell(upper, lower, fore, back)
        codes = [_code(new_fore, depth, True)] if new_fore != fore else []
        if new_back != back:
            codes.append(_code(new_back, depth, False))
        written.append(f"\x1b[{';'.join(codes)}m{glyph}" if codes else glyph)
        fore, back, position = new_fore, new_back, index + 1
    if written:
        written.append("\x1b[0m")
    if position < len(top):
        written.append(_jump(len(top) - position))
    return "".join(written)


def _jump(cells: int) -> str:
    return f"\x1b[{cells}C" if cells > 1 else "\x1b[C"


def _cell(upper: int, lower: int, fore: int, back: int) -> tuple[str, int, int]:
    """The glyph for two pixels and the colours it needs, using those that are set where it can."""
    if upper == lower:
        return BLANK, fore, lower
    if lower == fore or (upper == back and upper != fore):
        return LOWER, lower, upper
    return UPPER, upper, lower


class Canvas:
    """What a picture wants to show, what the terminal shows of it, and which cells are to be sent next.

    The terminal's side is believed only for cells that were really written; `forget` takes the belief back.
    """

    def __init__(self, columns: int, rows: int, depth: Depth = "true") -> None:
        self.columns, self.rows, self.depth = columns, rows, depth
        self.fence_row: int | None = None
        self.bytes_per_cell = 24.0
        self.writes = self.bytes = 0
        self.limited = False
        self._want = np.zeros((2 * rows, columns, 3), np.uint8)
        self._packed = _pack(self._want)
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
        self._packed = _pack(self._want)
        return self.plan(threshold=threshold, budget=budget)

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
        strength = difference.reshape(self.rows, 2, self.columns).max(axis=1)
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
        upper, lower = (self._packed[2 * row + half, start:stop].tolist() for half in (0, 1))
        text = encode(upper, lower, chosen.tolist(), self.depth)
        self.bytes += len(text)
        if len(chosen):
            self.bytes_per_cell += 0.1 * (len(text) / len(chosen) - self.bytes_per_cell)
        return text

    def _take(self, row: int, cells: npt.NDArray[np.intp]) -> None:
        for line in (2 * row, 2 * row + 1):
            self._sent[line, cells] = self._want[line, cells]
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

    def row(self, row: int, start: int, stop: int) -> list[tuple[int, int]]:
        """Packed colours (upper, lower) of cells, for ordinary segments."""
        upper, lower = (self._packed[2 * row + half, start:stop].tolist() for half in (0, 1))
        return list(zip(upper, lower, strict=True))
