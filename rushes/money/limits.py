"""Limits: whether another task may be sent now. Checked inside the transaction that sends it, so for every process."""

from __future__ import annotations

from datetime import datetime, timedelta

from rushes.library.library import Library
from rushes.settings.model import Limits
from rushes.task import Task
from rushes.tasks.account_limits import FRESH_S, Told

__all__ = ["NoRoom", "check_room", "check_tier"]

LOOK_AGAIN_S = 2.0
"""Room may be made by another process, which tells nobody."""
DAY = timedelta(days=1)


class NoRoom(Exception):
    """Not now; in so many seconds it is worth another look. `model` is the lane that is full, None for everybody.

    `words` are for the person where a vendor's limit is the reason; `daily` where it may take hours.
    """

    def __init__(
        self, reason: str, seconds: float, *, model: str | None = None, words: str = "", daily: bool = False
    ) -> None:
        super().__init__(reason)
        self.reason = reason
        self.seconds = seconds
        self.model = model
        self.words = words
        self.daily = daily


def check_room(library: Library, limits: Limits, task: Task) -> None:
    """Raises NoRoom where the queue is paused, or a limit of the person's own is reached."""
    if library.paused():
        raise NoRoom("the queue is paused", LOOK_AGAIN_S)
    shot = task.shot
    for name, model in ((shot.provider, None), (f"{shot.provider}/{shot.model}", shot.model)):
        most = limits.concurrency.get(name, 0)
        if most and library.at_work(shot.provider, practice=task.practice, model=model) >= most:
            raise NoRoom(f"{most} at once with {name}", LOOK_AGAIN_S, model=model)
    per_minute = limits.per_minute.get(shot.provider, 0)
    if per_minute and (wait := library.rate_wait(task.id, per_minute=per_minute)) > 0:
        raise NoRoom(f"{per_minute} a minute with {shot.provider}", wait)


def check_tier(library: Library, limits: Limits, told: Told | None, task: Task, now: datetime) -> None:
    """Raises NoRoom where the vendor would only hold the task back, or would refuse it for today.

    `told` is what the vendor said of the account; what was sent since counts on top of it.
    """
    if told is None:
        return
    shot, allowed = task.shot, told.of(task.shot.model)
    at_once = allowed.at_once if limits.wait_here else None
    if at_once is not None and library.at_work(shot.provider, practice=task.practice, model=shot.model) >= at_once:
        words = f"the account runs {at_once} of {shot.model} at once; it waits here, where cancelling costs nothing"
        raise NoRoom(f"the tier's {at_once} at once", LOOK_AGAIN_S, model=shot.model, words=words)
    if allowed.left_today is not None and now - told.at < DAY:
        _check_today(library, allowed.left_today, allowed.per_day or 0, told, task, now)


def _check_today(library: Library, left: int, per_day: int, told: Told, task: Task, now: datetime) -> None:
    shot = task.shot
    since = library.sent_since(task, told.at)
    if since < left:
        return
    oldest = library.oldest_sent(task, now - DAY)
    opens = f"by {oldest + DAY:%H:%M} UTC at the latest" if oldest else "as yesterday's generations become a day old"
    words = f"the account's {per_day} a day of {shot.model} are used up; it opens again {opens}, and is sent then"
    raise NoRoom(f"the tier's {per_day} a day", FRESH_S, model=shot.model, words=words, daily=True)
