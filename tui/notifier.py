"""The herald: tells of tasks where the app's own screen does not reach. Each way can be switched off in the settings.

The title says what runs, while something does. An ending rings the bell and asks for a notification of the desktop,
unless the window is in front; the person's own command is run in any case.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from tui import compat
from tui.outside_screen import KEEP_TITLE, RESTORE_TITLE, desktop, run_command, set_title, title

if TYPE_CHECKING:
    from rushes.interface import Engine
    from rushes.task import Task
    from tui.app import RushesApp
    from tui.endings import Line

__all__ = ["Herald"]


class Herald:
    """One app's. `changed` is told of every change, `ended` of what has a line of news."""

    def __init__(self, app: RushesApp, engine: Engine) -> None:
        self.app = app
        self.engine = engine
        self.going: dict[str, Task] = {}
        self.shown = ""

    def changed(self, task: Task) -> None:
        """Keeps the title in step."""
        if task.ended:
            self.going.pop(task.id, None)
        else:
            self.going[task.id] = task
        if self.engine.settings.value.notify.title:
            self._write_title(title(self.going.values()))

    def ended(self, task: Task, line: Line) -> None:
        """Tells of an ending."""
        settings = self.engine.settings.value.notify
        if not self.app.app_focus:
            if settings.bell:
                self.app.bell()
            if settings.desktop:
                name = self.app.terminal.name
                compat.write_out(self.app, desktop(line.title, line.words, name=name, environ=os.environ))
        if settings.command:
            self.app.run_worker(run_command(settings.command, task), group="command", exit_on_error=False)

    def close(self) -> None:
        """Gives the title back as it was."""
        if self.shown:
            compat.write_out(self.app, RESTORE_TITLE)

    def _write_title(self, words: str) -> None:
        if words == self.shown:
            return
        keep = "" if self.shown else KEEP_TITLE
        self.shown = words
        compat.write_out(self.app, keep + set_title(words))
