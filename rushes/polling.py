"""Polling: a question per task, or one for all of a vendor's tasks where it can list and there are many."""

from __future__ import annotations

import asyncio
import contextlib
from dataclasses import dataclass, field
from datetime import datetime

from providers.base import Provider, VendorRef, VendorTask
from rushes.clock import Clock

__all__ = ["Poller"]

MANY = 3
"""From this many tasks in flight one list call is cheaper than a call each."""
LIST_EVERY_S = 1.0


@dataclass(slots=True)
class _Watched:
    ref: VendorRef
    heard: asyncio.Event = field(default_factory=asyncio.Event)
    answer: VendorTask | None = None


class Poller:
    """All watched tasks of one vendor."""

    def __init__(self, provider: Provider, clock: Clock) -> None:
        self.provider = provider
        self._clock = clock
        self._watched: dict[str, _Watched] = {}
        self._listing = asyncio.Lock()
        self._listed_at: datetime | None = None

    def add(self, ref: VendorRef) -> None:
        """Watches a task."""
        self._watched.setdefault(ref.vendor_id, _Watched(ref))

    def remove(self, vendor_id: str) -> None:
        """Stops watching it."""
        self._watched.pop(vendor_id, None)

    @property
    def together(self) -> int:
        """How many tasks one call tells of."""
        many = self.provider.can_list and len(self._watched) >= MANY
        return len(self._watched) if many else 1

    async def wait(self, vendor_id: str, seconds: float) -> None:
        """Sleeps until the next poll is due, or until a list call asked for by another task has told of this one."""
        watched = self._watched[vendor_id]
        sleeping = asyncio.ensure_future(self._clock.sleep(seconds))
        hearing = asyncio.ensure_future(watched.heard.wait())
        try:
            await asyncio.wait({sleeping, hearing}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for each in (sleeping, hearing):
                each.cancel()
                with contextlib.suppress(asyncio.CancelledError):
                    await each

    async def ask(self, vendor_id: str) -> VendorTask:
        """What the vendor says of a task now. Raises as `Provider.poll` does."""
        watched = self._watched[vendor_id]
        if (told := self._take(watched)) is not None:
            return told
        if self.provider.can_list and len(self._watched) >= MANY:
            await self._list()
            if (told := self._take(watched)) is not None:
                return told
        return await self.provider.poll(watched.ref)

    @staticmethod
    def _take(watched: _Watched) -> VendorTask | None:
        answer, watched.answer = watched.answer, None
        watched.heard.clear()
        return answer

    async def _list(self) -> None:
        async with self._listing:
            now = self._clock.now()
            if self._listed_at is not None and (now - self._listed_at).total_seconds() < LIST_EVERY_S:
                return
            answers = await self.provider.poll_many([each.ref for each in self._watched.values()])
            self._listed_at = self._clock.now()
        for vendor_id, answer in answers.items():
            if vendor_id in self._watched:
                self._watched[vendor_id].answer = answer
                self._watched[vendor_id].heard.set()
