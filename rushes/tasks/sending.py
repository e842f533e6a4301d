"""Sending: the one dangerous moment of a task's life.

The row says SUBMITTING before the request leaves; the vendor's id is written in the transaction that ends SUBMITTING.
Nothing here ever sends a second time by itself: what never left this machine, or was clearly refused for now, waits
and goes; what may have left is UNCERTAIN (see `uncertain`).
"""

from __future__ import annotations

import asyncio
import math
import secrets
import sqlite3
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from providers.base import Provider, Receipt, VendorState
from providers.errors import (
    Failure,
    FailureKind,
    KeyRefused,
    NoCredits,
    NotFound,
    NotSent,
    OutcomeUnknown,
    ProviderError,
    RateLimited,
    Refused,
)
from providers.shot import Media
from rushes.context import Context, NoLongerOurs
from rushes.library.library import Library
from rushes.lifecycle import AT_VENDOR
from rushes.log import log_of
from rushes.money.balances import before_send
from rushes.money.budgets import OverBudget
from rushes.money.charging import at_acceptance, check_send
from rushes.money.limits import NoRoom, check_room, check_tier
from rushes.shots.inputs import InputProblem, resolve
from rushes.task import Status, Task
from rushes.tasks.crash import crash_point
from rushes.tasks.exchanges import Said
from rushes.tasks.likeness import exactly, likeness
from rushes.tasks.sends import Outcome, Send

__all__ = ["land", "send", "to_usd", "uncertain"]

FIRST_PAUSE_S, LONGEST_PAUSE_S = 2.0, 60.0
LONGEST_ASKED_S = 600.0
"""However long a vendor asks for, one tries again after this: a mistaken word must not close a door for a day."""
DAILY_PAUSE_S = 1800.0
"""A limit of a rolling day gives way bit by bit; asking once a minute would be a nuisance."""
LIBRARY_PAUSE_S = 30.0


async def send(context: Context, task: Task) -> Task:
    """Carries a QUEUED task to the vendor's answer, or to what is known without one."""
    while task.hold_until is not None and (left := (task.hold_until - context.clock.now()).total_seconds()) > 0:
        await context.clock.sleep(left)
    await context.allowances.first(task)
    tries = 0
    while task.status is Status.QUEUED:
        tries += 1
        try:
            media = await _ready(context, task)
            task = await _at_the_door(context, task, media, tries)
        except NoRoom as full:
            tries -= 1
            task = await _turned_away(context, task, full)
        except InputProblem as problem:
            task = await context.fail(task, Failure(FailureKind.INPUT, str(problem), charged=False))
        except RateLimited as error:
            task = await _not_brought(context, task, error, tries)
        except Refused as error:
            # An input that cannot be used, or a key that may not bring it over: nothing was sent.
            task = await context.fail(task, _failure_of(error))
        except ProviderError as error:
            task = await _not_brought(context, task, error, tries)
    return task


async def _ready(context: Context, task: Task) -> list[Media]:
    """The inputs, brought where the vendor can read them; others may pass meanwhile. Nothing has been written yet.

    Raises NoRoom before anything leaves this machine, InputProblem, and the provider's errors (`Provider.prepare`).
    """
    provider = context.pool.provider(task.shot.provider, practice=task.practice)
    if not task.shot.inputs:
        return await provider.prepare(task.shot)
    await _enter(context, task)
    try:
        await context.store.run(lambda library: _check_room(context, library, task))
    finally:
        # Bringing them over may take long, or never work: others try the door meanwhile.
        context.gate(task).step_aside(task.id)
    return await provider.prepare(task.shot, await resolve(context, task))


async def _enter(context: Context, task: Task) -> None:
    await context.gate(task).enter(task.id, task.priority, task.shot.model)


def _check_room(context: Context, library: Library, task: Task) -> None:
    limits = context.settings.value.limits
    check_room(library, limits, task)
    check_tier(library, limits, context.allowances.of(task), task, context.clock.now())


async def _turned_away(context: Context, task: Task, full: NoRoom) -> Task:
    """It waits here, and says why where that is a vendor's limit. One of the day ends what nobody sits beside."""
    context.gate(task).turn_away(task.id, full.seconds, *([full.model] if full.model else []))
    context.allowances.want(task)
    if not full.words:
        return task
    failure = Failure(FailureKind.RATE, full.words, retryable=True, charged=False)
    if full.daily and context.patience.sends is not None:
        return await context.fail(task, failure)
    return await context.cannot_go_on(task, failure)


async def _not_brought(context: Context, task: Task, error: ProviderError, tries: int) -> Task:
    """The inputs could not be brought over for now: this task tries again after a while, others go on."""
    kind = FailureKind.RATE if isinstance(error, RateLimited) else FailureKind.NETWORK
    failure = Failure(kind, error.message, retryable=True, charged=False, hint=error.hint)
    if context.patience.sends is not None and tries >= context.patience.sends:
        return await context.fail(task, failure)
    task = await context.cannot_go_on(task, failure)
    await context.clock.sleep(_wait(error, tries))
    return task


async def _at_the_door(context: Context, task: Task, media: Sequence[Media], tries: int) -> Task:
    gate = context.gate(task)
    await _enter(context, task)
    landed = context.in_air[task.id] = asyncio.Event()
    try:
        task = await _send_once(context, task, media, tries)
    finally:
        del context.in_air[task.id]
        landed.set()
        gate.pass_on(task.id)
    if task.status is not Status.QUEUED:
        gate.answered(task.id)
    return task


async def _send_once(context: Context, task: Task, media: Sequence[Media], tries: int) -> Task:
    provider = context.pool.provider(task.shot.provider, practice=task.practice)
    try:
        task, nonce = await _begin(context, provider, task, media)
    except OverBudget as over:
        return await context.fail(task, Failure(FailureKind.BUDGET, over.message, charged=False))
    context.gate(task).pass_on(task.id)
    crash_point("after-intent")
    try:
        receipt = await provider.submit(task.shot, media)
    except (NotSent, RateLimited) as error:
        return await _put_back(context, task, nonce, error, tries)
    except Refused as error:
        return await _refused(context, task, nonce, error)
    except OutcomeUnknown as error:
        return await uncertain(context, task, nonce, error.message)
    crash_point("answered")
    return await land(context, task, nonce, receipt)


async def _begin(context: Context, provider: Provider, task: Task, media: Sequence[Media]) -> tuple[Task, str]:
    """QUEUED → SUBMITTING, with limits and budget checked in the same transaction; gives the send's nonce too."""
    now, press = context.clock.now(), task.charges_sent + 1
    new = Send(secrets.token_hex(8), task.id, likeness(provider, task.shot), now, Outcome.AIR)
    values = {
        "submitted_at": now,
        "charges_sent": press,
        "body_hash": exactly(provider, task.shot, media),
        "nonce": new.nonce,
        "made_with": context.key_mark(task),
        "error": None,
        "hold_until": None,
    }
    settings = context.settings.value
    request = context.scribe.write(provider.request(task.shot, media).to_json())

    def guard(library: Library) -> None:
        _check_room(context, library, task)
        check_send(library, settings, task, now)
        library.begin_send(new)
        library.keep_exchange(task.id, Said.REQUEST, request, press=press)

    crash_point("before-intent")
    detail = before_send(context, task)
    return await context.change(task, values, to=Status.SUBMITTING, detail=detail, guard=guard), new.nonce


async def land(context: Context, task: Task, nonce: str, receipt: Receipt) -> Task:
    """Writes that the vendor took it, and tries for as long as the library cannot be written.

    Raises NoLongerOurs where the task went another way meanwhile; what was made has a task of its own then, or its id
    is in the story.
    """
    provider = context.pool.provider(task.shot.provider, practice=task.practice)
    values: dict[str, Any] = {"vendor_status": receipt.word, "error": None, **at_acceptance(provider, task)}
    if receipt.estimated_units is not None:
        values["estimated"] = to_usd(provider, receipt.estimated_units)
    # The create answer may say «completed» already; the first poll, which comes at once, will tell where the clip is.
    running = receipt.state is VendorState.RUNNING
    if running:
        values["started_at"] = context.clock.now()
    to = Status.RUNNING if running else Status.PENDING
    owner, vendor_id = context.owner, receipt.vendor_id
    answer = None if receipt.answer is None else context.scribe.write(receipt.answer)
    log = log_of("runner", task.id)
    log.info("accepted", extra={"data": {"vendor_id": vendor_id, "said": receipt.word, "nonce": nonce}})
    pause = 1.0
    while True:
        try:
            landed = await context.store.run(
                lambda library: library.land(task.id, nonce, vendor_id, values, to=to, owner=owner, answer=answer)
            )
            break
        except sqlite3.Error as error:
            log.error("accepted, but the library cannot be written", extra={"data": {"error": str(error)}})
            await context.keep_receipt(task, vendor_id, nonce)
            await context.clock.sleep(pause)
            pause = min(LIBRARY_PAUSE_S, pause * 2)
    crash_point("landed")
    if landed is not None and landed.id != task.id:
        context.publish(landed)
        await context.keep_receipt(landed, vendor_id, nonce)
    if landed is None or landed.id != task.id or landed.vendor_id != vendor_id or landed.status not in AT_VENDOR:
        raise NoLongerOurs(task.id)
    context.publish(landed)
    await context.keep_receipt(landed, vendor_id, nonce)
    return landed


async def _put_back(context: Context, task: Task, nonce: str, error: NotSent | RateLimited, tries: int) -> Task:
    """Nothing was started at the vendor: wait and go again, unless this process has no more patience."""
    limited = isinstance(error, RateLimited)
    # A limit met while uploading has no status: the billable request did not leave.
    left = isinstance(error, RateLimited) and error.status != 0
    kind, outcome = FailureKind.RATE if limited else FailureKind.NETWORK, Outcome.REFUSED if left else Outcome.NOT_SENT
    failure = Failure(kind, error.message, retryable=True, charged=False, hint=error.hint)
    sent = task.charges_sent - (0 if left else 1)
    daily = isinstance(error, RateLimited) and error.daily
    patience = context.patience.sends

    def guard(library: Library) -> None:
        library.settle_send(nonce, outcome)

    if patience is not None and (tries >= patience or daily):
        return await context.fail(task, failure, charges_sent=sent, guard=guard)
    wait = _wait(error, tries)
    # What was turned away left all the same, and counts; it is the next one that may be charged.
    values = {"charges_sent": sent, "error": failure}
    detail = {"said": error.message, "wait_s": round(wait, 1)}
    log_of("runner", task.id).info("put back", extra={"data": detail})
    task = await context.change(task, values, to=Status.QUEUED, detail=detail, guard=guard)
    # The limit of a day is one of a model: others may be sent.
    context.gate(task).hold(wait, *([task.shot.model] if daily else []))
    return task


def _wait(error: ProviderError, tries: int) -> float:
    wait = min(LONGEST_PAUSE_S, FIRST_PAUSE_S * 2.0 ** (min(tries, 10) - 1))
    if isinstance(error, RateLimited):
        least, most = (DAILY_PAUSE_S, math.inf) if error.daily else (wait, LONGEST_ASKED_S)
        return min(most, max(least if error.retry_after is None else error.retry_after, 1.0))
    return wait


async def uncertain(context: Context, task: Task, nonce: str | None, message: str) -> Task:
    """SUBMITTING → UNCERTAIN: it left, and nobody can say what became of it."""
    hint = "it may exist and may be charged; `rushes show` tells what is known, `rushes resolve` settles it"
    failure = Failure(FailureKind.UNCERTAIN, message, retryable=False, charged=None, hint=hint)
    log_of("runner", task.id).warning("uncertain", extra={"data": {"why": message, "nonce": nonce}})

    def guard(library: Library) -> None:
        if nonce is not None:
            library.settle_send(nonce, Outcome.UNKNOWN)

    return await context.change(task, {"error": failure}, to=Status.UNCERTAIN, detail={"said": message}, guard=guard)


async def _refused(context: Context, task: Task, nonce: str, error: Refused) -> Task:
    failure = _failure_of(error)
    # A client that refuses by itself (a missing key) gives no HTTP status: nothing left.
    outcome = Outcome.REFUSED if error.status else Outcome.NOT_SENT
    sent = task.charges_sent - (0 if error.status else 1)
    answer = context.scribe.refusal(error)

    def guard(library: Library) -> None:
        library.settle_send(nonce, outcome)
        library.keep_exchange(task.id, Said.ANSWER, answer, press=task.charges_sent)

    return await context.fail(task, failure, charges_sent=sent, guard=guard)


def _failure_of(error: Refused) -> Failure:
    kinds = (
        (KeyRefused, FailureKind.KEY),
        (NoCredits, FailureKind.BUDGET),
        (NotFound, FailureKind.INVALID),
        (RateLimited, FailureKind.RATE),
    )
    redirected = 300 <= error.status < 400
    otherwise = FailureKind.NETWORK if redirected else FailureKind.INVALID
    kind = next((kind for cls, kind in kinds if isinstance(error, cls)), otherwise)
    return Failure(kind, error.message, charged=False, vendor_code=error.vendor_code, hint=error.hint)


def to_usd(provider: Provider, units: Decimal) -> Decimal:
    """An amount in the vendor's unit, in dollars."""
    return units * provider.catalogue.usd_per_unit
