"""TaskList: the tasks of the studio, two lines each, with progress that is drawn at most twice a second."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Iterable, Sequence
from collections.abc import Set as AbstractSet
from typing import ClassVar

from textual.timer import Timer

from providers.errors import FailureKind
from rushes.task import Status, Task
from tui.text import amount, fit, one_line, span, width
from tui.widgets.line_list import Line, LineList, Span
from tui.widgets.marks import PRACTICE, badge

__all__ = ["TICK", "TaskList", "bar", "ordinal", "price", "stars", "state"]

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


def state(task: Task, waits: str = "") -> Span:
    """How a task stands, in words with a sign, and the style of them; `waits`: what an unsent one waits for."""
    vendor = one_line(task.shot.provider).capitalize()
    if task.status is Status.RUNNING:
        return task.time_left or "running", ""
    words: dict[Status, Span] = {
        Status.QUEUED: (_waits(task, waits), "dim"),
        Status.SUBMITTING: ("↑ sending", ""),
        Status.UNCERTAIN: ("? sent, no answer came: enter settles it", "warn"),
        Status.PENDING: (f"◌ queued at {vendor}", "dim"),
        Status.THROTTLED: (f"◌ queued at {vendor}, limit of your tier", "warn"),
        Status.DOWNLOADING: ("↓ fetching the clip", ""),
        Status.CANCELLED: (f"– {one_line(task.error.message) if task.error else 'cancelled'}", "dim"),
    }
    if task.status is Status.DOWNLOADING and task.error is not None:
        return f"! no clip yet · enter tells more · {one_line(task.error.message)}", "warn"
    return words[task.status] if task.status in words else _ended(task)


def _waits(task: Task, waits: str) -> str:
    """Nothing was sent; why not, where a limit of the vendor or the line is the reason."""
    if task.error is not None:
        return f"○ not sent: {one_line(task.error.message)}"
    return f"○ {waits}" if waits else "○ waits here, not sent"


def ordinal(number: int) -> str:
    """`1st`, `2nd`, `3rd`, `4th` …"""
    teen = number % 100 in {11, 12, 13}
    return f"{number}{'th' if teen else {1: 'st', 2: 'nd', 3: 'rd'}.get(number % 10, 'th')}"


def _ended(task: Task) -> Span:
    if task.status is Status.SUCCEEDED:
        started = task.submitted_at or task.created_at
        took = f" {span((task.finished_at - started).total_seconds())} after sending" if task.finished_at else ""
        return f"✓ done{took}", "good"
    why = one_line(task.error.message) if task.error else "no reason given"
    return f"✗ {_money(task)} · {_next_step(task)} · {why}", "bad"


def _money(task: Task) -> str:
    """Whether a failure was charged, as far as anybody knows."""
    if task.practice or task.cost.quoted == 0:
        return "failed, free"
    return {True: "charged", False: "not charged", None: "perhaps charged"}[task.error.charged if task.error else None]


_AMISS = frozenset({FailureKind.MODERATION, FailureKind.INPUT, FailureKind.INVALID})
"""Failures that the same shot would meet again."""
_FIRST = frozenset({FailureKind.KEY, FailureKind.BUDGET})
"""Failures after which something has to be done elsewhere first: the details say what."""


def _next_step(task: Task) -> str:
    """What to do about a failure, with its key."""
    kind = task.error.kind if task.error else FailureKind.UNKNOWN
    if kind in _FIRST:
        return "enter says what to do"
    return "r changes it" if kind in _AMISS else "R sends it again"


class TaskList(LineList):
    """Tasks in the order given. Progress of running tasks is gathered; a change of state is drawn at once."""

    ITEM_LINES: ClassVar[int] = 2

    def __init__(self, *, id: str | None = None, classes: str | None = None) -> None:  # noqa: A002
        super().__init__("No tasks yet", id=id, classes=classes)
        self._tasks: list[Task] = []
        self._places: dict[str, int] = {}
        self._waiting: dict[str, Task] = {}
        self._tick: Timer | None = None
        self._held = False
        self._left_over: AbstractSet[str] = frozenset()
        self._turns: dict[str, str] | None = None

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

    def show_queue(self, *, held: bool, left_over: AbstractSet[str]) -> None:
        """Whether everything unsent is held, and which tasks an earlier run left unsent: their rows say so."""
        if (held, left_over) != (self._held, self._left_over):
            self._held, self._left_over, self._turns = held, left_over, None
            self.redraw()

    def set_tasks(self, tasks: Iterable[Task]) -> None:
        """All tasks, in the order of the list. The cursor stays on its task."""
        self._waiting.clear()
        self._tasks = list(tasks)
        self._places = {task.id: index for index, task in enumerate(self._tasks)}
        self._turns = None
        before = self.cursor
        self.contents_changed()
        if self.cursor != before:
            self._scroll_to_cursor()

    def update_task(self, task: Task) -> None:
        """One task has changed; a task that is not in the list comes to its top. An older revision is passed over."""
        place = self._places.get(task.id)
        if place is None:
            self.set_tasks([task, *self.tasks])
            return
        now = self._waiting.get(task.id, self._tasks[place])
        if task.rev < now.rev or task == now:
            return
        progress = task.status is self._tasks[place].status and task.status is not Status.QUEUED
        if progress and not task.ended:
            self._waiting[task.id] = task
            self._start_tick()
        else:
            self._waiting.pop(task.id, None)
            queued = Status.QUEUED in {task.status, self._tasks[place].status}
            self._tasks[place] = task
            if queued:  # the others behind it come sooner, or later
                self._turns = None
                self.redraw()
            else:
                self.item_changed(place)

    def remove_task(self, task_id: str) -> None:
        """Takes a task off the list."""
        self.set_tasks([task for task in self.tasks if task.id != task_id])

    # -- the queue -------------------------------------------------------------------------------------------------

    def _waits_for(self, task: Task) -> str:
        """What an unsent task waits for: its turn, a hand, or a limit that another one has met."""
        if task.status is not Status.QUEUED:
            return ""
        if self._turns is None:
            self._turns = _turns([each for each in self._tasks if each.id not in self._left_over])
        if task.id in self._left_over:
            return "unsent from an earlier run, s sends it"
        return "not sent: the queue is held, p lets it go" if self._held else self._turns.get(task.id, "")

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
        return task.rev, task.status, task.progress, task.time_left, task.rating, self._waits_for(task)

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
        words, style = state(task, self._waits_for(task))
        if width(words) > room - used and task.status is Status.RUNNING:
            words = _briefly(words)
        return [*left, (fit(words, max(0, room - used)), style), (" ", ""), *right]

    def _progress(self, task: Task, room: int) -> list[Span]:
        cells = min(BAR_CELLS, max(SHORTEST_BAR, room - WORDS_CELLS), room - BRIEF_CELLS)
        if task.progress is None or cells < 4:
            return []
        done, rest = bar(task.progress, cells)
        return [(done, "bar"), (rest, "rest"), (f" {round(task.progress * 100):3} %  ", "")]


def _turns(tasks: Iterable[Task]) -> dict[str, str]:
    """What each unsent task waits for, by its id: its turn at its vendor, or a limit that stands before all of them."""
    turns: dict[str, str] = {}
    lengths: Counter[tuple[str, bool]] = Counter()
    queued = [each for each in tasks if each.status is Status.QUEUED]
    limits = {_lane(each): each.error.message for each in queued if each.error and each.error.kind is FailureKind.RATE}
    for each in sorted(queued, key=lambda each: (-each.priority, each.id)):
        line = each.shot.provider, each.practice
        lengths[line] += 1
        limit = limits.get(_lane(each))
        turns[each.id] = f"waits: {one_line(limit)}" if limit else f"not sent yet, {ordinal(lengths[line])} to go"
    return turns


def _lane(task: Task) -> tuple[str, str, bool]:
    """Tasks that a limit met by one of them holds back alike."""
    return task.shot.provider, task.shot.model, task.practice


def _briefly(words: str) -> str:
    """How a running task stands where there is little room: the spread gives way first."""
    short = words.partition(" (")[0]
    for begin, word in (("overdue", "overdue"), ("slower than", "late")):
        short = word if short.startswith(begin) else short
    return short


def _right(task: Task) -> list[Span]:
    words: list[Span] = []
    if task.rating:
        words.append((f"{stars(task.rating)}  ", "star"))
    words.append((price(task), "practice" if task.practice else "dim"))
    return words
