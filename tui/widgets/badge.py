"""Badge: which vendor and model a task went to, in the same words and columns everywhere."""

from __future__ import annotations

from rich.text import Text
from textual.widgets import Static

from rushes.task import Task
from tui.text import one_line

__all__ = ["PRACTICE", "Badge", "badge"]

PRACTICE = "PRACTICE"
"""Stands wherever a task ran on a stand-in for the vendor: nothing was sent to it, nothing was charged."""


def badge(task: Task) -> str:
    """`LUMA-RAY-3.2`: the task's badge, else made from provider and model; without the practice mark."""
    text = one_line(task.badge or f"{task.shot.provider}-{task.shot.model}".upper())
    return text.removesuffix(PRACTICE).removeprefix(PRACTICE).strip(" ·-") or text


class Badge(Static):
    """One task's badge as a widget."""

    DEFAULT_CSS = "Badge { width: auto; height: 1; color: $primary; text-style: bold; }"

    def show(self, task: Task | None) -> None:
        """Shows the badge of a task, or nothing."""
        words = "" if task is None else badge(task)
        self.update(Text(f"{words} {PRACTICE}" if task is not None and task.practice else words))
