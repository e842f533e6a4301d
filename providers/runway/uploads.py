"""Ephemeral uploads: from bytes to a `runway://` address that a request can name for 24 hours.

A session is asked for, then the file goes to another host: every field that the session gave first, `file` last, and no
bearer header. A session takes one attempt; a failed one means a new session. The same bytes are not sent twice a day,
not by another run either, where the caller lends a memory.
Sources: the OpenAPI document of 2026-08-08 (uploads) and the official client runwayml 5.24.
"""

from __future__ import annotations

import asyncio
import hashlib
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from providers.base import Access
from providers.errors import Malformed, NotSent, ProviderError, RateLimited, Refused
from providers.http import VendorHttp
from providers.reading import text

__all__ = ["Uploads", "upload_name"]

LIFE_S = 24 * 3600.0
SPARE_S = 3600.0
"""An address that is about to expire would die in the vendor's queue."""
TRIES = 3
TIMEOUT_S = 120.0
_ENDINGS = {
    "image/jpeg": ".jpg",
    "image/png": ".png",
    "image/webp": ".webp",
    "video/mp4": ".mp4",
    "video/quicktime": ".mov",
    "video/webm": ".webm",
    "audio/wav": ".wav",
    "audio/x-wav": ".wav",
    "audio/mpeg": ".mp3",
    "audio/mp4": ".m4a",
}


@dataclass(frozen=True, slots=True)
class _Kept:
    uri: str
    until: float


class Uploads:
    """The uploads of one account. `clock` gives seconds that only go forward."""

    def __init__(self, http: VendorHttp, access: Access, account: str, clock: Callable[[], float]) -> None:
        self._http = http
        self._clock = clock
        self._transport = access.transport
        self._agent = access.user_agent
        self._memory = access.memory
        self._account = account
        self._kept: dict[str, _Kept] = {}
        self._locks: dict[str, asyncio.Lock] = {}

    async def uri(self, data: bytes, media_type: str, name: str) -> str:
        """The address of these bytes, uploaded now unless they were within the day.

        Raises NotSent where the file could not be brought over, and Refused and its kinds where the vendor says no.
        """
        key = await asyncio.to_thread(self._key, data, media_type)
        async with self._locks.setdefault(key, asyncio.Lock()):
            kept = self._kept.get(key)
            if kept is not None and self._clock() < kept.until:
                return kept.uri
            if (uri := await asyncio.to_thread(self._memory.get, key) if self._memory else None) is None:
                uri = await self._anew(key, data, media_type, name)
            else:
                # How much of its time is left is the memory's business; it is asked again after a while.
                self._kept[key] = _Kept(uri, self._clock() + SPARE_S / 2)
            return uri

    def _key(self, data: bytes, media_type: str) -> str:
        """Addresses belong to an account; the names of notes are hashed by whoever keeps them."""
        return f"{self._account} {hashlib.sha256(data).hexdigest()} {media_type}"

    async def _anew(self, key: str, data: bytes, media_type: str, name: str) -> str:
        started = self._clock()
        uri = await self._send(data, media_type, upload_name(name, media_type))
        self._kept[key] = _Kept(uri, started + LIFE_S - SPARE_S)
        if self._memory is not None:
            left = LIFE_S - SPARE_S - (self._clock() - started)
            await asyncio.to_thread(self._memory.put, key, uri, left)
        return uri

    def forget(self) -> None:
        """Drops every address that was used: the next request uploads anew."""
        if self._memory is not None:
            for key in self._kept:
                self._memory.drop(key)
        self._kept.clear()

    async def _send(self, data: bytes, media_type: str, name: str) -> str:
        reason = ""
        for _try in range(TRIES):
            session = await self._session(name)
            try:
                await self._post(session, data, media_type, name)
            except _Failed as failed:
                reason = str(failed)
                continue
            return session.uri
        raise NotSent(f"{name} could not be uploaded to Runway: {reason}; nothing was started")

    async def _session(self, name: str) -> _Session:
        """A new session; free. Everything that keeps it from coming means that nothing was sent."""
        try:
            answer = await self._http.ask("POST", "/v1/uploads", json={"filename": name, "type": "ephemeral"})
            return _read_session(answer.object())
        except RateLimited as error:
            raise _too_many(error) from error
        except Refused:
            raise
        except ProviderError as error:
            raise NotSent(f"no upload session from Runway: {error.message}; nothing was started") from error

    async def _post(self, session: _Session, data: bytes, media_type: str, name: str) -> None:
        import httpx

        from providers.line import ssl_context

        verify = ssl_context() if self._transport is None and session.url.startswith("https") else False
        # A client of its own: the API's one carries the key, which the host of the files must not see.
        headers, timeout = {"user-agent": self._agent}, httpx.Timeout(TIMEOUT_S, connect=10.0)
        try:
            async with httpx.AsyncClient(
                transport=self._transport, verify=verify, timeout=timeout, headers=headers
            ) as client:
                answer = await client.post(session.url, data=session.fields, files={"file": (name, data, media_type)})
        except (httpx.HTTPError, OSError) as error:
            raise _Failed(str(error) or type(error).__name__) from error
        if not answer.is_success:
            raise _Failed(f"the host of the files answered HTTP {answer.status_code}")


@dataclass(frozen=True, slots=True)
class _Session:
    url: str
    fields: dict[str, str]
    uri: str


class _Failed(Exception):
    pass


def _too_many(error: RateLimited) -> RateLimited:
    """Uploads have a limit of their own, which passes soon: it is not that of the day, and no generation met it."""
    limited = RateLimited(
        "Runway takes no more uploads for the moment; nothing was started", retry_after=error.retry_after
    )
    limited.status = 0
    return limited


def _read_session(data: dict[str, Any]) -> _Session:
    url, uri, fields = text(data, "uploadUrl"), text(data, "runwayUri"), data.get("fields")
    if url is None or uri is None or not isinstance(fields, dict):
        raise Malformed("the upload session has no address")
    return _Session(url, {str(name): str(value) for name, value in fields.items()}, uri)


def upload_name(name: str, media_type: str) -> str:
    """A name that Runway takes: 3 to 255 characters with an extension; only letters, digits and `._-` are kept."""
    plain = re.sub(r"[^A-Za-z0-9._-]+", "-", name).strip(".-")[-200:]
    stem, dot, ending = plain.rpartition(".")
    if not dot or not ending.isalnum() or len(ending) > 5:
        stem, ending = plain, _ENDINGS.get(media_type, ".bin").removeprefix(".")
    return f"{stem or 'file'}.{ending}"
