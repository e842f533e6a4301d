"""The right half of Studio: the task list, the preview of the current task, and the keys that act on it."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from textual.content import Content
from textual.widget import Widget
from textual.widgets import Static

from rushes.task import ACTIVE, ENDED, IN_FLIGHT, Status, Task
from tui import actions, task_actions
from tui.clips import bring
from tui.repaint import retitle
from tui.text import one_line
from tui.widgets.preview import Preview
from tui.widgets.tabs import Tabs
from tui.widgets.task_list import TaskList

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence
    from pathlib import Path

    from rushes.interface import Engine
    from tui.app import RushesApp
    from tui.screens.studio import StudioScreen

    Act = Callable[[RushesApp, Engine, Task], Awaitable[None]]
    ActOnMany = Callable[[RushesApp, Engine, Sequence[Task]], Awaitable[None]]

__all__ = ["Takes"]

TICK_S = 0.5
"""Seconds between two looks at how far running tasks are; none while nothing runs."""


def welcome(labels: list[str], send: str, settings: str) -> Content:
    """What a first start says: what is free, where keys go, how to generate."""
    named = f"Keys of {' and '.join(labels)}: {f'{settings} (Settings)' if settings else 'Settings'} takes them"
    keys = f"{named}, and so do the environment and a .env file." if labels else ""
    lines = (
        "The sandbox is free and needs no key: its clips are made on this machine.",
        keys,
        f"Write what should be seen, then press {send}.",
    )
    return Content("\n").join([Content.assemble(Content.styled("· ", "$accent"), each) for each in lines if each])


DIFFER_MOST = 4
ALL = "all"
FILTERS = {
    ALL: frozenset(Status),
    "running": ACTIVE - {Status.QUEUED},
    "waiting": frozenset({Status.QUEUED}),
    "done": ENDED,
}
"""Which states the list shows, by the word in its frame."""


class Takes:
    """Keeps list and preview in step with the engine. `current` is the task that the keys are about."""

    def __init__(self, screen: StudioScreen, engine: Engine) -> None:
        self.screen = screen
        self.engine = engine
        self.known: dict[str, Task] = {}
        self.left_over: set[str] = set()
        self.filter = ALL
        self.held = False
        self.framed: tuple[str, str, bool] | None = None
        self.told = ""
        self.list = TaskList()
        self.preview = Preview("Takes play here: choose one and press space")
        others = [one_line(each.label) for each in engine.providers() if each.name and not each.ready]
        keymap = screen.rushes.keymap_set
        send = actions.keys_of("generate", keymap).replace(", ", " or ")
        hello = welcome(others, send, actions.key_of("settings", keymap, letters=False))
        self.welcome = Static(hello, id="welcome", markup=False)
        self.welcome.can_focus = True
        settings = actions.key_of("settings", keymap, letters=False)
        keys = f", {settings} (Settings) takes vendors' keys" if others and settings else ""
        self.hello = f"The sandbox is free{keys}"
        self.status = Static(id="status", markup=False)

    async def mount(self) -> None:
        """Puts the widgets into their panes."""
        self.ticking = self.screen.set_interval(TICK_S, self._tick, pause=True)
        await self.screen.query_one("#tasks").mount(self.welcome, self.list, self.status)
        await self.screen.query_one("#preview").mount(self.preview)

    async def load(self) -> None:
        """Reads what is not ended and what lately was."""
        tasks = await self.engine.active()
        self.known = {each.id: each for each in tasks}
        self.held = await self.engine.paused()
        self.left_over = {each.id for each in tasks if each.status is Status.QUEUED}
        self._fill()
        self._tell()
        if self.waiting:
            out, send, drop = self._key("leave-field"), self._key("send-waiting"), self._key("drop-waiting")
            self._say(f"{len(self.waiting)} left unsent: {out}, then {send} sends all, {drop} drops all")

    @property
    def current(self) -> Task | None:
        """The task under the cursor."""
        return self.list.selected

    @property
    def must_settle(self) -> bool:
        """Whether the current task was sent and not answered, so that a person has to say what happens."""
        return self.current is not None and self.current.status is Status.UNCERTAIN

    @property
    def waiting(self) -> list[Task]:
        """What an earlier run left unsent."""
        return [each for each in self.known.values() if each.id in self.left_over and each.status is Status.QUEUED]

    def target(self, pane: str) -> Widget:
        """The widget that gets the focus with a pane."""
        if pane == actions.PREVIEW:
            return self.preview
        return self.list if self.list.display else self.welcome

    # What the engine says -------------------------------------------------------------------------------------------

    async def changed(self, task: Task) -> None:
        """A task is another than before."""
        before = self.known.get(task.id)
        self.known[task.id] = task
        if task.status in FILTERS[self.filter]:
            self.list.update_task(task)
        elif self.list.index_of(task.id) is not None:
            self.list.remove_task(task.id)
        self._tell()
        if task.ended and (before is None or not before.ended):
            await self._finished(task)

    def _tick(self) -> None:
        """Bars and times left move on between two polls, while something is at a vendor."""
        for task in self.known.values():
            if task.status in IN_FLIGHT and self.list.index_of(task.id) is not None:
                self.list.update_task(self.engine.view(task))

    def sent(self, tasks: list[Task]) -> None:
        """A press was accepted: says how to take it back, and marks the new task."""
        if self.filter not in {ALL, "waiting"}:
            self.show_only(ALL)
        for each in tasks:
            self.known.setdefault(each.id, each)
            self.list.update_task(each)
        if (place := self.list.index_of(tasks[0].id)) is not None:
            self.list.move_to(place)
        hold = self.engine.settings.value.ui.undo_seconds
        key = self._key("undo")
        if self.held:
            self._say(f"Held, nothing was sent; {self._key('hold')} in the list lets it go")
        else:
            self._say(f"Goes out in {hold:g} s; {key} takes it back" if hold and key else "")
        if hold:
            self.screen.set_timer(hold, partial(self._said_enough, self.told))

    def _key(self, action: str) -> str:
        """The key to name for an action, from where the focus is."""
        writes = self.screen.frame_of(self.screen.focused) == actions.SHOT
        return actions.key_of(action, self.screen.rushes.keymap_set, letters=not writes or action != "undo")

    def _said_enough(self, words: str) -> None:
        """The time to take a press back is over: its row says from now on what it waits for."""
        if self.told == words and words.startswith("Goes out"):
            self._say("")

    async def _finished(self, task: Task) -> None:
        if self.current is not None and self.current.id == task.id and not self.preview.playing:
            await self.show(task)

    def _tell(self) -> None:
        """The counts in the frame of the list, for the tabs, and the welcome while there is nothing."""
        self.list.show_queue(held=self.held, left_over=frozenset(self.left_over))
        states = [each.status for each in self.known.values()]
        unsettled, queued = states.count(Status.UNCERTAIN), states.count(Status.QUEUED)
        stuck = sum(each.status is Status.DOWNLOADING and each.error is not None for each in self.known.values())
        running = sum(each in ACTIVE for each in states) - queued - unsettled - stuck
        if not IN_FLIGHT.isdisjoint(states):
            self.ticking.resume()
        else:
            self.ticking.pause()
        counts = [f"{running} running"] * bool(running) + [f"{queued} waiting"] * bool(queued)
        counts += [f"{unsettled} to settle"] * bool(unsettled)
        counts += [f"{stuck} without a clip"] * bool(stuck) + ["held (p)"] * self.held
        counts += [f"{len(self.list.marked)} marked"] * bool(self.list.marked)
        only = "" if self.filter == ALL else f" · {self.filter} only"
        self._frame(f"Tasks{only}", " · ".join(counts))
        if not queued:
            self._say("")

    def _frame(self, title: str, counts: str) -> None:
        """What stands around the list."""
        if (framed := (title, counts, bool(self.known))) == self.framed:
            return
        self.framed = framed
        retitle(self.screen.query_one("#tasks"), Content(title), Content(counts))
        self.screen.query_one(Tabs).show_note(counts)
        welcomed = self.welcome.has_focus
        self.welcome.display = not self.known
        self.list.display = bool(self.known)
        self.screen.echo(*((self.hello, "") if self.known else ("", self.hello)))
        if welcomed and self.known:
            self.list.focus()

    def _say(self, words: str) -> None:
        if words == self.told:
            return
        self.screen.echo(self.told, words)
        self.told = words
        self.status.display = bool(words)
        self.status.update(Content(one_line(words)), layout=False)

    # What the keys do -----------------------------------------------------------------------------------------------

    async def show(self, task: Task | None) -> None:
        """The poster of a task in the preview, or why there is none."""
        if task is None or task.take is None:
            self.preview.clear(_why_no_picture(task))
            return
        if (file := await bring(self.screen.rushes, self.engine, task)) is not None:
            await self.preview.load(file, poster=await self.engine.poster(task))

    async def play(self) -> None:
        """Plays the current clip, or pauses it."""
        task = self.current
        if task is None or task.take is None:
            self.preview.clear(_why_no_picture(task))
        elif (file := await bring(self.screen.rushes, self.engine, task)) is not None:
            self._start(file)

    def _start(self, file: Path) -> None:
        """Where list and preview share a place, the preview comes first, with the focus; out of sight it pauses."""
        if self.preview.is_on_screen:
            self.preview.play(file)
            self.screen.show_pane(actions.PREVIEW)
        else:
            self.screen.go_to(actions.PREVIEW)
            self.preview.call_after_refresh(self.preview.play, file)

    def show_only(self, name: str) -> None:
        """Shows the tasks of one filter."""
        self.filter = name
        self._fill()
        self._tell()

    def next_filter(self) -> None:
        """All, running, waiting, done, and round again."""
        names = list(FILTERS)
        self.show_only(names[(names.index(self.filter) + 1) % len(names)])

    def _fill(self) -> None:
        kept = [each for each in self.known.values() if each.status in FILTERS[self.filter]]
        self.list.empty = "No tasks yet" if self.filter == ALL else f"Nothing is {self.filter}; t shows the others"
        self.list.set_tasks(sorted(kept, key=lambda each: each.id, reverse=True))

    async def hold(self) -> None:
        """Holds everything that has not been sent, or lets it go."""
        await self.engine.pause(paused=not self.held)
        await self.hold_changed(await self.engine.paused())

    async def hold_changed(self, held: bool) -> None:
        """The queue is held or let go, here or by another window or the command line."""
        if held != self.held:
            self.held = held
            self._tell()
            if not held and self.told.startswith("Held, "):
                self._say("")

    async def rank(self, by: int) -> None:
        """Sends the current waiting task before the others, or behind them."""
        task = self.current
        if task is not None and task.status is Status.QUEUED:
            await self.engine.prioritise(task.id, task.priority + by)
            self._say(
                "Sooner than the others"
                if task.priority + by > 0
                else "In its turn"
                if task.priority + by == 0
                else "After the others"
            )

    async def with_current(self, act: Act) -> None:
        """Does something to the task under the cursor."""
        if self.current is not None:
            await act(self.screen.rushes, self.engine, self.current)

    async def with_chosen(self, act: Act, act_on_many: ActOnMany) -> None:
        """Does something to the tasks with a mark, or to the one under the cursor."""
        chosen = [self.known[each] for each in self.list.marked if each in self.known]
        if len(chosen) > 1:
            await act_on_many(self.screen.rushes, self.engine, chosen)
        elif chosen:
            await act(self.screen.rushes, self.engine, chosen[0])
        else:
            await self.with_current(act)
        self.list.clear_marks()

    async def undo(self, ids: tuple[str, ...]) -> None:
        """Takes a press back."""
        await task_actions.undo(self.screen.rushes, self.engine, ids)

    async def release(self) -> None:
        """Sends what waits from an earlier run."""
        released = await task_actions.release(self.screen.rushes, self.engine, self.waiting)
        self.left_over -= {each.id for each in released}
        self._tell()

    async def drop(self) -> None:
        """Drops what waits from an earlier run."""
        await task_actions.drop(self.screen.rushes, self.engine, self.waiting)

    def marks_changed(self) -> None:
        """More or fewer tasks are marked."""
        self._tell()

    def copy_path(self) -> None:
        """The path of the current clip to the clipboard."""
        task = self.current
        task_actions.copy_path(self.screen.rushes, task.take.file if task and task.take else None)

    def open_differences(self) -> None:
        """What differs between the tasks with a mark; else between the one under the cursor and the next."""
        from tui.screens.differ import Differ

        tasks, at = self.list.tasks, self.list.cursor
        chosen = [each for each in tasks if each.id in self.list.marked][:DIFFER_MOST]
        if len(chosen) == 1 and self.current is not None and chosen[0].id != self.current.id:
            chosen.append(self.current)
        chosen = chosen if len(chosen) > 1 else list(tasks[at : at + 2])
        if len(chosen) > 1:
            self.screen.app.push_screen(Differ(chosen))
        else:
            self.screen.notify("It takes two: mark them (x), then ask what differs.", markup=False)

    def open_details(self) -> None:
        """Everything known of the current task."""
        if self.current is not None:
            task_actions.open_details(self.screen.rushes, self.engine, self.current)


def _why_no_picture(task: Task | None) -> str:
    if task is None:
        return "Takes play here: choose one and press space"
    if task.status in ENDED:
        return one_line(task.error.message if task.error else "There is no clip.")
    return "The clip appears here when it is done."
