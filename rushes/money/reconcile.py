"""Reconciling: the vendor's figures against the ledger, day by day where the vendor has days, else by its balance.

Pure: values in, a report out. Who asks the vendor is `rushes.engine`. A difference is named, with what may explain it;
nothing is ever booked because of one.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, datetime
from decimal import Decimal

from providers.base import Usage
from providers.values import dataclass
from rushes.money.books import Balance, Sums
from rushes.money.words import usd

__all__ = ["DayLine", "Reconciled", "Since", "compare_balance", "compare_days", "explain", "words"]

PENNY = Decimal("0.005")
"""Less than half a cent is rounding."""


@dataclass(frozen=True, slots=True)
class DayLine:
    """One day of one model: what the vendor says, what the ledger says, in USD."""

    day: date
    model: str
    theirs: Decimal
    ours: Decimal

    @property
    def difference(self) -> Decimal:
        """Above zero: the vendor charged more than we booked."""
        return self.theirs - self.ours

    @property
    def agrees(self) -> bool:
        """To the cent."""
        return abs(self.difference) < PENNY


@dataclass(frozen=True, slots=True)
class Since:
    """What a balance fell by since it was last read, and what was booked meanwhile, in USD."""

    read_at: datetime
    fell: Decimal
    booked: Decimal

    @property
    def difference(self) -> Decimal:
        """Above zero: more left the account than we booked. Below: money was added, or given back."""
        return self.fell - self.booked

    @property
    def agrees(self) -> bool:
        """To the cent."""
        return abs(self.difference) < PENNY


@dataclass(frozen=True, slots=True)
class Reconciled:
    """One provider. `balance` in USD; `days` None where it tells nothing by day; `problem`: it could not be asked."""

    provider: str
    balance: Decimal | None = None
    days: tuple[DayLine, ...] | None = None
    since: Since | None = None
    hints: tuple[str, ...] = ()
    problem: str = ""

    @property
    def differences(self) -> tuple[DayLine, ...]:
        """The days that do not agree."""
        return tuple(line for line in self.days or () if not line.agrees)

    @property
    def agrees(self) -> bool:
        """No difference in what could be compared."""
        return not self.problem and not self.differences and (self.since is None or self.since.agrees)


def compare_days(
    usage: Usage, ours: Mapping[tuple[date, str], Sums], usd_per_unit: Decimal, named: Callable[[str], str]
) -> tuple[DayLine, ...] | None:
    """Every day and model that either side has money for; `named` gives our name of a vendor's model."""
    if usage.days is None:
        return None
    theirs: dict[tuple[date, str], Decimal] = {}
    for use in usage.days:
        key = (use.day, named(use.model))
        theirs[key] = theirs.get(key, Decimal(0)) + use.units * usd_per_unit
    mine: dict[tuple[date, str], Decimal] = {}
    for (day, model), sums in ours.items():
        key = (day, named(model))
        mine[key] = mine.get(key, Decimal(0)) + sums.charged
    nothing = Decimal(0)
    lines = [
        DayLine(day, model, theirs.get((day, model), nothing), mine.get((day, model), nothing))
        for day, model in sorted({*theirs, *mine})
    ]
    return tuple(line for line in lines if line.theirs or line.ours)


def compare_balance(before: Balance | None, now: Balance, usd_per_unit: Decimal) -> Since | None:
    """What happened to a balance since the last reading; None at the first one. Units are the vendor's."""
    if before is None:
        return None
    return Since(before.at, (before.units - now.units) * usd_per_unit, now.booked - before.booked)


def words(found: Reconciled) -> str:
    """The outcome for one provider, in a few lines."""
    if found.problem:
        return f"cannot be compared; {found.problem}"
    lines = ["agrees" if found.agrees else "differs"]
    if found.balance is not None:
        lines[0] += f"; {usd(found.balance)} left in the account"
    for line in found.differences:
        lines.append(f"{line.day} {line.model}: the vendor says {usd(line.theirs)}, booked are {usd(line.ours)}")
    if found.since is not None and not found.since.agrees:
        fell, booked = found.since.fell, found.since.booked
        lines.append(f"since {found.since.read_at:%Y-%m-%d %H:%M} it fell by {usd(fell)}, booked are {usd(booked)}")
    return "\n".join([*lines, *(f"perhaps: {hint}" for hint in found.hints)])


def explain(lines: tuple[DayLine, ...], *, unsettled: Decimal, flying: int) -> tuple[str, ...]:
    """What may be behind the differences, most likely first."""
    wrong = [line for line in lines if not line.agrees]
    if not wrong:
        return ()
    hints: list[str] = []
    if flying:
        hints.append(f"{flying} in flight: the vendor may count them already, the ledger does when they end")
    if unsettled:
        hints.append(f"requests whose answer was lost may have cost {usd(unsettled)}")
    if abs(sum((line.difference for line in wrong), Decimal(0))) < PENNY:
        hints.append("the sums agree: shots sent before midnight UTC ended after it, and count for another day there")
    elif any(line.difference > 0 for line in wrong):
        hints.append("the account may be used by other programs or other libraries as well")
    return tuple(hints)
