"""What is said in the corner when a task ends. Pure."""

from __future__ import annotations

from typing import Literal

from providers.values import dataclass
from rushes.task import Status, Task
from tui.text import one_line, span

__all__ = ["Line", "news", "surprise"]


@dataclass(frozen=True, slots=True)
class Line:
    """A toast: its title, its words, how grave it is."""

    title: str
    words: str
    severity: Literal["information", "warning", "error"] = "information"


def news(task: Task) -> Line | None:
    """The line for a task that has ended or needs a person; None for all that is on its way."""
    prompt = one_line(task.shot.prompt, 60) or task.shot.model
    if task.status is Status.SUCCEEDED:
        return Line(f"Done{_took(task)}", prompt)
    if task.status is Status.FAILED:
        return Line(f"Failed: {prompt}", one_line(_reason(task)), "error")
    if task.status is Status.UNCERTAIN:
        return Line("Sent, but no answer came", f"{prompt}; it may have been charged, nothing is sent again", "warning")
    return None


def surprise(before: Task | None, task: Task) -> Line | None:
    """A vendor's estimate that is well above the quote, said when it comes."""
    from rushes.money.budgets import dearer

    if before is not None and before.cost.estimated is not None:
        return None
    words = dearer(task.cost.quoted, task.cost.estimated)
    return Line("Dearer than quoted", words, "warning") if words else None


def _took(task: Task) -> str:
    begun = task.submitted_at or task.created_at
    return f" {span((task.finished_at - begun).total_seconds())} after sending" if task.finished_at else ""


def _reason(task: Task) -> str:
    if task.error is None:
        return "no reason was given"
    charged = {True: "; it was charged", False: "; nothing was charged", None: ""}[task.error.charged]
    return f"{task.error.message}{charged}"
