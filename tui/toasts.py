"""What is told in the corner, whichever screen is in front: endings, dear estimates, faults of settings, a broken line.

The herald reaches further than the app's own screen; this knows when it is to.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from tui import compat
from tui.endings import news, surprise
from tui.notifier import Herald
from tui.screens.studio import StudioScreen
from tui.text import one_line

if TYPE_CHECKING:
    from collections.abc import Iterable

    from rushes.interface import Engine
    from rushes.task import Status, Task
    from tui.app import RushesApp

__all__ = ["Telling", "tell_copy"]

FAULTS_TOLD = 3


class Telling:
    """One app's. What had ended before the app was opened is no news."""

    def __init__(self, app: RushesApp, engine: Engine) -> None:
        self.app, self.engine = app, engine
        self.herald = Herald(app, engine)
        self.opened_at = engine.clock.now()
        self.moved: dict[str, Status] = {}
        self.line_words = ""
        self.keymap_told: list[str] = []

    def task_changed(self, task: Task) -> None:
        """One line in the corner when a task ends, wherever one is."""
        if dear := surprise(self.herald.going.get(task.id), task):
            self.app.notify(dear.words, title=dear.title, severity=dear.severity, markup=False)
        self.herald.changed(task)
        before, self.moved[task.id] = self.moved.get(task.id), task.status
        if before is task.status or (before is None and self._is_old(task)):
            return  # stars and tags are no news of how a task ended
        self.app.count_money()
        in_sight = isinstance(self.app.screen, StudioScreen) and self.app.screen.sees_tasks
        if (line := news(task)) is None:
            return
        self.herald.ended(task, line)
        if self.engine.settings.value.notify.toast and not (in_sight and line.severity == "information"):
            self.app.notify(line.words, title=line.title, severity=line.severity, markup=False)

    def _is_old(self, task: Task) -> bool:
        return task.finished_at is not None and task.finished_at < self.opened_at

    def settings_trouble(self, _nothing: None = None) -> None:
        """What of settings.toml does not count; Settings has all of it."""
        store = self.engine.settings
        self._settings([store.problem] if store.problem else [str(each) for each in store.faults])

    async def library_trouble(self) -> None:
        """What is wrong with the library: until that is mended, nothing paid is sent."""
        if words := await self.engine.trouble():
            self.app.notify(one_line(words, 300), title="The library", severity="error", timeout=30, markup=False)

    def keymap_problems(self, problems: Iterable[str]) -> None:
        """Keys of settings.toml that do not count; said once, not with every other change."""
        if (told := list(problems)) != self.keymap_told:
            self.keymap_told = told
            self._settings(told)

    def _settings(self, told: list[str]) -> None:
        more = [f"and {len(told) - FAULTS_TOLD} more; Settings lists them"] if len(told) > FAULTS_TOLD else []
        if told:
            words = "\n".join(one_line(each, 300) for each in [*told[:FAULTS_TOLD], *more])
            self.app.notify(words, title="settings.toml", severity="warning", timeout=10, markup=False)

    def near(self) -> None:
        """The library is on this machine: its disk may be full, or another program may hold it."""
        from rushes.library.opening import UNAVAILABLE

        compat.forgive(self.app, UNAVAILABLE, self._no_room)

    def far(self) -> None:
        """The tasks are at a gateway: the line to it may break, and come back by itself."""
        from tui.task_actions import troubles

        compat.forgive(self.app, troubles(), self._not_done)
        self.engine.hear_line(self._line_is)
        self.app.notify(one_line(self.engine.place), title="Working against a gateway", markup=False)

    def _no_room(self, error: Exception) -> None:
        words = f"The library, or its disk, could not be used: {error}. Nothing was sent because of this press."
        self.app.notify(one_line(words, 300), title="Not done", severity="error", markup=False)

    def _not_done(self, error: Exception) -> None:
        self.app.notify(one_line(str(error)), title="Not done", severity="warning", markup=False)

    def _line_is(self, words: str) -> None:
        if words and not self.line_words:
            away = f"{one_line(words)}. It is asked again by itself; the tasks go on there."
            self.app.notify(away, title="The line to the gateway broke", severity="warning", markup=False)
        elif not words:
            self.app.notify("The line to the gateway stands again.", markup=False)
        self.line_words = words
        self.app.bridge.away = bool(words)
        self.app.providers_changed()  # the first line says it for as long as it lasts; the offer may be another after


def tell_copy(app: RushesApp, text: str, done: str = "") -> None:
    """Puts a text onto the person's clipboard, and says by which way it went, and what was `done` before, at once."""
    from tui.clipboard import copy

    try:
        words = copy(
            text,
            os.environ,
            write=lambda sequence: compat.write_out(app, sequence),
            last_resort=app.home.state / "copied.txt",
        )
    except OSError as error:
        told = f"{text}: {error}" if done else str(error)
        app.notify(
            one_line(told), title=f"{done}, but not copied" if done else "Not copied", severity="error", markup=False
        )
        return
    shown = one_line(text, 400)
    app.notify(f"{shown}\n{words}" if done else shown, title=done or words, markup=False)
