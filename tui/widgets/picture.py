"""Picture: an image made of half-block cells, of which only changed cells are sent. Not for files: see preview.py.

The widget hands the compositor a strip of its own kind. As long as the strip is drawn as it is, it writes a few escape
sequences for the cells that changed and jumps over the others. Where Textual needs ordinary segments (a dialog over the
picture, a screenshot, a test), it gets them, and the row is written in full the next time.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, ClassVar, cast

from rich.color import Color
from rich.console import Console
from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.color import Color as TextualColor
from textual.filter import LineFilter
from textual.geometry import Region
from textual.strip import Strip
from textual.widget import Widget

from tui import compat, repaint, text
from tui.graphics import HALF, Graphics, HasGraphics

if TYPE_CHECKING:
    from tui.cells import Canvas, Depth, Glyph, Pixels

__all__ = ["DEPTHS", "Picture", "cell_style"]

FENCE = "\x1b[6n"
"""Asks for the cursor's place. The answer comes when all before it has been drawn (at the far end of a slow line)."""
PICTURES_OFF = "Pictures are off (ui.player_glyphs)"
LOST_AFTER = 12
"""So many frames planned without one being drawn: the picture was out of sight, and others have drawn in its place."""

DEPTHS: dict[str | None, Depth] = {"truecolor": "true", "256": "256", "standard": "16", "windows": "16"}
"""The canvas's depth by Rich's name of the console's colours."""


class CanvasStrip(compat.LateStrip):
    """A span of a row of a canvas. Textual's caches must never be filled: the canvas changes under the strip."""

    __slots__ = ("_canvas", "_row", "_start", "_stop")

    def __init__(self, canvas: Canvas, row: int, start: int, stop: int) -> None:
        super().__init__(stop - start)
        self._canvas, self._row, self._start, self._stop = canvas, row, start, stop

    def render(self, console: Console) -> str:
        written = self._canvas.write(self._row, self._start, self._stop, full=repaint.full_repaint())
        if self._canvas.fence_row == self._row:
            self._canvas.fence_row = None
            written += FENCE
        return written

    def divide(self, cuts: Iterable[int]) -> Sequence[Strip]:
        edges = [cut for cut in cuts if cut <= self.cell_length]
        if not edges:
            return []
        self._canvas.recut(self._row, (self._start, *edges))
        starts = [0, *edges[:-1]]
        return [self._part(start, stop) for start, stop in zip(starts, edges, strict=True)]

    def crop(self, start: int, end: int | None = None) -> Strip:
        return self._part(max(0, start), self.cell_length if end is None else min(end, self.cell_length))

    def _part(self, start: int, stop: int) -> Strip:
        if start >= stop:
            return Strip([], 0)
        if (start, stop) == (0, self.cell_length):
            return self
        return CanvasStrip(self._canvas, self._row, self._start + start, self._start + stop)

    def apply_filter(self, filter: LineFilter, background: TextualColor) -> Strip:  # noqa: A002
        return self

    def adjust_cell_length(self, cell_length: int, style: Style | None = None) -> Strip:
        return self if cell_length == self.cell_length else self.plain().adjust_cell_length(cell_length, style)

    def plain(self) -> Strip:
        """Ordinary segments; whatever they are drawn with, the canvas cannot know."""
        return Strip(self.late_segments(), self.cell_length)

    @property
    def text(self) -> str:
        return "".join(segment.text for segment in self)

    @property
    def cell_count(self) -> int:
        return self.cell_length

    def __bool__(self) -> bool:
        return self.cell_length > 0

    def __iter__(self) -> Iterator[Segment]:
        return iter(_ordinary(tuple(self._canvas.row(self._row, self._start, self._stop))))

    def late_segments(self) -> list[Segment]:
        self._canvas.forget(self._row)
        return list(iter(self))  # without iter, list would ask for the length, which would come back here


def canvas_of(graphics: Graphics, columns: int, rows: int, depth: Depth) -> Canvas:
    """The canvas that draws that way; what needs more memory or code is loaded for those who use it."""
    if graphics.kind == "kitty":
        from tui.kitty import KittyCanvas

        return KittyCanvas(columns, rows, graphics)
    if graphics.kind == "quadrant":
        from tui.quads import QuadCanvas

        return QuadCanvas(columns, rows, depth)
    if graphics.kind == "sixel":
        from tui.sixel import SixelCanvas

        return SixelCanvas(columns, rows, depth, graphics)
    from tui.cells import Canvas

    return Canvas(columns, rows, depth)


def _ordinary(cells: tuple[Glyph, ...]) -> list[Segment]:
    segments: list[Segment] = []
    for glyph, fore, back in cells:
        style = cell_style(back, back) if glyph == " " else cell_style(fore, back)
        if segments and segments[-1].style is style and segments[-1].text[-1] == glyph:
            segments[-1] = Segment(segments[-1].text + glyph, style)
        else:
            segments.append(Segment(glyph, style))
    return segments


@lru_cache(maxsize=1 << 14)
def cell_style(fore: int, back: int) -> Style:
    """The style of a cell with these packed colours (red << 16 | green << 8 | blue)."""
    return Style(color=_colour(fore), bgcolor=_colour(back))


def _colour(packed: int) -> Color:
    return Color.from_rgb(packed >> 16, packed >> 8 & 255, packed & 255)


class Picture(Widget):
    """Shows one image, its proportions kept, as large as the widget is. Without an image: a message, or nothing.

    It takes no border and no padding (put it into a container for that), because its strips must arrive unchanged.
    """

    DEFAULT_CSS = """
    Picture { width: 1fr; height: 1fr; color: $text-muted; }
    """
    ALLOW_SELECT = False
    FOOT_LINES: ClassVar[int] = 0
    """Lines under the image that a subclass draws itself."""

    def __init__(self, message: str = "", *, id: str | None = None, classes: str | None = None) -> None:  # noqa: A002
        super().__init__(id=id, classes=classes)
        self._message = message
        self._image: Pixels | None = None
        self._canvas: Canvas | None = None
        self._back: tuple[int, int, int] | None = None
        self._place: Region | None = None
        self._writes = self._unwritten = 0

    # -- what others call ------------------------------------------------------------------------------------------

    @property
    def pixel_size(self) -> tuple[int, int]:
        """Width and height in pixels that an image should be scaled to; in half blocks a pixel a column, two a row."""
        columns, rows = self.cells
        return self.graphics.pixels(columns, rows) if columns and rows else (0, 0)

    @property
    def cells(self) -> tuple[int, int]:
        """Columns and rows of the image."""
        return self.size.width, max(0, self.size.height - self.FOOT_LINES)

    @property
    def graphics(self) -> Graphics:
        """How images are drawn in this terminal."""
        app = self.app
        return app.graphics if isinstance(app, HasGraphics) else HALF

    @property
    def image(self) -> Pixels | None:
        """The image that is shown, as it was given."""
        return self._image

    @property
    def message(self) -> str:
        """What stands there while there is no image."""
        return self._message

    def show(self, rgb: object) -> None:
        """Shows an image: a numpy array, height × width × 3, uint8, of any size. It is kept, not copied."""
        self._put(rgb, threshold=0, budget=None)

    def clear(self, message: str = "") -> None:
        """Takes the image away and shows a message in its place (plain text, never markup)."""
        self._message, self._image = message, None
        self._let_go()
        self.refresh()

    # -- for players -----------------------------------------------------------------------------------------------

    def show_frame(self, rgb: object, *, budget: int | None = None, fence: bool = False) -> bool:
        """Shows one of many images: small changes wait, about `budget` bytes are sent, the largest changes first.

        With `fence` a cursor report follows what was sent; the app gets it as `events.CursorPosition`. False when there
        is nothing to send, and so no report will come.
        """
        from tui.cells import THRESHOLD

        return self._put(rgb, threshold=THRESHOLD, budget=budget, fence=fence)

    def settle(self, budget: int | None = None) -> bool:
        """Sends what `show_frame` left out, within the budget. False when the terminal shows all of the image."""
        if self._canvas is None:
            return False
        if self._image is not None and self._back is not None and not self.app.no_color:
            self._canvas.stand(self._image, self._back)
        if self._canvas.exact:
            return False
        self._ask(self._canvas.plan(budget=budget))
        return True

    @property
    def limited(self) -> bool:
        """Whether the last budget did not suffice for all that had changed."""
        return self._canvas is not None and self._canvas.limited

    @property
    def written(self) -> int:
        """Bytes that the image has been drawn with so far."""
        return 0 if self._canvas is None else self._canvas.bytes

    # -- within ----------------------------------------------------------------------------------------------------

    def _put(self, rgb: object, *, threshold: int, budget: int | None, fence: bool = False) -> bool:
        from tui import cells

        self._image = cast("Pixels", rgb)
        columns, rows = self.cells
        if not columns or not rows or self.graphics.kind == "none":
            return False
        if self._canvas is None:
            self._canvas = canvas_of(self.graphics, columns, rows, self._depth())
        self._back = self._background()
        self._canvas.origin = self.region.x, self.region.y
        image = cells.grey(self._image) if self.app.no_color else self._image
        size = (columns, 2 * rows) if self.graphics.kind == "sixel" else self.pixel_size
        if not threshold:
            self._canvas.stand(image, self._back)
        fitted = cells.fit(image, *size, self._back)
        planned = self._canvas.put(fitted, threshold=threshold, budget=budget)
        self._ask(planned, fence=fence)
        return bool(planned)

    def _let_go(self) -> None:
        """Of the canvas, and of what the terminal keeps for it."""
        if self._canvas is not None and self._canvas.farewell:
            compat.write_out(self.app, self._canvas.farewell)
        self._canvas = None

    def _ask(self, rows: list[int], *, fence: bool = False) -> None:
        canvas = self._canvas
        if canvas is None or not rows:
            return
        canvas.fence_row = rows[-1] if fence else None
        if self._lost(canvas):
            canvas.forget()
            self.refresh()
        else:
            self.refresh(*(Region(0, row, canvas.columns, 1) for row in rows))

    def _lost(self, canvas: Canvas) -> bool:
        """Whether the widget has moved, or has been planning without being drawn: its place holds something else."""
        self._unwritten = self._unwritten + 1 if canvas.writes == self._writes else 0
        moved = self._place is not None and self._place != self.region
        self._writes, self._place = canvas.writes, self.region
        return moved or self._unwritten == LOST_AFTER

    def _depth(self) -> Depth:
        return DEPTHS.get(self.app.console.color_system, "256")

    def _background(self) -> tuple[int, int, int]:
        return self.background_colors[1].rgb

    # -- what Textual calls ----------------------------------------------------------------------------------------

    def on_resize(self, event: events.Resize) -> None:
        """A canvas has one size: the image is fitted anew."""
        self._let_go()
        if self._image is not None:
            self.show(self._image)
            self.refresh()

    def on_unmount(self) -> None:
        """The terminal need not keep it."""
        self._let_go()

    def on_show(self, event: events.Show) -> None:
        """Others have drawn here meanwhile."""
        if self._canvas is not None:
            self._canvas.forget()

    def notify_style_update(self) -> None:
        """The bars beside the image have the background's colour."""
        super().notify_style_update()
        if self._image is not None and self._back not in (None, self._background()):
            self.show(self._image)

    def render_lines(self, crop: Region) -> list[Strip]:
        """Strips of our own kind, past Textual's cache of styled lines, which would take them apart."""
        left, right = crop.column_span
        return [self.render_line(y).crop(left, right) for y in crop.line_range]

    def render_line(self, y: int) -> Strip:
        """One row: of the image, or of the message."""
        canvas = self._canvas
        if canvas is not None and y < canvas.rows:
            return CanvasStrip(canvas, y, 0, canvas.columns)
        columns, rows = self.cells
        line = " " * columns
        message = PICTURES_OFF if self._image is not None and self.graphics.kind == "none" else self._message
        if message and y == (rows - 1) // 2:
            words = text.one_line(message)
            left = max(0, (columns - text.width(words)) // 2)
            line = " " * left + text.fit(words, columns - left)
        return Strip([Segment(line, self.rich_style)], columns)
