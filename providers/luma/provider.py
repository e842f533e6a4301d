"""LumaProvider: chooses the API by the model and hands the call on. Each API is a module of its own."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import date, datetime
from typing import Any

from providers.base import (
    Access,
    Api,
    CancelOutcome,
    Health,
    PastPage,
    Provider,
    Receipt,
    Usage,
    VendorRef,
    VendorTask,
    WireRequest,
)
from providers.catalogue import Catalogue
from providers.errors import KeyRefused, NotSupported, Problem, ProviderError
from providers.luma import AGENTS, DREAM_MACHINE
from providers.luma.agents import AgentsApi
from providers.luma.dream_machine import DreamMachine
from providers.luma.files import Timing
from providers.luma.preview import preview
from providers.luma.rules import AGENTS_RULES, DREAM_MACHINE_RULES, problems
from providers.shot import Media, Shot

__all__ = ["LumaProvider"]

LABELS = {AGENTS.name: "Agents API", DREAM_MACHINE.name: "Dream Machine API"}


class LumaProvider(Provider):
    """Luma's models behind one name. Neither API can cancel; only Dream Machine can list and find a lost request."""

    name = "luma"
    min_poll_s = 2.0
    can_list = True

    def __init__(self, catalogue: Catalogue, access: Access, timing: Timing | None = None) -> None:
        self.catalogue = catalogue
        self._keys = frozenset(access.keys)
        urls = {each.name: access.base_urls.get(each.name, each.base_url) for each in (AGENTS, DREAM_MACHINE)}
        self._agents = AgentsApi(catalogue, urls[AGENTS.name], access, timing or Timing())
        self._dream_machine = DreamMachine(catalogue, urls[DREAM_MACHINE.name], access)

    def problems(self, shot: Shot) -> list[Problem]:
        return problems(AGENTS_RULES if self._is_agents(shot.model) else DREAM_MACHINE_RULES, shot)

    def notes(self, shot: Shot, _media: Sequence[Media] = (), clip_size: tuple[int, int] | None = None) -> list[str]:
        return preview(shot, clip_size)

    def request(self, shot: Shot, media: Sequence[Media] = ()) -> WireRequest:
        if self._is_agents(shot.model):
            return self._agents.request(shot, media)
        return self._dream_machine.request(shot, media)

    def listed_as(self, shot: Shot) -> Mapping[str, Any]:
        if self._is_agents(shot.model):
            return super().listed_as(shot)
        return self._dream_machine.listed_as(shot)

    async def prepare(self, shot: Shot, media: Sequence[Media] = ()) -> list[Media]:
        """Brings over what is too large for a request; finds the links of takes that are wanted as links."""
        if not media:
            return []
        self._need_key(shot.model)
        if self._is_agents(shot.model):
            return await self._agents.prepare(media)
        return await self._dream_machine.prepare(shot, media)

    async def submit(self, shot: Shot, media: Sequence[Media] = ()) -> Receipt:
        self._need_key(shot.model)
        if self._is_agents(shot.model):
            return await self._agents.submit(shot, media)
        return await self._dream_machine.submit(shot, media)

    async def poll(self, ref: VendorRef) -> VendorTask:
        self._need_key(ref.model)
        if self._is_agents(ref.model):
            return await self._agents.poll(ref.vendor_id)
        return await self._dream_machine.poll(ref.vendor_id)

    async def poll_many(self, refs: Sequence[VendorRef]) -> dict[str, VendorTask]:
        """Those of the Dream Machine API, by its list; the others are left out, to be asked for one by one."""
        listed = [ref.vendor_id for ref in refs if not self._is_agents(ref.model)]
        if not listed or DREAM_MACHINE.name not in self._keys:
            return {}
        return await self._dream_machine.poll_many(listed)

    async def find(
        self, shot: Shot, media: Sequence[Media] = (), *, since: datetime, until: datetime
    ) -> list[VendorTask]:
        if self._is_agents(shot.model):
            raise NotSupported("Luma's Agents API keeps no list, so a lost request cannot be looked up")
        self._need_key(shot.model)
        return await self._dream_machine.find(shot, media, since=since, until=until)

    async def past(self, cursor: str | None = None) -> PastPage:
        """Dream Machine's list; the Agents API has none."""
        if DREAM_MACHINE.name not in self._keys:
            hint = f"set {DREAM_MACHINE.key_env[0]} (keys: {DREAM_MACHINE.key_page})"
            raise KeyRefused("only Luma's Dream Machine API lists what was made", status=0, hint=hint)
        return await self._dream_machine.past(cursor)

    async def cancel(self, ref: VendorRef) -> CancelOutcome:
        raise NotSupported("Luma cannot cancel: the generation goes on, and is charged; forgetting stops the watching")

    async def erase(self, ref: VendorRef) -> None:
        if self._is_agents(ref.model):
            raise NotSupported("Luma's Agents API has no call to delete a generation")
        self._need_key(ref.model)
        await self._dream_machine.erase(ref.vendor_id)

    async def known_values(self, model: str, param: str) -> tuple[str, ...]:
        """Dream Machine lists its concepts; nothing else is listed."""
        if param != "concepts" or self._is_agents(model):
            raise NotSupported(f"Luma keeps no list of {param}")
        self._need_key(model)
        return await self._dream_machine.concepts()

    async def usage(self, since: date, until: date) -> Usage:
        """Dream Machine's balance; nothing is told by day, and the Agents API tells nothing at all."""
        if DREAM_MACHINE.name not in self._keys:
            raise NotSupported("Luma's Agents API does not tell what was used")
        return await self._dream_machine.usage()

    async def health(self) -> Health:
        """Both APIs, each by calls that cost nothing; the balance is Dream Machine's, the other has none to tell."""
        found = {
            api.name: await self._look(api, health)
            for api, health in ((AGENTS, self._agents.health), (DREAM_MACHINE, self._dream_machine.health))
            if api.name in self._keys
        }
        if not found:
            return Health(False, None, _no_key())
        told = {f"{LABELS[name]}": each.message for name, each in found.items()}
        closed = {LABELS[api.name]: "no key" for api in (AGENTS, DREAM_MACHINE) if api.name not in found}
        limits = {name: value for each in found.values() for name, value in each.facts.items()}
        verdicts = [each.key_accepted for each in found.values() if each.key_accepted is not None]
        balance = next((each for each in found.values() if each.balance is not None), None)
        return Health(
            reachable=all(each.reachable for each in found.values()),
            key_accepted=all(verdicts) if verdicts else None,
            message="; ".join(f"{label}: {words}" for label, words in told.items()),
            balance=balance.balance if balance else None,
            unit=balance.unit if balance else "",
            facts={**told, **closed, **limits},
        )

    async def aclose(self) -> None:
        await self._agents.aclose()
        await self._dream_machine.aclose()

    async def _look(self, api: Api, health: Callable[[], Awaitable[Health]]) -> Health:
        try:
            return await health()
        except KeyRefused as error:
            return Health(True, False, f"{error.message}; keys: {api.key_page}")
        except ProviderError as error:
            return Health(False, None, error.message)

    def _is_agents(self, model: str) -> bool:
        """By the catalogue; a model that nobody described goes to the API that has a key, the current one first."""
        known = self.catalogue.find(model)
        if known is not None:
            return known.api == AGENTS.name
        return AGENTS.name in self._keys or DREAM_MACHINE.name not in self._keys

    def _need_key(self, model: str) -> None:
        api = AGENTS if self._is_agents(model) else DREAM_MACHINE
        if api.name not in self._keys:
            hint = f"set {api.key_env[0]} (keys: {api.key_page})"
            raise KeyRefused(f"{model} needs a key for Luma's {LABELS[api.name]}", status=0, hint=hint)


def _no_key() -> str:
    ways = (f"{api.key_env[0]} ({LABELS[api.name]}, from {api.key_page})" for api in (AGENTS, DREAM_MACHINE))
    return f"no key; set {' or '.join(ways)}"
