"""Charging: where a task's life touches money. The budget before a send, the charge at acceptance, doubt about a price.

Called by the parts of the runner at the moments that matter; what is written follows into the ledger by itself.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from providers.base import CancelOutcome, CancelRule, Provider, VendorRef, VendorState
from providers.errors import Failure, FailureKind, ProviderError
from providers.price import quote, seconds
from providers.shot import Shot
from providers.values import dataclass
from rushes.library.library import Library
from rushes.money.books import Contradiction
from rushes.money.budgets import EVERYTHING, Needs, OverBudget, apart, check_budget, check_consent, deviation
from rushes.money.ledger import AT_SEND
from rushes.task import Status, Task

if TYPE_CHECKING:
    from rushes.context import Context
    from rushes.settings import Settings

__all__ = ["allow", "at_acceptance", "check_send", "doubt", "needs", "quote_source"]

_WAITING = frozenset({Status.PENDING, Status.THROTTLED})
_WAITING_THERE = frozenset({VendorState.PENDING, VendorState.THROTTLED})
_GIVES_BACK = frozenset({CancelRule.REFUNDS, CancelRule.REFUNDS_WHILE_WAITING})

_UNKNOWN = "what was spent before the library was lost is not known: run `rushes reindex` first; nothing was sent"

log = logging.getLogger("rushes.money.charging")


def needs(shot: Shot, usd: Decimal | None, count: int = 1) -> Needs:
    """What `count` takes of a shot ask of the budgets."""
    length = seconds(shot)
    return Needs(
        usd=None if usd is None else usd * count,
        clips=count,
        seconds=None if length is None else float(length) * count,
    )


def quote_source(as_of: object) -> str:
    """The source of a quote, for the ledger."""
    return f"price table of {as_of}" if as_of else "no price is known"


def allow(
    library: Library,
    settings: Settings,
    wanted: Needs,
    provider: str,
    consent: Decimal | None,
    now: datetime,
    *,
    past_budget: bool = False,
) -> None:
    """Whether a press may be written down. The budget first: nobody should agree to a sum that is then refused.

    Raises OverBudget, and SpendingRefused where neither consent nor the settings cover the sum. The send checks the
    budget again, in its own transaction.
    """
    _check_known(library, wanted)
    spending = settings.spending
    asks = spending.over_budget == "ask"
    if wanted.usd != 0 and not (asks and past_budget):
        try:
            check_budget(library.books, settings.budget, provider, wanted, now)
        except OverBudget as over:
            raise OverBudget(over.message, over.needed_usd, may_ask=asks) from None
    # A price that nobody knows is over every limit: it takes a person's plain yes, whatever the settings allow.
    allowed = consent is None and spending.allow_without_asking and wanted.usd is not None
    agreed = EVERYTHING if allowed else consent
    check_consent(wanted.usd, agreed, spending.ask_above_usd)


def check_send(library: Library, settings: Settings, task: Task, now: datetime) -> None:
    """The budget, in the transaction that writes the send. Raises OverBudget. Practice and free clips always pass."""
    if task.practice or task.cost.quoted == 0:
        return
    wanted = needs(task.shot, task.cost.quoted)
    _check_known(library, wanted)
    if library.books.may_pass(task.id):
        return
    check_budget(library.books, settings.budget, task.shot.provider, wanted, now)


def _check_known(library: Library, wanted: Needs) -> None:
    """Raises OverBudget for what costs, where the library does not know what was spent; nobody can be asked to pass."""
    if wanted.usd != 0 and library.begun_anew():
        raise OverBudget(_UNKNOWN, wanted.usd)


def at_acceptance(provider: Provider, task: Task) -> dict[str, Any]:
    """Columns to write when a vendor has taken a task: one that never tells its charges takes them now.

    Luma charges at submission and refunds a failure in full (Dream Machine API, billing).
    """
    if provider.tells_cost or task.cost.quoted is None:
        return {}
    return {"charged": task.cost.quoted, "charge_source": AT_SEND}


@dataclass(frozen=True, slots=True)
class _Doubt:
    """An estimate that is `part` away from the quote."""

    quoted: Decimal
    estimated: Decimal
    part: Decimal

    def words(self) -> str:
        """`the vendor estimates $1.50, 25 % above the quote of $1.20`."""
        return apart(self.quoted, self.estimated, self.part)


async def doubt(context: Context, task: Task) -> Task:
    """Compares a fresh estimate with the quote; marks the price table, and cancels where that is wanted and free.

    Raises NoLongerOurs when somebody else has the task.
    """
    provider = context.pool.provider(task.shot.provider, practice=task.practice)
    found = _doubt(provider, task)
    if found is None:
        return task
    log.warning("price", extra={"task": task.id, "data": {"said": found.words()}})
    task = await context.change(task, {}, guard=_marking(context, provider, task, found))
    await context.store.run(lambda library: library.note(task.id, {"words": found.words()}))
    wanted = context.settings.value.spending.cancel_when_dearer and found.part > 0
    if wanted and task.status in _WAITING and provider.cancel_rule in _GIVES_BACK:
        return await _cancel(context, provider, task, found)
    return task


def _doubt(provider: Provider, task: Task) -> _Doubt | None:
    quoted, estimated = task.cost.quoted, task.cost.estimated
    part = deviation(quoted, estimated)
    if part is None or quoted is None or estimated is None:
        return None
    # A quote of «at most» is not contradicted by an estimate below it.
    if part < 0 and quote(provider.catalogue, task.shot).at_most:
        return None
    return _Doubt(quoted, estimated, part)


def _marking(context: Context, provider: Provider, task: Task, found: _Doubt) -> Callable[[Library], None]:
    table_of = provider.catalogue.prices_as_of.isoformat()
    mark = Contradiction(
        task.shot.provider, task.shot.model, table_of, context.clock.now(), found.quoted, found.estimated
    )
    return lambda library: library.books.contradict(mark)


async def _cancel(context: Context, provider: Provider, task: Task, found: _Doubt) -> Task:
    """Before it runs, cancelling gives the money back. Where it cannot be cancelled it goes on: it is paid for."""
    ref = VendorRef(task.shot.model, task.vendor_id or "")
    try:
        if (await provider.poll(ref)).state not in _WAITING_THERE:
            return task
        # Should the answer be lost, a task that the vendor then knows no more was cancelled, and not lost.
        task = await context.change(task, {"cancel_asked": context.clock.now()})
        outcome = await provider.cancel(ref)
    except ProviderError as error:
        log.warning("not cancelled", extra={"task": task.id, "data": {"said": str(error)}})
        return task
    if outcome is not CancelOutcome.CANCELLED:
        return task
    words = f"cancelled before it ran, at no cost: {found.words()}"
    hint = "send it again if you agree to the price; `spending.cancel_when_dearer` decides about this"
    failure = Failure(FailureKind.BUDGET, words, retryable=True, charged=False, hint=hint)
    values = {
        "error": failure,
        "charged": Decimal(0),
        "charge_source": "cancelled while it waited",
        "finished_at": context.clock.now(),
    }
    return await context.change(task, values, to=Status.CANCELLED, detail={"words": words})
