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
from rushes.context import Context
from rushes.library.extras import Extra
from rushes.library.rows import take_columns
from rushes.library.sidecar import UNREADABLE, read_id, read_sidecar, write_sidecar
from rushes.log import log_of
from rushes.media.beside import Beside, move
from rushes.task import Cost, Status, Take, Task
from rushes.tasks.assets import clip_path, hold_part, keep, slug
from rushes.tasks.crash import crash_point
from rushes.tasks.pieces import NotWhole, download, no_room, pieces_of, take_of, verified
from rushes.tasks.sides import Sides, bring

if TYPE_CHECKING:
    from rushes.media import Report

__all__ = ["kept_before", "land", "rescue", "succeeded"]


async def land(context: Context, provider: Provider, task: Task, assets: Sequence[Asset], sides: Sides) -> Task:
    """Downloads, checks and keeps what the links give; then the task has SUCCEEDED.

    Raises NotWhole, AssetError and what the download raises. What has come of it stays for the next time, and so do
    the files beside it, in `sides`. What is not as it was asked for, or is missing, stands in its story.
    """
    first, *others = pieces_of(context, provider, task, assets)
    with hold_part(first.part):
        try:
            await download(context, task, first)
            crash_point("part-whole")
            report, pictures = await verified(first)
            target = await _target(context, task, report.suffix)
            missing = await bring(context, task, others, target, sides)
        finally:
            context.transfers.end(task.id)
        told = [*report.warnings, *sides.told, *missing]
        return await _store(context, provider, task, first.part, target, report, pictures, sides.in_order, told)


async def rescue(context: Context, provider: Provider, task: Task, sides: Sides) -> Task:
    """Keeps what came of a take that the vendor has no more. Raises NotWhole where it is not all of it; AssetError."""
    piece = take_of(context, provider, task)
    with hold_part(piece.part):
        report, pictures = await verified(piece)
        if piece.kind == "archive" and report.suffix != ".zip":
            raise NotWhole("how long the archive was nobody can tell any more", report.sha256)
        target = await _target(context, task, report.suffix)
        told = [*report.warnings, *sides.told, "no longer at the vendor; what had come of it was whole"]
        return await _store(context, provider, task, piece.part, target, report, pictures, sides.in_order, told)


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
    told: Sequence[str],
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
        raise no_room(error) from error
    crash_point("clip-kept")
    if told:
        log_of("runner", task.id).warning("kept, but", extra={"data": {"told": list(told)}})
    return await succeeded(context, provider, done, take, words="; ".join(told))


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
