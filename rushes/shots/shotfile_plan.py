"""Planning: what of a shot file is made already, what is under way, and what applying it would send and cost."""

from __future__ import annotations

import asyncio
import hashlib
import json
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Any

from providers.catalogue import Catalogue
from providers.errors import Problem
from providers.price import Quote
from providers.shot import Shot
from providers.sources import is_task_id
from rushes.library.wanted import Standing, Wanted, standing, was_tried
from rushes.money.budgets import Bill, Line, Needs
from rushes.money.charging import needs
from rushes.pool import SANDBOX, UnknownProvider
from rushes.shots.composing import build, check, complete, whose
from rushes.shots.inputs import check_source
from rushes.shots.shotfile import Entry, Fault
from rushes.task import Status

if TYPE_CHECKING:
    from rushes.context import Context
    from rushes.shots.given_media import Given

__all__ = ["Plan", "Planned", "Planner", "State"]


class State(StrEnum):
    """What is to be said of a shot. `changed`: a shot of this name was made before, but not as it is now."""

    NEW = "new"
    CHANGED = "changed"
    MISSING = "missing"
    UNDER_WAY = "under way"
    UNSETTLED = "unsettled"
    DONE = "done"


@dataclass(frozen=True, slots=True)
class Planned:
    """One shot of a file. `takes` count already; of these `unsent` were written by an earlier run and never sent."""

    entry: Entry
    shot: Shot
    quote: Quote
    practice: bool
    identity: str
    state: State
    takes: tuple[Standing, ...] = ()
    unsent: tuple[str, ...] = ()

    @property
    def new_takes(self) -> int:
        """How many tasks are to be written."""
        return max(0, self.entry.count - len(self.takes))

    @property
    def missing(self) -> int:
        """How many takes applying would send."""
        return self.new_takes + len(self.unsent)

    @property
    def wanted(self) -> Wanted:
        """As the library keeps it."""
        return Wanted(self.identity, self.entry.name, self.entry.count)

    @property
    def usd(self) -> Decimal | None:
        """What one take costs; practice costs nothing."""
        return Decimal(0) if self.practice else self.quote.usd

    @property
    def needs(self) -> Needs:
        """What its missing takes ask of the budgets."""
        return needs(self.shot, self.usd, self.missing)

    def to_json(self) -> dict[str, Any]:
        """The form of `shots` in `plan --json`; docs/cli.md has it."""
        done = sum(each.status is Status.SUCCEEDED for each in self.takes)
        return {
            "name": self.entry.name,
            "file": str(self.entry.file),
            "state": self.state.value,
            "count": self.entry.count,
            "done": done,
            "under_way": len(self.takes) - done - len(self.unsent),
            "missing": self.missing,
            "identity": self.identity,
            **self.shot.to_json(),
            "practice": self.practice,
            "price": {
                "usd": _number(self.usd),
                "total_usd": _number(None if self.usd is None else self.usd * self.missing),
            },
            "tasks": [each.id for each in self.takes],
        }


@dataclass(frozen=True, slots=True)
class Plan:
    """All shots of some files. With `faults`, nothing of it is to be sent. `notes` are worth saying."""

    shots: tuple[Planned, ...]
    faults: tuple[Fault, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def missing(self) -> tuple[Planned, ...]:
        """Shots of which takes are to be sent."""
        return tuple(each for each in self.shots if each.missing)

    @property
    def needs(self) -> list[tuple[str, Needs]]:
        """What the missing takes that cost anything ask of the budgets, with their providers."""
        return [(each.shot.provider, each.needs) for each in self.missing if each.usd != 0]

    @property
    def bill(self) -> Bill:
        """What the missing takes cost."""
        return Bill(tuple(Line(each.entry.name, each.usd, each.missing) for each in self.missing))


class Planner:
    """Looks at shots, their pictures and the library. `is_carried` says whether a living process has a task."""

    def __init__(self, context: Context, given: Given, is_carried: Callable[[str], Awaitable[bool]]) -> None:
        self._context = context
        self._given = given
        self._is_carried = is_carried

    async def plan(self, entries: Sequence[Entry]) -> Plan:
        """Every shot, or everything that is wrong with them."""
        shots: list[Planned] = []
        faults: list[Fault] = []
        notes: list[str] = []
        for entry in entries:
            found, problems, said = await self._one(entry)
            notes += [f"{entry.name}: {each}" for each in said]
            if found is None or problems:
                faults += [entry.fault(each) for each in (*problems, *_more(entry, problems))]
            else:
                shots.append(found)
        return Plan(tuple(shots), tuple(faults), tuple(dict.fromkeys(notes)))

    async def _one(self, entry: Entry) -> tuple[Planned | None, list[Problem], list[str]]:
        pool = self._context.pool
        provider, problems = (entry.wish.provider, []) if entry.wish.provider else self._provider(entry.wish.model)
        if problems:
            return None, problems, []
        try:
            catalogue = pool.catalogue(provider)
        except UnknownProvider as error:
            return None, [Problem("provider", str(error))], []
        if not entry.wish.model and provider != SANDBOX:
            # A provider's first model depends on the keys that there are; a file means the same everywhere.
            words = f"is missing; name one of {catalogue.label}'s models"
            return None, [Problem("model", words, catalogue.names())], []
        shot, problems, notes = build(catalogue, replace(entry.wish, provider=provider))
        shot = await self._given.told(complete(catalogue, shot))
        problems += check(pool, shot, problems)
        named = {each.param for each in problems}
        problems += [each for each in await self._given.look(shot) if each.param not in named]
        if problems:
            return None, problems, notes
        try:
            return await self._placed(entry, catalogue, shot), [], notes
        except OSError as error:
            return None, [Problem("", f"{error.filename}: {error.strerror or error}")], notes

    def _provider(self, model: str) -> tuple[str, list[Problem]]:
        """The only one that has the model; the free sandbox where no model is named; else what is wrong with that."""
        if not model:
            return SANDBOX, []
        pool = self._context.pool
        provider, problems = whose(model, [pool.catalogue(name) for name in pool.registry.specs])
        if not (provider or problems):
            having = [name for name in pool.registry.specs if pool.catalogue(name).find(model)]
            which = f"{', '.join(having)} have it" if having else "none that is known has it"
            words = f'which one is meant for the model {model}? Say it as provider = "…" ({which})'
            problems = [Problem("provider", words)]
        return provider, problems

    async def _placed(self, entry: Entry, catalogue: Catalogue, shot: Shot) -> Planned:
        """Raises OSError for a file that cannot be read."""
        practice = self._context.pool.practises(shot.provider)
        identity = await asyncio.to_thread(_identity, entry.name, shot)
        quote = self._given.quote(catalogue, shot)
        takes, (same, named) = await self._context.store.run(
            lambda library: (
                tuple(standing(library, identity, practice=practice)),
                was_tried(library, identity, entry.name, practice=practice),
            )
        )
        unsent = [each.id for each in takes if each.status is Status.QUEUED and not await self._is_carried(each.id)]
        before = State.MISSING if same else State.CHANGED if named else State.NEW
        state = before if len(takes) < entry.count or unsent else _settled(takes)
        return Planned(entry, shot, quote, practice, identity, state, takes, tuple(unsent))


def _more(entry: Entry, problems: Sequence[Problem]) -> list[Problem]:
    """What is wrong with the files of a shot of which nothing more was looked at, not even whose model it names."""
    named = {each.param for each in problems}
    looked = [
        (each.role.value, check_source(each.source)) for each in entry.wish.inputs if each.role.value not in named
    ]
    return [Problem(role, words) for role, words in looked if words]


def _settled(takes: Sequence[Standing]) -> State:
    """Of a shot that has all its takes."""
    if any(each.status is Status.UNCERTAIN for each in takes):
        return State.UNSETTLED
    return State.DONE if all(each.status is Status.SUCCEEDED for each in takes) else State.UNDER_WAY


def _identity(name: str, shot: Shot) -> str:
    """A hash of the name and of all that would be sent; a picture counts by what it is, not by where it lies.

    Raises OSError.
    """
    inputs = [{"role": each.role.value, "source": _content(each.source)} for each in shot.inputs]
    text = json.dumps({"name": name, **shot.to_json(), "inputs": inputs}, sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()


def _content(source: str) -> str:
    if "://" in source:
        return source
    path = Path(source)
    if is_task_id(source) and not path.is_file():
        return source.upper()
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _number(amount: Decimal | None) -> float | None:
    return None if amount is None else float(amount)
