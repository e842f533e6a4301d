"""Transfers: how far each download is and how fast it runs, for the screens. Kept in memory alone."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from providers.values import dataclass

__all__ = ["Transfer", "Transfers"]

SMOOTH_S = 2.0
"""The rate is that of about the last two seconds."""
TELL_EVERY_S = 0.5


@dataclass(frozen=True, slots=True)
class Transfer:
    """One download. `total` in bytes is None where the host does not say; `rate` is in bytes a second."""

    received: int
    total: int | None
    rate: float
    at: datetime


class Transfers:
    """The downloads that run now, by task."""

    def __init__(self, now: Callable[[], datetime]) -> None:
        self._now = now
        self._running: dict[str, Transfer] = {}
        self._told: dict[str, datetime] = {}

    def get(self, task_id: str) -> Transfer | None:
        """The download of a task, None where none runs."""
        return self._running.get(task_id)

    def tell(self, task_id: str, received: int, total: int | None) -> bool:
        """Bytes have come. True when it is time to show it."""
        now, last = self._now(), self._running.get(task_id)
        if last is None:
            self._running[task_id] = Transfer(received, total, 0.0, now)
            return True
        passed = (now - last.at).total_seconds()
        if passed <= 0:
            return False
        part = min(1.0, passed / SMOOTH_S)
        rate = last.rate + part * ((received - last.received) / passed - last.rate)
        self._running[task_id] = Transfer(received, total, max(0.0, rate), now)
        return self._is_time(task_id, now)

    def end(self, task_id: str) -> None:
        """It runs no more."""
        self._running.pop(task_id, None)
        self._told.pop(task_id, None)

    def _is_time(self, task_id: str, now: datetime) -> bool:
        told = self._told.get(task_id)
        if told is not None and 0 <= (now - told).total_seconds() < TELL_EVERY_S:
            return False
        self._told[task_id] = now
        return True
