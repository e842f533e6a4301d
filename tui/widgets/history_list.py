"""HistoryList: the takes of the library, one line each, fetched by pages as the cursor comes near their end."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Hashable, Iterable, Sequence
from datetime import datetime, tzinfo
from typing import TYPE_CHECKING

from textual.worker import Worker, WorkerState

from rushes.task import Status, Task
from tui.text import fit, one_line
from tui.widgets.badge import badge
from tui.widgets.line_list import Line, LineList, Span
from tui.widgets.task_list import BADGE_CELLS, FULL, stars

if TYPE_CHECKING:
    from rushes.library import Page

__all__ = ["Fetch", "HistoryList"]

Fetch = Callable[[str | None], Awaitable["Page"]]
"""Gives the page that begins at a cursor; None: the first."""

AHEAD = 2
"""Screens of takes that are fetched before the cursor reaches them."""
PARAMS_CELLS = 9
DATE_CELLS = 12
NARROW, NARROWER = 70, 50
"""Widths under which the parameters, then the date go."""
_SIGNS: dict[Status, Span] = {
    Status.SUCCEEDED: (" ", ""),
    Status.FAILED: ("✗", "bad"),
    Status.CANCELLED: ("–", "dim"),
    Status.UNCERTAIN: ("?", "warn"),
}
_UNDERWAY: Span = ("◌", "dim")


class HistoryList(LineList):
    """Whatever a page source gives. `zone` is the one in which dates are shown; None: the machine's."""

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

    async def reload(self) -> None:
        """The same source once more, as far as it had been fetched."""
        if self._fetch is None:
            return
        wanted = len(self._takes)
        takes: list[Task] = []
        cursor: str | None = None
        while True:
            page = await self._fetch(cursor)
            takes.extend(page.tasks)
            cursor = page.next
            if cursor is None or len(takes) >= wanted:
                break
        self._stop_fetching()
        self._replace(takes, cursor)

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
        self._renew([*fresh, *self._takes], shifted=len(fresh))

    def drop(self, task_id: str) -> None:
        """A take that does not belong here any more: thrown away, or got back from the trash."""
        place = self._places.get(task_id)
        if place is not None:
            self._renew([each for each in self._takes if each.id != task_id], shifted=-(place < self.scroll_offset.y))

    def mark_range(self) -> None:
        """Marks everything between the cursor and the nearest mark; without a mark, the take under the cursor."""
        marks = [place for each in self.marked if (place := self.index_of(each)) is not None]
        nearest = min(marks, key=lambda place: abs(place - self.cursor), default=self.cursor)
        low, high = sorted((nearest, self.cursor))
        self._marks |= {each.id for each in self._takes[low : high + 1]}
        self.redraw()
        self.post_message(self.Marked(self, self.marked))

    # -- pages -----------------------------------------------------------------------------------------------------

    def _replace(self, takes: Iterable[Task], following: str | None) -> None:
        self._takes, self._places, self._next = [], {}, following
        self._append(takes)
        self.contents_changed()
        self._fetch_ahead()

    def _renew(self, takes: list[Task], *, shifted: int) -> None:
        """Other takes in the same order: what one looks at stays under the eye."""
        top = self.scroll_offset.y
        self._takes, self._places = [], {}
        self._append(takes)
        self.contents_changed()
        if top and shifted:
            self.scroll_to(y=max(0, top + shifted), animate=False)
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
        if self._fetching is None and self._before is not None:
            if min(self.cursor, self.scroll_offset.y) < AHEAD * max(1, self.size.height):
                self._fetching = self.run_worker(self._fetch_before(), group="pages", exit_on_error=False)
            return
        bottom = max(self.cursor, self.scroll_offset.y + self.size.height)
        near = len(self._takes) - bottom < AHEAD * max(1, self.size.height)
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
        top = self.scroll_offset.y
        self._renew([*reversed(page.tasks), *self._takes], shifted=0)
        self.scroll_to(y=top + len(page.tasks), animate=False)

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
        self._replace(reversed(page.tasks), None)
        self.move_to(self.count - 1)

    async def _to_start(self, fetch: Fetch) -> None:
        page = await fetch(None)
        self._stop_fetching()
        self._before = None
        self._replace(page.tasks, page.next)
        self.move_to(0)

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

    def version_at(self, index: int) -> Hashable:
        """Takes are not drawn differently without a new revision, except for stars."""
        task = self._takes[index]
        return task.rev, task.status, task.rating

    def draw(self, index: int, width: int) -> Sequence[Line]:
        """Date, badge, parameters, stars, prompt."""
        task = self._takes[index]
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


def _date(time: datetime, zone: tzinfo | None) -> str:
    return f"{time.astimezone(zone):%d %b %H:%M}".lstrip("0")


def _params(task: Task) -> str:
    """Length and size, where the shot names them: `5s 720p`."""
    values = [one_line(str(task.shot.params[key])) for key in ("duration", "resolution") if key in task.shot.params]
    return " ".join(values)
