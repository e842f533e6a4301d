"""HistoryList: the takes of the library, one line each, or a grid of posters.

The same takes, cursor and marks in both views. They come by pages, as `paged_takes` says.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Hashable, Sequence
from datetime import datetime, tzinfo
from pathlib import Path
from typing import ClassVar

from textual import events
from textual.binding import Binding, BindingType
from textual.worker import Worker, WorkerState

from rushes.task import Status, Task
from tui.graphics import HasGraphics
from tui.text import fit, one_line
from tui.widgets.line_list import Line, Span
from tui.widgets.marks import badge
from tui.widgets.paged_takes import PagedTakes
from tui.widgets.picture import DEPTHS
from tui.widgets.posters import Layout, Posters, layout_for
from tui.widgets.task_list import BADGE_CELLS, FULL, stars

__all__ = ["HistoryList"]

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


class HistoryList(PagedTakes):
    """Whatever a page source gives. `zone` is the one in which dates are shown; None: the machine's."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("right", "side(1)", "Next", show=False),
        Binding("left", "side(-1)", "Previous", show=False),
    ]

    def __init__(self, *, zone: tzinfo | None = None, id: str | None = None, classes: str | None = None) -> None:  # noqa: A002
        super().__init__(id=id, classes=classes)
        self._zone = zone
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

    def _fetch_ahead(self) -> None:
        self._want_posters()
        super()._fetch_ahead()

    def on_worker_state_changed(self, event: Worker.StateChanged) -> None:
        """Reads on where the screen has changed while the last picture was read."""
        if event.worker is self._loading and event.worker.is_finished:
            self._loading = None
            if event.state is WorkerState.SUCCESS and any(
                self._grid and self._posters.state(each, self._grid) == "waiting" for each, _ in self._in_view()
            ):
                self._want_posters()

    def _poster_came(self, take_id: str) -> None:
        if self._grid is not None and (place := self._places.get(take_id)) is not None:
            self.item_changed(place)

    def bring_posters(self, bring: Callable[[Task], Awaitable[object]]) -> None:
        """Says how a poster comes here, where the clips lie elsewhere."""

        async def by_id(take_id: str) -> None:
            if (place := self._places.get(take_id)) is not None:
                await bring(self._takes[place])

        self._posters.bring = by_id

    # -- what the list asks ----------------------------------------------------------------------------------------

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
