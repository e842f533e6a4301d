"""Allowances: what each vendor's account may do at once and today, and its balance, as the vendor itself tells.

Read by a call that costs nothing, when a task is about to be sent and the last reading is older than a few minutes; so
an idle program asks nothing. What cannot be read is taken for no limit: the vendor then says no by itself.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import datetime

from providers.base import Limits, ModelLimit, Provider
from providers.errors import NotSupported, ProviderError
from providers.values import dataclass
from rushes.clock import Clock
from rushes.log import log_of
from rushes.task import Task
from rushes.tasks.waiting import end

__all__ = ["FRESH_S", "Allowances", "Told"]

FRESH_S = 300.0
"""A reading is good for so long; a failed one is not repeated any sooner than after this."""
FIRST_S = 2.0
"""How long a first send waits for the first reading of its vendor."""
ASK_S = 10.0
"""How long anybody waits for a reading that was asked for on purpose."""

Key = tuple[str, bool]


@dataclass(frozen=True, slots=True)
class Told:
    """What a vendor said of the account, and when it was asked."""

    limits: Limits
    at: datetime

    def of(self, model: str) -> ModelLimit:
        """The limits of a model; none for one that the vendor does not name."""
        return self.limits.of(model)


class Allowances:
    """The readings of one process, by provider; practice has its own. Nothing here raises: no reading is no news."""

    def __init__(self, provider: Callable[[str, bool], Provider], clock: Clock) -> None:
        self._provider = provider
        self._clock = clock
        self._told: dict[Key, Told] = {}
        self._tried_at: dict[Key, datetime] = {}
        self._tells_nothing: set[Key] = set()
        self._asking: dict[Key, asyncio.Task[None]] = {}

    def of(self, task: Task) -> Told | None:
        """The newest reading of a task's vendor; None where there is none."""
        return self._told.get(_key(task))

    def renew(self) -> None:
        """Other keys are in use: what was read belongs to another account."""
        self._told.clear()
        self._tried_at.clear()
        self._tells_nothing.clear()

    def want(self, task: Task) -> None:
        """Begins a reading, unless the last one is fresh or one is under way."""
        key = _key(task)
        tried = self._tried_at.get(key)
        fresh = tried is not None and abs((self._clock.now() - tried).total_seconds()) < FRESH_S
        if not fresh and key not in self._tells_nothing:
            self._ask(key)

    async def first(self, task: Task) -> None:
        """Begins a reading where one is due, and waits a moment for it where there has been none at all."""
        self.want(task)
        if _key(task) in self._asking and self.of(task) is None:
            await self._wait(_key(task), FIRST_S)

    async def read(self, task: Task) -> Told | None:
        """A reading of this very moment; None where the vendor tells nothing, or not now."""
        key, asked_at = _key(task), self._clock.now()
        if key in self._tells_nothing:
            return None
        if key in self._asking:
            # It may have begun before what is to be seen in it.
            await self._wait(key, ASK_S)
        self._ask(key)
        await self._wait(key, ASK_S)
        told = self._told.get(key)
        return told if told is not None and told.at >= asked_at else None

    async def aclose(self) -> None:
        """Stops what is under way."""
        await end(self._asking.values())

    def _ask(self, key: Key) -> None:
        if key not in self._asking:
            self._tried_at[key] = self._clock.now()
            asking = self._asking[key] = asyncio.create_task(self._read(key), name=f"limits of {key[0]}")
            asking.add_done_callback(lambda done: self._asked(key, done))

    def _asked(self, key: Key, done: asyncio.Task[None]) -> None:
        """Nobody waits for the answer: a fault of ours or of a plug-in is written down here, and nothing is told."""
        self._asking.pop(key, None)
        if not done.cancelled() and (fault := done.exception()) is not None:
            words = "a fault of this program while asking for the limits of %s"
            log_of("limits").error(words, key[0], exc_info=fault)

    async def _wait(self, key: Key, seconds: float) -> None:
        asking = self._asking.get(key)
        if asking is None:
            return
        pause = asyncio.ensure_future(self._clock.sleep(seconds))
        try:
            await asyncio.wait((asking, pause), return_when=asyncio.FIRST_COMPLETED)
        finally:
            pause.cancel()

    async def _read(self, key: Key) -> None:
        asked_at = self._clock.now()
        try:
            limits = await self._provider(*key).limits()
        except NotSupported:
            self._tells_nothing.add(key)
        except ProviderError as error:
            log_of("limits").info("not told", extra={"data": {"provider": key[0], "said": error.message}})
        else:
            self._told[key] = Told(limits, asked_at)


def _key(task: Task) -> Key:
    return task.shot.provider, task.practice
