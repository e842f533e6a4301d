"""Pressing: from a shot to written tasks. Everything that can stand in the way stands here, before anything is sent."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

from providers.catalogue import Catalogue
from providers.errors import Problem
from providers.price import Quote
from providers.shot import Shot
from providers.values import dataclass
from rushes.context import Context
from rushes.ids import new_id
from rushes.library.library import Library, LibraryError
from rushes.library.wanted import Taken, Wanted, check_room
from rushes.money import budgets, charging
from rushes.shots.composing import check, complete
from rushes.shots.given_media import Given
from rushes.task import Cost, Status, Task

__all__ = ["Invalid", "NotReady", "Press", "allow", "press"]


class Invalid(Exception):
    """The shot cannot be sent as it is."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        super().__init__("; ".join(f"{each.param} {each.message}" for each in problems))
        self.problems = tuple(problems)


class NotReady(Exception):
    """The provider has no usable key: the message says what to do."""


@dataclass(frozen=True, slots=True)
class Press:
    """What goes with a shot when it is pressed; `Engine.submit` says what each means."""

    count: int = 1
    hold_s: float = 0.0
    consent_usd: Decimal | None = None
    past_budget: bool = False
    ids: Sequence[str] = ()
    wanted: Wanted | None = None


async def press(context: Context, given: Given, shot: Shot, how: Press) -> list[Task]:
    """Checks, quotes, asks the budgets, and writes the tasks. Raises as `Engine.submit` does."""
    catalogue = context.pool.catalogue(shot.provider)
    shot = await given.told(complete(catalogue, shot))
    if problems := check(context.pool, shot):
        raise Invalid(problems)
    practice = context.pool.practises(shot.provider)
    _need_key(context, shot, practice=practice)
    if problems := await given.look(shot):
        raise Invalid(problems)
    await asyncio.to_thread(_need_folder, context.media)
    price = given.quote(catalogue, shot)
    needs = charging.needs(shot, Decimal(0) if practice else price.usd, how.count)
    await allow(context, needs, shot.provider, how.consent_usd, past_budget=how.past_budget)
    made = [await _add(context, task, price, how) for task in _tasks(context, catalogue, shot, price, how)]
    return [task for task in made if task is not None]


async def allow(
    context: Context, needs: budgets.Needs, provider: str, consent: Decimal | None, *, past_budget: bool = False
) -> None:
    """Raises SpendingRefused or OverBudget where nobody agreed, or a budget would be passed."""
    settings, now = context.settings.value, context.clock.now()
    await context.store.run(
        lambda library: charging.allow(library, settings, needs, provider, consent, now, past_budget=past_budget)
    )


def _need_key(context: Context, shot: Shot, *, practice: bool) -> None:
    spec = context.pool.spec(shot.provider)
    if not (practice or context.pool.ready(spec, shot.model)):
        raise NotReady(context.pool.reason(spec, shot.model))


def _need_folder(media: Path) -> None:
    """Whether clips can be kept at all: found out before money is spent. Raises LibraryError."""
    import tempfile  # with the first press

    try:
        media.mkdir(parents=True, exist_ok=True, mode=0o700)
        with tempfile.TemporaryFile(dir=media):
            pass
    except OSError as error:
        raise LibraryError(
            f"clips cannot be kept in {media}: {error.strerror or error}; nothing was sent. "
            "`rushes settings set media.folder DIR` chooses another folder, `rushes doctor` checks it"
        ) from error


def _tasks(context: Context, catalogue: Catalogue, shot: Shot, price: Quote, how: Press) -> list[Task]:
    now = context.clock.now()
    practice = context.pool.practises(shot.provider)
    return [
        Task(
            id=how.ids[number] if how.ids else new_id(now),
            shot=shot,
            status=Status.QUEUED,
            created_at=now,
            badge=_badge(catalogue, shot, practice=practice),
            cost=Cost(quoted=price.usd),
            practice=practice,
            hold_until=now + timedelta(seconds=how.hold_s) if how.hold_s > 0 else None,
            wanted=how.wanted.identity if how.wanted else None,
            wanted_as=how.wanted.name if how.wanted else None,
        )
        for number in range(how.count)
    ]


async def _add(context: Context, task: Task, price: Quote, how: Press) -> Task | None:
    """Writes a task; None where another process has made this take of a shot file in the meantime."""
    may_pass = how.past_budget and context.settings.value.spending.over_budget == "ask"
    more = {"quote_source": charging.quote_source(price.as_of), "past_budget": may_pass}

    def guard(library: Library) -> None:
        if how.wanted is not None:
            check_room(library, how.wanted, practice=task.practice)

    try:
        return await context.store.run(lambda library: library.add(task, owner=context.owner, more=more, guard=guard))
    except Taken:
        return None


def _badge(catalogue: Catalogue, shot: Shot, *, practice: bool) -> str:
    model = catalogue.find(shot.model)
    badge = model.badge if model else f"{catalogue.label}-{shot.model}".upper()
    return f"{badge} PRACTICE" if practice else badge
