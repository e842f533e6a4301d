"""The keys that hand a take's clip on: its path, a line that fetches it, its link, and a player of one's own."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from tui import task_actions
from tui.screens.base import RushesScreen

if TYPE_CHECKING:
    from rushes.task import Task

__all__ = ["TakeScreen"]

Answer = TypeVar("Answer")


class TakeScreen(RushesScreen[Answer]):
    """A screen on which keys are about one take, `current`."""

    @property
    def current(self) -> Task | None:
        """The take that the keys are about."""
        raise NotImplementedError

    @property
    def clip(self) -> Path | None:
        """Its file."""
        task = self.current
        return task.take.file if task and task.take else None

    def action_copy_path(self) -> None:
        task_actions.copy_path(self.rushes, self.clip)

    def action_copy_scp(self) -> None:
        task_actions.copy_scp(self.rushes, self.clip)

    def action_copy_link(self) -> None:
        task_actions.copy_link(self.rushes, self.current)

    def action_open_outside(self) -> None:
        task_actions.open_outside(self.rushes, self.clip)
