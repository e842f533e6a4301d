"""Sending: the one dangerous moment of a task's life, and what follows when no answer comes.

The row says SUBMITTING before the request leaves; the vendor's id is written in the transaction that ends SUBMITTING.
Nothing here ever sends a second time by itself: what never left this machine waits and goes, what may have left is
looked up where the vendor can list, and else waits for the person.
"""

from __future__ import annotations

import hashlib
import json
import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from providers.base import Provider, Receipt, VendorState, VendorTask
from providers.errors import (
    Failure,
    FailureKind,
    KeyRefused,
    NoCredits,
    NotFound,
    NotSent,
    NotSupported,
    OutcomeUnknown,
    ProviderError,
    RateLimited,
    Refused,
)
from providers.shot import Media
from rushes.context import Context, network_failure
from rushes.inputs import InputProblem, resolve
from rushes.library import Library
from rushes.lifecycle import after_vendor
from rushes.money import OverBudget, check_budget
from rushes.task import Status, Task

__all__ = ["body_hash", "look_up", "send", "to_usd"]

LOOKS_S = (1.0, 3.0, 6.0, 12.0)
"""Pauses before each look into the vendor's list: an accepted task may appear there late."""
SKEW = timedelta(minutes=2)
"""How far the vendor's clock may be from ours."""
FIRST_PAUSE_S = 2.0
LONGEST_PAUSE_S = 60.0


async def send(context: Context, task: Task) -> Task:
    """Carries a QUEUED task to the vendor's answer, or to what is known without one."""
    task = await _wait_for_undo(context, task)
    provider = context.pool.provider(task.shot.provider, practice=task.practice)
    try:
        media = await resolve(context, task)
    except InputProblem as problem:
        return await context.fail(task, Failure(FailureKind.INPUT, str(problem), charged=False))
    gate = context.gate(task)
    tries = 0
    while task.status is Status.QUEUED:
        await gate.enter(task.id)
        tries += 1
        context.in_air.add(task.id)
        try:
            task = await _send_once(context, provider, task, media, tries)
        finally:
            context.in_air.discard(task.id)
    return task


async def _wait_for_undo(context: Context, task: Task) -> Task:
    while task.hold_until is not None and (left := (task.hold_until - context.clock.now()).total_seconds()) > 0:
        await context.clock.sleep(left)
    return task


async def _send_once(context: Context, provider: Provider, task: Task, media: Sequence[Media], tries: int) -> Task:
    try:
        task = await _begin(context, provider, task, media)
    except OverBudget as over:
        return await context.fail(task, Failure(FailureKind.BUDGET, over.message, charged=False))
    try:
        receipt = await provider.submit(task.shot, media)
    except (NotSent, RateLimited) as error:
        return await _put_back(context, task, error, tries)
    except Refused as error:
        return await context.fail(task, _refused(error))
    except OutcomeUnknown as error:
        return await _uncertain(context, task, error.message)
    return await _accepted(context, provider, task, receipt)


async def _begin(context: Context, provider: Provider, task: Task, media: Sequence[Media]) -> Task:
    """QUEUED → SUBMITTING, with the budget checked in the same transaction."""
    now = context.clock.now()
    values = {
        "submitted_at": now,
        "charges_sent": task.charges_sent + 1,
        "body_hash": body_hash(provider, task, media),
        "nonce": secrets.token_hex(8),
        "error": None,
        "hold_until": None,
    }
    limits = context.settings.value.budget

    def guard(library: Library) -> None:
        if not (task.practice or task.cost.quoted == 0):
            check_budget(library, limits, task.cost.quoted, now)

    return await context.change(task, values, to=Status.SUBMITTING, guard=guard)


def body_hash(provider: Provider, task: Task, media: Sequence[Media] = ()) -> str:
    """One text for one request: tasks with equal hashes are twins that only the vendor's id can tell apart."""
    wire = provider.request(task.shot, media)
    body = json.dumps(wire.to_json(), sort_keys=True, ensure_ascii=False, default=str)
    return hashlib.sha256(body.encode()).hexdigest()


async def _accepted(context: Context, provider: Provider, task: Task, receipt: Receipt) -> Task:
    values: dict[str, Any] = {"vendor_id": receipt.vendor_id, "vendor_status": receipt.word}
    if receipt.estimated_units is not None:
        values["estimated"] = to_usd(provider, receipt.estimated_units)
    # The create answer may say «completed» already; the first poll, which comes at once, will tell where the clip is.
    running = receipt.state is VendorState.RUNNING
    if running:
        values["started_at"] = context.clock.now()
    state = Status.RUNNING if running else Status.PENDING
    return await context.change(task, values, to=state, detail={"vendor_id": receipt.vendor_id, "said": receipt.word})


async def _put_back(context: Context, task: Task, error: ProviderError, tries: int) -> Task:
    """Nothing was started at the vendor: wait and go again, unless this process has no more patience."""
    sent = task.charges_sent - (1 if isinstance(error, NotSent) else 0)
    daily = isinstance(error, RateLimited) and error.daily
    patience = context.patience.sends
    if patience is not None and (tries >= patience or daily):
        kind = FailureKind.RATE if isinstance(error, RateLimited) else FailureKind.NETWORK
        failure = Failure(kind, error.message, retryable=True, charged=False, hint=error.hint)
        return await context.fail(task, failure, charges_sent=sent)
    wait = min(LONGEST_PAUSE_S, FIRST_PAUSE_S * 2 ** (tries - 1))
    if isinstance(error, RateLimited):
        wait = max(error.retry_after or wait, 1.0)
    values = {"charges_sent": sent, "error": network_failure(error.message)}
    task = await context.change(task, values, to=Status.QUEUED, detail={"said": error.message, "wait_s": wait})
    context.gate(task).hold(wait)
    return task


async def _uncertain(context: Context, task: Task, message: str) -> Task:
    hint = "it may exist and may be charged; `rushes show` tells what is known, `rushes resolve` settles it"
    failure = Failure(FailureKind.UNCERTAIN, message, retryable=False, charged=None, hint=hint)
    return await context.change(task, {"error": failure}, to=Status.UNCERTAIN, detail={"said": message})


def _refused(error: Refused) -> Failure:
    kinds = ((KeyRefused, FailureKind.KEY), (NoCredits, FailureKind.BUDGET), (NotFound, FailureKind.INVALID))
    kind = next((kind for cls, kind in kinds if isinstance(error, cls)), FailureKind.INVALID)
    return Failure(kind, error.message, retryable=False, charged=False, vendor_code=error.vendor_code, hint=error.hint)


# ── an unknown outcome ───────────────────────────────────────────────────────────────────────────────────────────────


async def look_up(context: Context, task: Task) -> Task:
    """Looks for an UNCERTAIN task in the vendor's list. It stays UNCERTAIN where that cannot settle it."""
    provider = context.pool.provider(task.shot.provider, practice=task.practice)
    for pause in LOOKS_S:
        await context.clock.sleep(pause)
        try:
            found = await _candidates(context, provider, task)
        except NotSupported as error:
            return await _unsettled(context, task, f"{error.message}; whether it was accepted is not known")
        except ProviderError as error:
            task = await _unsettled(context, task, f"the look-up failed: {error.message}")
            continue
        adopted = await _adopt_if_certain(context, provider, task, found)
        if adopted is not None:
            return adopted
    return await _unsettled(context, task, "not found for certain in the vendor's list; it was probably not accepted")


async def _candidates(context: Context, provider: Provider, task: Task) -> list[VendorTask]:
    sent = task.submitted_at or task.created_at
    found = await provider.find(task.shot, since=sent - SKEW, until=context.clock.now() + SKEW)
    ids = [each.vendor_id for each in found]
    owned = await context.store.run(
        lambda library: library.owned_vendor_ids(task.shot.provider, practice=task.practice, vendor_ids=ids)
    )
    free = [each for each in found if each.vendor_id not in owned]
    return sorted(free, key=lambda each: each.created_at or datetime.max.replace(tzinfo=sent.tzinfo))


async def _adopt_if_certain(
    context: Context, provider: Provider, task: Task, found: Sequence[VendorTask]
) -> Task | None:
    """Adopts where no mistake is possible: as many unowned generations as open twins, and none still in the air."""
    twins = await context.store.run(lambda library: library.twins(task))
    if any(twin.status is Status.SUBMITTING for twin in twins) or len(found) != len(twins) + 1:
        return None
    earlier = sum((twin.submitted_at or twin.created_at, twin.id) < (task.submitted_at, task.id) for twin in twins)
    vendor = found[earlier]
    status = after_vendor(Status.PENDING, vendor.state)
    watched = status if status in {Status.PENDING, Status.THROTTLED, Status.RUNNING} else Status.PENDING
    values = {"vendor_id": vendor.vendor_id, "vendor_status": vendor.word, "error": None}
    detail = {"vendor_id": vendor.vendor_id, "found_by": "list", "said": vendor.word}
    return await context.change(task, values, to=watched, detail=detail)


async def _unsettled(context: Context, task: Task, words: str) -> Task:
    error = task.error
    base = error.message.split(" — ")[0] if error else ""
    hint = "`rushes resolve ID adopt VENDOR_ID`, `resend` (a new charge) or `forget`"
    failure = Failure(FailureKind.UNCERTAIN, f"{base} — {words}" if base else words, charged=None, hint=hint)
    return await context.cannot_go_on(task, failure)


def to_usd(provider: Provider, units: Decimal) -> Decimal:
    """An amount in the vendor's unit, in dollars."""
    return units * provider.catalogue.usd_per_unit
