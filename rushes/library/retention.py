"""Retention: clips that are only at the vendor, until when their links are good, and how long they stay there."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from providers.catalogue import Catalogue
from rushes.task import Status, Task

__all__ = ["only_there"]


def only_there(task: Task, catalogue_of: Callable[[str], Catalogue], now: datetime) -> str:
    """In words where the one copy of a clip is, and until when, as far as the vendor says; empty where it is here.

    `catalogue_of` may raise LookupError for a provider that is not there any more.
    """
    if task.status is not Status.DOWNLOADING:
        return ""
    try:
        catalogue = catalogue_of(task.shot.provider)
    except LookupError:
        return f"only at {task.shot.provider}"
    words = [f"only at {catalogue.label}"]
    made = task.finished_at or task.started_at or task.submitted_at or now
    until = made + timedelta(hours=catalogue.link_hours or 0)
    if until > now:
        words.append(f"its first link is good until {until:%Y-%m-%d %H:%M} UTC at least, and is made anew on asking")
    words.append(catalogue.retention or "how long it is kept there is not documented")
    return "; ".join(words)
