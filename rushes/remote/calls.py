"""Calls: which parts of the engine's interface go over the line, and what each takes and gives.

One list for both sides. A client's classes are made of `Call`s; a gateway answers what stands in `CALLS` and nothing
else. What a person presses (`writes`) goes with an Idempotency-Key, so that asking again never does it twice.
"""

from __future__ import annotations

import functools
import inspect
import typing
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from typing import Any, Concatenate, Generic, ParamSpec, Protocol, TypeVar, overload

from providers.price import Quote
from providers.shot import Shot
from rushes import interface
from rushes.library.shelf import Emptied
from rushes.library.verifying import Verified
from rushes.money.accounts import Spend
from rushes.money.books import Entry
from rushes.money.reconcile import Reconciled
from rushes.remote.codec import Decoder, Misfit
from rushes.tasks.exchanges import Exchange

__all__ = ["CALLS", "AccountCalls", "Asked", "AskedCalls", "Call", "EngineCalls", "GivenCalls", "ShelfCalls", "Speaks"]

P = ParamSpec("P")
R = TypeVar("R")
_TYPES = {each.__name__: each for each in (Spend, Entry, Reconciled, Emptied, Verified, Exchange)}
"""What the interface names without importing it."""


class Speaks(Protocol):
    """Whatever has a line to a gateway."""

    async def ask(self, call: Call[..., R], arguments: Mapping[str, Any]) -> R: ...


class Call(Generic[P, R]):
    """One method of the interface. As an attribute of a client's class it is that method, asked over the line."""

    def __init__(self, of: Callable[Concatenate[Any, P], Awaitable[R]], *, writes: bool = False) -> None:
        self.of = of
        self.writes = writes
        self.name = ""

    def __set_name__(self, owner: type, name: str) -> None:
        self.name = getattr(owner, "PREFIX", "") + name

    @overload
    def __get__(self, speaker: None, owner: type) -> Call[P, R]: ...
    @overload
    def __get__(self, speaker: Speaks, owner: type) -> Callable[P, Coroutine[Any, Any, R]]: ...
    def __get__(self, speaker: Speaks | None, owner: type) -> Call[P, R] | Callable[P, Coroutine[Any, Any, R]]:
        if speaker is None:
            return self

        async def asked(*args: P.args, **kwargs: P.kwargs) -> R:
            bound = self.signature.bind(speaker, *args, **kwargs)
            given = {name: value for name, value in bound.arguments.items() if name != "self"}
            return await speaker.ask(self, given)

        return asked

    @functools.cached_property
    def signature(self) -> inspect.Signature:
        """Of the interface's method, `self` included."""
        return inspect.signature(self.of)

    @functools.cached_property
    def hints(self) -> Mapping[str, Any]:
        """The types of what it takes, and under `return` of what it gives."""
        return typing.get_type_hints(self.of, {**vars(interface), **_TYPES})

    def arguments(self, given: Mapping[str, Any], read: Decoder) -> dict[str, Any]:
        """What was sent, read. Raises Misfit for what is missing, unknown or of another type."""
        known = {name: each for name, each in self.signature.parameters.items() if name != "self"}
        if unknown := given.keys() - known.keys():
            raise Misfit(f"{self.name} takes no {', '.join(sorted(unknown))}")
        needed = {name for name, each in known.items() if each.default is inspect.Parameter.empty}
        if missing := needed - given.keys():
            raise Misfit(f"{self.name} needs {', '.join(sorted(missing))}")
        found = {}
        for name, value in given.items():
            try:
                found[name] = read(self.hints[name], value)
            except Misfit as misfit:
                raise Misfit(f"{name}: {misfit}") from misfit
        return found


_E, _S, _A = interface.Engine, interface.Shelf, interface.Accounts


class EngineCalls:
    """Tasks."""

    submit = Call(_E.submit, writes=True)
    release = Call(_E.release, writes=True)
    undo = Call(_E.undo, writes=True)
    before_cancel = Call(_E.before_cancel)
    cancel = Call(_E.cancel, writes=True)
    forget = Call(_E.forget, writes=True)
    erase = Call(_E.erase, writes=True)
    watch_again = Call(_E.watch_again, writes=True)
    fetch = Call(_E.fetch, writes=True)
    adopt = Call(_E.adopt, writes=True)
    resend = Call(_E.resend, writes=True)
    rate = Call(_E.rate, writes=True)
    tag = Call(_E.tag, writes=True)
    pause = Call(_E.pause, writes=True)
    prioritise = Call(_E.prioritise, writes=True)
    paused = Call(_E.paused)
    get = Call(_E.get)
    need = Call(_E.need)
    active = Call(_E.active)
    tasks = Call(_E.tasks)
    history = Call(_E.history)
    count = Call(_E.count)
    events = Call(_E.events)
    exchanges = Call(_E.exchanges)
    is_carried = Call(_E.is_carried)


class ShelfCalls:
    """The library."""

    PREFIX = "shelf."

    page = Call(_S.page)
    count = Call(_S.count)
    tags = Call(_S.tags)
    complete = Call(_S.complete)
    kin = Call(_S.kin)
    searches = Call(_S.searches)
    room = Call(_S.room)
    verify = Call(_S.verify)
    link = Call(_S.link, writes=True)
    save_search = Call(_S.save_search, writes=True)
    drop_search = Call(_S.drop_search, writes=True)
    rate = Call(_S.rate, writes=True)
    note = Call(_S.note, writes=True)
    tag = Call(_S.tag, writes=True)
    rename_tag = Call(_S.rename_tag, writes=True)
    undo = Call(_S.undo, writes=True)
    trash = Call(_S.trash, writes=True)
    restore = Call(_S.restore, writes=True)
    empty_trash = Call(_S.empty_trash, writes=True)


class AccountCalls:
    """Money."""

    PREFIX = "accounts."

    spend = Call(_A.spend)
    entries = Call(_A.entries)
    bars = Call(_A.bars)
    warnings = Call(_A.warnings)
    reconcile = Call(_A.reconcile)


class GivenCalls:
    """The pictures and clips of a shot."""

    PREFIX = "given."

    look = Call(interface.Given.look)
    measure = Call(interface.Given.measure)
    notes = Call(interface.Given.notes)
    request = Call(interface.Given.request)


class Asked(Protocol):
    """What an engine in this process knows at once, and one behind a line has to ask for."""

    async def quote(self, shot: Shot) -> Quote: ...
    async def usual(self, shot: Shot) -> str: ...


class AskedCalls:
    """Such questions."""

    PREFIX = "asked."

    quote = Call(Asked.quote)
    usual = Call(Asked.usual)


CALLS: Mapping[str, Call[..., Any]] = {
    each.name: each
    for calls in (EngineCalls, ShelfCalls, AccountCalls, GivenCalls, AskedCalls)
    for each in vars(calls).values()
    if isinstance(each, Call)
}
