"""What the terminal shows, cell by cell, so that of all that is drawn only what looks different is sent.

A pane that got the focus, a dialogue that closed, a list of other rows: Textual draws them whole, and over a slow line
the bytes are what one waits for. Pictures know themselves what they have sent: their cells count as unknown here.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from rich.cells import get_character_cell_size
from rich.console import Console
from rich.style import Style
from textual.strip import Strip

from tui.text import is_narrow

__all__ = ["Shown", "whole_cells"]

GAP = 6
"""Changes nearer to each other than this are sent as one: a jump and new colours cost more than the cells between."""

Cells = Sequence[str | None]
"""What stands in each cell; both halves of a wide character hold it. None: nobody knows."""
Looks = Sequence[Style | None]


class Shown:
    """A terminal's cells, as far as they are known."""

    def __init__(self) -> None:
        self._rows: dict[int, tuple[list[str | None], list[Style | None]]] = {}
        self._whole: dict[int, list[Strip]] = {}

    def forget(self) -> None:
        """Somebody else has written there, or the terminal has another size: nothing is known any more."""
        self._rows.clear()
        self._whole.clear()

    def write(self, y: int, x: int, strip: Strip, console: Console) -> str:
        """The sequences that make a piece of row `y` from column `x` on look like the strip."""
        if type(strip) is not Strip:
            self._learn(y, x, [None] * strip.cell_length, [None] * strip.cell_length)
            return f"\x1b[{y + 1};{x + 1}H{strip.render(console)}"
        cells, looks = _cells(strip)
        spans = _differing(*self._known(y, x, len(cells)), cells, looks)
        self._learn(y, x, cells, looks)
        return "".join(_moved(y, x, strip, *whole_cells(strip, *span), console) for span in spans)

    def write_whole(self, y: int, strips: Iterable[Strip], console: Console) -> str:
        """The same for a row from its first to its last column."""
        pieces = list(strips)
        if y not in self._rows and y not in self._whole and all(type(each) is Strip for each in pieces):
            self._whole[y] = pieces  # the first screen: compared with nothing, and taken apart only when it changes
            return f"\x1b[{y + 1};1H{''.join(each.render(console) for each in pieces)}"
        written, x = [], 0
        for each in pieces:
            written.append(self.write(y, x, each, console))
            x += each.cell_length
        return "".join(written)

    def _row(self, y: int) -> tuple[list[str | None], list[Style | None]]:
        if (strips := self._whole.pop(y, None)) is not None:
            cells, looks = _cells(Strip.join(strips))
            self._rows[y] = [*cells], [*looks]
        return self._rows.setdefault(y, ([], []))

    def _known(self, y: int, x: int, count: int) -> tuple[Cells, Looks]:
        cells, looks = self._row(y)
        missing = x + count - len(cells)
        cells += [None] * missing
        looks += [None] * missing
        return cells[x : x + count], looks[x : x + count]

    def _learn(self, y: int, x: int, new_cells: Cells, new_looks: Looks) -> None:
        self._known(y, x, len(new_cells))
        cells, looks = self._rows[y]
        cells[x : x + len(new_cells)] = new_cells
        looks[x : x + len(new_looks)] = new_looks


def whole_cells(strip: Strip, start: int, stop: int) -> tuple[int, int]:
    """The span widened so that it cuts no wide character: half of one would erase its other half on the screen."""
    text = strip.text
    if is_narrow(text):
        return start, stop
    position = 0
    for character in text:
        after = position + get_character_cell_size(character)
        if position < start < after:
            start = position
        if position < stop < after:
            stop = after
        position = after
        if position >= stop:
            break
    return start, stop


def _moved(y: int, x: int, strip: Strip, start: int, stop: int, console: Console) -> str:
    part = strip if (start, stop) == (0, strip.cell_length) else strip.crop(start, stop)
    return f"\x1b[{y + 1};{x + start + 1}H{part.render(console)}"


def _differing(before: Cells, looks: Looks, after: Cells, other_looks: Looks) -> list[tuple[int, int]]:
    """Spans of cells, near ones joined."""
    spans: list[tuple[int, int]] = []
    for index, (some, other, look, other_look) in enumerate(zip(before, after, looks, other_looks, strict=True)):
        if some == other and (look is other_look or look == other_look):
            continue
        if spans and index - spans[-1][1] < GAP:
            spans[-1] = (spans[-1][0], index + 1)
        else:
            spans.append((index, index + 1))
    return spans


def _cells(strip: Strip) -> tuple[Sequence[str], list[Style | None]]:
    """What stands in each cell, and how."""
    looks: list[Style | None] = []
    text = strip.text
    if is_narrow(text):
        for part, style, _ in strip:
            looks += [style] * len(part)
        return text, looks
    cells: list[str] = []
    for part, style, _ in strip:
        for character in part:
            width = get_character_cell_size(character)
            if width == 0 and cells:
                cells[-1] += character
            cells += [character] * width
            looks += [style] * width
    return cells, looks
