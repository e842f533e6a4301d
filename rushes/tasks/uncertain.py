"""Uncertain: looking for what became of a request that left and was not answered.

Where the vendor can list, the task is found by the equality of its request, and adopted only where no mistake is
possible. Where it cannot, the person is told what is known, and chooses.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal

from providers.base import Receipt, VendorTask
from providers.errors import Failure, FailureKind, NotSupported, ProviderError
from providers.http import BILL_READ_S
from rushes.context import Context
from rushes.library.library import Library
from rushes.lifecycle import AT_VENDOR, after_vendor
from rushes.log import log_of
from rushes.money.balances import moved_since
from rushes.money.charging import at_acceptance
from rushes.shots.inputs import InputProblem, resolve
from rushes.task import Status, Task
from rushes.tasks.other_key import made_with_another
from rushes.tasks.sending import land
from rushes.tasks.sends import Outcome, Send

__all__ = ["look_up"]

LOOKS_S = (1.0, 3.0, 8.0, 20.0, 40.0)
"""Pauses before each look into the vendor's list: an accepted task may appear there late."""
LONGEST_PAUSE_S = 60.0
SKEW = timedelta(minutes=2)
"""How far the vendor's clock may be from ours."""
IN_AIR = timedelta(seconds=BILL_READ_S)
"""How long after it was written down a request may still have been accepted."""

REACH = timedelta(days=1)
"""Equal requests further apart than this, by our clock, are told apart by their times. Far more than a request is in
the air: between two of them the clock may have been set."""

FOUND = "found in the vendor's list by its request; another program with this key may have made it all the same"
OTHER_KEY = (
    "it was sent with another key than the one that is set here, so it is not looked for; "
    "the next start with that key looks again"
)


class _Changed(Exception):
    """What was certain a moment ago is not any more."""


async def look_up(context: Context, task: Task) -> Task:
    """Looks for an UNCERTAIN task at its vendor. It stays UNCERTAIN where that cannot settle it."""
    task = await _settled(context, task)
    if task.status is not Status.UNCERTAIN or await made_with_another(context, task):
        return task  # another key tells of another account
    return await _weighed(context, task)


async def _settled(context: Context, task: Task) -> Task:
    send = await context.store.run(lambda library: library.last_send(task.id))
    if send is None:
        return await _unsettled(context, task, "nothing is known of its request")
    receipt = await asyncio.to_thread(context.receipts.read, task.id)
    if receipt is not None and receipt.nonce == send.nonce and receipt.task.vendor_id:
        return await land(context, task, send.nonce, Receipt(receipt.task.vendor_id))
    return await _by_list(context, task, send)


async def _by_list(context: Context, task: Task, send: Send) -> Task:
    """A look that was not answered does not count: it is made again for as long as this process has patience."""
    looks, errors = list(LOOKS_S), 0
    began = context.clock.now()
    while looks:
        await context.clock.sleep(looks[0] if not errors else min(LONGEST_PAUSE_S, 2.0**errors))
        if await made_with_another(context, task):
            return await _unsettled(context, task, OTHER_KEY)
        try:
            adopted = await _look(context, task, send)
        except NotSupported as error:
            return await _unsettled(context, task, f"{error.message}; whether it was accepted is not known")
        except InputProblem as problem:
            return await _unsettled(context, task, f"its input is not there any more ({problem})")
        except ProviderError as error:
            errors += 1
            task = await _unsettled(context, task, f"the look-up failed: {error.message}")
            if _out_of_patience(context, began):
                return task
            continue
        if adopted is not None:
            return adopted
        looks, errors = looks[1:], 0
        if looks:
            task = await _unsettled(context, task, f"not in the vendor's list yet; looking again in {looks[0]:g} s")
    return await _unsettled(context, task, "not found for certain in the vendor's list; it was probably not accepted")


async def _weighed(context: Context, task: Task) -> Task:
    """Adds what the account's balance says, read once, as soon after the request as this program could."""
    story = await context.store.run(lambda library: library.events(task.id))
    sent = max((place for place, each in enumerate(story) if each.now == Status.SUBMITTING), default=0)
    said = next((str(each.detail["balance_says"]) for each in story[sent:] if "balance_says" in each.detail), None)
    if said is None:
        if (moved := await moved_since(context, task)) is None:
            return task
        said = f"{moved.words()}; {moved.verdict(_units(context, task))}"
        note = {"words": said, "balance_says": said, **moved.to_json()}
        await context.store.run(lambda library: library.note(task.id, note))
    error = task.error or Failure(FailureKind.UNCERTAIN, "its outcome is not known")
    return await context.cannot_go_on(task, replace(error, message=f"{error.message}; {said}"))


def _units(context: Context, task: Task) -> Decimal | None:
    """The price of a task in the vendor's unit."""
    if task.cost.quoted is None:
        return None
    provider = context.pool.provider(task.shot.provider, practice=task.practice)
    return task.cost.quoted / provider.catalogue.usd_per_unit


def _out_of_patience(context: Context, began: datetime) -> bool:
    limit = context.patience.unreachable_s
    return limit is not None and (context.clock.now() - began).total_seconds() >= limit


async def _look(context: Context, task: Task, send: Send) -> Task | None:
    """One look; the task if it was found for certain."""
    provider = context.pool.provider(task.shot.provider, practice=task.practice)
    rivals = await context.store.run(lambda library: library.rivals(send, reach=REACH))
    sent = [each.sent_at for each in rivals]
    since, until = min(sent) - SKEW, max(sent) + IN_AIR + SKEW
    media = await resolve(context, task)
    found = _oldest_first(await provider.find(task.shot, media, since=since, until=until))
    if not found:
        return None
    ids = [each.vendor_id for each in found]
    mine = await context.store.run(lambda library: library.claimable(task, send, ids, reach=REACH))
    said = next((each for each in found if each.vendor_id == mine), None)
    return None if said is None else await _adopt(context, task, send, said, ids)


def _oldest_first(found: Sequence[VendorTask]) -> list[VendorTask]:
    """Each once: a list that is read by pages shows some twice while new ones are being made."""
    once = {each.vendor_id: each for each in found}
    return sorted(once.values(), key=lambda each: (each.created_at is None, each.created_at, each.vendor_id))


async def _adopt(context: Context, task: Task, send: Send, said: VendorTask, ids: Sequence[str]) -> Task | None:
    """UNCERTAIN → what the vendor says, if it is still certain at the moment of writing."""

    def guard(library: Library) -> None:
        if library.claimable(task, send, ids, reach=REACH) != said.vendor_id:
            raise _Changed
        library.settle_send(send.nonce, Outcome.ACCEPTED, said.vendor_id)

    status = after_vendor(Status.PENDING, said.state)
    to = status if status in AT_VENDOR else Status.PENDING
    provider = context.pool.provider(task.shot.provider, practice=task.practice)
    took = at_acceptance(provider, task)
    values = {"vendor_id": said.vendor_id, "vendor_status": said.word, "error": None, **took}
    detail = {"vendor_id": said.vendor_id, "found_by": "list", "said": said.word, "words": FOUND}
    try:
        adopted = await context.change(task, values, to=to, detail=detail, guard=guard)
    except _Changed:
        return None
    log_of("runner", task.id).info("found by listing", extra={"data": detail})
    await context.keep_receipt(adopted, said.vendor_id, send.nonce)
    return adopted


async def _unsettled(context: Context, task: Task, words: str) -> Task:
    base = task.error.message.split(" — ")[0] if task.error else ""
    hint = f"`rushes resolve {task.id} adopt VENDOR_ID`, `resend` (a new charge) or `forget`"
    failure = Failure(FailureKind.UNCERTAIN, f"{base} — {words}" if base else words, charged=None, hint=hint)
    return await context.cannot_go_on(task, failure)
