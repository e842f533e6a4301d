"""Watching: asking the vendor until it says how a task ended. A missed poll is a missed poll, and never a verdict."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from providers.base import Asset, Provider, VendorRef, VendorTask
from providers.errors import (
    Failure,
    FailureKind,
    KeyRefused,
    Malformed,
    NotFound,
    NotSent,
    ProviderError,
    RateLimited,
    Refused,
    Unreachable,
)
from providers.values import dataclass
from rushes.context import Context, GaveUp, network_failure
from rushes.lifecycle import AT_VENDOR, after_vendor
from rushes.log import log_of
from rushes.task import Status, Task
from rushes.tasks.crash import crash_point
from rushes.tasks.other_key import OtherKey, weighed
from rushes.tasks.pace import Seen
from rushes.tasks.polling import Poller
from rushes.tasks.sending import to_usd

__all__ = ["watch"]

LASTING_MISSES = 4
LASTING_S = 60.0
"""A 404 counts when it has come this often over this long: a fresh task may not be everywhere at once, and a vendor
that is being restarted may know nothing for a moment."""
KEY_PAUSE_S = 60.0
LONGEST_ASKED_S = 3600.0
"""No vendor means that a free question may not be asked for longer than this."""


@dataclass(slots=True)
class _Misses:
    """Polls without an answer, in a row."""

    count: int = 0
    since: datetime | None = None
    not_found: int = 0
    asked_to_wait: float | None = None


async def watch(context: Context, poller: Poller, task: Task, *, fresh: bool = False) -> tuple[Task, tuple[Asset, ...]]:
    """Follows a task at the vendor to DOWNLOADING, FAILED or CANCELLED, and gives the clip's links.

    Raises NoLongerOurs, and GaveUp when the vendor has been silent for longer than this process waits.
    """
    vendor_id = task.vendor_id or ""
    misses = _Misses()
    seen = context.pace.watch(task, context.clock.now(), fresh=fresh)
    poller.add(VendorRef(task.shot.model, vendor_id))
    try:
        while task.status in AT_VENDOR:
            await poller.wait(vendor_id, _pause(context, poller, task, seen, misses))
            try:
                said = await poller.ask(vendor_id)
            except ProviderError as error:
                task = await _missed(context, task, error, misses)
                continue
            misses = _Misses()
            task = await _heard(context, poller.provider, task, said, seen)
            context.pace.look(seen, task, said, context.clock.now())
            crash_point("first-look")
            if task.status is Status.DOWNLOADING:
                return task, said.assets
        return task, ()
    finally:
        poller.remove(vendor_id)


def _pause(context: Context, poller: Poller, task: Task, seen: Seen, misses: _Misses) -> float:
    floor_s = poller.provider.min_poll_s
    if misses.count:
        return context.pace.after_error(misses.count, floor_s=floor_s, retry_after_s=misses.asked_to_wait)
    return context.pace.next_poll(task, seen, context.clock.now(), floor_s=floor_s, together=poller.together)


async def _missed(context: Context, task: Task, error: ProviderError, misses: _Misses) -> Task:
    now, error = context.clock.now(), await weighed(context, task, error)
    misses.count += 1
    misses.since = misses.since or now
    silent_s = (now - misses.since).total_seconds()
    misses.not_found = misses.not_found + 1 if isinstance(error, NotFound) else 0
    if misses.not_found >= LASTING_MISSES and silent_s >= LASTING_S:
        return await _gone(context, task, error.message)
    limit = context.patience.unreachable_s
    if isinstance(error, OtherKey):
        task = await context.cannot_go_on(task, error.failure())
        if limit is not None:
            raise GaveUp(error.message)
    if limit is not None and silent_s >= limit:
        await context.cannot_go_on(task, network_failure(error.message))
        raise GaveUp(error.message)
    misses.asked_to_wait = _asked_to_wait(error)
    return task


async def _gone(context: Context, task: Task, said: str) -> Task:
    """Nobody there knows it. Where this program had asked for a cancel whose answer was lost, that is the answer."""
    log_of("runner", task.id).warning("gone", extra={"data": {"said": said}})
    if await context.store.run(lambda library: library.cancel_asked(task.id)):
        failure = Failure(FailureKind.CANCELLED, "cancelled; whether it was charged is not known", charged=None)
        values = {"error": failure, "finished_at": context.clock.now()}
        return await context.change(task, values, to=Status.CANCELLED, detail={"said": said})
    return await context.fail(task, Failure(FailureKind.GONE, f"the vendor no longer knows this task: {said}"))


def _asked_to_wait(error: ProviderError) -> float | None:
    """What the vendor asked for, beyond our own back-off; a refused key is asked about rarely."""
    match error:
        case Unreachable() | RateLimited():
            return None if error.retry_after is None else min(error.retry_after, LONGEST_ASKED_S)
        case KeyRefused():
            return KEY_PAUSE_S
        case NotSent() | Malformed() | NotFound() | Refused():
            return None
    return None


async def _heard(context: Context, provider: Provider, task: Task, said: VendorTask, seen: Seen) -> Task:
    """Writes what the vendor said, if it is news."""
    now = context.clock.now()
    status = after_vendor(task.status, said.state)
    values = _news(provider, task, said)
    if status is Status.RUNNING and task.started_at is None:
        # It began between the last look that found it waiting and this one.
        values["started_at"] = datetime.fromtimestamp((seen.watch.waiting_at + now.timestamp()) / 2, UTC)
    if task.error is not None and status in AT_VENDOR:
        values["error"] = None
    if status is Status.FAILED:
        return await _failed(context, provider, task, said, values)
    guard = context.keeping(task, said) if status is not task.status else None
    if status is Status.CANCELLED:
        paid = None if said.charged_units is None else said.charged_units > 0
        values |= {"finished_at": now, "error": Failure(FailureKind.CANCELLED, "cancelled at the vendor", charged=paid)}
        return await context.change(task, values, to=status, detail={"said": said.word}, guard=guard)
    if status is task.status:
        if values.keys() == {"progress"}:
            return context.tick(task, values["progress"])
        return await context.change(task, values) if values else task
    detail: dict[str, Any] = {"said": said.word}
    if status is Status.DOWNLOADING:
        detail |= context.pace.ended(task, seen, now)
        values["progress"] = 1.0
    return await context.change(task, values, to=status, detail=detail, guard=guard)


def _news(provider: Provider, task: Task, said: VendorTask) -> dict[str, Any]:
    values: dict[str, Any] = {}
    if said.word and said.word != task.vendor_status:
        values["vendor_status"] = said.word
    if said.progress is not None and said.progress > (task.progress or 0.0):
        values["progress"] = said.progress
    for name, units in (("estimated", said.estimated_units), ("charged", said.charged_units)):
        if units is not None and to_usd(provider, units) != getattr(task.cost, name):
            values[name] = to_usd(provider, units)
            if name == "charged":
                values["charge_source"] = "the vendor's answer"
    return values


async def _failed(context: Context, provider: Provider, task: Task, said: VendorTask, values: dict[str, Any]) -> Task:
    failure = said.failure or Failure(FailureKind.UNKNOWN, "the vendor gave no reason", retryable=True)
    charged: Decimal | None = None
    if said.charged_units is not None:
        charged = to_usd(provider, said.charged_units)
    context.pace.failed(task)
    return await context.fail(task, failure, charged=charged, values=values, guard=context.keeping(task, said))
