"""Desk: what a person does to a task that exists already. Undo, cancel, forget, fetch again, settle the unknown."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Mapping
from dataclasses import replace
from decimal import Decimal
from typing import Any

from providers.base import CancelOutcome, CancelRule, Provider, VendorRef, VendorState
from providers.errors import Failure, FailureKind, NotFound, NotSupported, ProviderError
from rushes.context import Context
from rushes.library.library import Library
from rushes.library.sidecar import write_sidecar
from rushes.lifecycle import AT_VENDOR
from rushes.money.charging import at_acceptance
from rushes.task import ENDED, STANDS, Status, Task
from rushes.tasks.assets import is_here
from rushes.tasks.other_key import HINT, WORDS, made_with_another
from rushes.tasks.runner import Runner
from rushes.tasks.sends import Outcome

__all__ = ["Desk", "WrongState", "cancel_words", "charge_after_cancel"]

_ENDED_THERE = frozenset({VendorState.SUCCEEDED, VendorState.FAILED, VendorState.CANCELLED})
_WAITING = frozenset({Status.PENDING, Status.THROTTLED})
_WAITING_THERE = frozenset({VendorState.PENDING, VendorState.THROTTLED})


class WrongState(Exception):
    """The wish does not fit the state of the task: the message says what would."""


class Desk:
    """Acts on any task of the library, whoever carries it; the carrier sees the change and stops."""

    def __init__(self, context: Context, runner: Runner) -> None:
        self._context = context
        self._runner = runner

    async def write(self, task_id: str, values: Mapping[str, Any]) -> Task:
        """Columns that are not part of a task's life (rating, tags), in the library and beside the clip."""
        task = await self._change(await self._task(task_id), values, to=None)
        if task.take is not None and task.status is Status.SUCCEEDED:
            # A clip that was moved away, or a full disk: the library has it, and the next word writes it again.
            with contextlib.suppress(OSError):
                await asyncio.to_thread(_beside, task)
        return task

    async def undo(self, task_id: str) -> Task:
        """QUEUED → CANCELLED: nothing has been sent."""
        task = await self._task(task_id)
        if task.status is not Status.QUEUED:
            raise WrongState(_too_late(task))
        words = (
            "taken back after a refusal; nothing is charged" if task.charges_sent else "taken back before it was sent"
        )
        return await self._cancelled(task, words, charged=Decimal(0))

    async def cancel(self, task_id: str) -> Task:
        """Cancels where the vendor can, and says where it cannot."""
        task = await self._task(task_id)
        if task.status is Status.QUEUED:
            return await self.undo(task_id)
        self._check_cancel(task)
        provider = self._provider(task)
        if provider.cancel_rule is CancelRule.IMPOSSIBLE:
            words = f"{task.shot.provider} cannot cancel; `forget` stops watching it, but it goes on and is charged"
            raise WrongState(words)
        waiting = await self._still_waiting(provider, task)
        # Should the answer be lost, a task that the vendor then knows no more was cancelled, and not lost.
        task = await self._change(task, {"cancel_asked": self._context.clock.now()}, to=None)
        try:
            outcome = await provider.cancel(_ref(task))
        except NotSupported as error:
            raise WrongState(error.message) from error
        if outcome is CancelOutcome.ENDED:
            raise WrongState("it has ended at the vendor already; nothing was cancelled")
        charged = charge_after_cancel(provider, task, waiting=waiting)
        words = _what_became(task, charged, waiting=waiting)
        return await self._checked(await self._cancelled(task, words, charged=charged), provider)

    async def _checked(self, task: Task, provider: Provider) -> Task:
        """Lays what the rule says about the money beside the balance, where the vendor tells it and it says something.

        A difference is told, and nothing is booked because of it.
        """
        from rushes.money.balances import moved_since

        moved = None if task.practice else await moved_since(self._context, task)
        if moved is None or not moved.alone or task.error is None or task.cost.charged is None:
            return task
        by_rule = task.cost.charged / provider.catalogue.usd_per_unit
        agrees = moved.fell == by_rule
        verdict = "as the vendor's rule says" if agrees else f"where the rule says {by_rule:f}: look at its usage page"
        words = f"{moved.words()}, {verdict}"
        await self._context.store.run(
            lambda library: library.note(task.id, {"words": words, "agrees": agrees, **moved.to_json()})
        )
        return await self._change(
            task, {"error": replace(task.error, message=f"{task.error.message}; {words}")}, to=None
        )

    async def _still_waiting(self, provider: Provider, task: Task) -> bool | None:
        """Whether the vendor has not begun with it; None where it does not know it (any more)."""
        try:
            said = await provider.poll(_ref(task))
        except NotFound:
            await self._check_key(task)
            return None
        if said.state in _ENDED_THERE:
            raise WrongState(f"it has ended at the vendor already ({said.word}); nothing was cancelled")
        return said.state in _WAITING_THERE

    def cancel_words(self, task: Task) -> str:
        """What cancelling would do about the money."""
        return cancel_words(self._provider(task).cancel_rule, task)

    async def before_cancel(self, task_id: str) -> str:
        """The same by what the vendor says now, which is asked where that matters; free, and nothing is written.

        Raises WrongState where it has ended there.
        """
        task = await self._task(task_id)
        provider = self._provider(task)
        if provider.cancel_rule is not CancelRule.REFUNDS_WHILE_WAITING or task.status not in _WAITING:
            return self.cancel_words(task)
        try:
            begun = await self._still_waiting(provider, task) is False
        except ProviderError:
            return self.cancel_words(task)
        return self.cancel_words(replace(task, status=Status.RUNNING) if begun else task)

    async def forget(self, task_id: str) -> Task:
        """Stops watching, or gives up an unknown outcome."""
        task = await self._task(task_id)
        if task.status is Status.QUEUED:
            return await self.undo(task_id)
        if task.status is Status.SUBMITTING:
            raise WrongState("its request is in the air; wait for the answer")
        if task.status in ENDED:
            raise WrongState(f"it has ended already: it is {STANDS[task.status]}")
        if task.status is Status.UNCERTAIN:
            return await self._cancelled(task, _given_up(task), charged=None)
        free = task.practice or task.cost.quoted == 0
        words = f"no longer watched here; it goes on at the vendor, and is {'free' if free else 'charged'}"
        return await self._cancelled(task, words, charged=task.cost.charged, forgotten=True)

    async def erase(self, task_id: str) -> Task:
        """Deletes an ended task at the vendor, where the vendor can. The file here stays, and must be here."""
        task = await self._task(task_id)
        if task.vendor_id is None or task.status not in ENDED:
            raise WrongState(f"only what has ended at a vendor can be deleted there; it is {STANDS[task.status]}")
        if task.status is Status.CANCELLED and task.forgotten:
            raise WrongState("it goes on at the vendor; `watch` it to its end first")
        if task.status is Status.SUCCEEDED and not await asyncio.to_thread(is_here, task):
            raise WrongState("its file is not here as it was, and the vendor has the only other one; `fetch` it first")
        try:
            await self._provider(task).erase(_ref(task))
        except NotSupported as error:
            raise WrongState(error.message) from error
        except NotFound:
            await self._check_key(task)  # else it was deleted there before
        words = "deleted at the vendor; the file here stays"
        return await self._change(task, {"vendor_status": "deleted"}, to=None, detail={"words": words})

    async def watch_again(self, task_id: str) -> Task:
        """Watches a forgotten task, or one that the vendor seemed to have lost."""
        task = await self._task(task_id)
        if task.status not in {Status.CANCELLED, Status.FAILED} or task.vendor_id is None:
            raise WrongState(f"there is nothing to watch: it is {STANDS[task.status]}")
        values: dict[str, Any] = {"forgotten": False, "error": None, "finished_at": None}
        if task.cost.charged == 0:
            # What was given back may be charged after all; what was charged stays charged.
            values |= {"charged": None, "charge_source": "watched again"}
        return await self._hand_over(task, values, to=Status.PENDING, detail={"words": "watched again"})

    async def fetch(self, task_id: str) -> Task:
        """DOWNLOADING again, over a fresh link."""
        task = await self._task(task_id)
        if task.vendor_id is None or task.status in AT_VENDOR | {Status.QUEUED, Status.SUBMITTING, Status.UNCERTAIN}:
            raise WrongState(f"there is no clip to fetch yet: it is {STANDS[task.status]}")
        return await self._hand_over(task, {"error": None}, to=Status.DOWNLOADING, detail={"words": "fetched again"})

    async def adopt(self, task_id: str, vendor_id: str) -> Task:
        """UNCERTAIN → PENDING with the vendor's id, after asking the vendor for it."""
        task = await self._uncertain(task_id)
        provider = self._provider(task)
        try:
            said = await provider.poll(VendorRef(task.shot.model, vendor_id))
        except NotFound as error:
            await self._check_key(task)
            raise WrongState(f"the vendor knows no task {vendor_id}") from error
        took = at_acceptance(provider, task)
        made_with = self._context.key_mark(task)
        values = {"vendor_id": vendor_id, "vendor_status": said.word, "error": None, "made_with": made_with, **took}

        def guard(library: Library) -> None:
            shot, practice = task.shot, task.practice
            if library.owned_vendor_ids(shot.provider, practice=practice, vendor_ids=[vendor_id]):
                raise WrongState(f"{vendor_id} belongs to another task of this library already")
            if (send := library.last_send(task.id)) is not None:
                library.settle_send(send.nonce, Outcome.ACCEPTED, vendor_id)

        detail = {"adopted": vendor_id}
        return await self._hand_over(task, values, to=Status.PENDING, detail=detail, guard=guard)

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
            raise WrongState(f"there is nothing to settle: it is {STANDS[task.status]}")
        return task

    def _provider(self, task: Task) -> Provider:
        return self._context.pool.provider(task.shot.provider, practice=task.practice)

    async def _check_key(self, task: Task) -> None:
        """That a vendor knows no such task says something only to the key that it was made with."""
        if await made_with_another(self._context, task):
            raise WrongState(f"{WORDS}; {HINT}")

    def _check_cancel(self, task: Task) -> None:
        if task.status is Status.UNCERTAIN:
            raise WrongState("whether the vendor has it is not known; settle it with `rushes resolve`")
        if task.status is Status.SUBMITTING:
            raise WrongState("its request is in the air; wait for the answer, then cancel")
        if task.status not in AT_VENDOR:
            raise WrongState(f"it is {STANDS[task.status]}; there is nothing to cancel")

    async def _hand_over(
        self,
        task: Task,
        values: Mapping[str, Any],
        *,
        to: Status,
        detail: Mapping[str, Any],
        guard: Callable[[Library], None] | None = None,
    ) -> Task:
        """Moves a task and gives it to this process, or to whoever looks next when this one carries nothing."""
        await self._runner.drop(task.id)
        owner = self._context.owner if self._runner.started else None
        changed = await self._change(task, {**values, "owner": owner}, to=to, detail=detail, guard=guard)
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
        await self._context.drop_receipt(changed)
        return changed

    async def _change(
        self,
        task: Task,
        values: Mapping[str, Any],
        *,
        to: Status | None,
        detail: Mapping[str, Any] | None = None,
        guard: Callable[[Library], None] | None = None,
    ) -> Task:
        # A wish that is no move (a rating) fits every state.
        only_from = None if to is None else frozenset({task.status})
        changed = await self._context.store.run(
            lambda library: library.change(task.id, values, to=to, only_from=only_from, detail=detail, guard=guard)
        )
        if changed is None:
            raise WrongState("it changed in this moment; look again")
        self._context.publish(changed)
        return changed


def _too_late(task: Task) -> str:
    """Why a press cannot be taken back (any more)."""
    if task.status is Status.CANCELLED and not task.charges_sent:
        return "it is taken back already; nothing was sent"
    if task.ended:
        return f"it has ended already: it is {STANDS[task.status]}"
    return f"it has been sent already, and is {STANDS[task.status]}; cancel it instead"


def _given_up(task: Task) -> str:
    """What is known of the money when an unknown outcome is given up."""
    free = task.practice or task.cost.quoted == 0
    return "given up; it is free either way" if free else "given up; whether it was charged is not known"


def cancel_words(rule: CancelRule, task: Task) -> str:
    """What cancelling would do about the money, by the vendor's rule."""
    if task.status is Status.QUEUED:
        return "Nothing has been sent yet: cancelling costs nothing."
    if task.practice or task.cost.quoted == 0:
        if rule is CancelRule.IMPOSSIBLE:
            return "This vendor cannot cancel: it goes on, and is free. Forget only stops watching it."
        return "It is practice: cancelling costs nothing." if task.practice else "It is free: cancelling costs nothing."
    price = "the price" if task.cost.quoted is None else f"${task.cost.quoted:.2f}"
    if rule is CancelRule.IMPOSSIBLE:
        return f"This vendor cannot cancel: the job goes on and costs {price}. Forget only stops watching it."
    if rule is CancelRule.REFUNDS_WHILE_WAITING and task.status is Status.RUNNING:
        return f"It is running already: cancelling stops it, and {price} is charged all the same."
    if rule is CancelRule.REFUNDS:
        return f"Cancelling gives back {price}."
    return f"Cancelling gives back {price} if it still waits there; once it has begun, {price} is charged all the same."


def _what_became(task: Task, charged: Decimal | None, *, waiting: bool | None) -> str:
    """What a cancel did about the money, in words."""
    if task.practice or task.cost.quoted == 0:
        return "cancelled while it waited; it was free" if waiting else "cancelled; it was free"
    if charged is None:
        return "cancelled; whether it was charged is not known"
    if charged > 0:
        return f"cancelled after it had begun: ${charged:.2f} is charged all the same"
    when = "cancelled while it waited" if waiting else "cancelled"
    return when if task.cost.quoted is None else f"{when}: ${task.cost.quoted:.2f} is given back"


def charge_after_cancel(provider: Provider, task: Task, *, waiting: bool | None) -> Decimal | None:
    """What a cancelled task costs by the vendor's rule; `waiting` None: nobody knows whether it had begun."""
    if task.cost.quoted == 0 or provider.cancel_rule is CancelRule.REFUNDS or waiting:
        return Decimal(0)
    if waiting is None:
        return None
    return task.cost.estimated if task.cost.estimated is not None else task.cost.quoted


def _beside(task: Task) -> None:
    if task.take is not None and task.take.file.exists():
        write_sidecar(task, task.take)


def _ref(task: Task) -> VendorRef:
    return VendorRef(task.shot.model, task.vendor_id or "")
