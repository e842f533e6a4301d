"""Accounts: what every face asks about money. Sums of a span, budgets, doubts about prices, the vendors' own figures.

Days are UTC. Reads the library; asks vendors only in `reconcile`, by calls that cost nothing.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import partial
from typing import TYPE_CHECKING

from providers.values import dataclass
from rushes.clock import Clock
from rushes.library.library import Library
from rushes.library.worker import Store
from rushes.money.books import Contradiction, Entry, Flying, Group, Sums
from rushes.money.budgets import STALE_DAYS, Bar, Needs, OverBudget, bars, check_budget, together
from rushes.money.words import usd
from rushes.pool import ProviderPool
from rushes.settings import SettingsStore
from rushes.settings.model import Budget
from rushes.task import stamp
from rushes.text import no_formula

if TYPE_CHECKING:
    from rushes.money.reconcile import Reconciled

__all__ = ["HEADS", "Accounts", "Spend", "as_csv", "month_of"]


@dataclass(frozen=True, slots=True)
class Spend:
    """Everything about the money of a span of days, both included."""

    first: date
    last: date
    total: Sums
    days: tuple[tuple[date, Sums], ...]
    providers: tuple[Group, ...]
    models: tuple[Group, ...]
    tags: tuple[Group, ...]
    takes: int
    kept: int
    flying: Flying

    @property
    def per_kept(self) -> Decimal | None:
        """What a kept take (four stars or more) has cost; None while none was kept."""
        return self.total.charged / self.kept if self.kept else None


class Accounts:
    """One home's money."""

    def __init__(self, store: Store, pool: ProviderPool, settings: SettingsStore, clock: Clock) -> None:
        self._store = store
        self._pool = pool
        self._settings = settings
        self._clock = clock

    def today(self) -> date:
        """The present day, UTC."""
        return self._clock.now().date()

    async def spend(self, first: date, last: date, *, provider: str = "", practice: bool = False) -> Spend:
        """The sums of a span."""
        return await self._store.run(lambda library: _spend(library, first, last, provider, practice=practice))

    async def entries(self, first: date, last: date, *, provider: str = "", practice: bool = False) -> list[Entry]:
        """The ledger of a span, in the order of writing."""
        return await self._store.run(
            lambda library: list(library.books.entries(first, last, provider=provider, practice=practice))
        )

    async def story(self, task_id: str) -> list[Entry]:
        """What was booked for one task."""
        return await self._store.run(lambda library: library.books.story(task_id))

    async def bars(self) -> list[Bar]:
        """Every budget that is set, and how much of it is used."""
        limits, now = self._settings.value.budget, self._clock.now()
        return await self._store.run(lambda library: bars(library.books, limits, now))

    async def allow(self, needs: Sequence[tuple[str, Needs]]) -> None:
        """Whether presses of several providers keep to every budget together. Raises OverBudget."""
        settings, now = self._settings.value, self._clock.now()
        names = ["", *dict.fromkeys(provider for provider, _each in needs)]
        sums = [(name, together(each for provider, each in needs if name in ("", provider))) for name in names]
        try:
            for name, asked in sums if needs else ():
                await self._store.run(partial(_check, settings.budget, name, asked, now))
        except OverBudget as over:
            may_ask = settings.spending.over_budget == "ask"
            raise OverBudget(over.message, over.needed_usd, may_ask=may_ask) from None

    async def warnings(self) -> list[str]:
        """What is doubtful about the prices: old tables, and estimates of vendors that contradict them."""
        found = await self._store.run(lambda library: library.books.contradictions())
        return [*self._old_tables(), *(_words(each) for each in found if self._is_current(each))]

    async def reconcile(self, first: date, last: date, *, provider: str = "") -> list[Reconciled]:
        """Asks each vendor that can be asked what was used, and compares. Practice is compared with the sandbox."""
        names = [info.name for info in self._pool.infos() if info.ready and provider in ("", info.name)]
        paid = [name for name in names if self._pool.spec(name).needs_key]
        from rushes.money.vendor_figures import VendorFigures

        figures = VendorFigures(self._store, self._pool, self._clock)
        return [await figures.compare(name, first, last) for name in paid]

    # ── inside ───────────────────────────────────────────────────────────────────────────────────────────────────

    def _old_tables(self) -> Iterable[str]:
        for info in self._pool.infos():
            catalogue = self._pool.catalogue(info.name)
            age = (self.today() - catalogue.prices_as_of).days
            if age > STALE_DAYS and self._pool.spec(info.name).needs_key:
                yield f"{catalogue.label}: the price table is {age} days old; a newer version of rushes may have others"

    def _is_current(self, found: Contradiction) -> bool:
        names = {info.name for info in self._pool.infos()}
        return (
            found.provider in names and self._pool.catalogue(found.provider).prices_as_of.isoformat() == found.table_of
        )


def _check(limits: Budget, provider: str, asked: Needs, now: datetime, library: Library) -> None:
    check_budget(library.books, limits, provider, asked, now)


def month_of(day: date) -> tuple[date, date]:
    """The first and the last day of a day's month."""
    first = day.replace(day=1)
    return first, (first + timedelta(days=31)).replace(day=1) - timedelta(days=1)


HEADS = ("time", "day", "task", "press", "kind", "usd", "source", "provider", "model", "practice")
"""The columns of the ledger's table."""


def as_csv(entries: Sequence[Entry]) -> str:
    """The ledger as a table for other programs: one entry a line, money with all its decimals, times in UTC."""
    out = io.StringIO()
    table = csv.writer(out, lineterminator="\n")
    table.writerow(HEADS)
    for each in entries:
        usd = "" if each.usd is None else f"{each.usd:f}"
        words = map(no_formula, (each.source, each.provider, each.model))
        known = (stamp(each.at), each.day.isoformat(), each.task_id, each.press, each.kind.value, usd)
        table.writerow([*known, *words, "yes" if each.practice else "no"])
    return out.getvalue()


def _spend(library: Library, first: date, last: date, provider: str, *, practice: bool) -> Spend:
    books = library.books
    takes, kept = books.kept(first, last, provider=provider, practice=practice)
    return Spend(
        first,
        last,
        total=books.total(first, last, provider=provider, practice=practice),
        days=tuple(books.by_day(first, last, provider=provider, practice=practice)),
        providers=tuple(books.by_provider(first, last, provider=provider, practice=practice)),
        models=tuple(books.by_model(first, last, provider=provider, practice=practice)),
        tags=tuple(books.by_tag(first, last, provider=provider, practice=practice)),
        takes=takes,
        kept=kept,
        flying=books.flying(practice=practice),
    )


def _words(found: Contradiction) -> str:
    return (
        f"{found.provider} {found.model}: on {found.at:%Y-%m-%d} the vendor estimated {usd(found.estimated)} where the "
        f"price table of {found.table_of} says {usd(found.quoted)}; its prices may have changed"
    )
