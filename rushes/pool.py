"""ProviderPool: the vendors of this run, built when first needed. Practice runs on the sandbox and needs no key."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import field
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from providers.base import Access, Memory, Provider, ProviderSpec
from providers.catalogue import Catalogue, near
from providers.registry import Registry
from providers.values import dataclass
from rushes import __version__
from rushes.keys import FoundApi, Keyring
from rushes.media.kinds import ALL

if TYPE_CHECKING:
    import httpx

__all__ = ["SANDBOX", "USER_AGENT", "Extras", "ProviderInfo", "ProviderPool", "UnknownProvider"]

SANDBOX = "sandbox"
USER_AGENT = f"rushes/{__version__}"
MARK_LENGTH = 8


class UnknownProvider(LookupError):
    """No provider of that name."""


@dataclass(frozen=True, slots=True)
class ProviderInfo:
    """A provider as the switcher shows it. `reason` says why it is not ready, and what to do.

    `missing_key`: nothing else is wrong, so that a face that takes keys itself can say so in its own words. `keyless`:
    of a provider that is ready, its APIs (by name) that are not, with what a person calls them.
    """

    name: str
    label: str
    ready: bool
    practice: bool
    reason: str = ""
    note: str = ""
    needs_key: bool = True
    missing_key: bool = False
    keyless: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Extras:
    """What a provider is given of this home: its own switches, and notes that it may keep between runs."""

    options: Callable[[str], Mapping[str, str]] = lambda _name: {}
    memory: Callable[[str, bool], Memory | None] = lambda _name, _practice: None


class ProviderPool:
    """`sandbox` makes the in-process transport on first use; `stand_in` puts every vendor onto it.

    `network` stands for the network, None is the real one.
    """

    def __init__(
        self,
        registry: Registry,
        keyring: Keyring,
        sandbox: Callable[[], httpx.AsyncBaseTransport],
        *,
        stand_in: bool,
        network: httpx.AsyncBaseTransport | None = None,
        extras: Extras | None = None,
    ) -> None:
        self.registry = registry
        self.keyring = keyring
        self.stand_in = stand_in
        self._network = network
        self._extras = extras or Extras()
        self._make_sandbox = sandbox
        self._sandbox: httpx.AsyncBaseTransport | None = None
        self._built: dict[tuple[str, bool], Provider] = {}
        self._replaced: list[Provider] = []
        self._callback: Callable[[str], str] = lambda _name: ""
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
            self._catalogues[name] = self._open_first(self.spec(name))
        return self._catalogues[name]

    def _open_first(self, spec: ProviderSpec) -> Catalogue:
        """The catalogue; where one API of several has a key, its models come first, so that the default one works."""
        catalogue = spec.load_catalogue()
        usable = {each.api.name for each in self.keyring.of(spec) if each.usable}
        if not usable or self.practises(spec.name):
            return catalogue
        models = sorted(catalogue.model, key=lambda each: each.api not in usable)
        return catalogue.but(model=tuple(models))

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
        """The in-process transport where the provider runs on it, else what stands for the network."""
        return self._sandbox_transport() if self.in_process(name, practice=practice) else self._network

    def in_process(self, name: str, *, practice: bool) -> bool:
        """Whether nothing of it leaves this process."""
        return practice or name == SANDBOX

    def is_local(self, name: str, model: str) -> bool:
        """Whether the model's API is on this machine."""
        return urlsplit(self.base_url(name, model)).hostname in {"localhost", "127.0.0.1", "::1"}

    def base_url(self, name: str, model: str) -> str:
        """The address that a model's API is asked at."""
        spec = self.spec(name)
        _keys, urls = self.keyring.access(spec)
        api = next((each for each in spec.apis if each.name == self.api(name, model)), None)
        return urls.get(api.name, api.base_url) if api else ""

    def api(self, name: str, model: str) -> str:
        """The name of the API that a model is asked through; the first for a model that nobody described."""
        known = self.catalogue(name).find(model)
        return known.api if known else next((each.name for each in self.spec(name).apis), "")

    def key_mark(self, name: str, model: str, *, practice: bool) -> str | None:
        """Tells the key that a model is asked with from others, and nothing else of it; None where there is no key.

        Far too little of a hash to find a key by, and enough to differ from one key to the next.
        """
        if self.in_process(name, practice=practice):
            return None
        keys = [each.key.secret.reveal() for each in self._of(self.spec(name), model) if each.usable and each.key]
        if not keys:
            return None
        import hashlib  # with the first task

        return hashlib.sha256(" ".join(["rushes", name, *keys]).encode()).hexdigest()[:MARK_LENGTH]

    def renew(self, keyring: Keyring) -> None:
        """Takes other keys. Clients with the old ones finish what they are at, and are closed with the rest."""
        self.keyring = keyring
        self._replaced += self._built.values()
        self._built, self._catalogues = {}, {}

    async def aclose(self) -> None:
        """Closes every client."""
        for provider in (*self._replaced, *self._built.values()):
            await provider.aclose()

    def _build(self, spec: ProviderSpec, *, practice: bool) -> Provider:
        if self.in_process(spec.name, practice=practice):
            from providers.sandbox.practice import practice_base_urls, practice_keys

            keys, urls = practice_keys(), practice_base_urls()
            transport: httpx.AsyncBaseTransport | None = self._sandbox_transport()
        else:
            (keys, urls), transport = self.keyring.access(spec), self._network
        options, memory = self._extras.options(spec.name), self._extras.memory(spec.name, practice)
        # What runs in this process could only call itself.
        callback = "" if self.in_process(spec.name, practice=practice) else self._callback(spec.name)
        return spec.build(Access(keys, urls, transport, USER_AGENT, ALL, options, memory, callback))

    def call_back(self, address: Callable[[str], str]) -> None:
        """From now on vendors are told where news of a task may be posted, by the provider's name."""
        self._callback = address
        self.renew(self.keyring)

    def _sandbox_transport(self) -> httpx.AsyncBaseTransport:
        if self._sandbox is None:
            self._sandbox = self._make_sandbox()
        return self._sandbox

    def _info(self, spec: ProviderSpec) -> ProviderInfo:
        practice = self.practises(spec.name)
        ready = practice or self.keyring.ready(spec)
        reason = "" if ready else self.reason(spec)
        missing = not ready and not self._problem(spec)
        apart = ready and spec.needs_key and not practice
        keyless = {each.api.name: _called(each) for each in self.keyring.of(spec) if apart and not each.usable}
        return ProviderInfo(spec.name, spec.label, ready, practice, reason, spec.note, spec.needs_key, missing, keyless)

    def ready(self, spec: ProviderSpec, model: str = "") -> bool:
        """Whether a shot can be sent; of a provider with several APIs, with this model."""
        return self.keyring.ready(spec) and (not spec.needs_key or any(each.usable for each in self._of(spec, model)))

    def _of(self, spec: ProviderSpec, model: str) -> tuple[FoundApi, ...]:
        """The APIs that a model is asked through: its own, or any of them for a model that nobody described."""
        known = self.catalogue(spec.name).find(model) if model else None
        return tuple(each for each in self.keyring.of(spec) if known is None or each.api.name == known.api)

    def reason(self, spec: ProviderSpec, model: str = "") -> str:
        """Why a provider, or one model of it, cannot be used, and what to do."""
        if model and self.keyring.ready(spec) and not self.ready(spec, model):
            api = self._of(spec, model)[0].api
            names = f"{api.key_env[0]} (keys: {api.key_page})"
            return f"{model} needs another key than the one that is set for {spec.label}: {names}"
        if problem := self._problem(spec):
            return problem
        names = " or ".join(dict.fromkeys(each.api.key_env[0] for each in self.keyring.of(spec)))
        return f"no key for {spec.label}; set {names}, or run `rushes keys set {spec.name}`"

    def _problem(self, spec: ProviderSpec) -> str:
        """What is wrong with what was set for it; nothing also where nothing was."""
        return next((each.problem for each in self.keyring.of(spec) if each.problem), "")


def _called(found: FoundApi) -> str:
    """An API of several as a person calls it: `Luma Dream Machine`."""
    return f"{found.label} {found.api.name.replace('_', ' ').title()}"
