"""Luma's Dream Machine API on the wire: create, modify, reframe, upscale, add audio; poll, list, ping, credits.

Sources: the OpenAPI document of 2025-06-24, the guides, and the official client lumaai 1.21. There is no cancel: DELETE
removes the record, and nothing says that it stops the job or returns money: it is for finished tasks, when asked for.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from typing import Any
from urllib.parse import quote, urlsplit

from providers.base import Access, Asset, Health, PastPage, Receipt, Usage, VendorState, VendorTask, WireRequest
from providers.catalogue import Catalogue, InputSlot, put
from providers.errors import Malformed, NotSent, NotSupported, ProviderError, Refused
from providers.http import VendorHttp, shorten
from providers.luma import DREAM_MACHINE
from providers.luma.body import role_media, slot_for, write_params
from providers.luma.failures import read_reason
from providers.luma.past import read_past
from providers.luma.pictures import PICTURES, link_of, place_pictures
from providers.luma.refusals import explain
from providers.luma.usage import PATH, read_credits
from providers.reading import moment, text, units
from providers.shot import Media, Role, Shot

__all__ = ["DreamMachine", "read_task"]

DEFAULT_ENDPOINT = "/generations/video"
CONCEPTS = "/generations/concepts/list"
PAGE = 100
"""The list call's largest page."""
FAR_ENOUGH = 5
"""Pages to read back at most: 500 generations are more than any account makes within a look-up's window."""
TYPES = {
    "modify": "modify_video",
    "reframe": "reframe_video",
    "upscale": "upscale_video",
    "add_audio": "add_audio",
    "text_to_image": "image",
    "image_edit": "image",
    "image_reframe": "reframe_image",
}
"""`generation_type` by mode; every other mode makes a plain `video`."""
ON_A_TAKE = frozenset({"upscale", "add_audio"})
"""Modes whose generation is named by the address alone, so that the echo of the request does not tell it."""

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
        key = access.keys.get(DREAM_MACHINE.name)
        headers = {"authorization": f"Bearer {key}"} if key else {}
        self._callback = access.callback_url
        read = explain(DREAM_MACHINE, "Luma")
        self._http = VendorHttp(base_url, headers, access.transport, access.user_agent, read)

    def request(self, shot: Shot, media: Sequence[Media] = ()) -> WireRequest:
        """The billable request; unknown models and parameters go out as given."""
        model = self._catalogue.find(shot.model)
        body: dict[str, Any] = {"generation_type": TYPES.get(shot.mode, "video")}
        if shot.mode not in ON_A_TAKE:
            body["model"] = model.name if model else shot.model
        # An upscale takes no words; those of the shot are there for the library to find it by.
        if shot.prompt.strip() and shot.mode != "upscale":
            body["prompt"] = shot.prompt
        write_params(body, model, shot)
        for each in media:
            slot = slot_for(model, each, shot.mode)
            if slot is not None and slot.wire == PICTURES:
                continue
            if slot is not None and slot.wire:
                _place(body, slot, each)
        place_pictures(body, shot, [each for each in media if each.role is Role.REFERENCE])
        if self._callback and model is not None and model.find_param("callback_url", shot.mode):
            body.setdefault("callback_url", self._callback)
        path = model.endpoint.get(shot.mode, DEFAULT_ENDPOINT) if model else DEFAULT_ENDPOINT
        take = role_media(media, Role.VIDEO)
        known = quote(take.vendor_id, safe="") if take and take.vendor_id else "{id}"
        return WireRequest("POST", self._http.url(path.replace("{id}", known)), body)

    def listed_as(self, shot: Shot) -> dict[str, Any]:
        """What `find` compares: not where news of it is to be posted, nor the signature of a link."""
        said: dict[str, Any] = _said(self.request(shot).body)
        return said

    async def prepare(self, shot: Shot, media: Sequence[Media]) -> list[Media]:
        """Takes of ours that the API wants as a link get the link that Luma itself has for them now.

        Raises NotSent where Luma does not tell: nothing billable has left then.
        """
        model = self._catalogue.find(shot.model)
        found = []
        for each in media:
            slot = slot_for(model, each, shot.mode)
            by_link = slot is not None and slot.wire and (slot.media == "image" or not _is_frame(slot))
            found.append(await self._link(each) if by_link and each.vendor_id else each)
        return found

    async def submit(self, shot: Shot, media: Sequence[Media] = ()) -> Receipt:
        """One create. An answer without an id is an unknown outcome: something was accepted."""
        wire = self.request(shot, await self.prepare(shot, media))
        path = wire.url.removeprefix(self._http.base_url)
        answer = await self._http.bill(wire.method, path, wire.body)
        vendor_id, data = answer.accepted()
        word = shorten(text(data, "state") or "", 80)
        return Receipt(vendor_id, _STATES.get(word, VendorState.UNKNOWN), word, answer=data)

    async def poll(self, vendor_id: str) -> VendorTask:
        """One generation."""
        answer = await self._http.ask("GET", f"/generations/{quote(vendor_id, safe='')}")
        return read_task(answer.object())

    async def poll_many(self, vendor_ids: Sequence[str]) -> dict[str, VendorTask]:
        """The newest page of the list, cut down to the wanted ids."""
        wanted = set(vendor_ids)
        tasks, _more = await self._page(0)
        return {task.vendor_id: task for task in tasks if task.vendor_id in wanted}

    async def find(
        self, shot: Shot, media: Sequence[Media] = (), *, since: datetime, until: datetime
    ) -> list[VendorTask]:
        """Generations of the window whose echoed request equals ours, newest first. Raises NotSupported for modes
        that the echo does not tell apart."""
        if shot.mode in ON_A_TAKE:
            raise NotSupported(f"Luma's list does not say which take a lost {shot.mode} was for")
        body = self.request(shot, await self.prepare(shot, media)).body
        found: list[VendorTask] = []
        for page in range(FAR_ENOUGH):
            tasks, more = await self._page(page * PAGE)
            times = [task.created_at for task in tasks if task.created_at]
            found += [task for task in tasks if _inside(task, since, until) and _same_request(body, task.request)]
            if not more or (times and min(times) < since):
                break
        return found

    async def past(self, cursor: str | None = None) -> PastPage:
        """A page of the account's generations. Raises Malformed for a cursor that is none of ours."""
        if not (cursor is None or (cursor.isascii() and cursor.isdigit())):
            raise Malformed(f"{cursor!r} is no place in Luma's list")
        offset = int(cursor or 0)
        rows, more = await self._rows(offset)
        read = [read_past(self._catalogue, read_task(row), row) for row in rows]
        made = tuple(each for each in read if each is not None)
        return PastPage(made, str(offset + len(rows)) if more and rows else None, len(read) - len(made))

    async def health(self) -> Health:
        """Ping checks reachability and key; credits tell the balance, in US cents."""
        await self._http.ask("GET", "/ping")
        account = (await self._http.ask("GET", "/credits")).object()
        balance = units(account.get("credit_balance"))
        words = "key accepted" if balance is None else f"key accepted, ${balance / 100:.2f} left"
        return Health(True, True, words, balance, "cent")

    async def erase(self, vendor_id: str) -> None:
        """Removes the record from the account. Nothing says that this would stop a job or return money."""
        await self._http.ask("DELETE", f"/generations/{quote(vendor_id, safe='')}")

    async def concepts(self) -> tuple[str, ...]:
        """The names of camera moves that `concepts` takes. Free. Raises Malformed for what is no list of names."""
        data = (await self._http.ask("GET", CONCEPTS)).data
        names = [each for each in data if isinstance(each, str) and each] if isinstance(data, list) else []
        if not names:
            raise Malformed("the list of concepts is missing from the answer")
        return tuple(dict.fromkeys(shorten(each, 80) for each in names))

    async def usage(self) -> Usage:
        """The balance; this API tells nothing by day."""
        return read_credits(self._catalogue, (await self._http.ask("GET", PATH)).object())

    async def aclose(self) -> None:
        """Closes connections."""
        await self._http.aclose()

    async def _link(self, media: Media) -> Media:
        try:
            task = await self.poll(media.vendor_id or "")
        except Refused as error:
            error.status = 0
            raise
        except ProviderError as error:
            raise NotSent(f"could not ask for the link of the take: {error.message}; nothing was sent") from error
        if not task.assets:
            raise Refused(f"Luma has no clip of the take any more: it says {task.word}; nothing was sent", status=0)
        return replace(media, vendor_id=None, url=task.assets[0].url)

    async def _page(self, offset: int) -> tuple[list[VendorTask], bool]:
        rows, more = await self._rows(offset)
        return [read_task(row) for row in rows], more

    async def _rows(self, offset: int) -> tuple[list[dict[str, Any]], bool]:
        data = (await self._http.ask("GET", "/generations", params={"limit": PAGE, "offset": offset})).object()
        rows = data.get("generations")
        if not isinstance(rows, list):
            raise Malformed("the list of generations is missing from the answer")
        return [row for row in rows if isinstance(row, dict) and text(row, "id")], data.get("has_more") is True


def _place(body: dict[str, Any], slot: InputSlot, media: Media) -> None:
    """Key frames are an image's address or a generation's id, everything else an address."""
    if _is_frame(slot):
        image = {"type": "image", "url": link_of(media)}
        by_id = media.vendor_id and slot.media == "video"
        put(body, slot.wire, {"type": "generation", "id": media.vendor_id} if by_id else image)
    else:
        inside = body.get(slot.wire)
        put(body, slot.wire, {**(inside if isinstance(inside, dict) else {}), "url": link_of(media)})


def _is_frame(slot: InputSlot) -> bool:
    return slot.wire.startswith("keyframes.")


def read_task(data: Mapping[str, Any]) -> VendorTask:
    """A generation object, any of whose fields may be missing except the id. Raises Malformed without one."""
    vendor_id = text(data, "id")
    if vendor_id is None:
        raise Malformed("the generation has no id")
    word = shorten(text(data, "state") or "", 80)
    state = _STATES.get(word, VendorState.UNKNOWN)
    request = data.get("request")
    return VendorTask(
        vendor_id=vendor_id,
        state=state,
        word=word or "no state",
        assets=_assets(data.get("assets")),
        failure=read_reason(text(data, "failure_reason")) if state is VendorState.FAILED else None,
        created_at=moment(data.get("created_at")),
        request=request if isinstance(request, dict) else None,
        answer=data,
    )


def _assets(data: Any) -> tuple[Asset, ...]:
    """The links of the clip and of the picture; the preview that may appear while it runs is neither."""
    found = [(kind, text(data, kind)) for kind in ("video", "image")] if isinstance(data, dict) else []
    return tuple(Asset(url, kind) for kind, url in found if url)


def _inside(task: VendorTask, since: datetime, until: datetime) -> bool:
    return task.created_at is not None and since <= task.created_at <= until


def _same_request(ours: Mapping[str, Any], echo: Mapping[str, Any] | None) -> bool:
    """Equal in all that we sent, with nothing in it that we did not; null, empty and false count as absent."""
    return echo is not None and _said(ours) == _said({"generation_type": "video", **echo})


def _said(value: Any) -> Any:
    """Without what says nothing of the clip; links without their signatures, which are new each time; one way of
    writing numbers, since an echo is read as Decimal and ours are not."""
    if isinstance(value, Mapping):
        said = {name: _said(each) for name, each in value.items()}
        said.pop("callback_url", None)
        return {name: each for name, each in said.items() if each not in (None, [], {}) and each is not False}
    if isinstance(value, list):
        return [_said(each) for each in value]
    if isinstance(value, str) and value.startswith(("https://", "http://")):
        parts = urlsplit(value)
        return f"{parts.netloc}{parts.path}"
    if isinstance(value, int | float | Decimal) and not isinstance(value, bool):
        return f"{float(value):.9g}"
    return value
