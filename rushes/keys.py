"""Where vendors' keys and addresses come from, and how they stay out of sight.

Order: the environment, `.env` in the working folder, `.env` in the config folder. Works on what a `ProviderSpec`
says of its APIs and knows no vendor. Not for checking a key with the vendor: that is `Provider.health`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import field
from pathlib import Path
from typing import TYPE_CHECKING

from providers.values import dataclass
from rushes.envfile import EnvFileError, read_env, remove_variable, set_variable
from rushes.keyforms import KeyProblem, bare, check_address, clean_key

if TYPE_CHECKING:
    from providers.base import Api, ProviderSpec

__all__ = [
    "EnvFileError",
    "FoundAddress",
    "FoundApi",
    "FoundKey",
    "KeyProblem",
    "KeyRow",
    "Keyring",
    "Secret",
    "Source",
    "check_address",
    "clean_key",
    "find_keys",
    "forget_key",
    "set_key",
]

SHOWN = 4
LONG_ENOUGH_TO_SHOW = 16
"""Of a shorter key nothing is shown: four characters would be a good part of it."""


@dataclass(frozen=True, slots=True, repr=False)
class Secret:
    """A key that shows at most its last four characters, wherever it is printed. Only `reveal` gives it."""

    _value: str

    def reveal(self) -> str:
        """The key itself, for the request that needs it."""
        return self._value

    @property
    def tail(self) -> str:
        """The last four characters of a long key; nothing of a short one, or of what no key looks like."""
        tail = self._value[-SHOWN:]
        return tail if len(self._value) >= LONG_ENOUGH_TO_SHOW and re.fullmatch(r"[!-~]+", tail) else ""

    def __str__(self) -> str:
        return f"…{self.tail}"

    def __format__(self, form: str) -> str:
        return format(str(self), form)

    def __repr__(self) -> str:
        return f"Secret(…{self.tail})"

    def __reduce__(self) -> str:
        raise TypeError("a secret is not written anywhere")


@dataclass(frozen=True, slots=True)
class Source:
    """A place that was looked in; `path` None is the environment. `trusted`: it may redirect any key."""

    path: Path | None
    trusted: bool
    values: Mapping[str, str] = field(repr=False, compare=False)

    def __str__(self) -> str:
        return str(self.path) if self.path else "environment"

    def get(self, variable: str) -> str:
        """A variable's value, empty where it is not set or has white space alone."""
        return self.values.get(variable, "").strip()


@dataclass(frozen=True, slots=True)
class FoundKey:
    """The key that counts for an API. With a `problem` it is not used, and neither is one from a weaker source."""

    api: str
    variable: str
    source: Source
    secret: Secret
    problem: str | None = None


@dataclass(frozen=True, slots=True)
class FoundAddress:
    """Replaces the vendor's own. With a `problem` the API is not used: its key was meant for elsewhere."""

    api: str
    variable: str
    source: Source
    url: str
    problem: str | None = None


@dataclass(frozen=True, slots=True)
class FoundApi:
    """What was found for one API. `note` tells of an address that was passed over."""

    provider: str
    label: str
    api: Api
    key: FoundKey | None
    address: FoundAddress | None
    note: str | None = None

    @property
    def problem(self) -> str | None:
        """Why this API cannot be used although something was set; None also where nothing was."""
        if self.key and self.key.problem:
            return self.key.problem
        return self.address.problem if self.address else None

    @property
    def usable(self) -> bool:
        """Whether there is a key that may be sent to a known address."""
        return self.key is not None and self.problem is None

    @property
    def base_url(self) -> str:
        """The address that counts; the vendor's own where nothing usable replaces it."""
        return self.address.url if self.address and not self.address.problem else self.api.base_url


@dataclass(frozen=True, slots=True)
class KeyRow:
    """A line of `rushes keys`. `where` is empty when no key is set, `variable` then being the one to set."""

    provider: str
    label: str
    api: str
    variable: str
    where: str
    tail: str
    usable: bool
    problem: str | None
    note: str | None
    address: str
    address_from: str
    key_page: str

    def to_json(self) -> dict[str, str | bool | None]:
        """The same by name."""
        return {name: getattr(self, name) for name in self.__slots__}


@dataclass(frozen=True, slots=True)
class Keyring:
    """Every API with what was found for it. `problems` are about the files themselves."""

    found: tuple[FoundApi, ...]
    problems: tuple[str, ...] = ()

    def of(self, spec: ProviderSpec) -> tuple[FoundApi, ...]:
        """The APIs of one provider."""
        return tuple(each for each in self.found if each.provider == spec.name)

    def ready(self, spec: ProviderSpec) -> bool:
        """Whether a shot can be sent: one of the provider's APIs has a usable key, or none is needed."""
        return not spec.needs_key or any(each.usable for each in self.of(spec))

    def access(self, spec: ProviderSpec) -> tuple[dict[str, str], dict[str, str]]:
        """Keys and addresses by API name, as `Access` takes them; an API without a usable key is in neither."""
        usable = [each for each in self.of(spec) if each.key and each.usable]
        keys = {each.api.name: each.key.secret.reveal() for each in usable if each.key}
        return keys, {each.api.name: each.base_url for each in usable}

    def secrets(self) -> tuple[str, ...]:
        """Every key that was found, also the unusable ones: what the log must not show."""
        return tuple({each.key.secret.reveal(): None for each in self.found if each.key})

    def describe(self) -> tuple[KeyRow, ...]:
        """One row for each API, in the order of the providers."""
        return tuple(_row(each) for each in self.found)


def _row(found: FoundApi) -> KeyRow:
    key, address = found.key, found.address
    return KeyRow(
        provider=found.provider,
        label=found.label,
        api=found.api.name,
        variable=key.variable if key else next(iter(found.api.key_env), ""),
        where=str(key.source) if key else "",
        tail=key.secret.tail if key else "",
        usable=found.usable,
        problem=found.problem,
        note=found.note,
        address=found.base_url,
        address_from=f"{address.variable} in {address.source}" if address and not address.problem else "",
        key_page=found.api.key_page,
    )


def find_keys(
    specs: Iterable[ProviderSpec], *, environ: Mapping[str, str], cwd: Path | None, config_dir: Path
) -> Keyring:
    """Looks for the keys and addresses of all APIs. Never raises: what is wrong stands in the result.

    `cwd` None leaves the working folder out. When both folders are one, its file counts as the config folder's.
    """
    sources = [Source(None, True, environ)]
    problems: list[str] = []
    own = config_dir / ".env"
    if cwd is not None and not _same_file(cwd / ".env", own):
        near = read_env(cwd / ".env")
        sources.append(Source(near.path, False, near.values))
        problems += [near.problem] if near.problem else []
    home = read_env(own)
    sources.append(Source(home.path, True, home.values))
    problems += [home.problem] if home.problem else []
    found = (_look(spec, api, sources) for spec in specs for api in spec.apis)
    return Keyring(tuple(found), tuple(problems))


def _same_file(one: Path, other: Path) -> bool:
    try:
        return one.samefile(other)
    except OSError:
        return False


def _look(spec: ProviderSpec, api: Api, sources: Sequence[Source]) -> FoundApi:
    place = _place(spec, api, sources)
    key_source = place[0] if place else None
    address, note = _address(api, sources, key_source)
    key = _key(spec, api, place, elsewhere=address is not None) if place else None
    return FoundApi(spec.name, spec.label, api, key, address, note)


def _place(spec: ProviderSpec, api: Api, sources: Sequence[Source]) -> tuple[Source, str] | None:
    """The strongest source that has a key for this API, and the variable; a name of its own before a shared one."""
    names = sorted(api.key_env, key=lambda name: len(_sharing(spec, name)))
    for source in sources:
        for name in names:
            if source.get(name) and _belongs(spec, api, name, source.get(name)):
                return source, name
    return None


def _sharing(spec: ProviderSpec, variable: str) -> list[Api]:
    return [api for api in spec.apis if variable in api.key_env]


def _belongs(spec: ProviderSpec, api: Api, variable: str, value: str) -> bool:
    """A shared variable belongs to the API whose prefix fits longest; to all of them, as a problem, when none fits."""
    sharing = _sharing(spec, variable)
    owner = _owner(sharing, value)
    return len(sharing) == 1 or owner is None or owner.key_prefix == api.key_prefix


def _owner(apis: Sequence[Api], value: str) -> Api | None:
    key = bare(value)
    fitting = [api for api in apis if key.startswith(api.key_prefix)]
    return max(fitting, key=lambda api: len(api.key_prefix), default=None)


def _key(spec: ProviderSpec, api: Api, place: tuple[Source, str], *, elsewhere: bool) -> FoundKey:
    source, variable = place
    value = source.get(variable)
    try:
        key = clean_key(value)
        problem = _misfit(spec, api, variable, key, elsewhere=elsewhere)
    except KeyProblem as error:
        key, problem = value, f"{variable} {error}"
    return FoundKey(api.name, variable, source, Secret(key), problem)


def _misfit(spec: ProviderSpec, api: Api, variable: str, key: str, *, elsewhere: bool) -> str | None:
    """Why a clean key is not this API's. An address that is not the vendor's own may take keys of any shape."""
    sharing = _sharing(spec, variable)
    owner = _owner(spec.apis, key)
    if len(sharing) > 1 and owner is None:
        own = " or ".join(each.key_env[0] for each in sharing)
        return f"{variable} holds a key of neither kind that this name stands for; set {own} instead"
    if owner and owner.key_prefix and owner.key_prefix != api.key_prefix and not elsewhere:
        return f"{variable} holds a key of the other API ({owner.name}); put it into {owner.key_env[0]}"
    if api.key_prefix and not elsewhere and not key.startswith(api.key_prefix):
        page = f"; copy it again from {api.key_page}" if api.key_page else ""
        return f"{variable} does not begin as a {spec.label} key does ({api.key_prefix}…){page}"
    if api.key_pattern and not elsewhere and not re.fullmatch(api.key_pattern, key):
        page = f"; copy it again from {api.key_page}" if api.key_page else ""
        return f"{variable} does not have the form of a {spec.label} key (it has {len(key)} characters){page}"
    return None


def _address(api: Api, sources: Sequence[Source], key_source: Source | None) -> tuple[FoundAddress | None, str | None]:
    """The strongest address that may count, and a note on one that may not: no folder redirects another's key."""
    note = None
    for source in sources:
        value = source.get(api.base_url_env) if api.base_url_env else ""
        if not value:
            continue
        if not source.trusted and source is not key_source:
            note = f"{api.base_url_env} in {source} is not used: the key does not come from that file"
            continue
        try:
            return FoundAddress(api.name, api.base_url_env, source, check_address(value)), note
        except KeyProblem as error:
            return FoundAddress(api.name, api.base_url_env, source, "", f"{api.base_url_env} {error}"), note
    return None, note


def set_key(path: Path, variable: str, value: str) -> Secret:
    """Writes a key into a `.env` file (0600, other lines kept) and returns it as it was cleaned.

    Raises KeyProblem for what is no key, EnvFileError where the file cannot be written.
    """
    try:
        key = clean_key(value)
    except KeyProblem as error:
        raise KeyProblem(f"the key {error}") from None
    set_variable(path, variable, key)
    return Secret(key)


def forget_key(path: Path, variable: str) -> bool:
    """Takes a key out of a `.env` file; False when it was not there. Raises EnvFileError."""
    return remove_variable(path, variable)
