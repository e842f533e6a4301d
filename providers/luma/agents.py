"""Luma's Agents API on the wire: create, poll. Pictures and clips go through `files`.

Sources: the types and documentation of the official client luma-agents 0.5. There is no list, no cancel, no delete and
no balance: a request whose answer was lost cannot be looked up. Links to a finished clip live one hour; asking for the
generation again signs new ones. A generation is visible only to the key that made it.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any
from urllib.parse import quote

from providers.base import Access, Asset, Health, Receipt, VendorState, VendorTask, WireRequest
from providers.catalogue import Catalogue, InputSlot, put
from providers.errors import Malformed, Refused
from providers.http import Answer, VendorHttp, shorten
from providers.luma import AGENTS
from providers.luma.body import media_type, slot_for, write_params
from providers.luma.failures import read_code
from providers.luma.files import INLINE_BYTES, Files, Timing, digest
from providers.luma.refusals import explain
from providers.reading import moment, text
from providers.shot import Media, Shot

__all__ = ["AgentsApi", "read_task"]

ENDPOINT = "/generations"
TYPES = {"modify": "video_edit", "reframe": "video_reframe", "text_to_image": "image", "image_edit": "image_edit"}
"""`type` by mode; every other mode makes a plain `video`."""

_STATES = {
    "queued": VendorState.PENDING,
    "processing": VendorState.RUNNING,
    "completed": VendorState.SUCCEEDED,
    "failed": VendorState.FAILED,
}
_LIMITS = ("x-ratelimit-limit", "x-ratelimit-remaining", "x-ratelimit-reset")


class AgentsApi:
    """The client. Billable: the create in `submit` alone; uploads before it cost nothing."""

    def __init__(self, catalogue: Catalogue, base_url: str, access: Access, timing: Timing) -> None:
        self._catalogue = catalogue
        key = access.keys.get(AGENTS.name)
        headers = {"authorization": f"Bearer {key}"} if key else {}
        self._http = VendorHttp(base_url, headers, access.transport, access.user_agent, explain(AGENTS, "Luma"))
        self._files = Files(self._http, access, timing)
        self._seen: dict[str, str] = {}

    def request(self, shot: Shot, media: Sequence[Media] = ()) -> WireRequest:
        """The create request. What will be uploaded first stands there as `(upload of NAME, HASH)`."""
        model = self._catalogue.find(shot.model)
        body: dict[str, Any] = {"type": TYPES.get(shot.mode, "video"), "model": model.name if model else shot.model}
        body["prompt"] = shot.prompt
        write_params(body, model, shot)
        for each in media:
            slot = slot_for(model, each, shot.mode)
            if slot is not None:
                _place(body, slot, each, _reference(each))
        return WireRequest("POST", self._http.url(ENDPOINT), body)

    async def prepare(self, media: Sequence[Media]) -> list[Media]:
        """Uploads what is too large to travel inside the request. Free."""
        try:
            return [await self._ready(each) for each in media]
        except Refused as error:
            # It was the upload that was refused: no billable request has left.
            error.status = 0
            raise

    async def submit(self, shot: Shot, media: Sequence[Media] = ()) -> Receipt:
        """Uploads what was not yet, then one create. An answer without an id is an unknown outcome."""
        wire = self.request(shot, await self.prepare(media))
        answer = await self._http.bill(wire.method, ENDPOINT, wire.body)
        vendor_id, data = answer.accepted()
        word = shorten(text(data, "state") or "", 80)
        return Receipt(vendor_id, _STATES.get(word, VendorState.UNKNOWN), word, answer=data)

    async def poll(self, vendor_id: str) -> VendorTask:
        """One generation, with links that are good for an hour."""
        answer = await self._http.ask("GET", f"{ENDPOINT}/{quote(vendor_id, safe='')}")
        self._note(answer)
        return read_task(answer.object())

    async def health(self) -> Health:
        """Asks for one file of the account: free, and it tells whether the key is good."""
        answer = await self._http.ask("GET", "/files", params={"limit": 1})
        answer.object()
        self._note(answer)
        return Health(True, True, "key accepted", facts=dict(self._seen))

    async def aclose(self) -> None:
        """Closes connections."""
        await self._files.aclose()
        await self._http.aclose()

    async def _ready(self, media: Media) -> Media:
        if media.data is None or len(media.data) <= INLINE_BYTES:
            return media
        return replace(media, data=None, upload=await self._files.upload(media))

    def _note(self, answer: Answer) -> None:
        headers = {name.casefold(): value for name, value in answer.headers.items()}
        self._seen.update({name: shorten(headers[name], 40) for name in _LIMITS if name in headers})


def _reference(media: Media) -> dict[str, str]:
    """Luma Agents, media references: exactly one of `generation_id`, `url`, `data` with its type, `file_id`."""
    if media.upload is not None:
        return {"file_id": media.upload}
    if media.vendor_id is not None:
        return {"generation_id": media.vendor_id}
    if media.data is None:
        return {"url": media.url or ""}
    if len(media.data) > INLINE_BYTES:
        return {"file_id": f"(upload of {media.name or 'the file'}, {digest(media.data)[:12]})"}
    kind = media.media_type or "application/octet-stream"
    return {"data": base64.b64encode(media.data).decode(), "media_type": kind}


def _place(body: dict[str, Any], slot: InputSlot, media: Media, reference: Mapping[str, str]) -> None:
    if slot.max_count > 1:
        *parents, last = slot.wire.split(".")
        inside = body
        for name in parents:
            inside = inside.setdefault(name, {})
        inside.setdefault(last, []).append(dict(reference))
        return
    linked_clip = slot.media == "video" and "url" in reference
    put(body, slot.wire, {**reference, "media_type": media_type(media, "video")} if linked_clip else dict(reference))


def read_task(data: Mapping[str, Any]) -> VendorTask:
    """A generation object. Raises Malformed without an id."""
    vendor_id = text(data, "id")
    if vendor_id is None:
        raise Malformed("the generation has no id")
    word = shorten(text(data, "state") or "", 80)
    state = _STATES.get(word, VendorState.UNKNOWN)
    failed = state is VendorState.FAILED
    return VendorTask(
        vendor_id=vendor_id,
        state=state,
        word=word or "no state",
        assets=_assets(data.get("output")),
        failure=read_code(text(data, "failure_code"), text(data, "failure_reason")) if failed else None,
        created_at=moment(data.get("created_at")),
        answer=data,
    )


def _assets(data: Any) -> tuple[Asset, ...]:
    """Every output with a link; an EXR export comes beside the clip under a type of its own."""
    rows = [each for each in data if isinstance(each, dict)] if isinstance(data, list) else []
    return tuple(Asset(url, text(each, "type") or "") for each in rows if (url := text(each, "url")))
