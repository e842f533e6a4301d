"""The kitty graphics protocol, as far as it is used here: a picture sent once, and characters that show parts of it.

The characters are ordinary text to everything between (tmux, a scroll, a dialog over them), so only they are placed; a
new frame under the same number appears wherever they stand. `KittyCanvas` is a canvas that draws this way.
"""

from __future__ import annotations

import base64
import io
import itertools

from PIL import Image

from rushes.media.cells import BLANK, UPPER, jump, pack
from tui.cells import Canvas, Glyph, Pixels
from tui.cells import fit as fit_pixels
from tui.graphics import Graphics

__all__ = ["MARKS", "PLACEHOLDER", "KittyCanvas", "forget_picture", "placeholders", "transmit"]

PLACEHOLDER = "\U0010eeee"
CHUNK = 4096
"""The most characters of data that one sequence may have."""
COLOURS = 128
FEWER_COLOURS = 64
STEPS = ((COLOURS, 1.0), (FEWER_COLOURS, 1.0), (FEWER_COLOURS, 0.8), (FEWER_COLOURS, 0.7), (FEWER_COLOURS, 0.5))
"""Colours and resolution of a standing picture, from the finest on."""
STILL_BYTES_PER_CELL = 5.2
"""Of the file, so that 80 × 22 cells stay below 20 kB with their placeholders and in base64."""
NUMBERS = itertools.cycle(range(33, 256))
"""Another for each canvas. A picture's number is a colour of the 256: it survives every downgrading on the way."""

_RANGES = (
    "305 30D-30E 310 312 33D-33F 346 34A-34C 350-352 357 35B 363-36F 483-487 592-595 597-599 59C-5A1 5A8-5A9 "
    "5AB-5AC 5AF 5C4 610-617 657-65B 65D-65E 6D6-6DC 6DF-6E2 6E4 6E7-6E8 6EB-6EC 730 732-733 735-736 73A 73D "
    "73F-741 743 745 747 749-74A 7EB-7F1 7F3 816-819 81B-823 825-827 829-82D 951 953-954 F82-F83 F86-F87 "
    "135D-135F 17DD 193A 1A17 1A75-1A7C 1B6B 1B6D-1B73 1CD0-1CD2 1CDA-1CDB 1CE0 1DC0-1DC1 1DC3-1DC9 1DCB-1DCC "
    "1DD1-1DE6 1DFE 20D0-20D1 20D4-20D7 20DB-20DC 20E1 20E7 20E9 20F0 2CEF-2CF1 2DE0-2DFF A66F A67C-A67D "
    "A6F0-A6F1 A8E0-A8E9"
)


def _marks() -> str:
    ends = [each.partition("-") for each in _RANGES.split()]
    return "".join(chr(code) for low, _, high in ends for code in range(int(low, 16), int(high or low, 16) + 1))


MARKS = _marks()
"""The combining mark that stands for a row or column number (kitty's list: those of class 230 as of Unicode 6)."""


def _wrap(sequence: str, tmux: bool) -> str:
    """Inside tmux a sequence travels in an envelope, its escapes doubled."""
    return "\x1bPtmux;" + sequence.replace("\x1b", "\x1b\x1b") + "\x1b\\" if tmux else sequence


def transmit(png: bytes, number: int, columns: int, rows: int, *, tmux: bool = False) -> str:
    """Sends a picture to be shown by placeholders on so many cells; no answer is wanted (q=2), not even of errors."""
    data = base64.standard_b64encode(png).decode("ascii")
    chunks = [data[at : at + CHUNK] for at in range(0, len(data), CHUNK)]
    written = []
    for index, chunk in enumerate(chunks):
        more = int(index + 1 < len(chunks))
        keys = f"a=T,U=1,i={number},f=100,c={columns},r={rows},q=2,m={more}" if index == 0 else f"q=2,m={more}"
        written.append(_wrap(f"\x1b_G{keys};{chunk}\x1b\\", tmux))
    return "".join(written)


def forget_picture(number: int, *, tmux: bool = False) -> str:
    """Frees a picture at the terminal."""
    return _wrap(f"\x1b_Ga=d,d=I,i={number},q=2\x1b\\", tmux)


def placeholders(number: int, row: int, start: int, stop: int) -> str:
    """Cells of a row: the first says which, the others follow from it."""
    if start >= stop:
        return ""
    first = PLACEHOLDER + MARKS[row] + MARKS[start]
    return f"\x1b[38;5;{number}m{first}{PLACEHOLDER * (stop - start - 1)}\x1b[39m"


def png(pixels: Pixels, colours: int) -> bytes:
    """A small picture file: a palette costs a quarter of true colour and is not seen at this size."""
    image = Image.fromarray(pixels).quantize(colours, method=Image.Quantize.FASTOCTREE, dither=Image.Dither.NONE)
    buffer = io.BytesIO()
    image.save(buffer, "PNG", compress_level=6)
    return buffer.getvalue()


def still_png(pixels: Pixels, cells: int) -> bytes:
    """As `png`, with as many colours and as fine as so many cells may cost: leaves, noise and rain get fewer."""
    for colours, share in STEPS:
        height, width = (max(1, round(each * share)) for each in pixels.shape[:2])
        data = png(pixels if share == 1 else fit_pixels(pixels, width, height, (0, 0, 0)), colours)
        if len(data) <= STILL_BYTES_PER_CELL * cells:
            break
    return data


class KittyCanvas(Canvas):
    """Takes pictures of `graphics.pixels(columns, rows)`. At most as many rows and columns as there are marks."""

    def __init__(self, columns: int, rows: int, graphics: Graphics) -> None:
        super().__init__(min(columns, len(MARKS)), min(rows, len(MARKS)))
        self.graphics = graphics
        self.number = next(NUMBERS)
        self._file = ""
        self._seen: Pixels | None = None
        self._saved = 0

    def put(self, pixels: Pixels, *, threshold: int = 0, budget: int | None = None) -> list[int]:
        """A new picture. Within a budget bytes are saved up until one fits; pictures in between are left out."""
        self._seen = pixels
        moving = threshold > 0
        made = transmit(
            png(pixels, FEWER_COLOURS) if moving else still_png(pixels, self.columns * self.rows),
            self.number,
            self.columns,
            self.rows,
            tmux=self.graphics.tmux,
        )
        if budget is not None:
            self._saved = min(self._saved + budget, 2 * len(made))
            self.limited = self._saved < len(made)
            if self.limited:
                return []
            self._saved -= len(made)
        self._file = made
        return self._rows()

    def plan(self, *, threshold: int = 0, budget: int | None = None) -> list[int]:
        """What is still to be sent of the picture that is there."""
        if not self._file and budget is not None and self.limited and self._seen is not None:
            return self.put(self._seen, threshold=1, budget=budget)
        return self._rows()

    def _rows(self) -> list[int]:
        """Rows without their characters, and one to carry the file."""
        missing = [row for row in range(self.rows) if not self._known[row].all()]
        rows = missing or ([0] if self._file else [])
        self._asked[rows] = True
        return rows

    def write(self, row: int, start: int, stop: int, *, full: bool = False) -> str:
        """The file, if one waits; then the row's characters, unless they stand there."""
        self.writes += 1
        stands = bool(self._known[row, start:stop].all()) and bool(self._asked[row, start:stop].all()) and not full
        text, self._file = self._file, ""
        self._known[row, start:stop] = True
        self._asked[row, start:stop] = False
        text += jump(stop - start) if stands else placeholders(self.number, row, start, stop)
        self.bytes += len(text)
        return text

    @property
    def exact(self) -> bool:
        """Whether the terminal has the picture and all its characters."""
        return not self._file and not self.limited and bool(self._known.all())

    @property
    def farewell(self) -> str:
        """What frees the picture at the terminal."""
        return forget_picture(self.number, tmux=self.graphics.tmux)

    def row(self, row: int, start: int, stop: int) -> list[Glyph]:
        """In half blocks, for dialogs that lie over it and for pictures of the screen."""
        small = self._small()
        upper, lower = (pack(small)[2 * row + half, start:stop].tolist() for half in (0, 1))
        return [(BLANK if one == other else UPPER, one, other) for one, other in zip(upper, lower, strict=True)]

    def _small(self) -> Pixels:
        if self._seen is None:
            return self._want
        if self._packed_of is not self._seen:
            self._packed_of = self._seen
            self._want = fit_pixels(self._seen, self.columns, 2 * self.rows, (0, 0, 0))
        return self._want

    _packed_of: Pixels | None = None
