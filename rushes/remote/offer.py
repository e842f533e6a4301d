"""Offer: what a gateway's providers can do, held here so that a form answers at once. Pure but for the vendors' rules.

The rules come with this program; a provider that only the gateway has is checked there, at the press.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from providers.base import CancelRule
from providers.catalogue import Catalogue
from providers.errors import Problem, Unreachable
from providers.price import Quote, quote
from providers.registry import load
from providers.shot import Shot
from rushes.keys import Keyring
from rushes.pool import ProviderInfo, ProviderPool, UnknownProvider
from rushes.remote.codec import Decoder, Misfit
from rushes.remote.uploads import stand_in
from rushes.shots.composing import check
from rushes.task import Task
from rushes.tasks.acting import cancel_words

__all__ = ["FORM", "Offer"]

FORM = 1
"""Of the calls between a client and a gateway; raised when old ones stop being understood."""


class _Offered(ProviderPool):
    """The providers of a gateway by its own catalogues, without a key: good for rules, for nothing that is sent."""

    def __init__(self, catalogue: Callable[[str], Catalogue], practice: frozenset[str]) -> None:
        super().__init__(load(), Keyring(()), _nowhere, stand_in=False)
        self._theirs = catalogue
        self._practice = practice

    def catalogue(self, name: str) -> Catalogue:
        return self._theirs(name)

    def practises(self, name: str) -> bool:
        return name in self._practice

    def in_process(self, name: str, *, practice: bool) -> bool:
        return False


def _nowhere() -> Any:
    raise RuntimeError("nothing is sent from here")


class Offer:
    """`take` reads what the gateway says of itself; before it there is nothing."""

    def __init__(self) -> None:
        self.infos: tuple[ProviderInfo, ...] = ()
        self.trouble = ""
        self._pool = _Offered(self.catalogue, frozenset())
        self._said: dict[str, Any] = {}
        self._catalogues: dict[str, Catalogue] = {}
        self._rules: dict[str, CancelRule] = {}
        self._prices: dict[str, Quote] = {}

    def take(self, said: Any) -> None:
        """Raises Unreachable where it is another program, or another version's form."""
        if not isinstance(said, Mapping) or said.get("form") != FORM:
            theirs = said.get("version", "unknown") if isinstance(said, Mapping) else "unknown"
            raise Unreachable(f"the gateway has another version (rushes {theirs}); install the same one here and there")
        read = Decoder()
        try:
            self.infos = read(tuple[ProviderInfo, ...], said["providers"])
            self.trouble = read(str, said.get("trouble", ""))
            self._said = read(dict[str, Any], said["catalogues"])
            self._rules = read(dict[str, CancelRule], said["cancel"])
        except (Misfit, KeyError) as error:
            raise Unreachable(f"what the gateway offers cannot be read ({error})") from error
        self._catalogues = {}
        practice = frozenset(each.name for each in self.infos if each.practice)
        self._pool = _Offered(self.catalogue, practice)

    def info(self, name: str) -> ProviderInfo:
        """Raises UnknownProvider."""
        for each in self.infos:
            if each.name == name:
                return each
        known = ", ".join(each.name for each in self.infos)
        raise UnknownProvider(f"the gateway has no provider {name!r} (there are {known})")

    def catalogue(self, name: str) -> Catalogue:
        """Read when it is first asked for. Raises UnknownProvider, and Unreachable for one that cannot be read."""
        self.info(name)
        if name not in self._catalogues:
            try:
                self._catalogues[name] = Decoder()(Catalogue, self._said.get(name))
            except Misfit as error:
                raise Unreachable(f"what the gateway offers of {name} cannot be read ({error})") from error
        return self._catalogues[name]

    def check(self, shot: Shot) -> list[Problem]:
        """The catalogue, and the vendor's rules where this program has them."""
        if shot.provider not in self._pool.registry.specs:
            return self.catalogue(shot.provider).check(stand_in(shot))
        return check(self._pool, stand_in(shot))

    def quote(self, shot: Shot) -> Quote:
        """By the gateway's table, or as it said itself where a clip decides."""
        return self._prices.get(shot.fingerprint()) or quote(self.catalogue(shot.provider), shot)

    def learn(self, shot: Shot, price: Quote) -> None:
        """What the gateway says that a shot with a clip costs."""
        self._prices[shot.fingerprint()] = price

    def known(self, shot: Shot, name: str) -> tuple[str, ...]:
        """The words that a text parameter may hold; nothing for one that holds anything."""
        model = self.catalogue(shot.provider).find(shot.model)
        param = model.find_param(name, shot.mode) if model else None
        return param.known if param is not None else ()

    def cancel_words(self, task: Task) -> str:
        """What cancelling would do about the money."""
        return cancel_words(self._rules.get(task.shot.provider, CancelRule.IMPOSSIBLE), task)
