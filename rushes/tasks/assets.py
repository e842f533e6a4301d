"""Fetching clips: resuming, lengths, and the move into the library's folder. Where a link may lead, `links` says.

The vendor's key never goes to an asset host: downloads have a client of their own. A clip that was cut off is
continued, and one that fails its check is fetched again, never generated again.
"""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import os
import re
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO
from urllib.parse import urljoin

from providers.errors import AssetGone
from providers.http import retry_after
from providers.values import dataclass
from rushes.tasks.links import AssetError, AssetRefused, check_link, proxy_for
from rushes.tasks.turns import Turns

if TYPE_CHECKING:
    import httpx

    from rushes.task import Task

__all__ = ["AssetError", "AssetRefused", "Downloader", "clip_path", "hold_part", "is_here", "keep", "set_aside", "slug"]

MAX_BYTES = 8 * 2**30
"""No clip of any vendor comes near this size."""
SPARE_BYTES = 64 * 2**20
"""Disk space that a download leaves free."""
MAX_REDIRECTS = 3
CHUNK = 256 * 1024
TIMEOUT_S = 30.0
NO_FILE = ("text/", "application/json", "application/xml", "application/xhtml")
"""Content types that a login page or an error comes with. All others are taken as what they turn out to be."""
NO_CLIP = (*NO_FILE, "image/")


@dataclass(frozen=True, slots=True)
class _Plan:
    url: str
    part: Path
    local: bool
    anywhere: bool
    on_bytes: Callable[[int, int | None], None] | None
    refused: tuple[str, ...] = NO_CLIP


class Downloader:
    """Downloads to `.part` files, at most `at_once` at a time. `transport` None is the network."""

    def __init__(self, *, user_agent: str, at_once: int = 3) -> None:
        self._user_agent = user_agent
        self._turns = Turns(at_once)
        self._network: dict[str | None, httpx.AsyncClient] = {}

    async def fetch(
        self,
        url: str,
        part: Path,
        *,
        local: bool,
        party: str = "",
        anywhere: bool = False,
        picture: bool = False,
        transport: httpx.AsyncBaseTransport | None = None,
        on_bytes: Callable[[int, int | None], None] | None = None,
    ) -> None:
        """Leaves the whole file at `part`, flushed to disk; continues what lies there already.

        `local`: the vendor itself is on this machine, so loopback and http are fine. `anywhere`: the transport
        reaches no network at all. `party` is who shares the places fairly with others. `picture`: an image is what is
        wanted, where one is the sign of a login page otherwise. Raises AssetGone for an expired
        link, AssetRefused for one that leads elsewhere, AssetError for all that may pass.
        """
        plan = _Plan(url, part, local, anywhere, on_bytes, NO_FILE if picture else NO_CLIP)
        async with self._turns.one(party):
            if transport is not None:
                async with self._client(transport) as client:
                    await _fetch(plan, lambda _proxy: client, by_proxy=False)
            else:
                await _fetch(plan, self._by, by_proxy=True)

    def resize(self, at_once: int) -> None:
        """Another number of downloads at a time; those under way go on."""
        self._turns.resize(at_once)

    async def aclose(self) -> None:
        """Closes connections."""
        for client in self._network.values():
            await client.aclose()

    def _by(self, proxy: str | None) -> httpx.AsyncClient:
        """The client that goes by this proxy, or by none."""
        import httpx

        if proxy not in self._network:
            try:
                self._network[proxy] = self._client(None, proxy)
            except (ImportError, ValueError, httpx.InvalidURL) as error:
                raise AssetError("the proxy that the environment names cannot be used here") from error
        return self._network[proxy]

    def _client(self, transport: httpx.AsyncBaseTransport | None, proxy: str | None = None) -> httpx.AsyncClient:
        import httpx

        from providers.line import ssl_context

        verify = ssl_context() if transport is None else False
        return httpx.AsyncClient(
            transport=transport,
            verify=verify,
            proxy=proxy,
            trust_env=False,
            timeout=httpx.Timeout(TIMEOUT_S, connect=10.0),
            follow_redirects=False,
            headers={"user-agent": self._user_agent, "accept-encoding": "identity"},
        )


async def _fetch(plan: _Plan, client: Callable[[str | None], httpx.AsyncClient], *, by_proxy: bool) -> None:
    import httpx

    try:
        await _follow(plan, client, by_proxy=by_proxy)
    except httpx.InvalidURL as error:
        raise AssetRefused(f"the clip's link is not a link: {error}") from error
    except httpx.HTTPError as error:
        raise AssetError(f"the download broke off: {str(error) or type(error).__name__}") from error
    except OSError as error:
        raise AssetError(f"cannot write {plan.part.name}: {error.strerror or error}") from error


async def _follow(plan: _Plan, client: Callable[[str | None], httpx.AsyncClient], *, by_proxy: bool) -> None:
    url = plan.url
    for _hop in range(MAX_REDIRECTS + 1):
        proxy = proxy_for(url) if by_proxy else None
        if not plan.anywhere:
            await check_link(url, local=plan.local, proxied=proxy is not None)
        have = plan.part.stat().st_size if plan.part.exists() else 0
        headers = {"range": f"bytes={have}-"} if have else {}
        async with client(proxy).stream("GET", url, headers=headers) as response:
            if response.is_redirect and "location" in response.headers:
                url = _next_link(url, response.headers["location"])
                continue
            await _receive(response, plan, have)
            return
    raise AssetRefused("the link redirects in circles")


def _next_link(url: str, location: str) -> str:
    try:
        return urljoin(url, location)
    except ValueError as error:
        raise AssetRefused("the link redirects to what is not a link") from error


async def _receive(response: httpx.Response, plan: _Plan, have: int) -> None:
    if response.status_code in {401, 403, 404, 410}:
        raise AssetGone(f"the link is expired or the clip is deleted (HTTP {response.status_code})")
    if response.status_code == 416 and response.headers.get("content-range", "").strip() == f"bytes */{have}" and have:
        return
    if response.status_code == 416:
        # What lies there is longer than the clip, or is not of this clip.
        plan.part.unlink(missing_ok=True)
        raise AssetError("the part on disk did not fit the clip; starting over")
    if response.status_code not in {200, 206}:
        wait = retry_after(response.headers)
        raise AssetError(f"the host of the clip answered HTTP {response.status_code}", retry_after=wait)
    kind = response.headers.get("content-type", "").strip().casefold()
    if kind.startswith(plan.refused):
        raise AssetError(f"the host of the clip sent {kind.split(';')[0]} in its place")
    resumed = response.status_code == 206 and have > 0
    start = have if resumed else 0
    total = _total(response, start)
    _check_space(plan.part, total, start)
    received = await _write(response, plan, start, total, append=resumed)
    if total is not None and received != total:
        raise AssetError(f"cut off: {received} of {total} bytes arrived")


def _total(response: httpx.Response, start: int) -> int | None:
    """The whole length: of `Content-Range` where there is one, else of `Content-Length`."""
    found = re.fullmatch(r"bytes (\d{1,15})-\d+/(\d{1,15})", response.headers.get("content-range", ""))
    if response.status_code == 206 and found:
        if int(found[1]) != start:
            raise AssetError("the host sent another part than the one asked for")
        return int(found[2])
    length = response.headers.get("content-length", "")
    return start + int(length) if length.isdigit() and len(length) < 16 else None


def _check_space(part: Path, total: int | None, start: int) -> None:
    if total is not None and total > MAX_BYTES:
        raise AssetRefused(f"the host announces {total} bytes; no clip is that large")
    free = shutil.disk_usage(part.parent).free
    needed = (total or 0) - start + min(SPARE_BYTES, total or 0)
    if needed > free:
        raise AssetError(
            f"the disk is full: {free // 2**20} MiB free, {needed // 2**20} MiB needed",
            hint="make room, then fetch again; the clip is still at the vendor",
        )


def _open_private(path: Path, *, append: bool) -> BinaryIO:
    """Readable by its owner alone, from the first byte on."""
    how = os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC | (os.O_APPEND if append else os.O_TRUNC)
    return os.fdopen(os.open(path, how, 0o600), "ab" if append else "wb")


async def _write(response: httpx.Response, plan: _Plan, start: int, total: int | None, *, append: bool) -> int:
    """What has arrived is on disk even when the line breaks, so that the next try goes on from there."""
    received = start
    waiting = bytearray()
    with _open_private(plan.part, append=append) as file:
        try:
            async for chunk in response.aiter_bytes():
                received += len(chunk)
                if received > MAX_BYTES or (total is not None and received > total):
                    raise AssetError("the host sent more than it announced")
                waiting += chunk
                if len(waiting) >= CHUNK:
                    piece = bytes(waiting)
                    waiting.clear()
                    await _to_its_end(file.write, piece)
                if plan.on_bytes:
                    plan.on_bytes(received, total)
        finally:
            file.write(waiting)
        await _to_its_end(_flush, file)
    return received


async def _to_its_end(work: Callable[..., object], *args: object) -> None:
    """In a thread. Whoever is cancelled meanwhile still waits for it, since the file is closed after that."""
    job = asyncio.ensure_future(asyncio.to_thread(work, *args))
    try:
        await asyncio.shield(job)
    except asyncio.CancelledError:
        await asyncio.wait([job])
        raise


def _flush(file: BinaryIO) -> None:
    file.flush()
    os.fsync(file.fileno())


# ── on disk ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def slug(text: str, limit: int = 40) -> str:
    """A prompt as part of a file name: letters and digits of any script, hyphens between."""
    words = "-".join(re.findall(r"\w+", text.casefold().replace("_", " ")))
    cut = words.encode()[:limit].decode(errors="ignore").strip("-")
    return cut or "clip"


@contextlib.contextmanager
def hold_part(part: Path) -> Iterator[None]:
    """Holds a `.part` against every other process, so that no two write into one file. Raises AssetError, OSError."""
    part.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    try:
        handle = os.open(part, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise AssetError(f"cannot write {part.name}: {error.strerror or error}") from error
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise AssetError("another process is still fetching it") from error
        except OSError:
            # A file system without locks is taken as it is: leases keep processes apart, and the check finds the rest.
            pass
        yield
    finally:
        os.close(handle)


def clip_path(
    folder: Path,
    *,
    month: str,
    name: str,
    suffix: str = ".mp4",
    taken: Callable[[Path], bool] = lambda _path: False,
) -> Path:
    """`folder/2026-11/name.mp4`; a name that is taken, or that `taken` says so of, gets a number."""
    base = folder / month / f"{name}{suffix}"
    for number in range(2, 10_000):
        if not (base.exists() or taken(base)):
            return base
        base = folder / month / f"{name}-{number}{suffix}"
    raise FileExistsError(f"{name} exists ten thousand times")


def keep(part: Path, target: Path) -> None:
    """The atomic last step: the clip has its name only when it is whole."""
    target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    part.replace(target)
    folder = os.open(target.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def is_here(task: Task) -> bool:
    """Whether its file lies where it did, byte for byte. Reads all of it."""
    from rushes.media import digest

    try:
        return task.take is not None and digest(task.take.file) == task.take.sha256
    except OSError:
        return False


def set_aside(part: Path, sha256: str, suffix: str = ".mp4") -> Path:
    """Keeps a file that failed its check, out of the way of the next try; nothing paid for is deleted. OSError.

    Each by its content: what comes a second time lies there once, and nothing else in its place.
    """
    folder = part.parent / "quarantine"
    folder.mkdir(exist_ok=True, mode=0o700)
    target = folder / f"{part.stem}-{sha256[:8]}{suffix}"
    part.replace(target)
    return target
