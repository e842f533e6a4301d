"""Files of Luma's Agents API: what is too large to travel inside a request is uploaded first, once.

Two ways: a form for what fits into one request, and for more a signed address that takes the bytes (without our key),
which is then completed. A file that Luma still keeps is used again: its name there begins with the hash of its bytes,
so that a later run finds it in the list. Nothing here costs money.
"""

from __future__ import annotations

import asyncio
import hashlib
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any

from providers.base import Access
from providers.errors import Malformed, NotSent, Refused, Unreachable
from providers.http import VendorHttp, shorten
from providers.reading import moment, text
from providers.shot import Media

__all__ = ["FORM_BYTES", "INLINE_BYTES", "LARGEST_BYTES", "Files", "Timing", "digest"]

INLINE_BYTES = 256 * 1024
"""Up to here a picture travels inside the request: an upload would be two more calls."""
FORM_BYTES = 32 * 2**20
"""Up to here one form is enough; Luma takes bodies of up to 50 MB."""
LARGEST_BYTES = 5 * 2**30
"""Luma Agents, files: the limit of one PUT."""
TAKE_IN_S = 120.0
"""How long Luma may look at a new file before it can be used."""
PAUSE_S = 0.5
LIST_PAGES = 3
HASH_LENGTH = 32
MARGIN_S = 600.0
"""A file that ends sooner than this is not used any more."""


@dataclass(frozen=True, slots=True)
class Timing:
    """The clock (seconds since 1970) and the pause that uploads go by."""

    now: Callable[[], float] = time.time
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep


def digest(data: bytes) -> str:
    """SHA-256 in hex: the name of a file's content."""
    return hashlib.sha256(data).hexdigest()


class Files:
    """Uploads, and what was uploaded already."""

    def __init__(self, http: VendorHttp, access: Access, timing: Timing) -> None:
        self._http = http
        self._access = access
        self._timing = timing
        self._known: dict[str, str] = {}
        self._locks: dict[str, asyncio.Lock] = {}

    async def upload(self, media: Media) -> str:
        """The id under which Luma has this content, ready for use.

        Raises NotSent where Luma cannot be reached or does not take it in, Refused where it says no.
        """
        data = media.data or b""
        if len(data) > LARGEST_BYTES:
            raise Refused(f"{media.name or 'the file'} is larger than Luma takes (5 GiB); nothing was sent", status=0)
        name = await asyncio.to_thread(digest, data)
        async with self._locks.setdefault(name, asyncio.Lock()):
            try:
                return await self._have(name, media)
            except (Unreachable, Malformed) as error:
                words = getattr(error, "message", None) or shorten(str(error)) or type(error).__name__
                raise NotSent(f"the upload did not succeed: {words}; nothing was sent") from error

    async def aclose(self) -> None:
        """Nothing stays open between uploads."""

    async def _have(self, name: str, media: Media) -> str:
        known = await self._still_there(name) or await self._listed(name)
        if known is None:
            created = await self._send(name, media)
            known = await self._ready(created, media.name or "the file")
        self._known[name] = known
        return known

    async def _still_there(self, name: str) -> str | None:
        file_id = self._known.get(name)
        if file_id is None:
            return None
        try:
            record = (await self._http.ask("GET", f"/files/{file_id}")).object()
        except Refused:
            record = {}
        return file_id if self._usable(record) else self._known.pop(name, None) and None

    async def _listed(self, name: str) -> str | None:
        """The newest file with this content among the last few hundred."""
        query: dict[str, Any] = {"limit": 100, "state": "ready"}
        for _ in range(LIST_PAGES):
            page = (await self._http.ask("GET", "/files", params=query)).object()
            rows = page.get("data")
            for record in rows if isinstance(rows, list) else ():
                if isinstance(record, dict) and _has(record, name) and self._usable(record):
                    return text(record, "id")
            cursor = text(page, "next_cursor")
            if page.get("has_more") is not True or cursor is None:
                break
            query = {**query, "cursor": cursor}
        return None

    def _usable(self, record: Mapping[str, Any]) -> bool:
        ends = moment(record.get("expires_at"))
        lasting = ends is None or ends.timestamp() > self._timing.now() + MARGIN_S
        return record.get("state") == "ready" and lasting and text(record, "id") is not None

    async def _send(self, name: str, media: Media) -> str:
        data = media.data or b""
        filename = f"{name[:HASH_LENGTH]}-{media.name or 'file'}"[:200]
        kind = media.media_type or "application/octet-stream"
        if len(data) <= FORM_BYTES:
            answer = await self._http.ask(
                "POST",
                "/files",
                files={"file": (filename, data, kind)},
                data={"filename": filename, "mime_type": kind, "purpose": "input"},
            )
            return _id(answer.object())
        record = {"mime_type": kind, "size_bytes": len(data), "filename": filename, "purpose": "input"}
        created = (await self._http.ask("POST", "/files", json=record)).object()
        await self._put(created.get("upload"), data)
        await self._http.ask("POST", f"/files/{_id(created)}/complete", json={})
        return _id(created)

    async def _put(self, envelope: Any, data: bytes) -> None:
        """To the storage's signed address, with its own headers and without ours. Raises Unreachable, Malformed."""
        url = text(envelope, "url") if isinstance(envelope, dict) else None
        plain = self._http.base_url.startswith("http://")
        if url is None or not url.startswith(("https://", "http://") if plain else "https://"):
            raise Malformed("Luma gave no address to upload to")
        given = envelope.get("headers")
        headers = {str(key): str(value) for key, value in given.items()} if isinstance(given, dict) else {}
        import httpx

        from providers.line import ssl_context

        transport = self._access.transport
        secure: dict[str, Any] = {} if transport else {"verify": ssl_context()}
        try:
            async with httpx.AsyncClient(transport=transport, timeout=httpx.Timeout(60.0), **secure) as client:
                response = await client.put(url, content=data, headers=headers)
        except httpx.HTTPError as error:
            raise Unreachable(shorten(str(error)) or type(error).__name__) from error
        if not response.is_success:
            raise Unreachable(f"the storage answered HTTP {response.status_code}")

    async def _ready(self, file_id: str, name: str) -> str:
        until = self._timing.now() + TAKE_IN_S
        while True:
            record = (await self._http.ask("GET", f"/files/{file_id}")).object()
            match text(record, "state"):
                case "ready":
                    return file_id
                case "failed" | "deleted":
                    why = shorten(text(record, "failure_reason") or "it does not say why")
                    raise Refused(f"Luma does not take {name}: {why}; nothing was sent", status=422)
            if self._timing.now() >= until:
                raise Unreachable("Luma has not taken the file in yet")
            await self._timing.sleep(PAUSE_S)


def _has(record: Mapping[str, Any], name: str) -> bool:
    return (text(record, "filename") or "").startswith(f"{name[:HASH_LENGTH]}-")


def _id(record: Mapping[str, Any]) -> str:
    file_id = text(record, "id")
    if file_id is None:
        raise Malformed("Luma gave the file no id")
    return file_id
