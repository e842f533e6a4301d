"""Runway on the wire: create, poll, cancel, organization.

Sources: the OpenAPI document of 2026-08-08, the official client runwayml 5.24 and the documentation. Tasks cannot be
listed, so a lost answer cannot be looked up. Polls: no faster than every 5 s (`tasks.retrieve` says so).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any
from urllib.parse import quote

from providers.base import (
    Access,
    Asset,
    CancelOutcome,
    CancelRule,
    DayUse,
    Health,
    Provider,
    Receipt,
    Usage,
    VendorRef,
    VendorState,
    VendorTask,
    WireRequest,
)
from providers.catalogue import Catalogue, put
from providers.errors import (
    Failure,
    FailureKind,
    KeyRefused,
    Malformed,
    NoCredits,
    NotFound,
    OutcomeUnknown,
    Problem,
    ProviderError,
    RateLimited,
    Refused,
)
from providers.http import Answer, VendorHttp, retry_after, shorten
from providers.reading import fraction, moment, text, units
from providers.runway import API
from providers.runway.usage import PATH, bodies, read_usage
from providers.shot import Media, Shot

__all__ = ["RunwayProvider", "read_failure", "read_task"]

VERSION = "2024-11-06"
"""Required on every call as `X-Runway-Version`; without it the vendor answers 400."""

_STATES = {
    "PENDING": VendorState.PENDING,
    "THROTTLED": VendorState.THROTTLED,
    "RUNNING": VendorState.RUNNING,
    "SUCCEEDED": VendorState.SUCCEEDED,
    "FAILED": VendorState.FAILED,
    "CANCELLED": VendorState.CANCELLED,
}


class RunwayProvider(Provider):
    """The client. Billable: `submit` alone."""

    name = "runway"
    cancel_rule = CancelRule.REFUNDS_WHILE_WAITING
    min_poll_s = 5.0
    tells_cost = True

    def __init__(self, catalogue: Catalogue, access: Access) -> None:
        self.catalogue = catalogue
        self._key = access.keys.get(API.name, "")
        headers = {"authorization": f"Bearer {self._key}", "x-runway-version": VERSION}
        base_url = access.base_urls.get(API.name, API.base_url).removesuffix("/v1")
        self._http = VendorHttp(base_url, headers, access.transport, access.user_agent, _explain)

    def request(self, shot: Shot, _media: Sequence[Media] = ()) -> WireRequest:
        model = self.catalogue.find(shot.model)
        body: dict[str, Any] = {"model": model.name if model else shot.model, "promptText": shot.prompt}
        for name, value in shot.params.items():
            param = model.find_param(name, shot.mode) if model else None
            put(body, param.wire if param else name, value)
        path = model.endpoint.get(shot.mode) if model else None
        return WireRequest("POST", self._http.url(path or f"/v1/{shot.mode}"), body)

    async def submit(self, shot: Shot, media: Sequence[Media] = ()) -> Receipt:
        self._need_key()
        wire = self.request(shot, media)
        answer = await self._http.bill(wire.method, wire.url.removeprefix(self._http.base_url), wire.body)
        data = answer.data if isinstance(answer.data, dict) else {}
        vendor_id = text(data, "id")
        if vendor_id is None:
            raise OutcomeUnknown(f"accepted (HTTP {answer.status}), but the answer holds no id: {shorten(answer.text)}")
        return Receipt(vendor_id, VendorState.PENDING, "PENDING", _credits(data, "estimatedCost"))

    async def poll(self, ref: VendorRef) -> VendorTask:
        self._need_key()
        answer = await self._http.ask("GET", f"/v1/tasks/{quote(ref.vendor_id, safe='')}")
        return read_task(answer.object())

    async def cancel(self, ref: VendorRef) -> CancelOutcome:
        """DELETE cancels what waits or runs; a finished task would lose its files, so it is looked at first."""
        try:
            task = await self.poll(ref)
            if task.state in {VendorState.SUCCEEDED, VendorState.FAILED}:
                return CancelOutcome.ENDED
            await self._http.ask("DELETE", f"/v1/tasks/{quote(ref.vendor_id, safe='')}")
        except NotFound:
            return CancelOutcome.CANCELLED
        return CancelOutcome.CANCELLED

    async def health(self) -> Health:
        """`GET /v1/organization` costs nothing: it checks the key and tells balance, tier and today's use."""
        if not self._key:
            return Health(False, None, f"no key; set {API.key_env[0]}, from {API.key_page}")
        try:
            data = (await self._http.ask("GET", "/v1/organization")).object()
        except KeyRefused as error:
            return Health(True, False, error.message)
        except ProviderError as error:
            return Health(False, None, error.message)
        balance = units(data.get("creditBalance"))
        words = "key accepted" if balance is None else f"key accepted, {balance} credits left (${balance / 100:.2f})"
        return Health(True, True, words, balance, "credit")

    async def usage(self, since: date, until: date) -> Usage:
        """Use by day and model, and the balance; one call for every ninety days, and one for the account."""
        self._need_key()
        days: list[DayUse] = []
        for body in bodies(since, until):
            days += read_usage((await self._http.ask("POST", PATH, json=body)).object())
        account = (await self._http.ask("GET", "/v1/organization")).object()
        return Usage(self.catalogue.unit, tuple(days), units(account.get("creditBalance")))

    async def aclose(self) -> None:
        await self._http.aclose()

    def _need_key(self) -> None:
        if not self._key:
            raise KeyRefused("no key for Runway", status=401, hint=f"set {API.key_env[0]} (keys: {API.key_page})")


def read_task(data: Mapping[str, Any]) -> VendorTask:
    """A task object. Raises Malformed without an id."""
    vendor_id = text(data, "id")
    if vendor_id is None:
        raise Malformed("the task has no id")
    word = text(data, "status") or ""
    state = _STATES.get(word, VendorState.UNKNOWN)
    charged = _credits(data, "cost")
    output = data.get("output")
    urls = [url for url in output if isinstance(url, str) and url] if isinstance(output, list) else []
    failure = None
    if state is VendorState.FAILED:
        failure = read_failure(text(data, "failureCode"), text(data, "failure"), charged)
    return VendorTask(
        vendor_id=vendor_id,
        state=state,
        word=word or "no status",
        progress=fraction(data.get("progress")) if state is VendorState.RUNNING else None,
        assets=tuple(Asset(url) for url in urls),
        failure=failure,
        estimated_units=_credits(data, "estimatedCost"),
        charged_units=charged,
        created_at=moment(data.get("createdAt")),
    )


_AGAIN_LATER = "the service failed; try again after a pause"
_FAILURES: tuple[tuple[str, FailureKind, bool, str], ...] = (
    ("SAFETY.INPUT", FailureKind.MODERATION, False, "change the input; repeats can suspend the account"),
    ("INPUT_PREPROCESSING.SAFETY", FailureKind.MODERATION, False, "change the prompt; repeats can suspend the account"),
    ("SAFETY.OUTPUT", FailureKind.MODERATION, False, "change the shot; repeats can suspend the account"),
    ("SAFETY", FailureKind.MODERATION, False, "change the shot; repeats can suspend the account"),
    ("ASSET.INVALID", FailureKind.INPUT, False, "the input file cannot be used; give another"),
    ("INPUT_PREPROCESSING.INTERNAL", FailureKind.SERVICE, True, _AGAIN_LATER),
    ("INTERNAL.BAD_OUTPUT", FailureKind.SERVICE, True, "text or logos in the start picture are a known cause"),
    ("THIRD_PARTY.UNAVAILABLE", FailureKind.SERVICE, True, "the partner's model is down; try again after a pause"),
    ("INTERNAL", FailureKind.SERVICE, True, _AGAIN_LATER),
)


def read_failure(code: str | None, said: str | None, charged: Decimal | None) -> Failure:
    """The kind of a failure by the longest matching prefix of its code; unknown codes are kept and shown."""
    message = shorten(said or "") or "failed without a reason"
    paid = None if charged is None else charged > 0
    if code is None:
        return Failure(FailureKind.SERVICE, message, retryable=True, charged=paid, hint=_AGAIN_LATER)
    for prefix, kind, retryable, hint in _FAILURES:
        if code == prefix or code.startswith(f"{prefix}."):
            return Failure(kind, message, retryable, paid, code, hint)
    return Failure(FailureKind.UNKNOWN, message, retryable=False, charged=paid, vendor_code=code)


def _credits(data: Mapping[str, Any], name: str) -> Decimal | None:
    cost = data.get(name)
    return units(cost.get("credits")) if isinstance(cost, dict) else None


def _explain(answer: Answer) -> Refused | None:
    """`{error, issues: [{path, message}], docUrl}`; missing credits arrive as a 400 with a text about them."""
    data = answer.data if isinstance(answer.data, dict) else {}
    error = data.get("error")
    said = shorten(error) if isinstance(error, str) else ""
    if answer.status == 429:
        wait = retry_after(answer.headers)
        hint = "the limit is per rolling 24 hours"
        return RateLimited(f"Runway's daily limit is reached: {said}", retry_after=wait, daily=True, hint=hint)
    if answer.status in {400, 402} and "credit" in said.casefold():
        return NoCredits(f"Runway says: {said}", status=answer.status, hint="buy credits at dev.runwayml.com")
    if answer.status in {401, 403}:
        hint = f"check the key at {API.key_page}; the address must be {API.base_url}"
        return KeyRefused(f"Runway refused the key: {said}", status=answer.status, hint=hint)
    if answer.status != 400:
        return None
    issues = data.get("issues")
    problems = tuple(_issue(each) for each in issues if isinstance(each, dict)) if isinstance(issues, list) else ()
    words = "; ".join(f"{each.param}: {each.message}" for each in problems)
    return Refused(f"Runway refused: {said}{f' ({words})' if words else ''}", status=400, problems=problems)


def _issue(item: Mapping[str, Any]) -> Problem:
    path = item.get("path")
    name = ".".join(str(part) for part in path) if isinstance(path, list) else "request"
    return Problem(name or "request", shorten(str(item.get("message", "is not valid"))))
