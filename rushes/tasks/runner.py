"""Runner: carries each task along its life. The only part of the engine that starts work by itself.

A task is carried by one process at a time: its row names the owner, and an owner says every few seconds that it lives.
What a dead owner left is taken over by whoever notices first. Watching is taken up by itself, spending never is: a task
that was queued by an earlier run waits until a person releases it.
"""

from __future__ import annotations

import asyncio
import contextlib
import sqlite3
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from providers.errors import Failure, FailureKind
from rushes.context import Context, GaveUp, NoLongerOurs
from rushes.library.rows import milliseconds
from rushes.log import log_of
from rushes.task import ENDED, Status, Task
from rushes.tasks.leases import HEARTBEAT_S, Leases
from rushes.tasks.waiting import end

if TYPE_CHECKING:
    from rushes.settings import Settings
    from rushes.tasks.polling import Poller

__all__ = ["Runner"]

LEAVE_S = 75.0
"""How long a leaving process waits for requests that are in the air: a connection, and the longest wait for an answer
(`providers.line.BILL_TIMEOUT`)."""

FIRST_PAUSE_S, LONGEST_PAUSE_S = 2.0, 30.0
"""Between tries while the library cannot be written (locked, or a full disk)."""

FAULT_PAUSE_S = 600.0
"""After a fault of ours a task rests so long: what caused it may have passed, and it is still at the vendor."""

log = log_of("runner")


class Runner:
    """Carries tasks until it is stopped."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._carried: dict[str, asyncio.Task[None]] = {}
        self._pollers: dict[tuple[str, bool], Poller] = {}
        self._beating: asyncio.Task[None] | None = None
        self._scan = True
        self._leases = Leases()
        self._parked: dict[str, Status] = {}
        self._rests_until: dict[str, datetime] = {}

    @property
    def started(self) -> bool:
        """Whether tasks are carried in this process at all."""
        return self._beating is not None

    async def start(self, *, scan: bool = True) -> None:
        """Says that this process lives, and keeps saying so; with `scan` it takes up what nobody carries."""
        self._scan = scan
        await self._beat()
        self._beating = asyncio.create_task(self._keep_beating(), name="heartbeat")

    async def stop(self) -> None:
        """Lets requests in the air land, then hands everything back; being cancelled cuts the first short."""
        self._scan = False
        if self._beating is not None:
            await end([self._beating])
        await end([job for task_id, job in self._carried.items() if task_id not in self._context.in_air])
        try:
            await self._let_land()
        finally:
            await self._hand_back()

    async def _let_land(self) -> None:
        """Waits for as long as an answer can take, alive to other processes; what has landed is carried no further."""
        if not self._context.in_air:
            return
        landing = [asyncio.create_task(self._landed(*each)) for each in self._context.in_air.items()]
        beating = asyncio.create_task(self._keep_beating(), name="heartbeat")
        try:
            await asyncio.wait(landing, timeout=LEAVE_S)
        finally:
            await end([*landing, beating])

    async def _landed(self, task_id: str, landed: asyncio.Event) -> None:
        await landed.wait()
        await end([self._carried[task_id]])

    async def _hand_back(self) -> None:
        await end(self._carried.values())
        for poller in self._pollers.values():
            await poller.aclose()
        await self._context.allowances.aclose()
        await self._context.ticks.aclose()
        try:
            await self._context.store.run(lambda library: library.give_back(self._context.owner))
        except sqlite3.Error as error:
            log.error("the leases run out by themselves", extra={"data": {"error": str(error)}})

    def carry(self, task: Task) -> None:
        """Carries a task that this process owns; one that is carried already is left alone."""
        running = self._carried.get(task.id)
        if running is None or running.done():
            self._carried[task.id] = asyncio.create_task(self._guarded(task), name=f"carry {task.id}")

    async def drop(self, task_id: str) -> None:
        """Stops carrying a task, unless its request is in the air."""
        if task_id in self._carried and task_id not in self._context.in_air:
            await end([self._carried[task_id]])

    async def take_up(self, tasks: Iterable[Task], *, release: bool = False) -> list[Task]:
        """Claims and carries what nobody else does; tasks that were never sent only with `release`."""
        taken = []
        for task in tasks:
            if task.status is Status.QUEUED and not release:
                continue
            claimed = await self._claim(task)
            if claimed is not None and claimed.status not in ENDED:
                taken.append(claimed)
                self.carry(claimed)
        return taken

    async def idle(self) -> None:
        """Returns when nothing is carried any more."""
        while jobs := [job for job in self._carried.values() if not job.done()]:
            await asyncio.wait(jobs)

    def look(self, task: Task) -> bool:
        """Polls a task now instead of when it is due. False where it is not watched here."""
        return self.carries(task.id) and self._poller(task).hurry(task.vendor_id or "")

    def renew(self) -> None:
        """Other keys, or other switches of a vendor: what is watched is asked about with these."""
        self._context.allowances.renew()
        for (name, practice), poller in self._pollers.items():
            poller.provider = self._context.pool.provider(name, practice=practice)

    def follow(self, old: Settings, new: Settings) -> None:
        """What was built from settings is resized, or built anew, when they change."""
        self._context.downloads.resize(new.limits.downloads)
        if new.options != old.options:
            self._context.pool.renew(self._context.pool.keyring)
            self.renew()
        if new.limits != old.limits:
            for gate in self._context.gates.values():
                gate.stir()

    def carries(self, task_id: str) -> bool:
        """Whether this process works on the task now."""
        job = self._carried.get(task_id)
        return job is not None and not job.done()

    async def carried_elsewhere(self, task_id: str) -> bool:
        """Whether another living process has it."""
        await self._bury()
        owner = await self._context.store.run(lambda library: library.owner(task_id))
        return owner is not None and owner != self._context.owner and owner in self._leases.living

    # ── one task ─────────────────────────────────────────────────────────────────────────────────────────────────

    async def _guarded(self, task: Task) -> None:
        """The outermost edge of one task: whatever goes wrong in it stays with it, and is written down."""
        self._rests_until.pop(task.id, None)
        try:
            await self._through_trouble(task)
        except (NoLongerOurs, GaveUp) as left:
            log_of("runner", task.id).info("left", extra={"data": {"why": type(left).__name__}})
        except Exception:  # noqa: BLE001 - the outermost edge of a task: it is logged, and becomes a state
            log_of("runner", task.id).exception("a fault of this program while carrying a task")
            self._rests_until[task.id] = self._context.clock.now() + timedelta(seconds=FAULT_PAUSE_S)
            await self._own_up(task.id)
        finally:
            self._context.gate(task).leave(task.id)
            await self._park(task.id)

    async def _through_trouble(self, task: Task) -> None:
        """Carries on when the library could not be written for a while; what was in the air then is not sent again."""
        pause, fresh = FIRST_PAUSE_S, True
        while True:
            try:
                # What this process remembers of it may be from before the trouble, and must not be acted on.
                task = task if fresh else await self._reread(task)
                fresh = False
                await self._carry(await self._found_in_the_air(task))
            except NoLongerOurs:
                if not await self._moved_here(task):
                    raise
            except sqlite3.Error as error:
                told = {"error": str(error), "again_in_s": pause}
                log_of("runner", task.id).error("the library cannot be used", extra={"data": told})
                await self._context.clock.sleep(pause)
                pause = min(LONGEST_PAUSE_S, pause * 2)
            else:
                return

    async def _reread(self, task: Task) -> Task:
        """The task as the library has it by now."""
        fresh = await self._context.store.run(lambda library: library.get(task.id))
        if fresh is None or fresh.ended:
            raise NoLongerOurs(task.id)
        return fresh

    async def _moved_here(self, task: Task) -> bool:
        """Whether a person moved it in this very process while its request was in the air: it goes on from there."""
        fresh, owner = await self._context.store.run(lambda library: (library.get(task.id), library.owner(task.id)))
        if fresh is None or fresh.ended or owner != self._context.owner:
            return False
        return fresh.rev != task.rev

    async def _own_up(self, task_id: str) -> None:
        """After a fault of ours: a request that may be in the air is UNCERTAIN, and the person is told."""
        words = "a fault of this program stopped it here; the log has the details, it is tried again later"
        failure = Failure(FailureKind.UNKNOWN, words, retryable=True, charged=None)
        with contextlib.suppress(NoLongerOurs, sqlite3.Error):
            task = await self._context.store.run(lambda library: library.get(task_id))
            if task is not None and task.status is Status.SUBMITTING:
                await self._found_in_the_air(task)
            elif task is not None and not task.ended:
                await self._context.cannot_go_on(task, failure)

    async def _park(self, task_id: str) -> None:
        """A task that this process can do no more for is free for others; here it rests until somebody moves it."""
        owner = self._context.owner
        try:
            left = await self._context.store.run(lambda library: library.let_go(task_id, owner))
        except sqlite3.Error as error:
            log_of("runner", task_id).warning("the lease was not given back", extra={"data": {"error": str(error)}})
            return
        if left is not None and not left.ended:
            self._parked[task_id] = left.status
        if left is not None and left.ended:
            await self._context.drop_receipt(left)

    def _is_parked(self, task: Task) -> bool:
        until = self._rests_until.get(task.id)
        rested = until is not None and self._context.clock.now() >= until
        return self._parked.get(task.id) is task.status and not rested

    async def _carry(self, task: Task) -> None:
        from rushes.tasks.stages import through  # with the first task: a start without one needs nothing of it

        await through(self._context, task, self._poller)

    def _poller(self, task: Task) -> Poller:
        from rushes.tasks.polling import Poller

        key = (task.shot.provider, task.practice)
        if key not in self._pollers:
            provider = self._context.pool.provider(task.shot.provider, practice=task.practice)
            self._pollers[key] = Poller(provider, self._context.clock)
        return self._pollers[key]

    # ── leases ───────────────────────────────────────────────────────────────────────────────────────────────────

    async def _keep_beating(self) -> None:
        while True:
            await self._context.clock.sleep(HEARTBEAT_S)
            try:
                await self._beat()
            except sqlite3.Error as error:
                # A full disk or a locked file passes; the next beat tries again, and leases outlive three misses.
                log.error("no heartbeat", extra={"data": {"error": str(error)}})
            except Exception:
                # The outermost edge of a loop that must not end: a process that lives has to go on saying so.
                log.exception("a fault of this program in the heartbeat")

    async def _beat(self) -> None:
        await self._context.store.run(lambda library: library.heartbeat(self._context.owner))
        await self._bury(beat=True)
        if not self._scan:
            return
        orphans = await self._context.store.run(lambda library: library.orphans())
        await self.take_up(each for each in orphans if not self.carries(each.id) and not self._is_parked(each))

    async def _claim(self, task: Task) -> Task | None:
        owner = self._context.owner
        if not self.started:
            await self._bury()
        return await self._context.store.run(lambda library: library.claim(task.id, owner))

    async def _found_in_the_air(self, task: Task) -> Task:
        """A SUBMITTING task that nobody is sending: its request left, or did not, and nobody heard the answer."""
        if task.status is not Status.SUBMITTING:
            return task
        send = await self._context.store.run(lambda library: library.last_send(task.id))
        words = "the program ended between sending the request and hearing the answer"
        from rushes.tasks.sending import uncertain

        return await uncertain(self._context, task, send.nonce if send else None, words)

    async def _bury(self, *, beat: bool = False) -> None:
        """Forgets the processes that are dead, so that what they carried is free for everybody."""
        others = await self._context.store.run(lambda library: library.others(self._context.owner))
        dead = self._leases.look(others, milliseconds(self._context.clock.now()), beat=beat)
        if dead:
            await self._context.store.run(lambda library: library.bury(dead))
