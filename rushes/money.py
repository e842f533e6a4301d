"""Consent and budgets. Pure sums over what the library and the price table say; Decimal throughout."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Protocol

from providers.price import Quote

__all__ = ["EVERYTHING", "BudgetLimits", "OverBudget", "SpendingRefused", "check_budget", "check_consent", "total"]

EVERYTHING = Decimal("Infinity")
"""Consent to any sum, an unknown one included."""


class SpendingRefused(Exception):
    """A press that nobody has agreed to pay. `needed_usd` is what it would take, None where the price is unknown."""

    def __init__(self, message: str, needed_usd: Decimal | None) -> None:
        super().__init__(message)
        self.message = message
        self.needed_usd = needed_usd


class OverBudget(SpendingRefused):
    """A press that would pass a budget of the person's own."""


class BudgetLimits(Protocol):
    """The limits in USD, None where there is none."""

    @property
    def per_press_usd(self) -> Decimal | None: ...
    @property
    def per_day_usd(self) -> Decimal | None: ...
    @property
    def per_month_usd(self) -> Decimal | None: ...


class Spent(Protocol):
    """What the library can tell."""

    def spent(self, since: datetime) -> Decimal: ...


def total(quotes: list[Quote]) -> Decimal | None:
    """The sum of several quotes, None where one is unknown."""
    sums = [quote.usd for quote in quotes]
    return None if None in sums else sum((usd for usd in sums if usd is not None), Decimal(0))


def check_consent(needed: Decimal | None, consent: Decimal | None, ask_above: Decimal) -> None:
    """Raises SpendingRefused unless the press is free, below the asking limit, or covered by what was agreed to."""
    if needed is not None and (needed == 0 or needed <= ask_above):
        return
    if consent is not None and (consent == EVERYTHING or (needed is not None and needed <= consent)):
        return
    words = "its price is unknown" if needed is None else f"it costs ${needed:.2f}"
    agreed = "" if consent is None else f", which is over the ${consent:.2f} agreed to"
    raise SpendingRefused(f"{words}{agreed}; nothing was sent", needed)


def check_budget(spent: Spent, limits: BudgetLimits, needed: Decimal | None, now: datetime) -> None:
    """Raises OverBudget where the press would pass a limit; an unknown price passes every limit there is."""
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
    spans = (
        ("this press", limits.per_press_usd, None),
        ("today", limits.per_day_usd, midnight),
        ("this month", limits.per_month_usd, midnight.replace(day=1)),
    )
    for name, limit, since in spans:
        if limit is None:
            continue
        before = Decimal(0) if since is None else spent.spent(since)
        if needed is None:
            raise OverBudget(f"its price is unknown, and {name} has a limit of ${limit:.2f}; nothing was sent", None)
        if before + needed > limit:
            used = f"${before:.2f} of it is used" if since else "that is the limit of one press"
            raise OverBudget(f"${needed:.2f} would pass the ${limit:.2f} of {name}; {used}; nothing was sent", needed)
