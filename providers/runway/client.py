"""RunwayProvider: create, poll, cancel, the account. Billable: `submit` alone, and it sends once.

Sources: the OpenAPI document of 2026-08-08, the official client runwayml 5.24 and the documentation. Tasks cannot be
listed, so a lost answer cannot be looked up, except through a router (`routers`). Polls: no faster than every 5 s
(`tasks.retrieve` says so).
"""

from __future__ import annotations

import hashlib
import re
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any
from urllib.parse import quote, urlsplit

from providers.base import (
    Access,
    CancelOutcome,
    CancelRule,
    DayUse,
    Health,
    Limits,
    Provider,
    Receipt,
    Usage,
    VendorRef,
    VendorState,
    VendorTask,
    WireRequest,
)
from providers.catalogue import Catalogue
from providers.errors import (
    KeyRefused,
    NotFound,
    NotSent,
    NotSupported,
    OutcomeUnknown,
    Problem,
    ProviderError,
    RateLimited,
    Refused,
)
from providers.http import VendorHttp
from providers.runway import API
from providers.runway.answers import credits_of, explain, read_limits, read_task
from providers.runway.dialect import ROUTER, body, fits_inline, path
from providers.runway.inputs import check_files, crops, look
from providers.runway.routers import Routers, through
from providers.runway.rules import problems
from providers.runway.uploads import Uploads
from providers.runway.usage import PATH, bodies, read_usage
from providers.shot import Media, Shot

__all__ = ["VERSION", "RunwayProvider"]

VERSION = "2024-11-06"
"""Required on every call as `X-Runway-Version`; without it the vendor answers 400."""
WRONG_HOST = "api.runwayml.com"
ENDED = frozenset({VendorState.SUCCEEDED, VendorState.FAILED, VendorState.CANCELLED})


class RunwayProvider(Provider):
    """The client. `clock` gives seconds for the age of uploads."""

    name = "runway"
    cancel_rule = CancelRule.REFUNDS_WHILE_WAITING
    min_poll_s = 5.0
    tells_cost = True

    def __init__(self, catalogue: Catalogue, access: Access, clock: Callable[[], float] = time.monotonic) -> None:
        self.catalogue = catalogue
        self._key = access.keys.get(API.name, "")
        self._keeps = access.keeps
        self._options = access.options
        headers = {"authorization": f"Bearer {self._key}", "x-runway-version": VERSION}
        base_url = access.base_urls.get(API.name, API.base_url).rstrip("/").removesuffix("/v1")
        self._http = VendorHttp(base_url, headers, access.transport, access.user_agent, explain)
        account = hashlib.sha256(self._key.encode()).hexdigest()[:16]
        self._uploads = Uploads(self._http, access, account, clock)
        self._routers = Routers(self._http)

    # ── before sending ───────────────────────────────────────────────────────────────────────────────────────────────

    def problems(self, shot: Shot) -> list[Problem]:
        model = self.catalogue.find(shot.model)
        return problems(shot, model, self._keeps) if model else []

    def notes(self, shot: Shot, media: Sequence[Media] = (), _clip_size: tuple[int, int] | None = None) -> list[str]:
        model = self.catalogue.find(shot.model)
        return crops(shot, look(shot, model, media)) if media else []

    def request(self, shot: Shot, media: Sequence[Media] = ()) -> WireRequest:
        routed = through(shot, self.catalogue, self._options)
        model = self.catalogue.find(routed.model)
        return WireRequest("POST", self._http.url(path(routed, model)), body(routed, model, media))

    async def prepare(self, shot: Shot, media: Sequence[Media] = ()) -> list[Media]:
        """Small pictures go inside the request; everything else is uploaded, once in a day."""
        if found := check_files(look(shot, self.catalogue.find(shot.model), media)):
            words = "; ".join(each.message for each in found)
            raise Refused(words, status=0, problems=tuple(found))
        ready = [await self._brought(each) for each in media]
        slug = self._router_of(shot)
        if slug is not None and not shot.model.startswith(ROUTER):
            self._need_key()
            await self._check_router(slug, shot.model)
        return ready

    async def _brought(self, each: Media) -> Media:
        if each.data is None or fits_inline(each):
            return each
        self._need_key()
        kind = each.media_type or "application/octet-stream"
        uri = await self._uploads.uri(each.data, kind, each.name or each.role.value)
        return replace(each, data=None, vendor_id=uri)

    # ── the one billable call ────────────────────────────────────────────────────────────────────────────────────────

    async def submit(self, shot: Shot, media: Sequence[Media] = ()) -> Receipt:
        self._need_key()
        ready = await self.prepare(shot, media)
        slug = self._router_of(shot)
        wire = self.request(shot, ready)
        sent_at = datetime.now(UTC)
        try:
            answer = await self._http.bill(wire.method, wire.url.removeprefix(self._http.base_url), wire.body)
        except OutcomeUnknown:
            if slug is not None:
                self._routers.lost(slug, sent_at)
            raise
        except RateLimited:
            raise
        except Refused:
            # An address from an upload may be what was refused: the next try brings the files over again.
            self._uploads.forget()
            raise
        vendor_id, data = answer.accepted()
        return Receipt(vendor_id, VendorState.PENDING, "PENDING", credits_of(_priced(data), "estimatedCost"), data)

    async def _check_router(self, slug: str, model: str) -> None:
        try:
            await self._routers.check(slug, model)
        except Refused:
            raise
        except ProviderError as error:
            raise NotSent(f"the router {slug} could not be read: {error.message}; nothing was started") from error

    def _router_of(self, shot: Shot) -> str | None:
        routed = through(shot, self.catalogue, self._options)
        return routed.model.removeprefix(ROUTER) if routed.model.startswith(ROUTER) else None

    # ── free calls ───────────────────────────────────────────────────────────────────────────────────────────────────

    async def poll(self, ref: VendorRef) -> VendorTask:
        self._need_key()
        answer = await self._http.ask("GET", f"/v1/tasks/{quote(ref.vendor_id, safe='')}")
        return read_task(answer.object())

    def listed_as(self, shot: Shot) -> Mapping[str, Any]:
        """A router's list shows nothing of a request: any two that went through it may be mixed up."""
        slug = self._router_of(shot)
        return super().listed_as(shot) if slug is None else {"router": slug}

    async def find(
        self, shot: Shot, _media: Sequence[Media] = (), *, since: datetime, until: datetime
    ) -> list[VendorTask]:
        slug = self._router_of(shot)
        if slug is None:
            raise NotSupported("Runway cannot list tasks")
        return await self._routers.find(slug, since, until)

    async def cancel(self, ref: VendorRef) -> CancelOutcome:
        """DELETE cancels what waits or runs; a finished task would lose its files, so it is looked at first.

        The vendor forgets a cancelled task: a 404, before or after, says that nothing is left to cancel.
        """
        try:
            task = await self.poll(ref)
            if task.state in ENDED:
                return CancelOutcome.CANCELLED if task.state is VendorState.CANCELLED else CancelOutcome.ENDED
            await self._http.ask("DELETE", f"/v1/tasks/{quote(ref.vendor_id, safe='')}")
        except NotFound:
            return CancelOutcome.CANCELLED
        return CancelOutcome.CANCELLED

    async def erase(self, ref: VendorRef) -> None:
        """DELETE of a finished task deletes its files too; one that goes on would be cancelled, so it is looked at."""
        task = await self.poll(ref)
        if task.state not in ENDED:
            raise NotSupported(f"Runway says {task.word}: deleting it now would cancel it")
        await self._http.ask("DELETE", f"/v1/tasks/{quote(ref.vendor_id, safe='')}")

    async def limits(self) -> Limits:
        self._need_key()
        return read_limits((await self._http.ask("GET", "/v1/organization")).object())

    async def health(self) -> Health:
        """`GET /v1/organization` costs nothing: it checks the key and tells balance, tier and today's use."""
        facts = {"terms": "Powered by Runway (https://runwayml.com)"}
        if not self._key:
            return Health(False, None, f"no key; set {API.key_env[0]}, from {API.key_page}", facts=facts)
        try:
            limits = await self.limits()
        except KeyRefused as error:
            return Health(error.status != 0, False, error.message, facts=facts)
        except ProviderError as error:
            return Health(False, None, error.message, facts=facts)
        left = limits.balance
        words = "key accepted" if left is None else f"key accepted, {left} credits left (${left / 100:.2f})"
        return Health(True, True, words, left, "credit", {**facts, **_facts(limits)})

    async def usage(self, since: date, until: date) -> Usage:
        """Use by day and model, and the balance; one call for every ninety days, and one for the account."""
        self._need_key()
        days: list[DayUse] = []
        for asked in bodies(since, until):
            days += read_usage((await self._http.ask("POST", PATH, json=asked)).object())
        return Usage(self.catalogue.unit, tuple(days), (await self.limits()).balance)

    async def aclose(self) -> None:
        await self._http.aclose()

    def _need_key(self) -> None:
        """Looks at the key and the address before the first byte leaves: both mistakes end in a puzzling 401."""
        if not self._key:
            raise KeyRefused("no key for Runway", status=0, hint=f"set {API.key_env[0]} (keys: {API.key_page})")
        own_host = urlsplit(self._http.base_url).hostname == urlsplit(API.base_url).hostname
        if own_host and not re.fullmatch(API.key_pattern, self._key):
            words = f"this is no Runway key: one is key_ and 128 hex digits, this has {len(self._key)} characters"
            raise KeyRefused(words, status=0, hint=f"copy it again from {API.key_page}")
        if urlsplit(self._http.base_url).hostname == WRONG_HOST:
            words = f"{WRONG_HOST} is not the host of the API"
            raise KeyRefused(words, status=0, hint=f"set {API.base_url_env} to {API.base_url}, or leave it out")


def _priced(data: Mapping[str, Any]) -> Mapping[str, Any]:
    """The part of a create answer that has the estimate: a router tells it beside what it chose."""
    routing = data.get("routing")
    return routing if isinstance(routing, dict) else data


def _facts(limits: Limits) -> dict[str, str]:
    """What the Health screen shows: the month's bound, and today's use of each model that was used."""
    facts = {} if limits.per_month is None else {"per month": f"{limits.per_month} credits"}
    for name, limit in sorted(limits.models.items()):
        if limit.used_today:
            most = f" of {limit.per_day}" if limit.per_day is not None else ""
            facts[name] = f"{limit.used_today}{most} today"
    return facts
