"""Polling: a question per task, or one for all of a vendor's tasks where it can list and there are many."""

from __future__ import annotations

import asyncio
import contextlib
from dataclasses import field
from datetime import datetime

from providers.base import Provider, VendorRef, VendorTask
from providers.errors import Malformed, NotSupported
from providers.values import dataclass
from rushes.clock import Clock
from rushes.tasks.waiting import end, sleep_or

__all__ = ["Poller"]

MANY = 3
"""From this many tasks in flight one list call is cheaper than a call each."""
LIST_EVERY_S = 1.0
"""Who wants to know between two lists waits for the next one: a question each would cost more, the more tasks there
are, and be asked all the more often because a list is thought to answer for all.
"""

HEARD_OF_A_SECOND = 50
"""Tasks: a list of hundreds takes its time to read, and comes less often."""
AT_ONCE = 8
"""Tasks that hear of a list in one turn of the loop."""


@dataclass(slots=True)
class _Watched:
    ref: VendorRef
    heard: asyncio.Event = field(default_factory=asyncio.Event)
    answer: VendorTask | None = None
    hurried: bool = False
    """News of it came another way: it is not kept waiting for a list."""


class Poller:
    """All watched tasks of one vendor."""

    def __init__(self, provider: Provider, clock: Clock) -> None:
        self.provider = provider
        self._clock = clock
        self._watched: dict[str, _Watched] = {}
        self._listing: asyncio.Task[dict[str, VendorTask]] | None = None
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

    async def aclose(self) -> None:
        """Stops a list call that is under way."""
        if self._listing is not None:
            await end([self._listing])

    async def wait(self, vendor_id: str, seconds: float) -> None:
        """Sleeps until the next poll is due, or until a list call asked for by another task has told of this one."""
        watched = self._watched[vendor_id]
        await sleep_or(self._clock, seconds, watched.heard)

    def hurry(self, vendor_id: str) -> bool:
        """Ends the pause before the next poll of a task. False where it is not watched."""
        watched = self._watched.get(vendor_id)
        if watched is not None:
            watched.hurried = True
            watched.heard.set()
        return watched is not None

    async def ask(self, vendor_id: str) -> VendorTask:
        """What the vendor says of a task now. Raises as `Provider.poll` does."""
        watched = self._watched[vendor_id]
        hurried, watched.hurried = watched.hurried, False
        if (told := self._take(watched)) is not None:
            return told
        if self.provider.can_list and len(self._watched) >= MANY:
            # A list that cannot be read says nothing against the tasks themselves.
            with contextlib.suppress(Malformed, NotSupported):
                await self._list(watched, hurried=hurried)
            if (told := self._take(watched)) is not None:
                return told
        return await self.provider.poll(watched.ref)

    @staticmethod
    def _take(watched: _Watched) -> VendorTask | None:
        answer, watched.answer = watched.answer, None
        watched.heard.clear()
        return answer

    def _rest_s(self) -> float:
        """Seconds until the list may be asked for again."""
        if self._listed_at is None:
            return 0.0
        passed = (self._clock.now() - self._listed_at).total_seconds()
        every_s = max(LIST_EVERY_S, len(self._watched) / HEARD_OF_A_SECOND)
        return every_s - passed if 0 <= passed < every_s else 0.0

    async def _list(self, watched: _Watched, *, hurried: bool) -> None:
        """Asks for the list, or joins the one that is being asked for: its failure counts for all who wait for it."""
        if self._listing is None and (rest_s := self._rest_s()) > 0:
            if hurried:
                return
            before = self._listed_at
            await sleep_or(self._clock, rest_s, watched.heard)
            if self._listed_at is not before:
                return  # somebody was first, and the list told of this one or does not know it
        if self._listing is None:
            self._listing = asyncio.create_task(self._ask_for_all(), name="list")
            self._listing.add_done_callback(_heed)
        await asyncio.shield(self._listing)

    async def _ask_for_all(self) -> dict[str, VendorTask]:
        try:
            answers = await self.provider.poll_many([each.ref for each in self._watched.values()])
        finally:
            self._listed_at, self._listing = self._clock.now(), None
        for number, (vendor_id, answer) in enumerate(answers.items(), 1):
            if vendor_id in self._watched:
                self._watched[vendor_id].answer = answer
                self._watched[vendor_id].heard.set()
            if number % AT_ONCE == 0:
                await asyncio.sleep(0)  # hundreds that wake together would keep a key waiting
        return answers


def _heed(listing: asyncio.Task[dict[str, VendorTask]]) -> None:
    """Its failure belongs to whoever waits; where nobody does any more, it is no news."""
    if not listing.cancelled():
        listing.exception()
