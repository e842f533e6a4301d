"""Inputs: from what a person named (a path, an https URL, an earlier task) to what a vendor can be sent."""

from __future__ import annotations

import asyncio
import mimetypes
from pathlib import Path
from typing import TYPE_CHECKING

from providers.shot import Input, Media, Role
from rushes.task import Task

if TYPE_CHECKING:
    from rushes.context import Context

__all__ = ["InputProblem", "check_source", "resolve"]

MAX_BYTES = 200 * 2**20


class InputProblem(Exception):
    """A picture or clip that cannot be used: says which and why."""


async def resolve(context: Context, task: Task) -> list[Media]:
    """Every input of a task, ready for sending. Raises InputProblem."""
    return [await _resolve_one(context, each) for each in task.shot.inputs]


def check_source(source: str) -> str | None:
    """What is wrong with a source, as far as that shows without fetching; None when it may be fine."""
    if not source.strip():
        return "is empty; give a path, an https link or a task's id"
    if "://" in source:
        return None if source.startswith("https://") else "must be an https link"
    path = Path(source).expanduser()
    try:
        if path.is_file():
            return None if path.stat().st_size <= MAX_BYTES else f"is larger than {MAX_BYTES // 2**20} MiB"
    except (OSError, ValueError) as error:
        return f"cannot be read: {error}"
    return None if _looks_like_id(source) else f"there is no file {source!r}"


def _looks_like_id(source: str) -> bool:
    return len(source) == 26 and source.isalnum() and source[0] in "01234567"


async def _resolve_one(context: Context, each: Input) -> Media:
    if each.source.startswith("https://"):
        return Media(each.role, url=each.source)
    path = Path(each.source).expanduser()  # noqa: ASYNC240 - one look at a local path
    if await asyncio.to_thread(path.is_file):
        return await _from_file(each.role, path)
    task = await context.store.run(lambda library: library.get(each.source)) if _looks_like_id(each.source) else None
    if task is None or task.take is None:
        raise InputProblem(f"{each.role.value}: there is no file and no finished take {each.source!r}")
    return await _from_take(each.role, task)


async def _from_file(role: Role, path: Path) -> Media:
    try:
        data = await asyncio.to_thread(path.read_bytes)
    except OSError as error:
        raise InputProblem(f"{role.value}: cannot read {path.name}: {error.strerror or error}") from error
    kind = mimetypes.guess_type(path.name)[0] or "application/octet-stream"
    return Media(role, data=data, media_type=kind, name=path.name)


async def _from_take(role: Role, task: Task) -> Media:
    """A start frame is a take's last picture (so that it goes on), an end frame its first; a clip is the clip."""
    take = task.take
    if take is None:
        raise InputProblem(f"{role.value}: {task.id} has no clip")
    if role is Role.VIDEO:
        return await _from_file(role, take.file)
    from rushes.media import MediaError, still_jpeg

    at_s = 0.0 if role is Role.END_IMAGE else max(0.0, take.duration_s - 1 / take.fps)
    try:
        data = await asyncio.to_thread(still_jpeg, take.file, at_s)
    except MediaError as error:
        raise InputProblem(f"{role.value}: {error}") from error
    return Media(role, data=data, media_type="image/jpeg", name=f"{task.id}.jpg")
