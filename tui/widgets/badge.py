"""Badge: which vendor and model a task went to, in the same words and columns everywhere."""

from __future__ import annotations

from rushes.task import Task
from tui.text import one_line

__all__ = ["PRACTICE", "badge"]

PRACTICE = "PRACTICE"
"""Stands wherever a task ran on a stand-in for the vendor: nothing was sent to it, nothing was charged."""


def badge(task: Task) -> str:
    """`LUMA-RAY-3.2`: the task's badge, else made from provider and model; without the practice mark."""
    text = one_line(task.badge or f"{task.shot.provider}-{task.shot.model}".upper())
    return text.removesuffix(PRACTICE).removeprefix(PRACTICE).strip(" ·-") or text
