"""Held: pictures and clips that clients sent, and the names under which they may speak of them.

No path of a client is ever opened. A client sends bytes and gets a name (`upload:…`); what an earlier task used is
named by that task (`given:…`). Both are names of what is here already; whatever else is no https link and no take of
this library is refused.
"""

from __future__ import annotations

import asyncio
import hashlib
import re
import secrets
import shutil
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import replace
from pathlib import Path, PurePosixPath

from providers.errors import Problem
from providers.shot import Input, Shot
from providers.sources import is_task_id
from rushes.task import Task
from rushes.tasks.submitting import Invalid

__all__ = ["Held", "masked"]

UPLOAD = re.compile(r"upload:([0-9a-f]{64})/([\w][\w.-]{0,119})", re.ASCII)
GIVEN = re.compile(r"given:([0-9A-Z]{26})/(\d{1,3})/", re.ASCII)
Find = Callable[[str], Awaitable[Task | None]]


def masked(task: Task) -> Task:
    """The task as a client sees it: files of this machine have names in the place of paths."""
    if all(_is_open(each.source) for each in task.shot.inputs):
        return task
    inputs = tuple(
        each
        if _is_open(each.source)
        else replace(each, source=f"given:{task.id}/{at}/{PurePosixPath(each.source).name}")
        for at, each in enumerate(task.shot.inputs)
    )
    return replace(task, shot=replace(task.shot, inputs=inputs))


def _is_open(source: str) -> bool:
    return source.startswith("https://") or is_task_id(source)


class Held:
    """What was sent lies below `folder`, by its SHA-256; beyond `room` bytes the oldest go."""

    def __init__(self, folder: Path, room: int) -> None:
        self._folder = folder
        self._room = room

    async def keep(self, name: str, body: AsyncIterator[bytes]) -> str:
        """Writes a body down and gives the name for it. Raises OSError."""
        digest = hashlib.sha256()
        await asyncio.to_thread(self._folder.mkdir, mode=0o700, parents=True, exist_ok=True)
        part = self._folder / f".{secrets.token_hex(8)}.part"
        try:
            with await asyncio.to_thread(part.open, "xb") as file:
                async for piece in body:
                    digest.update(piece)
                    await asyncio.to_thread(file.write, piece)
            kept = f"{digest.hexdigest()}/{_safe(name)}"
            await asyncio.to_thread(self._place, part, self._folder / kept)
        finally:
            part.unlink(missing_ok=True)
        return f"upload:{kept}"

    async def opened(self, shot: Shot, find: Find) -> Shot:
        """The shot with this machine's files in the place of names. Raises Invalid for what is no name of anything."""
        return replace(shot, inputs=tuple([await self._input(each, find) for each in shot.inputs]))

    async def _input(self, each: Input, find: Find) -> Input:
        source = each.source
        if source.startswith("https://"):
            return each
        if (upload := UPLOAD.fullmatch(source)) is not None:
            path = self._folder / upload[1] / upload[2]
            if await asyncio.to_thread(path.is_file):
                return replace(each, source=str(path))
            raise _no(each, "is not held here any more; send it again")
        if (given := GIVEN.match(source)) is not None:
            task = await find(given[1])
            if task is not None and int(given[2]) < len(task.shot.inputs):
                return replace(each, source=task.shot.inputs[int(given[2])].source)
        elif is_task_id(source) and await find(source.upper()) is not None:
            return replace(each, source=source.upper())
        raise _no(each, "must be an https link, the id of a finished video, or what was sent to /v1/uploads")

    def _place(self, part: Path, target: Path) -> None:
        target.parent.mkdir(mode=0o700, exist_ok=True)
        part.replace(target)
        target.parent.touch()
        self._make_room(target.parent)

    def _make_room(self, newest: Path) -> None:
        held = sorted((each for each in self._folder.iterdir() if each.is_dir()), key=lambda each: each.stat().st_mtime)
        sizes = {each: sum(file.stat().st_size for file in each.iterdir()) for each in held}
        total = sum(sizes.values())
        for each in held:
            if total <= self._room:
                break
            if each != newest:
                shutil.rmtree(each, ignore_errors=True)
                total -= sizes[each]


def _no(each: Input, words: str) -> Invalid:
    return Invalid([Problem(each.role.value, words)])


def _safe(name: str) -> str:
    """A file's own name, with nothing in it that a path or a terminal takes for more."""
    last = name.replace("\\", "/").rsplit("/", 1)[-1]
    kept = re.sub(r"[^\w.-]", "_", last, flags=re.ASCII).lstrip(".-")[-120:]
    return kept if kept and re.match(r"\w", kept, re.ASCII) else f"f{kept}"[:120]
