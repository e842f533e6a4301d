"""Balances: what an account's balance says about one press whose outcome, or whose refund, nobody told.

The balance is read before a send (with the account's limits, so it is a few minutes old at most) and again when it
matters. It is a hint for a person, never a booking: other tasks and other programs move it as well.
"""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from providers.values import dataclass
from rushes.task import Status, Task, stamp

if TYPE_CHECKING:
    from rushes.context import Context
    from rushes.library.library import Library

__all__ = ["Moved", "before_send", "moved_since"]


@dataclass(frozen=True, slots=True)
class Moved:
    """Two readings of a balance around one press, in the vendor's unit. `alone`: nothing else of ours moved it."""

    before: Decimal
    before_at: datetime
    after: Decimal
    after_at: datetime
    unit: str
    alone: bool

    @property
    def fell(self) -> Decimal:
        """What is gone."""
        return self.before - self.after

    def words(self) -> str:
        """`the balance was 1000 credits at 12:03 and is 940 at 12:05 UTC, 60 less; …`."""
        move = "as much" if not self.fell else f"{abs(self.fell):f} {'less' if self.fell > 0 else 'more'}"
        times = f"at {self.before_at:%H:%M} and is {self.after:f} at {self.after_at:%H:%M} UTC, {move}"
        others = "" if self.alone else "; other tasks of this library moved it as well"
        return f"the balance was {self.before:f} {self.unit}s {times}{others}"

    def verdict(self, price: Decimal | None) -> str:
        """What that says about a press that costs so many units, as far as it says anything."""
        if not self.alone:
            return "so it proves nothing"
        if not self.fell:
            return "so nothing was charged by then"
        if price is not None and self.fell == price:
            return "as much as this press costs: it was probably accepted"
        return "which may be this press"

    def to_json(self) -> dict[str, Any]:
        """What the story of a task keeps."""
        return {"before": str(self.before), "after": str(self.after), "unit": self.unit, "alone": self.alone}


def before_send(context: Context, task: Task) -> dict[str, Any]:
    """What the story keeps of the balance at the moment of sending; nothing where the vendor does not tell it."""
    told = context.allowances.of(task)
    if told is None or told.limits.balance is None:
        return {}
    return {"balance": str(told.limits.balance), "balance_at": stamp(told.at)}


async def moved_since(context: Context, task: Task) -> Moved | None:
    """Reads the balance now and lays it beside the one from before the last send; None where one of them is missing."""
    before = await context.store.run(lambda library: _before(library, task.id))
    if before is None:
        return None
    told = await context.allowances.read(task)
    if told is None or told.limits.balance is None:
        return None
    units, at = before
    provider = context.pool.provider(task.shot.provider, practice=task.practice)
    alone = await context.store.run(lambda library: not library.stirred_since(task, at))
    return Moved(units, at, told.limits.balance, told.at, provider.catalogue.unit, alone)


def _before(library: Library, task_id: str) -> tuple[Decimal, datetime] | None:
    sent = [each for each in library.events(task_id) if each.now == Status.SUBMITTING and "balance" in each.detail]
    if not sent:
        return None
    detail = sent[-1].detail
    return Decimal(str(detail["balance"])), datetime.fromisoformat(str(detail["balance_at"]))
