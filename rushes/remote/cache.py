"""Cache: clips and posters of a gateway, brought to this machine for looking at them. Bounded; the longest unseen go.

A clip is whole or not there: it is written beside its place, compared with its SHA-256, and then renamed.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import os
import shutil
from pathlib import Path

from providers.errors import ProviderError, Unreachable
from rushes.media.beside import beside
from rushes.remote.line import PIECE, Line
from rushes.task import Take, Task

__all__ = ["ROOM", "Cache"]

ROOM = 2 << 30
"""Bytes that the clips of all gateways may take together."""
MOST_POSTER = 16 << 20


class Cache:
    """The clips of one gateway below `folder`, a folder for each take."""

    def __init__(self, folder: Path, line: Line, *, room: int = ROOM) -> None:
        self._folder = folder / hashlib.sha256(line.url.encode()).hexdigest()[:12]
        self._all = folder
        self._line = line
        self._room = room
        self._busy: dict[str, asyncio.Lock] = {}

    def place(self, task_id: str, name: str) -> Path:
        """Where a take's clip lies, or would lie."""
        return self._folder / task_id / name

    async def clip(self, task: Task) -> Path:
        """The clip here, brought if need be. Raises LookupError where there is none, Unreachable, OSError."""
        take = task.take
        if take is None:
            raise LookupError("there is no clip yet")
        async with self._busy.setdefault(task.id, asyncio.Lock()):
            if await asyncio.to_thread(_is_whole, take):
                await asyncio.to_thread(_seen, take.file)
            else:
                await self._bring(task.id, take)
        return take.file

    async def poster(self, task: Task) -> Path | None:
        """The poster here; None where the gateway has none, or cannot be asked."""
        if task.take is None:
            return None
        path = beside(task.take.file).poster
        if await asyncio.to_thread(path.exists):
            return path
        try:
            async with self._line.download(f"/v1/videos/{task.id}/poster") as answer:
                data = b""
                async for piece in answer.aiter_bytes(PIECE):
                    data += piece
                    if len(data) > MOST_POSTER:
                        return None
        except ProviderError:
            return None
        await asyncio.to_thread(_put, path, data)
        return path

    async def _bring(self, task_id: str, take: Take) -> None:
        part = take.file.with_name(f".{take.file.name}.part")
        await asyncio.to_thread(part.parent.mkdir, mode=0o700, parents=True, exist_ok=True)
        digest = hashlib.sha256()
        try:
            with await asyncio.to_thread(part.open, "wb") as file:
                async with self._line.download(f"/v1/videos/{task_id}/content") as answer:
                    async for piece in answer.aiter_bytes(PIECE):
                        digest.update(piece)
                        await asyncio.to_thread(file.write, piece)
            if digest.hexdigest() != take.sha256:
                raise Unreachable("the clip came damaged from the gateway; try again")
            part.replace(take.file)
        finally:
            part.unlink(missing_ok=True)
        await asyncio.to_thread(self._make_room, take.file.parent)

    def _make_room(self, kept: Path) -> None:
        """Takes go whole, the longest unseen first, until what is left fits; never the one just brought."""
        takes = [each for each in self._all.glob("*/*") if each.is_dir()]
        sizes = {each: sum(file.stat().st_size for file in each.iterdir() if file.is_file()) for each in takes}
        total = sum(sizes.values())
        for each in sorted(takes, key=lambda folder: max(file.stat().st_mtime for file in (folder, *folder.iterdir()))):
            if total <= self._room:
                break
            if each != kept:
                shutil.rmtree(each, ignore_errors=True)
                total -= sizes[each]


def _is_whole(take: Take) -> bool:
    try:
        return take.file.stat().st_size == take.bytes
    except OSError:
        return False


def _seen(file: Path) -> None:
    with contextlib.suppress(OSError):
        os.utime(file)


def _put(path: Path, data: bytes) -> None:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    part = path.with_name(f".{path.name}.part")
    part.write_bytes(data)
    part.replace(path)
