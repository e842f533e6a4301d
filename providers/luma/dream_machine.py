"""Luma's Dream Machine API on the wire: create, poll, list, ping, credits.

Sources: the OpenAPI document of 2025-06-24, the guides, and the official client lumaai 1.21. There is no cancel: DELETE
removes the record, and nothing says that it stops the job or returns money, so it is not used.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from urllib.parse import quote

from providers.base import Access, Asset, Health, Receipt, VendorState, VendorTask, WireRequest
from providers.catalogue import Catalogue, put
from providers.errors import Failure, FailureKind, KeyRefused, Malformed, NoCredits, OutcomeUnknown, Problem, Refused
from providers.http import Answer, VendorHttp, shorten
from providers.luma import DREAM_MACHINE
from providers.reading import moment, text, units
from providers.shot import Media, Shot

__all__ = ["DreamMachine", "read_failure", "read_task"]

DEFAULT_ENDPOINT = "/generations/video"
PAGE = 100
"""The list call's largest page."""
FAR_ENOUGH = 5
"""Pages to read back at most: 500 generations are more than any account makes within a look-up's window."""

_STATES = {
    "queued": VendorState.PENDING,
    "dreaming": VendorState.RUNNING,
    "completed": VendorState.SUCCEEDED,
    "failed": VendorState.FAILED,
}


class DreamMachine:
    """The client. Billable: `submit` alone."""

    def __init__(self, catalogue: Catalogue, base_url: str, access: Access) -> None:
        self._catalogue = catalogue
        key = access.keys.get(DREAM_MACHINE.name, "")
        headers = {"authorization": f"Bearer {key}"}
        self._http = VendorHttp(base_url, headers, access.transport, access.user_agent, _explain)

    def request(self, shot: Shot, _media: Sequence[Media] = ()) -> WireRequest:
        """The create request; unknown models and parameters go out as given."""
        model = self._catalogue.find(shot.model)
        body: dict[str, Any] = {"generation_type": "video", "model": model.name if model else shot.model}
        if shot.prompt:
            body["prompt"] = shot.prompt
        for name, value in shot.params.items():
            param = model.find_param(name, shot.mode) if model else None
            put(body, param.wire if param else name, value)
        path = model.endpoint.get(shot.mode, DEFAULT_ENDPOINT) if model else DEFAULT_ENDPOINT
        return WireRequest("POST", self._http.url(path), body)

    async def submit(self, shot: Shot, media: Sequence[Media] = ()) -> Receipt:
        """One create. An answer without an id is an unknown outcome: something was accepted."""
        wire = self.request(shot, media)
        path = wire.url.removeprefix(self._http.base_url)
        answer = await self._http.bill(wire.method, path, wire.body)
        data = answer.data if isinstance(answer.data, dict) else {}
        vendor_id = text(data, "id")
        if vendor_id is None:
            raise OutcomeUnknown(f"accepted (HTTP {answer.status}), but the answer holds no id: {shorten(answer.text)}")
        word = text(data, "state") or ""
        return Receipt(vendor_id, _STATES.get(word, VendorState.UNKNOWN), word)

    async def poll(self, vendor_id: str) -> VendorTask:
        """One generation."""
        answer = await self._http.ask("GET", f"/generations/{quote(vendor_id, safe='')}")
        return read_task(answer.object())

    async def poll_many(self, vendor_ids: Sequence[str]) -> dict[str, VendorTask]:
        """The newest page of the list, cut down to the wanted ids."""
        wanted = set(vendor_ids)
        tasks, _more = await self._page(0)
        return {task.vendor_id: task for task in tasks if task.vendor_id in wanted}

    async def find(self, shot: Shot, *, since: datetime, until: datetime) -> list[VendorTask]:
        """Generations of the window whose echoed request equals ours, newest first."""
        body = self.request(shot).body
        found: list[VendorTask] = []
        for page in range(FAR_ENOUGH):
            tasks, more = await self._page(page * PAGE)
            times = [task.created_at for task in tasks if task.created_at]
            found += [task for task in tasks if _inside(task, since, until) and _same_request(body, task.request)]
            if not more or (times and min(times) < since):
                break
        return found

    async def health(self) -> Health:
        """Ping checks reachability and key; credits tell the balance, in US cents."""
        await self._http.ask("GET", "/ping")
        account = (await self._http.ask("GET", "/credits")).object()
        balance = units(account.get("credit_balance"))
        words = "key accepted" if balance is None else f"key accepted, ${balance / 100:.2f} left"
        return Health(True, True, words, balance, "cent")

    async def aclose(self) -> None:
        """Closes connections."""
        await self._http.aclose()

    async def _page(self, offset: int) -> tuple[list[VendorTask], bool]:
        data = (await self._http.ask("GET", "/generations", params={"limit": PAGE, "offset": offset})).object()
        rows = data.get("generations")
        if not isinstance(rows, list):
            raise Malformed("the list of generations is missing from the answer")
        tasks = [read_task(row) for row in rows if isinstance(row, dict) and text(row, "id")]
        return tasks, data.get("has_more") is True


def read_task(data: Mapping[str, Any]) -> VendorTask:
    """A generation object, any of whose fields may be missing except the id. Raises Malformed without one."""
    vendor_id = text(data, "id")
    if vendor_id is None:
        raise Malformed("the generation has no id")
    word = text(data, "state") or ""
    state = _STATES.get(word, VendorState.UNKNOWN)
    assets = data.get("assets")
    url = text(assets, "video") if isinstance(assets, dict) else None
    request = data.get("request")
    return VendorTask(
        vendor_id=vendor_id,
        state=state,
        word=word or "no state",
        assets=(Asset(url),) if url else (),
        failure=read_failure(text(data, "failure_reason")) if state is VendorState.FAILED else None,
        created_at=moment(data.get("created_at")),
        request=request if isinstance(request, dict) else None,
    )


_FAILURES: tuple[tuple[str, FailureKind, bool, str], ...] = (
    ("blacklisted", FailureKind.MODERATION, False, "change the prompt"),
    ("moderation", FailureKind.MODERATION, False, "change the prompt or the picture"),
    ("user input frames", FailureKind.INPUT, False, "the picture must be a public https link that Luma can read"),
    ("prompt processing", FailureKind.SERVICE, True, "try again"),
    ("dispatching", FailureKind.SERVICE, True, "try again"),
    ("job failed", FailureKind.SERVICE, True, "try again"),
)


def read_failure(reason: str | None) -> Failure:
    """The kind of a failure by the texts that the vendor documents. A failed generation is refunded in full."""
    said = shorten(reason or "") or "failed without a reason"
    for needle, kind, retryable, hint in _FAILURES:
        if needle in said.casefold():
            return Failure(kind, said, retryable, charged=False, vendor_code=reason, hint=hint)
    return Failure(FailureKind.UNKNOWN, said, retryable=True, charged=False, vendor_code=reason)


def _explain(answer: Answer) -> Refused | None:
    """`{"detail": text}`, or a list of field problems with a 422. Which status means "no credits" is not documented."""
    detail = answer.data.get("detail") if isinstance(answer.data, dict) else None
    if isinstance(detail, list):
        problems = tuple(_field_problem(each) for each in detail if isinstance(each, dict))
        words = "; ".join(f"{each.param} {each.message}" for each in problems) or "the request is not valid"
        return Refused(f"Luma refused the request: {words}", status=answer.status, problems=problems)
    if not isinstance(detail, str):
        return None
    said = shorten(detail)
    if answer.status in {400, 403} and "credit" in said.casefold():
        return NoCredits(f"Luma says: {said}", status=answer.status, hint="add credits at lumalabs.ai")
    if answer.status in {401, 403}:
        return KeyRefused(
            f"Luma refused the key: {said}", status=answer.status, hint=f"check it at {DREAM_MACHINE.key_page}"
        )
    return Refused(f"Luma refused: {said}", status=answer.status) if answer.status in {400, 413, 422} else None


def _field_problem(item: Mapping[str, Any]) -> Problem:
    where = item.get("loc")
    name = ".".join(str(part) for part in where if part != "body") if isinstance(where, list) else "request"
    return Problem(name, shorten(str(item.get("msg", "is not valid"))))


def _inside(task: VendorTask, since: datetime, until: datetime) -> bool:
    return task.created_at is not None and since <= task.created_at <= until


def _same_request(ours: Mapping[str, Any], echo: Mapping[str, Any] | None) -> bool:
    """Equal in all that we sent, and with nothing in it that we did not send (null, empty and false count as absent)."""
    if echo is None:
        return False
    return _said(ours) == _said(echo)


def _said(body: Mapping[str, Any]) -> dict[str, Any]:
    said = {name: value for name, value in body.items() if value not in (None, [], {}) and value is not False}
    said.pop("generation_type", None)
    return said
