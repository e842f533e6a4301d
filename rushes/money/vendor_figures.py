"""The vendors' own figures: asked for, by calls that cost nothing, and laid beside the ledger."""

from __future__ import annotations

from datetime import date, timedelta

from providers.base import Provider, Usage
from providers.errors import ProviderError
from rushes.clock import Clock
from rushes.library.worker import Store
from rushes.money.books import Balance
from rushes.money.reconcile import DayLine, Reconciled, compare_balance, compare_days, explain
from rushes.pool import ProviderPool

__all__ = ["VendorFigures"]


class VendorFigures:
    """What the vendors say was used, and what is left."""

    def __init__(self, store: Store, pool: ProviderPool, clock: Clock) -> None:
        self._store, self._pool, self._clock = store, pool, clock

    async def compare(self, name: str, first: date, last: date) -> Reconciled:
        """The figures of a span beside ours; a vendor that cannot be asked is named with the reason."""
        practice = self._pool.practises(name)
        provider = self._pool.provider(name, practice=practice)
        try:
            usage = await provider.usage(first, last + timedelta(days=1))
        except ProviderError as error:
            return Reconciled(name, problem=str(error))
        lines = await self._days(provider, usage, first, last, practice=practice)
        rate = provider.catalogue.usd_per_unit
        now = await self._balance(name, usage, practice=practice)
        before = await self._store.run(lambda library: library.books.last_balance(name, practice=practice))
        if now is not None:
            reading = now
            await self._store.run(lambda library: library.books.keep_balance(name, reading, practice=practice))
        return Reconciled(
            name,
            balance=None if usage.balance is None else usage.balance * rate,
            days=lines,
            since=None if now is None else compare_balance(before, now, rate),
            hints=await self._hints(lines or (), first, last, name, practice=practice),
        )

    async def _days(
        self, provider: Provider, usage: Usage, first: date, last: date, *, practice: bool
    ) -> tuple[DayLine, ...] | None:
        catalogue = provider.catalogue
        ours = await self._store.run(
            lambda library: library.books.by_day_and_model(first, last, provider=catalogue.provider, practice=practice)
        )

        def named(model: str) -> str:
            known = catalogue.find(model)
            return known.name if known else model

        return compare_days(usage, ours, catalogue.usd_per_unit, named)

    async def _balance(self, name: str, usage: Usage, *, practice: bool) -> Balance | None:
        if usage.balance is None:
            return None
        booked = await self._store.run(lambda library: library.books.charged(name, usage.models, practice=practice))
        return Balance(self._clock.now(), usage.balance, booked)

    async def _hints(
        self, lines: tuple[DayLine, ...], first: date, last: date, name: str, *, practice: bool
    ) -> tuple[str, ...]:
        sums = await self._store.run(lambda library: library.books.total(first, last, provider=name, practice=practice))
        flying = await self._store.run(lambda library: library.books.flying(provider=name, practice=practice))
        return explain(lines, unsettled=sums.unsettled, flying=flying.tasks)
