"""Desk: what a person does to a task that exists already. Undo, cancel, forget, fetch again, settle the unknown."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from providers.base import CancelOutcome, CancelRule, Provider, VendorRef
from providers.errors import Failure, FailureKind, NotFound, NotSupported
from rushes.context import Context
from rushes.lifecycle import AT_VENDOR
from rushes.runner import Runner
from rushes.task import ENDED, Status, Task

__all__ = ["Desk", "WrongState"]


class WrongState(Exception):
    """The wish does not fit the state of the task: the message says what would."""


class Desk:
    """Acts on any task of the library, whoever carries it; the carrier sees the change and stops."""

    def __init__(self, context: Context, runner: Runner) -> None:
        self._context = context
        self._runner = runner

    async def write(self, task_id: str, values: Mapping[str, Any]) -> Task:
        """Columns that are not part of a task's life (rating, tags)."""
        return await self._change(await self._task(task_id), values, to=None)

    async def undo(self, task_id: str) -> Task:
        """QUEUED → CANCELLED: nothing has been sent."""
        task = await self._task(task_id)
        if task.status is not Status.QUEUED:
            raise WrongState(f"it has been sent already (it is {task.status}); cancel it instead")
        return await self._cancelled(task, "taken back before it was sent", charged=Decimal(0))

    async def cancel(self, task_id: str) -> Task:
        """Cancels where the vendor can, and says where it cannot."""
        task = await self._task(task_id)
        if task.status is Status.QUEUED:
            return await self.undo(task_id)
        self._check_cancel(task)
        provider = self._provider(task)
        try:
            outcome = await provider.cancel(_ref(task))
        except NotSupported as error:
            words = f"{error.message}; `forget` stops watching it, but it goes on and is charged"
            raise WrongState(words) from error
        if outcome is CancelOutcome.ENDED:
            raise WrongState("it has ended at the vendor already; nothing was cancelled")
        return await self._cancelled(task, "cancelled", charged=self._charge_after_cancel(provider, task))

    def cancel_words(self, task: Task) -> str:
        """What cancelling would do about the money."""
        if task.status is Status.QUEUED:
            return "Nothing has been sent yet: cancelling costs nothing."
        rule = self._provider(task).cancel_rule
        if task.cost.quoted == 0:
            return "It is free: cancelling costs nothing." if rule is not CancelRule.IMPOSSIBLE else "It cannot cancel."
        price = "the price" if task.cost.quoted is None else f"${task.cost.quoted:.2f}"
        if rule is CancelRule.IMPOSSIBLE:
            return f"This vendor cannot cancel: the job goes on and costs {price}. Forget only stops watching it."
        if rule is CancelRule.REFUNDS_WHILE_WAITING and task.status is Status.RUNNING:
            return f"It is running already: cancelling stops it, and {price} is charged all the same."
        return f"It has not begun: cancelling gives back {price}."

    async def forget(self, task_id: str) -> Task:
        """Stops watching, or gives up an unknown outcome."""
        task = await self._task(task_id)
        if task.status is Status.QUEUED:
            return await self.undo(task_id)
        if task.status is Status.SUBMITTING:
            raise WrongState("its request is in the air; wait for the answer")
        if task.status in ENDED:
            raise WrongState(f"it has ended already ({task.status})")
        if task.status is Status.UNCERTAIN:
            return await self._cancelled(task, "given up; whether it was charged is not known", charged=None)
        words = "no longer watched here; it goes on at the vendor, and is charged"
        return await self._cancelled(task, words, charged=None, forgotten=True)

    async def watch_again(self, task_id: str) -> Task:
        """Watches a forgotten task, or one that the vendor seemed to have lost."""
        task = await self._task(task_id)
        if task.status not in {Status.CANCELLED, Status.FAILED} or task.vendor_id is None:
            raise WrongState(f"there is nothing to watch: it is {task.status}")
        values = {"forgotten": False, "error": None, "finished_at": None, "charged": None}
        return await self._hand_over(task, values, to=Status.PENDING, detail={"words": "watched again"})

    async def fetch(self, task_id: str) -> Task:
        """DOWNLOADING again, over a fresh link."""
        task = await self._task(task_id)
        if task.vendor_id is None or task.status in AT_VENDOR | {Status.QUEUED, Status.SUBMITTING, Status.UNCERTAIN}:
            raise WrongState(f"there is no clip to fetch yet: it is {task.status}")
        return await self._hand_over(task, {"error": None}, to=Status.DOWNLOADING, detail={"words": "fetched again"})

    async def adopt(self, task_id: str, vendor_id: str) -> Task:
        """UNCERTAIN → PENDING with the vendor's id, after asking the vendor for it."""
        task = await self._uncertain(task_id)
        provider = self._provider(task)
        owned = await self._context.store.run(
            lambda library: library.owned_vendor_ids(task.shot.provider, practice=task.practice, vendor_ids=[vendor_id])
        )
        if owned:
            raise WrongState(f"{vendor_id} belongs to another task of this library already")
        try:
            said = await provider.poll(VendorRef(task.shot.model, vendor_id))
        except NotFound as error:
            raise WrongState(f"the vendor knows no task {vendor_id}") from error
        values = {"vendor_id": vendor_id, "vendor_status": said.word, "error": None}
        return await self._hand_over(task, values, to=Status.PENDING, detail={"adopted": vendor_id})

    async def resend(self, task_id: str) -> Task:
        """UNCERTAIN → QUEUED by a new press."""
        task = await self._uncertain(task_id)
        return await self._hand_over(task, {"error": None}, to=Status.QUEUED, detail={"words": "sent again by a press"})

    # ── inside ───────────────────────────────────────────────────────────────────────────────────────────────────

    async def _task(self, task_id: str) -> Task:
        task = await self._context.store.run(lambda library: library.get(task_id))
        if task is None:
            raise LookupError(f"there is no task {task_id}")
        return task

    async def _uncertain(self, task_id: str) -> Task:
        task = await self._task(task_id)
        if task.status is not Status.UNCERTAIN:
            raise WrongState(f"there is nothing to settle: it is {task.status}")
        return task

    def _provider(self, task: Task) -> Provider:
        return self._context.pool.provider(task.shot.provider, practice=task.practice)

    def _check_cancel(self, task: Task) -> None:
        if task.status is Status.UNCERTAIN:
            raise WrongState("whether the vendor has it is not known; settle it with `rushes resolve`")
        if task.status is Status.SUBMITTING:
            raise WrongState("its request is in the air; wait for the answer, then cancel")
        if task.status not in AT_VENDOR:
            raise WrongState(f"it is {task.status}; there is nothing to cancel")

    def _charge_after_cancel(self, provider: Provider, task: Task) -> Decimal | None:
        waiting = task.status in {Status.PENDING, Status.THROTTLED}
        if provider.cancel_rule is CancelRule.REFUNDS or waiting:
            return Decimal(0)
        return task.cost.estimated if task.cost.estimated is not None else task.cost.quoted

    async def _hand_over(self, task: Task, values: Mapping[str, Any], *, to: Status, detail: Mapping[str, Any]) -> Task:
        """Moves a task and gives it to this process, or to whoever looks next when this one carries nothing."""
        await self._runner.drop(task.id)
        owner = self._context.owner if self._runner.started else None
        changed = await self._change(task, {**values, "owner": owner}, to=to, detail=detail)
        if self._runner.started:
            self._runner.carry(changed)
        return changed

    async def _cancelled(self, task: Task, words: str, *, charged: Decimal | None, forgotten: bool = False) -> Task:
        paid = None if charged is None else charged > 0
        failure = Failure(FailureKind.CANCELLED, words, charged=paid)
        values = {
            "error": failure,
            "charged": charged,
            "forgotten": forgotten,
            "finished_at": self._context.clock.now(),
        }
        changed = await self._change(task, values, to=Status.CANCELLED, detail={"words": words})
        await self._runner.drop(task.id)
        return changed

    async def _change(
        self, task: Task, values: Mapping[str, Any], *, to: Status | None, detail: Mapping[str, Any] | None = None
    ) -> Task:
        only_from = frozenset({task.status})
        changed = await self._context.store.run(
            lambda library: library.change(task.id, values, to=to, only_from=only_from, detail=detail)
        )
        if changed is None:
            raise WrongState("it changed in this moment; look again")
        self._context.publish(changed)
        return changed


def _ref(task: Task) -> VendorRef:
    return VendorRef(task.shot.model, task.vendor_id or "")
