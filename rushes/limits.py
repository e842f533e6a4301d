"""Limits: whether another task may be sent now. Checked inside the transaction that sends it, so for every process."""

from __future__ import annotations

from rushes.library import Library
from rushes.settings.model import Limits
from rushes.task import Task

__all__ = ["NoRoom", "check_room"]

LOOK_AGAIN_S = 2.0
"""Room may be made by another process, which tells nobody."""


class NoRoom(Exception):
    """Not now; in so many seconds it is worth another look."""

    def __init__(self, reason: str, seconds: float) -> None:
        super().__init__(reason)
        self.reason = reason
        self.seconds = seconds


def check_room(library: Library, limits: Limits, task: Task) -> None:
    """Raises NoRoom where the queue is paused, or a limit of the person's own is reached."""
    if library.paused():
        raise NoRoom("the queue is paused", LOOK_AGAIN_S)
    shot = task.shot
    for name, model in ((shot.provider, None), (f"{shot.provider}/{shot.model}", shot.model)):
        most = limits.concurrency.get(name, 0)
        if most and library.at_work(shot.provider, practice=task.practice, model=model) >= most:
            raise NoRoom(f"{most} at once with {name}", LOOK_AGAIN_S)
    per_minute = limits.per_minute.get(shot.provider, 0)
    if per_minute and (wait := library.rate_wait(task.id, per_minute=per_minute)) > 0:
        raise NoRoom(f"{per_minute} a minute with {shot.provider}", wait)
