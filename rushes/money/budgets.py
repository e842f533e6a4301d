"""Consent, budgets and bills. Pure sums over what the library and the price table say; Decimal throughout.

Budgets are kept in money and in clips or seconds of clip: prices change, units do not. What counts against them is what
is charged plus what is in flight; a sum that nobody knows is over every limit that it touches.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Protocol

from providers.values import dataclass
from rushes.money.words import usd

if TYPE_CHECKING:
    from providers.price import Quote
    from rushes.settings.model import Budget, ProviderBudget

__all__ = [
    "EVERYTHING",
    "STALE_DAYS",
    "Bar",
    "Bill",
    "Line",
    "Meter",
    "Needs",
    "OverBudget",
    "SpendingRefused",
    "Used",
    "apart",
    "bars",
    "check_budget",
    "check_consent",
    "dearer",
    "deviation",
    "together",
    "total",
]

EVERYTHING = Decimal("Infinity")
"""Consent to any sum, an unknown one included."""
TOLERANCE = Decimal("0.02")
"""How far a vendor's estimate may be from our quote before the price table is taken for out of date."""
STALE_DAYS = 90
"""A price table that is older says so."""


class SpendingRefused(Exception):
    """A press that nobody has agreed to pay. `needed_usd` is what it would take, None where the price is unknown."""

    def __init__(self, message: str, needed_usd: Decimal | None) -> None:
        super().__init__(message)
        self.message = message
        self.needed_usd = needed_usd


class OverBudget(SpendingRefused):
    """A press that would pass a budget of the person's own. `may_ask`: the settings let the person pass it once."""

    def __init__(self, message: str, needed_usd: Decimal | None, *, may_ask: bool = False) -> None:
        super().__init__(message, needed_usd)
        self.may_ask = may_ask


# ── bills ────────────────────────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Line:
    """One shot of a batch: `count` takes at `usd` each (None: nobody knows)."""

    label: str
    usd: Decimal | None
    count: int = 1

    @property
    def sum(self) -> Decimal | None:
        """What the line costs."""
        return None if self.usd is None else self.usd * self.count


@dataclass(frozen=True, slots=True)
class Bill:
    """What a batch costs, asked about once."""

    lines: tuple[Line, ...]

    @property
    def total(self) -> Decimal | None:
        """The sum in USD, None where the price of a line is unknown."""
        sums = [line.sum for line in self.lines]
        return None if None in sums else sum((usd for usd in sums if usd is not None), Decimal(0))

    @property
    def takes(self) -> int:
        """How many clips it makes."""
        return sum(line.count for line in self.lines)

    @property
    def dearest(self) -> Line | None:
        """The line to look at first: one without a price, else the one with the greatest sum."""
        return max(self.lines, key=lambda line: EVERYTHING if line.sum is None else line.sum, default=None)

    def words(self) -> str:
        """`12 takes for $8.40; the dearest line is gen4.5 10 s: 2 × $1.20`."""
        takes = f"{self.takes} take" if self.takes == 1 else f"{self.takes} takes"
        whole = "at a price that is unknown" if self.total is None else f"for {usd(self.total)}"
        if (top := self.dearest) is None or len(self.lines) == 1:
            return f"{takes} {whole}"
        each = "price unknown" if top.usd is None else usd(top.usd)
        times = f"{top.count} × " if top.count > 1 else ""
        return f"{takes} {whole}; the dearest line is {top.label}: {times}{each}"


def total(quotes: Sequence[Quote]) -> Decimal | None:
    """The sum of several quotes, None where one is unknown."""
    return Bill(tuple(Line("", quote.usd) for quote in quotes)).total


def deviation(quoted: Decimal | None, estimated: Decimal | None) -> Decimal | None:
    """How far the vendor's estimate is from our quote (0.1: ten per cent dearer); None within the tolerance."""
    if quoted is None or estimated is None or quoted == estimated:
        return None
    part = (estimated - quoted) / quoted if quoted else Decimal(1)
    return part if abs(part) > TOLERANCE else None


def dearer(quoted: Decimal | None, estimated: Decimal | None) -> str:
    """`the vendor estimates $1.50, 25 % above the quote of $1.20`; nothing where it is not above the tolerance."""
    part = deviation(quoted, estimated)
    if part is None or part < 0 or quoted is None or estimated is None:
        return ""
    return apart(quoted, estimated, part)


def apart(quoted: Decimal, estimated: Decimal, part: Decimal) -> str:
    """An estimate beside its quote, in words; `part` is what `deviation` says."""
    way = "above" if part > 0 else "below"
    return f"the vendor estimates {usd(estimated)}, {abs(part):.0%} {way} the quote of {usd(quoted)}"


# ── consent ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def check_consent(needed: Decimal | None, consent: Decimal | None, ask_above: Decimal) -> None:
    """Raises SpendingRefused unless the press is free, below the asking limit, or covered by what was agreed to."""
    if needed is not None and (needed == 0 or needed <= ask_above):
        return
    if consent is not None and (consent == EVERYTHING or (needed is not None and needed <= consent)):
        return
    words = "its price is unknown" if needed is None else f"it costs {usd(needed)}"
    agreed = "" if consent is None else f", which is over the {usd(consent)} agreed to"
    raise SpendingRefused(f"{words}{agreed}; nothing was sent", needed)


# ── budgets ──────────────────────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Needs:
    """What a press takes: USD, clips, and seconds of clip. None where nobody knows."""

    usd: Decimal | None
    clips: int = 1
    seconds: float | None = None


def together(needs: Iterable[Needs]) -> Needs:
    """What several presses take in all; what nobody knows of one is not known of all."""
    each = tuple(needs)
    usd = [one.usd for one in each if one.usd is not None]
    lengths = [one.seconds for one in each if one.seconds is not None]
    return Needs(
        sum(usd, Decimal(0)) if len(usd) == len(each) else None,
        sum(one.clips for one in each),
        sum(lengths) if len(lengths) == len(each) else None,
    )


@dataclass(frozen=True, slots=True)
class Used:
    """What was used in a span, in flight or charged."""

    usd: Decimal = Decimal(0)
    clips: int = 0
    seconds: float = 0.0


class Meter(Protocol):
    """What tells how much was used: the books of a library. `since` is aware UTC; no `provider` means all of them."""

    def used(self, since: datetime, provider: str = "") -> Used: ...


@dataclass(frozen=True, slots=True)
class _Span:
    """Limits that count together. `since` None: a press by itself."""

    name: str
    since: datetime | None
    provider: str
    usd: Decimal | None
    clips: int | None
    seconds: float | None


def _spans(limits: Budget, providers: Sequence[str], now: datetime) -> Iterator[_Span]:
    day = now.replace(hour=0, minute=0, second=0, microsecond=0)
    month = day.replace(day=1)
    yield _Span("this press", None, "", limits.per_press_usd, limits.per_press_clips, limits.per_press_seconds)
    wanted: dict[str, Budget | ProviderBudget] = {"": limits}
    wanted |= {name: limits.providers[name] for name in providers if name in limits.providers}
    for name, each in wanted.items():
        of = f" with {name}" if name else ""
        yield _Span(f"today{of}", day, name, each.per_day_usd, each.per_day_clips, each.per_day_seconds)
        yield _Span(f"this month{of}", month, name, each.per_month_usd, each.per_month_clips, each.per_month_seconds)


def check_budget(meter: Meter, limits: Budget, provider: str, needs: Needs, now: datetime) -> None:
    """Raises OverBudget where the press would pass a limit. Call it in the transaction that writes the submit."""
    for span in _spans(limits, (provider,), now):
        if span.usd is None and span.clips is None and span.seconds is None:
            continue
        used = Used() if span.since is None else meter.used(span.since, span.provider)
        if span.usd is not None:
            _check_money(span, span.usd, used.usd, needs.usd)
        if span.clips is not None and used.clips + needs.clips > span.clips:
            _refuse(span, needs, f"{needs.clips} more", f"{span.clips} clips", f"{used.clips}")
        if span.seconds is not None:
            _check_seconds(span, span.seconds, used.seconds, needs)


def _check_money(span: _Span, limit: Decimal, before: Decimal, needed: Decimal | None) -> None:
    if needed is None:
        raise OverBudget(f"its price is unknown, and {span.name} has a limit of {usd(limit)}; nothing was sent", None)
    if before + needed > limit:
        used = f"{usd(before)} of it is used" if span.since else "that is the limit of one press"
        raise OverBudget(f"{usd(needed)} would pass the {usd(limit)} of {span.name}; {used}; nothing was sent", needed)


def _check_seconds(span: _Span, limit: float, before: float, needs: Needs) -> None:
    if needs.seconds is None:
        words = f"its length is unknown, and {span.name} has a limit of {limit:g} s; nothing was sent"
        raise OverBudget(words, needs.usd)
    # Lengths are sums of short decimals in binary: a millionth of a second is not a passed limit.
    if before + needs.seconds > limit + 1e-6:
        _refuse(span, needs, f"{needs.seconds:g} s", f"{limit:g} s", f"{before:g} s")


def _refuse(span: _Span, needs: Needs, more: str, limit: str, before: str) -> None:
    used = f"{before} of it are used" if span.since else "that is the limit of one press"
    raise OverBudget(f"{more} would pass the {limit} of {span.name}; {used}; nothing was sent", needs.usd)


@dataclass(frozen=True, slots=True)
class Bar:
    """A budget and how much of it is used. `unit` is `USD`, `clips` or `s`."""

    name: str
    used: Decimal
    limit: Decimal
    unit: str

    @property
    def part(self) -> float:
        """Used of the limit; above 1 where a limit was lowered or passed by consent."""
        return float(self.used / self.limit) if self.limit else 1.0

    def words(self) -> str:
        """`$3.42 of $20.00`."""
        if self.unit == "USD":
            return f"{usd(self.used)} of {usd(self.limit)}"
        return f"{self.used:f} of {self.limit:f} {self.unit}"


def bars(meter: Meter, limits: Budget, now: datetime) -> list[Bar]:
    """Every budget that is set, except that of one press."""
    found: list[Bar] = []
    for span in _spans(limits, tuple(limits.providers), now):
        if span.since is None:
            continue
        used = meter.used(span.since, span.provider)
        pairs = ((used.usd, span.usd, "USD"), (used.clips, span.clips, "clips"), (used.seconds, span.seconds, "s"))
        for amount, limit, unit in pairs:
            if limit is not None:
                found.append(Bar(span.name, _plain(amount), _plain(limit), unit))
    return found


def _plain(number: Decimal | float) -> Decimal:
    """Digits as a person writes them: `12.5`, not its nearest binary number."""
    return number if isinstance(number, Decimal) else Decimal(f"{number:.6f}".rstrip("0").rstrip("."))
