"""The arithmetic of pictures made of half-block cells: fitting, rounding to colours, writing them in few bytes.

Pure: arrays and text in, arrays and text out; no state, no terminal. A picture is an array of pixels (rows × columns ×
red, green, blue, uint8); one cell shows two pixels, one above the other. Imports numpy, so import this module only when
there is a picture to show.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

__all__ = [
    "BLANK",
    "UPPER",
    "Depth",
    "Glyph",
    "Pixels",
    "code",
    "draw",
    "encode",
    "fit",
    "grey",
    "jump",
    "lines",
    "pack",
    "quantise",
]

Pixels = npt.NDArray[np.uint8]
Depth = Literal["true", "256", "16"]
Glyph = tuple[str, int, int]
"""A character and the packed colours of its fore- and background."""

UPPER, LOWER, BLANK = "▀", "▄", " "

_SIX_BITS = np.rint(np.rint(np.arange(256) * 63 / 255) * 255 / 63).astype(np.uint8)
"""Each value to the nearest of 64: neighbouring cells then share colours, and no eye sees the difference."""
CELL_BYTES = 34
"""What a cell of a standing picture may take on average: 60 kB for one of 80 × 22."""
NEARLY = (8, 12, 16, 24)
"""Differences of 255 that are given up one after another for that."""
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


def pack(pixels: Pixels) -> npt.NDArray[np.int32]:
    """Colours as numbers: red << 16 | green << 8 | blue."""
    wide = pixels.astype(np.int32)
    return np.asarray(wide[..., 0] << 16 | wide[..., 1] << 8 | wide[..., 2])


@lru_cache(maxsize=1 << 16)
def code(packed: int, depth: Depth, foreground: bool) -> str:
    """The parameters of SGR for a colour that `quantise` made."""
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

    def cell(index: int, fore: int, back: int) -> Glyph:
        """The glyph for two pixels and the colours it needs, using those that are set where it can."""
        upper, lower = top[index], bottom[index]
        if upper == lower:
            return BLANK, fore, lower
        if lower == fore or (upper == back and upper != fore):
            return LOWER, lower, upper
        return UPPER, upper, lower

    return draw(cell, len(top), chosen, depth)


def draw(cell: Callable[[int, int, int], Glyph], columns: int, chosen: Sequence[int], depth: Depth) -> str:
    """The same for cells of any kind: `cell` gives one by its place and the colours that are set before it."""
    written: list[str] = []
    fore = back = -1
    position = 0
    for index in chosen:
        if index > position:
            written.append(jump(index - position))
        glyph, new_fore, new_back = cell(index, fore, back)
        codes = [code(new_fore, depth, True)] if new_fore != fore else []
        if new_back != back:
            codes.append(code(new_back, depth, False))
        written.append(f"\x1b[{';'.join(codes)}m{glyph}" if codes else glyph)
        fore, back, position = new_fore, new_back, index + 1
    if written:
        written.append("\x1b[0m")
    if position < columns:
        written.append(jump(columns - position))
    return "".join(written)


def jump(cells: int) -> str:
    """The cursor so many cells on."""
    return f"\x1b[{cells}C" if cells > 1 else "\x1b[C"


def lines(pixels: Pixels, columns: int, rows: int, depth: Depth) -> list[str]:
    """A whole picture for a terminal or a file, a line for each row of cells. Ends of lines are left to the caller.

    Where a picture of much detail would take more than `CELL_BYTES` a cell, nearly alike neighbours share a colour.
    """
    fitted = quantise(fit(pixels, columns, 2 * rows, (0, 0, 0)), depth)
    written = _lines(fitted, depth)
    for nearly in NEARLY if depth == "true" else ():
        if sum(len(line.encode()) for line in written) <= CELL_BYTES * columns * rows:
            break
        written = _lines(_shared(fitted, nearly), depth)
    return written


def _lines(pixels: Pixels, depth: Depth) -> list[str]:
    packed = pack(pixels)
    every = range(packed.shape[1])
    rows = zip(packed[::2], packed[1::2], strict=True)
    return [encode(upper.tolist(), lower.tolist(), every, depth) for upper, lower in rows]


def _shared(pixels: Pixels, nearly: int) -> Pixels:
    """The picture with the left neighbour's colour where no channel differs by more than `nearly`."""
    shared = pixels.astype(np.int16)
    for column in range(1, shared.shape[1]):
        near = np.abs(shared[:, column] - shared[:, column - 1]).max(axis=1) <= nearly
        shared[near, column] = shared[near, column - 1]
    return shared.astype(np.uint8)
