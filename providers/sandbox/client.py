"""SandboxProvider: the provider `sandbox` on the sandbox's own dialect. It is written as a vendor's client would be."""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from urllib.parse import quote

from providers.base import (
    Access,
    Asset,
    CancelOutcome,
    CancelRule,
    Health,
    Provider,
    Receipt,
    VendorRef,
    VendorState,
    VendorTask,
    WireRequest,
)
from providers.catalogue import Catalogue, put
from providers.errors import (
    Failure,
    FailureKind,
    Malformed,
    NotFound,
    Problem,
    ProviderError,
    Refused,
    Unreachable,
)
from providers.http import Answer, VendorHttp, shorten
from providers.reading import fraction, moment, text
from providers.sandbox import API, rules
from providers.shot import Media, Role, Shot

__all__ = ["SandboxProvider", "read_task"]

PAGE = 200
MOST_PAGES = 5

_STATES = {
    "waiting": VendorState.THROTTLED,
    "queued": VendorState.PENDING,
    "drawing": VendorState.RUNNING,
    "done": VendorState.SUCCEEDED,
    "failed": VendorState.FAILED,
    "cancelled": VendorState.CANCELLED,
}


class SandboxProvider(Provider):
    """The client. Nothing here costs money; `submit` is still sent once, like any other."""

    name = "sandbox"
    cancel_rule = CancelRule.REFUNDS
    min_poll_s = 0.2
    can_list = True

    def __init__(self, catalogue: Catalogue, access: Access) -> None:
        self.catalogue = catalogue
        key = access.keys.get(API.name)
        headers = {"authorization": f"Bearer {key}"} if key else {}
        base_url = access.base_urls.get(API.name, API.base_url)
        self._http = VendorHttp(base_url, headers, access.transport, access.user_agent, _explain)

    def problems(self, shot: Shot) -> list[Problem]:
        return rules.problems(shot)

    def request(self, shot: Shot, media: Sequence[Media] = ()) -> WireRequest:
        model = self.catalogue.find(shot.model)
        body: dict[str, Any] = {"model": model.name if model else shot.model, "prompt": shot.prompt}
        for name, value in shot.params.items():
            param = model.find_param(name, shot.mode) if model else None
            put(body, param.wire if param else name, value)
        references = [_picture(each) for each in media if each.role is Role.REFERENCE]
        if references:
            body["refs"] = references
        for each in media:
            if each.role in {Role.START_IMAGE, Role.END_IMAGE}:
                body[each.role.value] = _picture(each)
        return WireRequest("POST", self._http.url("/clips"), body)

    async def submit(self, shot: Shot, media: Sequence[Media] = ()) -> Receipt:
        answer = await self._http.bill("POST", "/clips", self.request(shot, media).body)
        vendor_id, data = answer.accepted()
        word = text(data, "state") or ""
        return Receipt(vendor_id, _STATES.get(word, VendorState.UNKNOWN), word, answer=data)

    async def poll(self, ref: VendorRef) -> VendorTask:
        answer = await self._http.ask("GET", f"/clips/{quote(ref.vendor_id, safe='')}")
        return read_task(answer.object())

    async def poll_many(self, refs: Sequence[VendorRef]) -> dict[str, VendorTask]:
        wanted = {ref.vendor_id for ref in refs}
        tasks, _following = await self._page(0)
        return {task.vendor_id: task for task in tasks if task.vendor_id in wanted}

    async def find(
        self, shot: Shot, _media: Sequence[Media] = (), *, since: datetime, until: datetime
    ) -> list[VendorTask]:
        """By the echoed request; pictures are echoed by their size alone, so they are left out of the comparison."""
        wanted = _comparable(self.request(shot).body)
        found: list[VendorTask] = []
        offset: int | None = 0
        for _ in range(MOST_PAGES):
            if offset is None:
                break
            tasks, offset = await self._page(offset)
            times = [task.created_at for task in tasks if task.created_at]
            found += [task for task in tasks if _inside(task, since, until) and _comparable(task.request) == wanted]
            if times and min(times) < since:
                break
        return found

    async def cancel(self, ref: VendorRef) -> CancelOutcome:
        """Looks first: the 409 for a clip that has ended reads as Unreachable at the shared door."""
        task = await self.poll(ref)
        if task.state is VendorState.CANCELLED:
            return CancelOutcome.CANCELLED
        if task.state in {VendorState.SUCCEEDED, VendorState.FAILED}:
            return CancelOutcome.ENDED
        try:
            await self._http.ask("POST", f"/clips/{quote(ref.vendor_id, safe='')}/cancel", json={})
        except NotFound:
            return CancelOutcome.CANCELLED
        except Unreachable:
            if (await self.poll(ref)).state in {VendorState.SUCCEEDED, VendorState.FAILED}:
                return CancelOutcome.ENDED
            raise
        return CancelOutcome.CANCELLED

    async def health(self) -> Health:
        try:
            data = (await self._http.ask("GET", "/health")).object()
        except ProviderError as error:
            return Health(False, None, error.message)
        clips = data.get("clips")
        count = clips if isinstance(clips, int) else 0
        return Health(True, None, f"ready, {count} clips so far", facts={"clips": str(count)})

    async def aclose(self) -> None:
        await self._http.aclose()

    async def _page(self, offset: int) -> tuple[list[VendorTask], int | None]:
        data = (await self._http.ask("GET", "/clips", params={"limit": PAGE, "offset": offset})).object()
        rows, following = data.get("clips"), data.get("next")
        if not isinstance(rows, list):
            raise Malformed("the list of clips is missing from the answer")
        tasks = [read_task(row) for row in rows if isinstance(row, dict) and text(row, "id")]
        return tasks, following if isinstance(following, int) else None


def read_task(data: Mapping[str, Any]) -> VendorTask:
    """A clip object. Raises Malformed without an id."""
    vendor_id = text(data, "id")
    if vendor_id is None:
        raise Malformed("the clip has no id")
    word = text(data, "state") or ""
    state = _STATES.get(word, VendorState.UNKNOWN)
    url, request = text(data, "url"), data.get("request")
    return VendorTask(
        vendor_id=vendor_id,
        state=state,
        word=word or "no state",
        progress=fraction(data.get("progress")) if state is VendorState.RUNNING else None,
        assets=(Asset(url),) if url else (),
        failure=_failure(data.get("failure")) if state is VendorState.FAILED else None,
        created_at=moment(data.get("created_at")),
        request=request if isinstance(request, dict) else None,
        answer=data,
    )


def _failure(data: Any) -> Failure:
    said = data if isinstance(data, dict) else {}
    message = shorten(text(said, "message") or "") or "failed without a reason"
    return Failure(FailureKind.SERVICE, message, retryable=True, charged=False, vendor_code=text(said, "code"))


def _picture(media: Media) -> dict[str, str]:
    if media.data is not None:
        data = base64.b64encode(media.data).decode()
        return {"data": data, "media_type": media.media_type or "application/octet-stream"}
    return {"url": media.url or ""}


def _comparable(request: Mapping[str, Any] | None) -> dict[str, Any] | None:
    """A request with the numbers that JSON may write in two ways brought to one, and without pictures."""
    if request is None:
        return None
    pictures = {"start_image", "end_image", "refs"}
    return {
        name: float(value) if isinstance(value, int | float) and not isinstance(value, bool) else value
        for name, value in request.items()
        if name not in pictures
    }


def _inside(task: VendorTask, since: datetime, until: datetime) -> bool:
    return task.created_at is not None and since <= task.created_at <= until


def _explain(answer: Answer) -> Refused | None:
    """`{"error": text, "problems": [{param, message}]}` with a 400."""
    data = answer.data if isinstance(answer.data, dict) else {}
    listed = data.get("problems")
    if answer.status != 400 or not isinstance(listed, list):
        return None
    found = [each for each in listed if isinstance(each, dict)]
    problems = tuple(Problem(shorten(str(each.get("param"))), shorten(str(each.get("message")))) for each in found)
    said = shorten(str(data.get("error") or "the request is not valid"))
    return Refused(f"the sandbox refused: {said}", status=400, problems=problems)
