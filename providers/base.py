"""Provider: the contract that every vendor keeps, and the small frozen values that cross it.

A provider turns a `Shot` into the vendor's wire format and the vendor's answers into `VendorTask`. It keeps no state
about tasks, writes no files and decides nothing about money or time: that is the engine's work.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import field
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Protocol

from providers.errors import Failure, NotSupported, Problem
from providers.shot import Media, Role, Shot
from providers.values import dataclass

if TYPE_CHECKING:
    import httpx

    from providers.catalogue import Catalogue

__all__ = [
    "Access",
    "Api",
    "Asset",
    "CancelOutcome",
    "CancelRule",
    "DayUse",
    "Health",
    "Limits",
    "Memory",
    "ModelLimit",
    "Past",
    "PastPage",
    "Provider",
    "ProviderSpec",
    "Receipt",
    "Usage",
    "VendorRef",
    "VendorState",
    "VendorTask",
    "WireRequest",
]


class VendorState(StrEnum):
    """What a vendor can say of a task. UNKNOWN is a word we have not met: shown as it is, and watched on."""

    PENDING = "PENDING"
    THROTTLED = "THROTTLED"
    RUNNING = "RUNNING"
    SUCCEEDED = "SUCCEEDED"
    FAILED = "FAILED"
    CANCELLED = "CANCELLED"
    UNKNOWN = "UNKNOWN"


class CancelRule(StrEnum):
    """What cancelling means at a vendor."""

    REFUNDS = "refunds"
    REFUNDS_WHILE_WAITING = "refunds_while_waiting"
    IMPOSSIBLE = "impossible"


class CancelOutcome(StrEnum):
    """What the vendor answered to a cancel. ENDED: it was finished already, so nothing was cancelled."""

    CANCELLED = "cancelled"
    ENDED = "ended"


@dataclass(frozen=True, slots=True)
class VendorRef:
    """Where a task lives at the vendor: the model decides which of its APIs is asked."""

    model: str
    vendor_id: str


@dataclass(frozen=True, slots=True)
class Asset:
    """A file that the vendor made. `url` may expire; polling again gives a fresh one.

    `kind` is `video`, `image`, `audio` or `archive`, as far as the vendor says; empty is what the shot asked for.
    """

    url: str = field(repr=False)
    kind: str = "video"


@dataclass(frozen=True, slots=True)
class VendorTask:
    """One task as the vendor tells it. Money is in the vendor's unit (credits, cents), None where it says nothing.

    `answer` is the vendor's own object, for the story of the task; it may hold links that open the clip.
    """

    vendor_id: str
    state: VendorState
    word: str
    progress: float | None = None
    assets: tuple[Asset, ...] = ()
    failure: Failure | None = None
    estimated_units: Decimal | None = None
    charged_units: Decimal | None = None
    created_at: datetime | None = None
    request: Mapping[str, Any] | None = None
    answer: Mapping[str, Any] | None = field(default=None, repr=False, compare=False)


@dataclass(frozen=True, slots=True)
class Past:
    """What somebody had the vendor make with this key: how it stands, and the shot, as far as the vendor still tells.

    `made_from`: the vendor's ids of what went into it, by their roles in the shot.
    """

    task: VendorTask
    shot: Shot
    made_from: Mapping[Role, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class PastPage:
    """Some of an account's history, newest first, and where the next page begins (None: there is none).

    `others` are entries that are no clips (pictures).
    """

    made: tuple[Past, ...]
    next: str | None
    others: int = 0


@dataclass(frozen=True, slots=True)
class Receipt:
    """The answer to a billable request: the id is all that matters, and it is written down before anything else.

    `answer` is the vendor's own object.
    """

    vendor_id: str
    state: VendorState = VendorState.PENDING
    word: str = ""
    estimated_units: Decimal | None = None
    answer: Mapping[str, Any] | None = field(default=None, repr=False, compare=False)


@dataclass(frozen=True, slots=True)
class WireRequest:
    """The exact request that a shot becomes, without its headers (they hold the key)."""

    method: str
    url: str
    body: Mapping[str, Any]

    def to_json(self) -> dict[str, Any]:
        """What `--dry-run` prints."""
        return {"method": self.method, "url": self.url, "body": dict(self.body)}


@dataclass(frozen=True, slots=True)
class Health:
    """What a call that costs nothing said about the account. `balance` is in the vendor's unit."""

    reachable: bool
    key_accepted: bool | None
    message: str
    balance: Decimal | None = None
    unit: str = ""
    facts: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ModelLimit:
    """What the account's tier allows of one model; None is no limit. `used_today` counts the last 24 hours."""

    at_once: int | None = None
    per_day: int | None = None
    used_today: int = 0

    @property
    def left_today(self) -> int | None:
        """How many may still be started now, None without a limit."""
        return None if self.per_day is None else max(0, self.per_day - self.used_today)


@dataclass(frozen=True, slots=True)
class Limits:
    """An account's limits, as the vendor told them. `balance` is in the vendor's unit, `per_month` what it may buy."""

    models: Mapping[str, ModelLimit] = field(default_factory=dict)
    balance: Decimal | None = None
    per_month: Decimal | None = None

    def of(self, model: str) -> ModelLimit:
        """The limits of a model; none for one that the vendor does not name."""
        return self.models.get(model, ModelLimit())


@dataclass(frozen=True, slots=True)
class DayUse:
    """What a vendor says one model cost on one day (UTC), in the vendor's unit, after refunds."""

    day: date
    model: str
    units: Decimal


@dataclass(frozen=True, slots=True)
class Usage:
    """What a vendor says of the account's money, in its unit. `days` None: it tells nothing by day.

    `models` are those that the balance pays for; empty means all of the vendor's.
    """

    unit: str
    days: tuple[DayUse, ...] | None = None
    balance: Decimal | None = None
    models: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Api:
    """One address of a vendor, with the names of the variables that hold its key and override the address.

    `key_prefix` tells one vendor's APIs apart when they share a variable (`LUMA_API_KEY`); the longest match wins.
    `key_pattern` is a regular expression that every key matches in full, where the vendor documents one.
    """

    name: str
    base_url: str
    base_url_env: str
    key_env: tuple[str, ...]
    key_prefix: str = ""
    key_page: str = ""
    key_pattern: str = ""


@dataclass(frozen=True, slots=True)
class Access:
    """What a provider is built from: keys and addresses by API name, and a transport where nothing leaves the process.

    `transport` None means the network. `keeps` are the kinds of files that the caller can verify and keep (`video`,
    `image`, `audio`, `archive`): a shot that would make another kind is refused before it costs anything. `options` are
    a vendor's own switches, each documented by that vendor. `memory` None: nothing is kept between runs. `callback_url`
    is a public address to which a vendor may post news of a task; empty where there is none.
    """

    keys: Mapping[str, str] = field(default_factory=dict, repr=False)
    base_urls: Mapping[str, str] = field(default_factory=dict)
    transport: httpx.AsyncBaseTransport | None = None
    user_agent: str = "rushes"
    keeps: frozenset[str] = frozenset({"video"})
    options: Mapping[str, str] = field(default_factory=dict)
    memory: Memory | None = None
    callback_url: str = ""


class Memory(Protocol):
    """Notes that a provider may keep between runs, for things that can be made again. No secrets go in as a value."""

    def get(self, name: str) -> str | None:
        """The note, None where there is none any more. Blocks for a small file, as do the others."""

    def put(self, name: str, value: str, seconds: float) -> None:
        """Keeps a note for so long."""

    def drop(self, name: str) -> None:
        """Forgets a note."""


class Provider(ABC):
    """A vendor. Every method may be called at once from many tasks of one event loop."""

    name: str
    catalogue: Catalogue
    cancel_rule: CancelRule = CancelRule.IMPOSSIBLE
    min_poll_s: float = 5.0
    """The vendor's own floor between two polls of one task, seconds."""
    can_list: bool = False
    tells_cost: bool = False
    """Whether its answers say what was charged. Where not, a finished clip costs what the price table says."""

    def problems(self, shot: Shot) -> list[Problem]:
        """Cross-field rules of this vendor, beyond what the catalogue checks by itself. Pure."""
        return []

    async def prepare(self, _shot: Shot, media: Sequence[Media] = ()) -> list[Media]:
        """Checks the inputs and brings them where the vendor can read them; costs nothing and may be repeated.

        `submit` does it by itself for media that were not prepared. Raises Refused (status 0) for a file that cannot
        be used, and NotSent, KeyRefused or RateLimited where it could not be brought over: nothing was started then.
        """
        return list(media)

    def notes(self, _shot: Shot, _media: Sequence[Media] = (), _clip_size: tuple[int, int] | None = None) -> list[str]:
        """What a person should know before sending, in whole sentences: a crop, a risk. Pure; usually empty.

        The last argument is the given clip's width and height in pixels, where it was looked at.
        """
        return []

    async def known_values(self, _model: str, _param: str) -> tuple[str, ...]:
        """The words that a text parameter may hold, from the vendor's own list, by a call that costs nothing.

        Raises NotSupported where there is no list, and Unreachable, KeyRefused, RateLimited, Malformed.
        """
        raise NotSupported(f"{self.name} keeps no list of that")

    async def limits(self) -> Limits:
        """What the account may do at once and today. Raises NotSupported, KeyRefused, Unreachable, Malformed."""
        raise NotSupported(f"{self.name} does not tell its limits")

    @abstractmethod
    def request(self, shot: Shot, media: Sequence[Media] = ()) -> WireRequest:
        """The exact billable request for a shot. Pure; raises Refused(status=0) for a model of another API."""

    def listed_as(self, shot: Shot) -> Mapping[str, Any]:
        """What of a shot's request `find` goes by, without media: equal for all requests that it may mix up. Pure.

        Rather too little than too much: what stands in here although the vendor's list does not show it lets one lost
        request take what another one made.
        """
        return self.request(shot).body

    @abstractmethod
    async def submit(self, shot: Shot, media: Sequence[Media] = ()) -> Receipt:
        """Sends the one billable request, once.

        Raises NotSent, Refused (and its kinds) when nothing was started, OutcomeUnknown when nobody can say.
        """

    @abstractmethod
    async def poll(self, ref: VendorRef) -> VendorTask:
        """Asks for one task. Raises NotFound, KeyRefused, RateLimited, Unreachable, Malformed, NotSent."""

    async def poll_many(self, refs: Sequence[VendorRef]) -> dict[str, VendorTask]:
        """One call for many tasks, by vendor id; ids the vendor left out are missing. Raises NotSupported."""
        raise NotSupported(f"{self.name} cannot list tasks")

    async def find(
        self, shot: Shot, media: Sequence[Media] = (), *, since: datetime, until: datetime
    ) -> list[VendorTask]:
        """Tasks made in the window whose request equals this shot's. Raises NotSupported, Unreachable."""
        raise NotSupported(f"{self.name} cannot look up a lost request")

    async def past(self, cursor: str | None = None) -> PastPage:
        """A page of all that the account had made, by a call that costs nothing; `cursor` is an earlier page's `next`.

        Raises NotSupported, KeyRefused, RateLimited, Unreachable, Malformed, NotSent.
        """
        raise NotSupported(f"{self.name} keeps no list of what was made")

    async def cancel(self, ref: VendorRef) -> CancelOutcome:
        """Stops a task where the vendor can. Raises NotSupported, Unreachable, KeyRefused."""
        raise NotSupported(f"{self.name} cannot cancel")

    async def erase(self, ref: VendorRef) -> None:
        """Deletes a finished task and its files at the vendor, for good; never called but by a person's own verb.

        Raises NotSupported, NotFound, KeyRefused, RateLimited, Unreachable.
        """
        raise NotSupported(f"{self.name} cannot delete")

    @abstractmethod
    async def health(self) -> Health:
        """Checks reachability and key by a call that costs nothing."""

    async def usage(self, since: date, until: date) -> Usage:
        """What was used from one day up to, and without, another, by calls that cost nothing.

        Raises NotSupported, Unreachable, KeyRefused, Malformed.
        """
        raise NotSupported(f"{self.name} does not tell what was used")

    @abstractmethod
    async def aclose(self) -> None:
        """Closes connections."""


@dataclass(frozen=True, slots=True)
class ProviderSpec:
    """What is known of a vendor without speaking to it; cheap to import. Entry points (`rushes.providers`) name one."""

    name: str
    label: str
    apis: tuple[Api, ...]
    load_catalogue: Callable[[], Catalogue]
    build: Callable[[Access], Provider]
    needs_key: bool = True
    note: str = ""
