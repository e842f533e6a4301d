"""LineList: a list drawn line by line, so that a hundred thousand rows cost what fifty do. Not a list of anything yet.

A subclass says how many items there are, what each is called, which version of it this is, and how it looks; the base
draws what is on the screen, caches it, moves the cursor and sends only the cells that changed. Nothing runs when
nothing happens: no timer, no byte.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Hashable, Iterator, Sequence
from contextlib import contextmanager
from typing import ClassVar

from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.binding import Binding, BindingType
from textual.cache import LRUCache
from textual.geometry import Region, Size
from textual.message import Message
from textual.scroll_view import ScrollView
from textual.strip import Strip

from tui.repaint import paint_now
from tui.text import fit

__all__ = ["Line", "LineList", "Span"]

Span = tuple[str, str | Style]
"""A piece of a line: its text and the name of its style, one of `STYLES` (empty: plain), or colours of its own."""
Line = Sequence[Span]

STYLES = ("badge", "dim", "bar", "rest", "good", "bad", "warn", "star", "mark", "edge", "practice")


class LineList(ScrollView, can_focus=True):
    """A list with a cursor, marks and the keys of every list here. Items have ids, which survive new contents."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("down,j", "move(1)", "Down", show=False, id="list-down"),
        Binding("up,k", "move(-1)", "Up", show=False, id="list-up"),
        Binding("pagedown,ctrl+f", "page(1)", "Page down", show=False, id="list-page-down"),
        Binding("pageup,ctrl+b", "page(-1)", "Page up", show=False, id="list-page-up"),
        Binding("home,g", "edge(-1)", "First", show=False, id="list-first"),
        Binding("end,G", "edge(1)", "Last", show=False, id="list-last"),
        Binding("enter", "open", "Open", show=False, id="list-open"),
        Binding("x", "mark", "Mark", show=False, id="list-mark"),
    ]
    COMPONENT_CLASSES: ClassVar[set[str]] = {f"line-list--{name}" for name in ("cursor", "message", *STYLES)}
    DEFAULT_CSS = """
    LineList {
        height: 1fr; overflow-x: hidden; scrollbar-size-vertical: 1;
        & > .line-list--cursor { background: $boost; }
        &:focus > .line-list--cursor { background: $primary 22%; }
        & > .line-list--badge { color: $primary; }
        & > .line-list--dim { color: $text-muted; }
        & > .line-list--message { color: $text-muted; }
        & > .line-list--bar { color: $accent; }
        & > .line-list--rest { color: $text-disabled; }
        & > .line-list--good { color: $success; }
        & > .line-list--bad { color: $error; }
        & > .line-list--warn { color: $warning; }
        & > .line-list--star { color: $warning; }
        & > .line-list--mark { color: $accent; }
        & > .line-list--edge { color: $text-disabled; }
        &:focus > .line-list--edge { color: $accent; }
        & > .line-list--practice { color: $secondary; }
    }
    """
    ALLOW_SELECT = False
    ITEM_LINES: ClassVar[int] = 1
    """Lines that an item takes."""

    class Selected(Message):
        """The cursor came to another item (`item_id`), or there is none any more (None)."""

        def __init__(self, sender: LineList, item_id: str | None) -> None:
            super().__init__()
            self.list, self.item_id = sender, item_id

        @property
        def control(self) -> LineList:
            """The list, for `@on` selectors."""
            return self.list

    class Opened(Selected):
        """Enter, or a click on the item under the cursor."""

    class Marked(Message):
        """The marks have changed; `item_ids` in the order of the list."""

        def __init__(self, sender: LineList, item_ids: tuple[str, ...]) -> None:
            super().__init__()
            self.list, self.item_ids = sender, item_ids

        @property
        def control(self) -> LineList:
            """The list, for `@on` selectors."""
            return self.list

    def __init__(self, empty: str = "", *, id: str | None = None, classes: str | None = None) -> None:  # noqa: A002
        super().__init__(id=id, classes=classes)
        self.empty = empty
        self._cursor = 0
        self._cursor_id: str | None = None
        self._marks: set[str] = set()
        self._look = 0
        self._styles: dict[str, Style] = {}
        self._cache: LRUCache[Hashable, list[Strip]] = LRUCache(256)
        self._shown: dict[int, Strip] = {}
        self._gathering = False

    # -- what a subclass says --------------------------------------------------------------------------------------

    @property
    @abstractmethod
    def count(self) -> int:
        """How many items there are."""

    @abstractmethod
    def id_at(self, index: int) -> str:
        """The item's id."""

    @abstractmethod
    def version_at(self, index: int) -> Hashable:
        """Changes whenever the item looks different."""

    @abstractmethod
    def index_of(self, item_id: str) -> int | None:
        """Where the item stands; None if it is not in the list."""

    @abstractmethod
    def draw(self, index: int, width: int) -> Sequence[Line]:
        """The item's lines, each of at most `width` cells. Texts must be safe for a terminal (see tui/text.py)."""

    @property
    def tall(self) -> int:
        """Lines of an item."""
        return self.ITEM_LINES

    @property
    def across(self) -> int:
        """Items side by side in a row."""
        return 1

    @property
    def is_part(self) -> bool:
        """Whether more items are to come: then there is a scrollbar, and it need not come with them."""
        return False

    # -- what others call ------------------------------------------------------------------------------------------

    @property
    def cursor(self) -> int:
        """Index of the item under the cursor; 0 in an empty list."""
        return self._cursor

    @property
    def cursor_id(self) -> str | None:
        """Id of the item under the cursor; None in an empty list."""
        return self._cursor_id

    @property
    def marked(self) -> tuple[str, ...]:
        """Ids of the marked items, in the order of the list."""
        return tuple(each for each in map(self.id_at, range(self.count)) if each in self._marks) if self._marks else ()

    def clear_marks(self) -> None:
        """Takes all marks back."""
        if self._marks:
            self._marks.clear()
            self.redraw()
            self.post_message(self.Marked(self, ()))

    def move_to(self, index: int) -> None:
        """Puts the cursor on an item and scrolls it into view."""
        if not self.count:
            return
        before, self._cursor = self._cursor, min(max(0, index), self.count - 1)
        self._cursor_id = self.id_at(self._cursor)
        self._redraw_item(before)
        self._redraw_item(self._cursor)
        self._scroll_to_cursor()
        if before != self._cursor:
            self.post_message(self.Selected(self, self._cursor_id))

    def contents_changed(self) -> None:
        """After items came, went or changed places: the cursor stays on its item, marks without one go."""
        before = self._cursor_id
        found = self.index_of(before) if before is not None else None
        self._cursor = min(self._cursor, max(0, self.count - 1)) if found is None else found
        self._cursor_id = self.id_at(self._cursor) if self.count else None
        self._marks = {each for each in self._marks if self.index_of(each) is not None}
        self._measure()
        self.redraw()
        if before != self._cursor_id:
            self.post_message(self.Selected(self, self._cursor_id))

    def redraw(self) -> None:
        """Draws again, but only lines that look different."""
        if not self._gathering:
            for y in range(self.size.height):
                self._redraw_line(y)

    @contextmanager
    def drawn_at_once(self) -> Iterator[None]:
        """Whatever happens in here (other contents, another place) is drawn in one go at the end, and sent then."""
        self._gathering = True
        try:
            yield
        finally:
            self._gathering = False
        self.redraw()
        if self.is_attached and self.screen.is_current:
            paint_now(self)

    def item_changed(self, index: int) -> None:
        """One item looks different now."""
        self._redraw_item(index)

    # -- drawing ---------------------------------------------------------------------------------------------------

    def render_lines(self, crop: Region) -> list[Strip]:
        """Past Textual's cache of styled lines: these are styled and cached already, and have no frame of their own."""
        strips = [self.render_line(y) for y in crop.line_range]
        for each in self.get_line_filters():
            strips = [strip.apply_filter(each, self.background_colors[1]) for strip in strips]
        if crop.column_span == (0, self.region.width):
            return [strip.adjust_cell_length(crop.width, self.rich_style) for strip in strips]
        return [strip.crop(*crop.column_span) for strip in strips]

    def render_line(self, y: int) -> Strip:
        """One line of the screen, from the cache where the item has not changed."""
        strip = self._strip(y)
        self._shown[y] = strip
        return strip

    def _strip(self, y: int) -> Strip:
        width = self.scrollable_content_region.width
        row, line = divmod(y + self.scroll_offset.y, self.tall)
        if row * self.across >= self.count:
            return self._blank(y, width)
        if self.across == 1:
            return self._item(row, width)[line]
        each, first = width // self.across, row * self.across
        parts = [self._item(index, each)[line] for index in range(first, min(first + self.across, self.count))]
        return Strip.join(parts).adjust_cell_length(width, self.rich_style)

    def _item(self, index: int, width: int) -> list[Strip]:
        """An item's lines, from the cache where it has not changed."""
        cursor = index == self._cursor
        marked = bool(self._marks) and self.id_at(index) in self._marks
        key = (self.id_at(index), self.version_at(index), width, cursor, cursor and self.has_focus, marked, self._look)
        lines = self._cache.get(key)
        if lines is None:
            drawn = self.draw(index, max(0, width - 2))
            lines = [self._paint(each, width, cursor, marked and number == 0) for number, each in enumerate(drawn)]
            self._cache[key] = lines
        return lines

    def _paint(self, line: Line, width: int, cursor: bool, marked: bool) -> Strip:
        edge: list[Span] = [("▌", "edge") if cursor else (" ", ""), ("▪", "mark") if marked else (" ", "")]
        ground = self._style("cursor") if cursor else self.rich_style
        spans = [span for span in (*edge, *line) if span[0]]
        segments = [Segment(text, ground + self._look_of(look) if look else ground) for text, look in spans]
        return Strip(segments).adjust_cell_length(width, ground).simplify()

    def _blank(self, y: int, width: int) -> Strip:
        if self.count == 0 and y == 0 and self.empty:
            words = "  " + fit(self.empty, width - 2) if width > 2 else " " * width
            return Strip([Segment(words, self.rich_style + self._style("message"))], width)
        return Strip([Segment(" " * width, self.rich_style)], width)

    def _look_of(self, look: str | Style) -> Style:
        return self._style(look) if isinstance(look, str) else look

    def _style(self, name: str) -> Style:
        """A component's style; without its background, except for the cursor's, which shows under all of them."""
        style = self._styles.get(name)
        if style is None:
            # Not the partial style: muted colours are see-through, and need the background to become a colour.
            part = self.get_component_rich_style(f"line-list--{name}")
            style = part if name == "cursor" else Style(color=part.color, bold=part.bold, dim=part.dim)
            self._styles[name] = style
        return style

    def _redraw_item(self, index: int) -> None:
        if self._gathering:
            return
        top = self._line_of(index) - self.scroll_offset.y
        for y in range(max(0, top), min(self.size.height, top + self.tall)):
            self._redraw_line(y)

    def _redraw_line(self, y: int) -> None:
        if self._shown.get(y) != self._strip(y):
            self.refresh(Region(0, y, self.size.width, 1))

    def _forget_looks(self) -> None:
        self._look += 1
        self._styles.clear()
        self._shown.clear()

    def _measure(self) -> None:
        lines, height = -(-self.count // self.across) * self.tall, self.scrollable_content_region.height
        if self.is_part:
            lines = max(lines, height + 1)
        size = Size(self.scrollable_content_region.width, lines)
        if not self.is_attached or (lines > height) != self.show_vertical_scrollbar:
            self.virtual_size = size
            return
        # Setting it the usual way lays the whole screen out anew, at each letter of a search. Nothing here but the
        # scrollbar's length depends on it, as long as there is a scrollbar before and after, or none.
        self.set_reactive(LineList.virtual_size, size)
        if self.show_vertical_scrollbar:
            self.vertical_scrollbar.window_virtual_size = lines
        self.scroll_y = self.validate_scroll_y(self.scroll_y)

    def _line_of(self, index: int) -> int:
        """The first line of the item's row, counted from the top of all."""
        return index // self.across * self.tall

    @property
    def screenful(self) -> int:
        """Items that the screen holds, at least one row."""
        return max(1, self.scrollable_content_region.height // self.tall) * self.across

    # -- what Textual calls ----------------------------------------------------------------------------------------

    def notify_style_update(self) -> None:
        """Another theme, or focus came or went."""
        super().notify_style_update()
        self._forget_looks()

    def on_resize(self, event: events.Resize) -> None:
        """The cursor stays in view; items that lie elsewhere now leave nothing where they were."""
        self._shown.clear()
        self._measure()
        self._scroll_to_cursor()
        self.refresh()

    def watch_scroll_y(self, old_value: float, new_value: float) -> None:
        """Other items on the same lines: what looks alike there need not be sent."""
        if self.show_vertical_scrollbar:
            self.vertical_scrollbar.position = new_value
        if round(old_value) != round(new_value):
            self.redraw()

    def _scroll_to_cursor(self) -> None:
        height = self.scrollable_content_region.height
        if height <= 0:
            return
        top = self._line_of(self._cursor)
        bottom = top + self.tall
        if top < self.scroll_offset.y:
            self._scroll_to_line(top)
        elif bottom > self.scroll_offset.y + height:
            self._scroll_to_line(bottom - height)

    def _scroll_to_line(self, y: int) -> None:
        """At once, unless the scrollbar is still to come: there is no place to scroll to before."""
        self.scroll_to(y=y, animate=False, force=True, immediate=self.show_vertical_scrollbar)

    # -- keys and mouse --------------------------------------------------------------------------------------------

    def action_move(self, by: int) -> None:
        """One row on or back."""
        to = self._cursor + by * self.across
        if self.across > 1 and not 0 <= to < self.count:
            # In a grid, the last row may be short, and the first one must not run to its left edge.
            to = self._cursor if to < 0 or self._line_of(self.count - 1) == self._line_of(self._cursor) else to
        self.move_to(to)

    def action_side(self, by: int) -> None:
        """One item on or back, where several stand side by side."""
        if self.across > 1:
            self.move_to(self._cursor + by)

    def action_page(self, by: int) -> None:
        """One screen on or back."""
        self.move_to(self._cursor + by * self.screenful)

    def action_edge(self, by: int) -> None:
        """To the first or last item."""
        self.move_to(0 if by < 0 else self.count - 1)

    def action_open(self) -> None:
        """Tells that the item under the cursor is to be opened."""
        if self._cursor_id is not None:
            self.post_message(self.Opened(self, self._cursor_id))

    def action_mark(self) -> None:
        """Marks the item, or takes its mark back, and goes on to the next."""
        if self._cursor_id is None:
            return
        self._marks ^= {self._cursor_id}
        self._redraw_item(self._cursor)
        self.post_message(self.Marked(self, self.marked))
        self.move_to(self._cursor + 1)

    def on_click(self, event: events.Click) -> None:
        """A click chooses; on the chosen item it opens."""
        place = event.get_content_offset_capture(self)
        each = max(1, self.scrollable_content_region.width // self.across)
        column = min(place.x // each, self.across - 1)
        index = (place.y + self.scroll_offset.y) // self.tall * self.across + column
        if 0 <= index < self.count:
            opened = index == self._cursor and event.chain > 1
            self.move_to(index)
            if opened:
                self.action_open()
