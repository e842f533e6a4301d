"""Fetching: from the vendor's link to a verified clip in the library, with its sidecar beside it.

The clip has its final name only when it is whole, decodes to the end, and is what was asked for. Until then the task
stays DOWNLOADING: the clip is paid for and still at the vendor.
"""

from __future__ import annotations

import asyncio
import json
import random
from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from providers.base import Asset, Provider, VendorRef, VendorState
from providers.errors import Failure, FailureKind, NotFound, ProviderError
from rushes import __version__
from rushes.assets import AssetError, AssetRefused, clip_path, keep, set_aside, slug
from rushes.atomic import write_atomically
from rushes.context import Context
from rushes.rows import take_columns
from rushes.task import Status, Take, Task

if TYPE_CHECKING:
    from rushes.media import Report

__all__ = ["fetch"]

FIRST_PAUSE_S, LONGEST_PAUSE_S = 1.0, 30.0
LASTING_MISSES = 3
SIDECAR_FORMAT = 1


class _NotWhole(Exception):
    """The file arrived and is not the clip."""


async def fetch(context: Context, task: Task, assets: Sequence[Asset] = ()) -> Task:
    """Carries a DOWNLOADING task to SUCCEEDED; leaves it there, with the reason, when the clip is not to be had now."""
    provider = context.pool.provider(task.shot.provider, practice=task.practice)
    reason, hint, unknown = "", None, 0
    for attempt in range(context.patience.fetches):
        if attempt:
            await context.clock.sleep(_pause(attempt))
        try:
            # A link that failed once is asked for afresh: links expire, and the vendor signs new ones.
            assets = assets if assets and not attempt else await _links(provider, task)
            return await _once(context, provider, task, assets)
        except NotFound as error:
            unknown, reason = unknown + 1, error.message
            if unknown == LASTING_MISSES:
                return await _lost(context, task, error)
        except (ProviderError, _NotWhole) as error:
            reason, hint = str(error), getattr(error, "hint", None)
            if isinstance(error, AssetRefused):
                break
    words = hint or "the clip is still at the vendor; `rushes fetch` or the next `rushes watch` gets it"
    failure = Failure(FailureKind.DOWNLOAD, reason, retryable=True, charged=True, hint=words)
    return await context.cannot_go_on(task, failure)


def _pause(attempt: int) -> float:
    return min(LONGEST_PAUSE_S, FIRST_PAUSE_S * 2.0 ** (attempt - 1)) * random.uniform(0.8, 1.2)


async def _links(provider: Provider, task: Task) -> Sequence[Asset]:
    said = await provider.poll(VendorRef(task.shot.model, task.vendor_id or ""))
    if said.state is not VendorState.SUCCEEDED:
        raise AssetError(f"the vendor says {said.word} of a task that it had finished")
    return said.assets


async def _lost(context: Context, task: Task, error: NotFound) -> Task:
    words = f"lost at the vendor: the clip was finished, and is no longer kept there ({error.message})"
    return await context.fail(task, Failure(FailureKind.GONE, words, charged=True))


async def _once(context: Context, provider: Provider, task: Task, assets: Sequence[Asset]) -> Task:
    videos = [asset for asset in assets if asset.kind == "video"] or list(assets)
    if not videos:
        raise AssetError("the vendor says the task is done, but gives no link to a clip")
    part = _part(context, task)
    part.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    await context.downloads.fetch(
        videos[0].url,
        part,
        local=_is_local(context.pool.base_url(task.shot.provider, task.shot.model)),
        transport=context.pool.transport(task.shot.provider, practice=task.practice),
    )
    report, poster = await _verify(provider, task, part)
    return await _store(context, provider, task, part, report, poster)


def _part(context: Context, task: Task) -> Path:
    return context.media / "incoming" / f"{task.id}.part"


def _is_local(base_url: str) -> bool:
    return urlsplit(base_url).hostname in {"localhost", "127.0.0.1", "::1"}


async def _verify(provider: Provider, task: Task, part: Path) -> tuple[Report, bytes | None]:
    """One decode pass in a thread. Raises _NotWhole, with the file set aside where it may be worth something."""
    from providers.price import expected
    from rushes.media import Expect, verify

    wanted = expected(provider.catalogue, task.shot)
    expect = Expect(width=wanted.width, height=wanted.height, duration_s=wanted.seconds)
    poster = part.with_suffix(".poster.jpg")
    report = await asyncio.to_thread(verify, part, expect, poster=poster)
    picture = poster.read_bytes() if poster.exists() else None
    poster.unlink(missing_ok=True)
    if not report.ok:
        kept = await asyncio.to_thread(set_aside, part)
        raise _NotWhole(f"the clip did not pass its check: {report.reason} (kept as {kept.parent.name}/{kept.name})")
    return report, picture


async def _store(
    context: Context, provider: Provider, task: Task, part: Path, report: Report, poster: bytes | None
) -> Task:
    target = clip_path(context.media, month=f"{task.created_at:%Y-%m}", name=_name(context, task))
    take = Take(target, report.sha256, report.bytes, report.width, report.height, report.duration_s, report.fps)
    charged = task.cost.charged
    if charged is None and not provider.tells_cost:
        charged = task.cost.quoted
    try:
        await asyncio.to_thread(keep, part, target)
        await asyncio.to_thread(_write_sides, task, take, charged, poster)
    except OSError as error:
        raise AssetError(
            f"cannot keep the clip: {error.strerror or error}", hint="make room, then fetch again"
        ) from error
    values: dict[str, Any] = {
        **take_columns(take),
        "progress": 1.0,
        "error": None,
        "charged": charged,
        "finished_at": context.clock.now(),
    }
    return await context.change(task, values, to=Status.SUCCEEDED, detail={"file": target.name})


def _name(context: Context, task: Task) -> str:
    pattern = context.settings.value.media.name_pattern
    fields = {
        "date": f"{task.created_at:%Y%m%d}",
        "time": f"{task.created_at:%H%M%S}",
        "provider": task.shot.provider,
        "model": slug(task.badge),
        "mode": task.shot.mode,
        "words": slug(task.shot.prompt),
        "id": task.id[-8:],
    }
    return pattern.format(**fields)


def _write_sides(task: Task, take: Take, charged: Decimal | None, poster: bytes | None) -> None:
    """The sidecar holds all that the library knows of a clip, so that the library can be rebuilt from it."""
    row = task.to_json()
    cost = {**row["cost"], "charged_usd": None if charged is None else float(charged)}
    take_facts = {
        "file": take.file.name,
        "sha256": take.sha256,
        "bytes": take.bytes,
        "width": take.width,
        "height": take.height,
        "duration_s": take.duration_s,
        "fps": take.fps,
    }
    data = {**row, **take_facts, "status": Status.SUCCEEDED.value, "cost": cost, "progress": 1.0, "error": None}
    sidecar = {"rushes": __version__, "format": SIDECAR_FORMAT, **data}
    write_atomically(take.file.with_suffix(".json"), json.dumps(sidecar, ensure_ascii=False, indent=1).encode())
    if poster is not None:
        write_atomically(take.file.with_suffix(".jpg"), poster)
