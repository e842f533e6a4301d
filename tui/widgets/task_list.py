"""TaskList: the tasks of the studio, two lines each, with progress that is drawn at most twice a second."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Sequence
from typing import ClassVar

from textual.timer import Timer

from rushes.task import Status, Task
from tui.text import amount, fit, one_line, span, width
from tui.widgets.line_list import Line, LineList, Span
from tui.widgets.marks import PRACTICE, badge

__all__ = ["TICK", "TaskList", "bar", "price", "stars", "state"]

TICK = 0.5
"""Seconds between two drawings of progress."""
BADGE_CELLS = 15
BAR_CELLS = 22
WORDS_CELLS = 26
"""What percent and time left with its spread need beside the bar."""
SHORTEST_BAR, BRIEF_CELLS = 8, 17
"""A bar gives way to the words down to here, and then no words more than these."""
FULL = 5
"""Stars of the best rating."""


def bar(progress: float, cells: int) -> tuple[str, str]:
    """The done and the open part of a bar, in half cells; together `cells` wide."""
    halves = min(2 * cells, max(0, round(progress * 2 * cells)))
    done = "━" * (halves // 2) + "╸" * (halves % 2)
    return done, "─" * (cells - len(done))


def stars(rating: int | None) -> str:
    """`★★★··`, or nothing where nobody has rated."""
    return "" if not rating else "★" * rating + "·" * (FULL - rating)


def price(task: Task) -> str:
    """The surest figure there is: charged as it is, estimated and quoted with a sign that they are not."""
    if task.practice:
        return PRACTICE
    cost = task.cost
    if cost.charged is not None:
        return amount(cost.charged)
    expected = cost.quoted if cost.estimated is None else cost.estimated
    return amount(expected) if expected is None or expected == 0 else f"≈ {amount(expected)}"


def state(task: Task) -> Span:
    """How a task stands, in words with a sign, and the style of them."""
    vendor = one_line(task.shot.provider).capitalize()
    if task.status is Status.RUNNING:
        return task.time_left or "running", ""
    words: dict[Status, Span] = {
        Status.QUEUED: (_waits(task), "dim"),
        Status.SUBMITTING: ("↑ sending", ""),
        Status.UNCERTAIN: ("? sent, no answer came: enter settles it", "warn"),
        Status.PENDING: (f"◌ queued at {vendor}", "dim"),
        Status.THROTTLED: (f"◌ queued at {vendor}, limit of your tier", "warn"),
        Status.DOWNLOADING: ("↓ fetching the clip", ""),
        Status.CANCELLED: (f"– {one_line(task.error.message) if task.error else 'cancelled'}", "dim"),
    }
    return words[task.status] if task.status in words else _ended(task)


def _waits(task: Task) -> str:
    """Nothing was sent; why not, where a limit of the vendor or the line is the reason."""
    return f"○ not sent: {one_line(task.error.message)}" if task.error else "○ waits here, not sent"


def _ended(task: Task) -> Span:
    if task.status is Status.SUCCEEDED:
        started = task.submitted_at or task.created_at
        took = f" {span((task.finished_at - started).total_seconds())} after sending" if task.finished_at else ""
        return f"✓ done{took}", "good"
    return f"✗ failed{_money(task)}: {_why(task)}", "bad"


def _money(task: Task) -> str:
    """Whether a failure was charged; nothing where it is free or nobody knows."""
    if task.error is None or task.practice or task.cost.quoted == 0:
        return ""
    return {True: ", charged", False: ", not charged", None: ""}[task.error.charged]


def _why(task: Task) -> str:
    """The reason, then what to do about it, as far as there is room."""
    if task.error is None:
        return "no reason given"
    hint = f" → {task.error.hint}" if task.error.hint else ""
    return one_line(f"{task.error.message}{hint}")


class TaskList(LineList):
    """Tasks in the order given. Progress of running tasks is gathered; a change of state is drawn at once."""

    ITEM_LINES: ClassVar[int] = 2

    def __init__(self, *, id: str | None = None, classes: str | None = None) -> None:  # noqa: A002
        super().__init__("No tasks yet", id=id, classes=classes)
        self._tasks: list[Task] = []
        self._places: dict[str, int] = {}
        self._waiting: dict[str, Task] = {}
        self._tick: Timer | None = None

    # -- what others call ------------------------------------------------------------------------------------------

    @property
    def tasks(self) -> tuple[Task, ...]:
        """The tasks as last told, progress that is not drawn yet included."""
        return tuple(self._waiting.get(each.id, each) for each in self._tasks)

    @property
    def selected(self) -> Task | None:
        """The task under the cursor."""
        if not self._tasks:
            return None
        task = self._tasks[self.cursor]
        return self._waiting.get(task.id, task)

    def set_tasks(self, tasks: Iterable[Task]) -> None:
        """All tasks, in the order of the list. The cursor stays on its task."""
        self._waiting.clear()
        self._tasks = list(tasks)
        self._places = {task.id: index for index, task in enumerate(self._tasks)}
        self.contents_changed()

    def update_task(self, task: Task) -> None:
        """One task has changed; a task that is not in the list comes to its top. An older revision is passed over."""
        place = self._places.get(task.id)
        if place is None:
            self.set_tasks([task, *self.tasks])
            return
        now = self._waiting.get(task.id, self._tasks[place])
        if task.rev < now.rev or task == now:
            return
        if task.status is self._tasks[place].status and not task.ended:
            self._waiting[task.id] = task
            self._start_tick()
        else:
            self._waiting.pop(task.id, None)
            self._tasks[place] = task
            self.item_changed(place)

    def remove_task(self, task_id: str) -> None:
        """Takes a task off the list."""
        self.set_tasks([task for task in self.tasks if task.id != task_id])

    # -- progress --------------------------------------------------------------------------------------------------

    def _start_tick(self) -> None:
        if self._tick is None and self.is_mounted:
            self._tick = self.set_timer(TICK, self._draw_progress)

    def _draw_progress(self) -> None:
        self._tick = None
        waiting, self._waiting = self._waiting, {}
        for task in waiting.values():
            place = self._places[task.id]
            self._tasks[place] = task
            self.item_changed(place)

    # -- what the list asks ----------------------------------------------------------------------------------------

    @property
    def count(self) -> int:
        """Tasks in the list."""
        return len(self._tasks)

    def id_at(self, index: int) -> str:
        """The task's id."""
        return self._tasks[index].id

    def index_of(self, item_id: str) -> int | None:
        """Where the task stands."""
        return self._places.get(item_id)

    def version_at(self, index: int) -> Hashable:
        """Progress and time left come without a new revision, so they count too."""
        task = self._tasks[index]
        return task.rev, task.status, task.progress, task.time_left, task.rating

    def draw(self, index: int, width: int) -> Sequence[Line]:
        """Badge and prompt; below them how it stands."""
        task = self._tasks[index]
        return self._title(task, width), self._standing(task, width)

    def _title(self, task: Task, cells: int) -> Line:
        left = min(BADGE_CELLS, cells)
        return [(fit(badge(task), left), "badge"), (" ", ""), (fit(task.shot.prompt, max(0, cells - left - 1)), "")]

    def _standing(self, task: Task, cells: int) -> Line:
        right = _right(task)
        room = max(0, cells - sum(width(text) for text, _ in right) - 1)
        left = self._progress(task, room) if task.status is Status.RUNNING else []
        used = sum(width(text) for text, _ in left)
        words, style = state(task)
        if width(words) > room - used:
            words = words.partition(" (")[0] if task.status is Status.RUNNING else words  # the spread gives way first
        return [*left, (fit(words, max(0, room - used)), style), (" ", ""), *right]

    def _progress(self, task: Task, room: int) -> list[Span]:
        cells = min(BAR_CELLS, max(SHORTEST_BAR, room - WORDS_CELLS), room - BRIEF_CELLS)
        if task.progress is None or cells < 4:
            return []
        done, rest = bar(task.progress, cells)
        return [(done, "bar"), (rest, "rest"), (f" {round(task.progress * 100):3} %  ", "")]


def _right(task: Task) -> list[Span]:
    words: list[Span] = []
    if task.rating:
        words.append((f"{stars(task.rating)}  ", "star"))
    words.append((price(task), "practice" if task.practice else "dim"))
    return words
