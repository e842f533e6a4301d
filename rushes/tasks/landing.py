"""Landing: the files of one finished task, from their links to their places. Nothing here tries a second time.

The pictures and the sidecar are written first and the clip gets its name last: where there is a clip, it is whole,
decodes to the end, is what was asked for, and all that belongs to it is there.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from providers.base import Asset, Provider
from providers.values import dataclass
from rushes.context import Context
from rushes.library.extras import Extra, extra_path
from rushes.library.rows import take_columns
from rushes.library.sidecar import UNREADABLE, read_id, read_sidecar, write_sidecar
from rushes.log import log_of
from rushes.media.beside import Beside, beside, discard, move
from rushes.media.kinds import ALL as KINDS
from rushes.media.kinds import Kind, words
from rushes.task import Cost, Status, Take, Task
from rushes.tasks.assets import AssetError, clip_path, hold_part, keep, set_aside, slug
from rushes.tasks.crash import crash_point

if TYPE_CHECKING:
    from providers.price import Expected
    from rushes.media import Report

__all__ = ["NotWhole", "is_here", "kept_before", "land", "part_of", "succeeded"]


class NotWhole(Exception):
    """The file arrived and is not the clip."""

    def __init__(self, reason: str, sha256: str) -> None:
        super().__init__(reason)
        self.sha256 = sha256


@dataclass(frozen=True, slots=True)
class _Piece:
    """One file of a task: where it comes from, where it lands first, what it must be, and its number (1: the take)."""

    url: str
    part: Path
    kind: Kind
    expect: Expected
    number: int


async def land(context: Context, provider: Provider, task: Task, assets: Sequence[Asset]) -> Task:
    """Downloads, checks and keeps what the links give; then the task has SUCCEEDED.

    Raises NotWhole, AssetError and what the download raises. What has come of the clip stays for the next time.
    """
    first, *others = _pieces(context, provider, task, assets)
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
            asset.url, part_of(context, task, number), _known(kind), wanted if kind == wanted.kind else nothing, number
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


def part_of(context: Context, task: Task, number: int = 1) -> Path:
    """Where a file of a task comes in, until it is whole."""
    name = task.id if number == 1 else f"{task.id}-{number}"
    return context.media / "incoming" / f"{name}.part"


async def _verify(piece: _Piece) -> tuple[Report, Beside]:
    """One decode pass in a thread, with the pictures. Raises NotWhole; what may be worth something is set aside."""
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
        kept = await asyncio.to_thread(set_aside, part, report.sha256, report.suffix)
    except OSError as error:
        raise _no_room(error) from error
    # From the folder above the clips: a client of the gateway reads this, and sees no more of this machine.
    place = kept.relative_to(part.parents[2])
    why = f"the {words(piece.kind)} did not pass its check: {report.reason} (kept as {place})"
    raise NotWhole(why, report.sha256)


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
    # A clip that is fetched again ended when it ended; only the story tells of the second time.
    ended = task.finished_at if task.take is not None else None
    done = replace(task, cost=_cost(provider, task), finished_at=ended or context.clock.now())
    try:
        await asyncio.to_thread(_write_sides, done, take, pictures, more)
        crash_point("sidecar-written")
        await asyncio.to_thread(keep, part, target)
    except OSError as error:
        raise _no_room(error) from error
    crash_point("clip-kept")
    return await succeeded(context, provider, done, take)


def _write_sides(task: Task, take: Take, pictures: Beside, more: Sequence[Extra]) -> None:
    write_sidecar(task, take, more)
    move(pictures, take.file)


def _cost(provider: Provider, task: Task) -> Cost:
    """Where the vendor does not say what a finished clip cost, it is what the price table says."""
    if task.cost.charged is not None or provider.tells_cost:
        return task.cost
    return replace(task.cost, charged=task.cost.quoted)


async def succeeded(context: Context, provider: Provider, task: Task, take: Take, *, words: str = "") -> Task:
    """DOWNLOADING → SUCCEEDED: the take lies in its place. `words` stand in its story."""
    values: dict[str, Any] = {
        **take_columns(take),
        "progress": 1.0,
        "error": None,
        "charged": _cost(provider, task).charged,
        "finished_at": task.finished_at or context.clock.now(),
    }
    told = {"file": take.file.name, "bytes": take.bytes, "sha256": take.sha256, **({"words": words} if words else {})}
    done = await context.change(task, values, to=Status.SUCCEEDED, detail=told)
    log_of("runner", task.id).info("succeeded", extra={"data": told})
    crash_point("succeeded")
    return done


def is_here(task: Task) -> bool:
    """Whether its file lies where it did, byte for byte. Reads all of it."""
    from rushes.media import digest

    try:
        return task.take is not None and digest(task.take.file) == task.take.sha256
    except OSError:
        return False


def kept_before(context: Context, task: Task) -> Take | None:
    """The file that was kept already by a process that ended before it could say so in the library."""
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
