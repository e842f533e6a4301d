"""PagedTakes: takes that are fetched by pages as the cursor comes near their end. How one is drawn is not said here."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable
from typing import TYPE_CHECKING

from textual.worker import Worker, WorkerState

from tui.widgets.line_list import LineList

if TYPE_CHECKING:
    from rushes.library.library import Page
    from rushes.task import Task

__all__ = ["Fetch", "PagedTakes"]

Fetch = Callable[[str | None], Awaitable["Page"]]
"""Gives the page that begins at a cursor; None: the first."""

AHEAD = 1
"""Screens of takes that are fetched before the cursor reaches them."""
FEWEST = 20
"""Takes of a page on a low screen, or before the list has its place."""


class PagedTakes(LineList):
    """Whatever a page source gives. It may begin at the end of the list: then pages come above it as well."""

    def __init__(self, *, id: str | None = None, classes: str | None = None) -> None:  # noqa: A002
        super().__init__("Nothing here yet", id=id, classes=classes)
        self._takes: list[Task] = []
        self._places: dict[str, int] = {}
        self._fetch: Fetch | None = None
        self._next: str | None = None
        self._fetching: Worker[None] | None = None
        self._back: Fetch | None = None
        self._before: str | None = None

    # -- what others call ------------------------------------------------------------------------------------------

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
        """The first page of the same source as it is now: each take of it stands where it belongs from now on.

        The cursor stays on its take, and that where it is on the screen, unless one looks at the top. What lies behind
        the page stays as it was fetched.
        """
        if self._before is not None:
            return  # at the end of the list: its head is not here
        for each in page.tasks:
            self.update_task(each)
        here = {each.id for each in page.tasks}
        merged = [*page.tasks, *(each for each in self._takes[self._covered(page) :] if each.id not in here)]
        if page.next is None:
            merged, self._next = [*page.tasks], None
        elif len(merged) == len(page.tasks):
            self._next = page.next
        if [each.id for each in merged] == [each.id for each in self._takes]:
            return
        top, seen = self.scroll_offset.y, self._line_of(self.cursor) - self.scroll_offset.y
        stood = next((place for place, each in enumerate(merged) if each.id == self.cursor_id), 0)
        self._renew(merged, top and max(0, self._line_of(stood) - seen))

    def _covered(self, page: Page) -> int:
        """How many of the takes here the page speaks of: up to the last one that stands in both."""
        both = [place for each in page.tasks if (place := self._places.get(each.id)) is not None]
        return max(both, default=-1) + 1

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
