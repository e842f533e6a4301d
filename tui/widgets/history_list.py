"""HistoryList: the takes of the library, fetched by pages as the cursor comes near their end.

One line each, or a grid of posters: the same takes, cursor and marks in both views.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Hashable, Iterable, Sequence
from datetime import datetime, tzinfo
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from textual import events
from textual.binding import Binding, BindingType
from textual.worker import Worker, WorkerState

from rushes.task import Status, Task
from tui.graphics import HasGraphics
from tui.text import fit, one_line
from tui.widgets.line_list import Line, LineList, Span
from tui.widgets.marks import badge
from tui.widgets.picture import DEPTHS
from tui.widgets.posters import Layout, Posters, layout_for
from tui.widgets.task_list import BADGE_CELLS, FULL, stars

if TYPE_CHECKING:
    from rushes.library.library import Page

__all__ = ["Fetch", "HistoryList"]

Fetch = Callable[[str | None], Awaitable["Page"]]
"""Gives the page that begins at a cursor; None: the first."""

AHEAD = 1
"""Screens of takes that are fetched before the cursor reaches them."""
FEWEST = 20
"""Takes of a page on a low screen, or before the list has its place."""
PARAMS_CELLS = 9
DATE_CELLS = 12
NARROW, NARROWER = 70, 50
"""Widths under which the parameters, then the date go."""
_SIGNS: dict[Status, Span] = {
    Status.SUCCEEDED: (" ", ""),
    Status.FAILED: ("✗", "bad"),
    Status.CANCELLED: ("–", "dim"),
    Status.UNCERTAIN: ("?", "warn"),
    Status.DOWNLOADING: ("↓", "warn"),
}
_UNDERWAY: Span = ("◌", "dim")


class HistoryList(LineList):
    """Whatever a page source gives. `zone` is the one in which dates are shown; None: the machine's."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("right", "side(1)", "Next", show=False),
        Binding("left", "side(-1)", "Previous", show=False),
    ]

    def __init__(self, *, zone: tzinfo | None = None, id: str | None = None, classes: str | None = None) -> None:  # noqa: A002
        super().__init__("Nothing here yet", id=id, classes=classes)
        self._zone = zone
        self._takes: list[Task] = []
        self._places: dict[str, int] = {}
        self._fetch: Fetch | None = None
        self._next: str | None = None
        self._fetching: Worker[None] | None = None
        self._back: Fetch | None = None
        self._before: str | None = None
        self._grid: Layout | None = None
        self._posters = Posters(self._poster_came)
        self._loading: Worker[None] | None = None

    # -- the grid --------------------------------------------------------------------------------------------------

    @property
    def grid(self) -> bool:
        """Whether takes are shown as posters."""
        return self._grid is not None

    def show_grid(self, shown: bool) -> None:
        """Posters, or lines; the cursor stays on its take."""
        self._grid = self._laid_out() if shown else None
        self._shown.clear()
        self._measure()
        self._scroll_to_cursor()
        self.refresh()
        self._fetch_ahead()

    def _laid_out(self) -> Layout:
        room = self.scrollable_content_region
        return layout_for(max(1, room.width), max(1, room.height))

    @property
    def tall(self) -> int:
        """Lines of a take."""
        return self._grid.tall if self._grid else 1

    @property
    def across(self) -> int:
        """Takes side by side."""
        return self._grid.across if self._grid else 1

    def on_resize(self, event: events.Resize) -> None:
        """Another width has room for other posters."""
        if self._grid is not None:
            self._grid = self._laid_out()
        super().on_resize(event)
        self._fetch_ahead()

    def _in_view(self) -> list[tuple[str, Path]]:
        """Takes with clips on the screen and one row below it, those under the eye first."""
        first = self.scroll_offset.y // self.tall * self.across
        seen = self._takes[first : first + self.screenful + 2 * self.across]
        return [(each.id, each.take.file) for each in seen if each.take is not None]

    def _want_posters(self) -> None:
        """Starts reading, unless somebody reads already: who reads asks each time what is wanted now."""
        grid = self._grid
        if grid is not None and self._pictures and self._loading is None and self.is_attached:
            reading = self._posters.load(lambda: self._in_view() if self._grid == grid else (), grid)
            self._loading = self.run_worker(reading, group="posters", exit_on_error=False)

    def _poster_came(self, take_id: str) -> None:
        if self._grid is not None and (place := self._places.get(take_id)) is not None:
            self.item_changed(place)

    # -- what others call ------------------------------------------------------------------------------------------

    def bring_posters(self, bring: Callable[[Task], Awaitable[object]]) -> None:
        """Says how a poster comes here, where the clips lie elsewhere."""

        async def by_id(take_id: str) -> None:
            if (place := self._places.get(take_id)) is not None:
                await bring(self._takes[place])

        self._posters.bring = by_id

    @property
    def takes(self) -> tuple[Task, ...]:
        """What has been fetched so far."""
        return tuple(self._takes)

    @property
    def selected(self) -> Task | None:
        """The take under the cursor."""
        return self._takes[self.cursor] if self._takes else None

    @property
    def pageful(self) -> int:
        """How many takes a page should have: what the screen holds, so that no more is read than is seen soon."""
        return max(FEWEST, self.screenful)

    @property
    def is_part(self) -> bool:
        """Whether there are takes before or behind what has been fetched."""
        return self._next is not None or self._before is not None

    @property
    def complete(self) -> bool:
        """Whether the last page has been fetched."""
        return self._fetch is not None and self._next is None

    async def load(self, fetch: Fetch, back: Fetch | None = None) -> None:
        """Another source, such as another search: its first page, the cursor on the take it was on, if that is there.

        `back` gives the same takes from the end on; with it, the end is one step away however many there are.
        Errors of the source come out here; the list then stays as it was.
        """
        page = await fetch(None)
        self._stop_fetching()
        self._fetch, self._back, self._before = fetch, back, None
        self._replace(page.tasks, page.next)

    def update_task(self, task: Task) -> None:
        """One take has changed, by a rating for instance. A take that has not been fetched is passed over."""
        place = self._places.get(task.id)
        if place is not None and task.rev >= self._takes[place].rev and task != self._takes[place]:
            self._takes[place] = task
            self.item_changed(place)

    def merge_head(self, page: Page) -> None:
        """The newest page of the same source: takes that came since appear above, and nothing else moves.

        The cursor stays on its take, and the lines on the screen stay where they are unless one looks at the top.
        """
        if self._before is not None:
            return  # at the end of the list: its head is not here
        fresh = [each for each in page.tasks if each.id not in self._places]
        for each in page.tasks:
            self.update_task(each)
        if not fresh:
            return
        if not self._takes:
            self._replace(page.tasks, page.next)
            return
        top = self.scroll_offset.y
        self._renew([*fresh, *self._takes], top and top + self._line_of(len(fresh)))

    def drop(self, task_id: str) -> None:
        """A take that does not belong here any more: thrown away, or got back from the trash."""
        place = self._places.get(task_id)
        if place is not None:
            top = self.scroll_offset.y
            above = self._line_of(1) if self._line_of(place) < top else 0
            self._renew([each for each in self._takes if each.id != task_id], top - above)

    def mark_range(self) -> None:
        """Marks everything between the cursor and the nearest mark; without a mark, the take under the cursor."""
        marks = [place for each in self.marked if (place := self.index_of(each)) is not None]
        nearest = min(marks, key=lambda place: abs(place - self.cursor), default=self.cursor)
        low, high = sorted((nearest, self.cursor))
        self._marks |= {each.id for each in self._takes[low : high + 1]}
        self.redraw()
        self.post_message(self.Marked(self, self.marked))

    # -- pages -----------------------------------------------------------------------------------------------------

    def _replace(self, takes: Iterable[Task], following: str | None, at: int | None = None) -> None:
        """Other takes, with the cursor on one of them (from the end: negative), else where it was."""
        with self.drawn_at_once():
            self._takes, self._places, self._next = [], {}, following
            self._append(takes)
            self.contents_changed()
            if at is not None:
                self.move_to(at % max(1, self.count))
        self._fetch_ahead()

    def _renew(self, takes: list[Task], top: int) -> None:
        """Other takes in the same order; `top` is the line that is the first on the screen then."""
        with self.drawn_at_once():
            self._takes, self._places = [], {}
            self._append(takes)
            self.contents_changed()
            if top != self.scroll_offset.y:
                self._scroll_to_line(top)
        self._fetch_ahead()

    def _append(self, takes: Iterable[Task]) -> None:
        for task in takes:
            if task.id not in self._places:
                self._places[task.id] = len(self._takes)
                self._takes.append(task)

    def _stop_fetching(self) -> None:
        if self._fetching is not None:
            self._fetching.cancel()
            self._fetching = None

    def _fetch_ahead(self) -> None:
        """Starts one fetch if the cursor or the screen's lower edge is near the end of what there is."""
        self._want_posters()
        top = self.scroll_offset.y // self.tall * self.across
        if self._fetching is None and self._before is not None:
            if min(self.cursor, top) < AHEAD * self.screenful:
                self._fetching = self.run_worker(self._fetch_before(), group="pages", exit_on_error=False)
            return
        bottom = max(self.cursor, top + self.screenful)
        near = len(self._takes) - bottom < AHEAD * self.screenful
        if self._fetching is None and self._next is not None and near:
            self._fetching = self.run_worker(self._fetch_next(), group="pages", exit_on_error=False)

    async def _fetch_next(self) -> None:
        if self._fetch is None:
            return
        before = len(self._takes)
        page = await self._fetch(self._next)
        self._next = page.next
        self._append(page.tasks)
        self._measure()
        for index in range(before, len(self._takes)):
            self.item_changed(index)

    async def _fetch_before(self) -> None:
        """The page above what is here, after a jump to the end."""
        if self._back is None or self._before is None:
            return
        page = await self._back(self._before)
        self._before = page.next
        self._renew([*reversed(page.tasks), *self._takes], self.scroll_offset.y + self._line_of(len(page.tasks)))

    def action_edge(self, by: int) -> None:
        """To the first or last take of all, fetched or not."""
        if by > 0 and not self.complete and self._back is not None:
            self.run_worker(self._to_end(self._back), group="edge", exclusive=True, exit_on_error=False)
        elif by < 0 and self._before is not None and self._fetch is not None:
            self.run_worker(self._to_start(self._fetch), group="edge", exclusive=True, exit_on_error=False)
        else:
            super().action_edge(by)

    async def _to_end(self, back: Fetch) -> None:
        page = await back(None)
        self._stop_fetching()
        self._before = page.next
        self._replace(reversed(page.tasks), None, at=-1)

    async def _to_start(self, fetch: Fetch) -> None:
        page = await fetch(None)
        self._stop_fetching()
        self._before = None
        self._replace(page.tasks, page.next, at=0)

    def on_worker_state_changed(self, event: Worker.StateChanged) -> None:
        """The next fetch, if more is wanted. After a failed one, the next movement of the cursor tries again."""
        if event.worker is self._loading and event.worker.is_finished:
            self._loading = None
            if event.state is WorkerState.SUCCESS and any(
                self._grid and self._posters.state(each, self._grid) == "waiting" for each, _ in self._in_view()
            ):
                self._want_posters()  # the screen changed while the last picture was read
        if event.worker is self._fetching and event.worker.is_finished:
            self._fetching = None
            if event.state is WorkerState.SUCCESS:
                self._fetch_ahead()

    def move_to(self, index: int) -> None:
        """Puts the cursor on a take."""
        super().move_to(index)
        self._fetch_ahead()

    def watch_scroll_y(self, old_value: float, new_value: float) -> None:
        """Scrolling with the wheel comes to the end, too."""
        super().watch_scroll_y(old_value, new_value)
        self._fetch_ahead()

    # -- what the list asks ----------------------------------------------------------------------------------------

    @property
    def count(self) -> int:
        """Takes fetched."""
        return len(self._takes)

    def id_at(self, index: int) -> str:
        """The take's id."""
        return self._takes[index].id

    def index_of(self, item_id: str) -> int | None:
        """Where the take stands, as far as it has been fetched."""
        return self._places.get(item_id)

    def version_at(self, index: int) -> Hashable:
        """Takes are not drawn differently without a new revision, except for stars."""
        task = self._takes[index]
        poster = self._posters.state(task.id, self._grid) if self._grid else ""
        return task.rev, task.status, task.rating, self._grid, poster

    def draw(self, index: int, width: int) -> Sequence[Line]:
        """Date, badge, parameters, stars, prompt; or the poster above badge, stars and prompt."""
        task = self._takes[index]
        if self._grid is not None:
            return self._card(task, self._grid)
        line: list[Span] = []
        if width >= NARROWER:
            line.append((fit(_date(task.created_at, self._zone), DATE_CELLS) + " ", "dim"))
        line += [_SIGNS.get(task.status, _UNDERWAY), (" ", ""), (fit(badge(task), BADGE_CELLS) + " ", "badge")]
        if width >= NARROW:
            line.append((fit(_params(task), PARAMS_CELLS) + " ", "dim"))
        line.append((fit(stars(task.rating), FULL) + " ", "star"))
        if task.practice:
            line.append(("P ", "practice"))
        used = sum(len(text) for text, _ in line)
        line.append((fit(task.shot.prompt, max(0, width - used)), ""))
        return [line]

    def _card(self, task: Task, grid: Layout) -> list[Line]:
        depth = DEPTHS.get(self.app.console.color_system, "256")
        back = self.background_colors[1].rgb
        poster: Sequence[Line] | None = None
        if self._pictures:
            poster = self._posters.lines(task.id, grid, depth, back, plain=self.app.no_color)
        sign = _SIGNS.get(task.status, _UNDERWAY)
        head: Line = [
            (fit(badge(task), max(0, grid.columns - FULL - 1)) + " ", "badge"),
            (fit(stars(task.rating), min(FULL, grid.columns)), "star"),
        ]
        words: Line = [sign, (" ", ""), (fit(task.shot.prompt, max(0, grid.columns - 2)), "")]
        if sign[0] == " ":
            words = [(fit(task.shot.prompt, grid.columns), "")]
        return [*(poster or self._no_poster(task, grid)), head, words, *([[]] * grid.gap)]

    def _no_poster(self, task: Task, grid: Layout) -> list[Line]:
        """A dim ground with a word in the middle while there is no picture, or where there will be none."""
        waiting = self._pictures and task.take is not None and self._posters.state(task.id, grid) == "waiting"
        word = "…" if waiting else task.status.value.lower() if task.take is None else "▶"
        lines: list[Line] = [[("·" * grid.columns, "rest")] for _ in range(grid.rows)]
        left = max(0, (grid.columns - len(word) - 2) // 2)
        right = max(0, grid.columns - left - len(word) - 2)
        lines[grid.rows // 2] = [("·" * left, "rest"), (fit(f" {word} ", len(word) + 2), "dim"), ("·" * right, "rest")]
        return lines

    @property
    def _pictures(self) -> bool:
        """Whether the settings want any."""
        app = self.app
        return not (isinstance(app, HasGraphics) and app.graphics.kind == "none")


def _date(time: datetime, zone: tzinfo | None) -> str:
    return f"{time.astimezone(zone):%d %b %H:%M}".lstrip("0")


def _params(task: Task) -> str:
    """Length and size, where the shot names them: `5s 720p`."""
    values = [one_line(str(task.shot.params[key])) for key in ("duration", "resolution") if key in task.shot.params]
    return " ".join(values)
