"""Fetching: from the vendor's link to a verified clip in the library, with its sidecar beside it.

The clip has its final name only when it is whole, decodes to the end, and is what was asked for. Until then the task
stays DOWNLOADING: the clip is paid for and still at the vendor.
"""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from collections.abc import Sequence
from dataclasses import field, replace
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from providers.base import Asset, Provider, VendorRef, VendorState, VendorTask
from providers.errors import Failure, FailureKind, NotFound, ProviderError
from providers.values import dataclass
from rushes.assets import AssetError, AssetRefused, clip_path, hold_part, keep, set_aside, slug
from rushes.context import Context
from rushes.crash import crash_point
from rushes.extras import Extra, extra_path
from rushes.log import log_of
from rushes.media.beside import Beside, beside, discard, move
from rushes.media.kinds import ALL as KINDS
from rushes.media.kinds import Kind, words
from rushes.rows import take_columns
from rushes.sidecar import UNREADABLE, read_id, read_sidecar, write_sidecar
from rushes.task import Cost, Status, Take, Task

if TYPE_CHECKING:
    from providers.price import Expected
    from rushes.media import Report

__all__ = ["fetch"]

FIRST_PAUSE_S, LONGEST_PAUSE_S = 1.0, 600.0
LONGEST_ASKED_S = 3600.0
LASTING_MISSES = 4
LASTING_S = 60.0
"""As with polls: a 404 counts when it has come this often over this long."""

SAME_AGAIN, SAME_AGAIN_PAUSE_S = 4, 180.0
"""A file that is not the clip is the vendor's own when it has come this often, with such pauses between."""


class _NotWhole(Exception):
    """The file arrived and is not the clip."""

    def __init__(self, reason: str, sha256: str) -> None:
        super().__init__(reason)
        self.sha256 = sha256


class _NoClip(Exception):
    """The vendor says that the task ended badly: there is no clip to fetch."""

    def __init__(self, said: VendorTask) -> None:
        super().__init__(said.word)
        self.said = said


@dataclass(slots=True)
class _Trouble:
    """What has gone wrong so far with one clip."""

    tries: int = 0
    unknown: int = 0
    unknown_since: datetime | None = None
    most_bytes: int = 0
    bad: Counter[str] = field(default_factory=Counter)

    @property
    def same_again(self) -> int:
        """How often the same file came that is not the clip."""
        return max(self.bad.values(), default=0)


async def fetch(context: Context, task: Task, assets: Sequence[Asset] = ()) -> Task:
    """Carries a DOWNLOADING task to SUCCEEDED; leaves it there, with the reason, when the clip is not to be had now."""
    crash_point("said-done")
    provider = context.pool.provider(task.shot.provider, practice=task.practice)
    trouble = _Trouble()
    while True:
        try:
            if (kept := await asyncio.to_thread(_kept, context, task)) is not None:
                return await _succeeded(context, provider, task, kept)
            return await _once(context, provider, task, assets)
        except _NoClip as ended:
            return await _ended(context, provider, task, ended.said)
        except NotFound as error:
            if _is_lost(context, trouble):
                return await _lost(context, task, error)
            caught: Exception = error
        except (ProviderError, _NotWhole) as error:
            trouble.unknown = 0
            caught = error
        # A link that failed once is asked for afresh: links expire, and the vendor signs new ones.
        assets = ()
        task = await _told(context, task, caught)
        if _gives_up(context, task, trouble, caught):
            return task
        await context.clock.sleep(_pause(trouble, caught))


def _is_lost(context: Context, trouble: _Trouble) -> bool:
    now = context.clock.now()
    trouble.unknown_since = trouble.unknown_since if trouble.unknown and trouble.unknown_since else now
    trouble.unknown += 1
    return trouble.unknown >= LASTING_MISSES and (now - trouble.unknown_since).total_seconds() >= LASTING_S


def _gives_up(context: Context, task: Task, trouble: _Trouble, error: Exception) -> bool:
    """No more patience, a link that leads astray, or the same broken file again and again: then it is the vendor's."""
    part = _part(context, task)
    size = part.stat().st_size if part.exists() else 0
    trouble.tries = 0 if size > trouble.most_bytes else trouble.tries + 1
    trouble.most_bytes = max(size, trouble.most_bytes)
    if isinstance(error, _NotWhole):
        trouble.bad[error.sha256] += 1
    limit = context.patience.fetches
    # A 404 has its own measure of patience, in time.
    spent = limit is not None and (trouble.tries >= limit or trouble.same_again > 1) and not trouble.unknown
    return isinstance(error, AssetRefused) or trouble.same_again >= SAME_AGAIN or spent


def _pause(trouble: _Trouble, error: Exception) -> float:
    tries = max(trouble.tries, trouble.unknown, 1)
    pause = min(LONGEST_PAUSE_S, FIRST_PAUSE_S * 2.0 ** (min(tries, 20) - 1))
    if trouble.unknown:
        pause = max(pause, LASTING_S / (LASTING_MISSES - 1))
    if trouble.same_again > 1:
        # Somebody between us and the vendor may be answering for it; that passes, but not within seconds.
        pause = max(pause, SAME_AGAIN_PAUSE_S)
    asked = min(getattr(error, "retry_after", None) or 0.0, LONGEST_ASKED_S)
    return max(asked, pause * random.uniform(0.8, 1.2))


async def _told(context: Context, task: Task, error: Exception) -> Task:
    hint = getattr(error, "hint", None)
    advice = hint or "the clip is still at the vendor; `rushes fetch` or the next `rushes watch` gets it"
    failure = Failure(FailureKind.DOWNLOAD, str(error), retryable=True, charged=True, hint=advice)
    log_of("runner", task.id).warning("not fetched", extra={"data": {"why": str(error)}})
    return await context.cannot_go_on(task, failure)


async def _lost(context: Context, task: Task, error: NotFound) -> Task:
    why = f"lost at the vendor: the clip was finished, and is no longer kept there ({error.message})"
    return await context.fail(task, Failure(FailureKind.GONE, why, charged=True))


async def _ended(context: Context, provider: Provider, task: Task, said: VendorTask) -> Task:
    failure = said.failure or Failure(FailureKind.UNKNOWN, f"the vendor says {said.word}, and gives no reason")
    charged = None if said.charged_units is None else said.charged_units * provider.catalogue.usd_per_unit
    return await context.fail(task, failure, charged=charged, values={"vendor_status": said.word})


async def _links(provider: Provider, task: Task) -> Sequence[Asset]:
    said = await provider.poll(VendorRef(task.shot.model, task.vendor_id or ""))
    if said.state in {VendorState.FAILED, VendorState.CANCELLED}:
        raise _NoClip(said)
    if said.state is not VendorState.SUCCEEDED:
        raise AssetError(f"the vendor says {said.word} of a task that it had finished")
    return said.assets


@dataclass(frozen=True, slots=True)
class _Piece:
    """One file of a task: where it comes from, where it lands first, what it must be, and its number (1: the take)."""

    url: str
    part: Path
    kind: Kind
    expect: Expected
    number: int


async def _once(context: Context, provider: Provider, task: Task, assets: Sequence[Asset]) -> Task:
    first, *others = _pieces(context, provider, task, assets or await _links(provider, task))
    with hold_part(first.part):
        try:
            await _download(context, task, first)
            crash_point("part-whole")
            report, pictures = await _verify(first)
            target = await _target(context, task, report.suffix)
            more = [await _further(context, task, each, target) for each in others]
        finally:
            context.transfers.end(task.id)
        return await _store(context, provider, task, first.part, target, report, pictures, more)


def _pieces(context: Context, provider: Provider, task: Task, assets: Sequence[Asset]) -> list[_Piece]:
    """The file that was asked for comes first, whatever else the vendor gives goes with it. Raises AssetError."""
    from providers.price import Expected, expected

    wanted = expected(provider.catalogue, task.shot)
    kinds = [(asset.kind or wanted.kind, asset) for asset in assets]
    if not kinds:
        raise AssetError("the vendor says the task is done, but gives no link to a clip")
    main = next((at for at, (kind, _) in enumerate(kinds) if kind == wanted.kind), 0)
    ordered = [kinds[main], *kinds[:main], *kinds[main + 1 :]]
    nothing = Expected(None, None, None)
    return [
        _Piece(
            asset.url, _part(context, task, number), _known(kind), wanted if kind == wanted.kind else nothing, number
        )
        for number, (kind, asset) in enumerate(ordered, start=1)
    ]


def _known(kind: str) -> Kind:
    """What a vendor calls by a word of its own is kept unopened."""
    return next((each for each in KINDS if each == kind), "archive")


async def _further(context: Context, task: Task, piece: _Piece, target: Path) -> Extra:
    """A file beside the take. It has its name before the take has its own."""
    with hold_part(piece.part):
        await _download(context, task, piece)
        report, pictures = await _verify(piece)
        await asyncio.to_thread(discard, pictures)
        found = Extra(extra_path(target, piece.number, report.suffix), report.sha256, report.bytes)
        try:
            await asyncio.to_thread(keep, piece.part, found.file)
        except OSError as error:
            raise _no_room(error) from error
        return found


async def _download(context: Context, task: Task, piece: _Piece) -> None:
    pool, shot = context.pool, task.shot

    def on_bytes(received: int, total: int | None) -> None:
        crash_point("part-begun")
        if context.transfers.tell(task.id, received, total):
            context.publish(task)

    await context.downloads.fetch(
        piece.url,
        piece.part,
        party=shot.provider,
        local=pool.is_local(shot.provider, shot.model),
        anywhere=pool.in_process(shot.provider, practice=task.practice),
        picture=piece.kind == "image",
        transport=pool.transport(shot.provider, practice=task.practice),
        on_bytes=on_bytes,
    )


def _part(context: Context, task: Task, number: int = 1) -> Path:
    name = task.id if number == 1 else f"{task.id}-{number}"
    return context.media / "incoming" / f"{name}.part"


async def _verify(piece: _Piece) -> tuple[Report, Beside]:
    """One decode pass in a thread, with the pictures. Raises _NotWhole; what may be worth something is set aside."""
    from rushes.media import Expect, verify

    wanted, part = piece.expect, piece.part
    expect = Expect(wanted.width, wanted.height, wanted.seconds, wanted.shape, wanted.sound)
    made = beside(part)
    make = partial(verify, part, expect, poster=made.poster, filmstrip=made.strip, scrub=made.scrub, kind=piece.kind)
    try:
        report = await asyncio.to_thread(make)
        if report.ok:
            return report, made
        await asyncio.to_thread(discard, made)
        kept = await asyncio.to_thread(set_aside, part, report.suffix)
    except OSError as error:
        raise _no_room(error) from error
    why = f"the {words(piece.kind)} did not pass its check: {report.reason} (kept as {kept.parent.name}/{kept.name})"
    raise _NotWhole(why, report.sha256)


def _no_room(error: OSError) -> AssetError:
    return AssetError(f"cannot keep the clip: {error.strerror or error}", hint="make room; it is fetched again then")


async def _target(context: Context, task: Task, suffix: str) -> Path:
    """Where the file will lie; one that was fetched before comes back to its place."""
    if task.take is not None:
        return task.take.file
    month = f"{task.created_at:%Y-%m}"
    find = partial(clip_path, context.media, month=month, name=_name(context, task), suffix=suffix)
    return await asyncio.to_thread(find, taken=partial(_is_anothers, task.id))


def _is_anothers(task_id: str, clip: Path) -> bool:
    """Whether the name belongs to another take, whose file has another ending."""
    sidecar = clip.with_suffix(".json")
    try:
        return sidecar.exists() and read_id(sidecar) != task_id
    except UNREADABLE:
        return True


async def _store(
    context: Context,
    provider: Provider,
    task: Task,
    part: Path,
    target: Path,
    report: Report,
    pictures: Beside,
    more: Sequence[Extra],
) -> Task:
    """Sidecar and pictures first, the clip last: where there is a clip, all that belongs to it is there."""
    take = Take(target, report.sha256, report.bytes, report.width, report.height, report.duration_s, report.fps)
    done = replace(task, cost=_cost(provider, task), finished_at=context.clock.now())
    try:
        await asyncio.to_thread(_write_sides, done, take, pictures, more)
        crash_point("sidecar-written")
        await asyncio.to_thread(keep, part, target)
    except OSError as error:
        raise _no_room(error) from error
    crash_point("clip-kept")
    return await _succeeded(context, provider, done, take)


def _write_sides(task: Task, take: Take, pictures: Beside, more: Sequence[Extra]) -> None:
    write_sidecar(task, take, more)
    move(pictures, take.file)


def _cost(provider: Provider, task: Task) -> Cost:
    """Where the vendor does not say what a finished clip cost, it is what the price table says."""
    if task.cost.charged is not None or provider.tells_cost:
        return task.cost
    return replace(task.cost, charged=task.cost.quoted)


async def _succeeded(context: Context, provider: Provider, task: Task, take: Take) -> Task:
    values: dict[str, Any] = {
        **take_columns(take),
        "progress": 1.0,
        "error": None,
        "charged": _cost(provider, task).charged,
        "finished_at": task.finished_at or context.clock.now(),
    }
    told = {"file": take.file.name, "bytes": take.bytes, "sha256": take.sha256}
    done = await context.change(task, values, to=Status.SUCCEEDED, detail=told)
    log_of("runner", task.id).info("succeeded", extra={"data": told})
    crash_point("succeeded")
    return done


def _kept(context: Context, task: Task) -> Take | None:
    """A file that was kept already by a process that ended before it could say so in the library."""
    if task.take is not None:
        return None
    sidecar = context.media / f"{task.created_at:%Y-%m}" / f"{_name(context, task)}.json"
    try:
        found = read_sidecar(sidecar)
    except UNREADABLE:
        return None
    from rushes.media import digest

    if found.id != task.id or found.take is None or digest(found.take.file) != found.take.sha256:
        return None
    return found.take


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
