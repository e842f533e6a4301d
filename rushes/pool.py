"""ProviderPool: the vendors of this run, built when first needed. Practice runs on the sandbox and needs no key."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from providers.base import Access, Provider, ProviderSpec
from providers.catalogue import Catalogue, near
from providers.registry import Registry
from rushes import __version__
from rushes.keys import Keyring

if TYPE_CHECKING:
    import httpx

__all__ = ["SANDBOX", "ProviderInfo", "ProviderPool", "UnknownProvider"]

SANDBOX = "sandbox"
USER_AGENT = f"rushes/{__version__}"


class UnknownProvider(LookupError):
    """No provider of that name."""


@dataclass(frozen=True, slots=True)
class ProviderInfo:
    """A provider as the switcher shows it. `reason` says why it is not ready, and what to do."""

    name: str
    label: str
    ready: bool
    practice: bool
    reason: str = ""
    note: str = ""


class ProviderPool:
    """`sandbox` makes the in-process transport on first use; `stand_in` puts every vendor onto it."""

    def __init__(
        self, registry: Registry, keyring: Keyring, sandbox: Callable[[], httpx.AsyncBaseTransport], *, stand_in: bool
    ) -> None:
        self.registry = registry
        self.keyring = keyring
        self.stand_in = stand_in
        self._make_sandbox = sandbox
        self._sandbox: httpx.AsyncBaseTransport | None = None
        self._built: dict[tuple[str, bool], Provider] = {}
        self._catalogues: dict[str, Catalogue] = {}

    def spec(self, name: str) -> ProviderSpec:
        """Raises UnknownProvider, with the nearest name."""
        if name in self.registry.specs:
            return self.registry.specs[name]
        if name in self.registry.broken:
            raise UnknownProvider(f"the provider {name} could not be loaded: {self.registry.broken[name]}")
        known = ", ".join(self.registry.specs)
        raise UnknownProvider(f"there is no provider {name!r}{near(name, self.registry.specs)} (there are {known})")

    def infos(self) -> tuple[ProviderInfo, ...]:
        """Every provider, in the order of the switcher."""
        return tuple(self._info(spec) for spec in self.registry.specs.values())

    def catalogue(self, name: str) -> Catalogue:
        """What a provider offers."""
        if name not in self._catalogues:
            self._catalogues[name] = self.spec(name).load_catalogue()
        return self._catalogues[name]

    def practises(self, name: str) -> bool:
        """Whether a new task of this provider would be practice."""
        return self.stand_in and self.spec(name).needs_key

    def provider(self, name: str, *, practice: bool) -> Provider:
        """The client. A vendor without a key is built all the same: it can still say what it would send."""
        key = (name, practice)
        if key not in self._built:
            self._built[key] = self._build(self.spec(name), practice=practice)
        return self._built[key]

    def transport(self, name: str, *, practice: bool) -> httpx.AsyncBaseTransport | None:
        """The in-process transport where the provider runs on it, None for the network."""
        return self._sandbox_transport() if practice or name == SANDBOX else None

    def base_url(self, name: str, model: str) -> str:
        """The address that a model's API is asked at."""
        spec = self.spec(name)
        _keys, urls = self.keyring.access(spec)
        known = self.catalogue(name).find(model)
        api = next((each for each in spec.apis if known is None or each.name == known.api), None)
        return urls.get(api.name, api.base_url) if api else ""

    async def aclose(self) -> None:
        """Closes every client."""
        for provider in self._built.values():
            await provider.aclose()

    def _build(self, spec: ProviderSpec, *, practice: bool) -> Provider:
        transport = self.transport(spec.name, practice=practice)
        if transport is not None:
            from providers.sandbox.practice import practice_base_urls, practice_keys

            return spec.build(Access(practice_keys(), practice_base_urls(), transport, USER_AGENT))
        keys, urls = self.keyring.access(spec)
        return spec.build(Access(keys, urls, None, USER_AGENT))

    def _sandbox_transport(self) -> httpx.AsyncBaseTransport:
        if self._sandbox is None:
            self._sandbox = self._make_sandbox()
        return self._sandbox

    def _info(self, spec: ProviderSpec) -> ProviderInfo:
        practice = self.practises(spec.name)
        ready = practice or self.keyring.ready(spec)
        return ProviderInfo(spec.name, spec.label, ready, practice, "" if ready else self.reason(spec), spec.note)

    def reason(self, spec: ProviderSpec) -> str:
        """Why a provider cannot be used, and what to do."""
        found = self.keyring.of(spec)
        problem = next((each.problem for each in found if each.problem), None)
        if problem:
            return problem
        names = " or ".join(dict.fromkeys(each.api.key_env[0] for each in found))
        return f"no key for {spec.label}; set {names}, or run `rushes keys set {spec.name}`"
