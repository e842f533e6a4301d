"""An app with both lists for tests in a real terminal. Arguments: how many tasks run, how many takes there are."""

from __future__ import annotations

import sys
from dataclasses import replace
from typing import ClassVar

from textual.app import App, ComposeResult
from textual.containers import Vertical
from textual.widgets import Static

from rushes.library.library import Page
from rushes.task import Task
from tests.tui_widgets.tasks import running, take
from tui import compat
from tui.widgets.history_list import HistoryList
from tui.widgets.task_list import TaskList

PAGE = 50


class Source:
    """A library of `count` takes that counts how many it has handed out."""

    def __init__(self, count: int) -> None:
        self.count, self.given = count, 0

    async def fetch(self, cursor: str | None) -> Page:
        start = int(cursor or 0)
        stop = min(self.count, start + PAGE)
        self.given += stop - start
        return Page(tuple(take(index) for index in range(start, stop)), str(stop) if stop < self.count else None)


class Demo(App[None]):
    """Tasks above, takes below. p moves the progress of all tasks on, twenty times in one go."""

    CSS = "#lists { width: 70; border: round $primary; } TaskList { height: 18; } Static { height: 1; }"
    BINDINGS: ClassVar = [("p", "progress", "progress"), ("space", "noop", ""), ("tab", "app.focus_next", "")]

    def __init__(self, tasks: int, takes: int) -> None:
        super().__init__()
        self.running: list[Task] = [running(index) for index in range(tasks)]
        self.source = Source(takes)

    def compose(self) -> ComposeResult:
        yield Static("starting", id="line")
        with Vertical(id="lists"):
            yield TaskList()
            yield HistoryList()

    async def on_mount(self) -> None:
        compat.install(self)
        self.query_one(TaskList).set_tasks(self.running)
        self.query_one(TaskList).focus()
        await self.query_one(HistoryList).load(self.source.fetch)
        self.query_one("#line", Static).update("ready")

    def action_progress(self) -> None:
        for _ in range(20):
            self.running = [replace(each, progress=(each.progress or 0) + 0.002) for each in self.running]
            for task in self.running:
                self.query_one(TaskList).update_task(task)


if __name__ == "__main__":
    app = Demo(int(sys.argv[1]), int(sys.argv[2]))
    compat.prepare(app)
    try:
        app.run()
    finally:
        compat.restore()
    sys.exit(compat.exit_code(app))
