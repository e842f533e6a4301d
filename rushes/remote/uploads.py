"""Uploads: pictures and clips of this machine that a shot uses, sent to the gateway before the shot is.

A gateway never opens a path that a client names. A file goes there as bytes, and the shot then names what the gateway
called it.
"""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path
from urllib.parse import quote

from providers.shot import Input, Shot
from providers.sources import is_task_id
from rushes.remote.line import Line

__all__ = ["HELD", "Uploads", "is_held", "stand_in"]

HELD = ("upload:", "given:")
"""How a gateway names a file that it has: one that was sent to it, and one that an earlier task of its used."""


def is_held(source: str) -> bool:
    """Whether the gateway has it already."""
    return source.startswith(HELD)


def stand_in(shot: Shot) -> Shot:
    """The shot with links in the place of what the gateway holds, for rules that look at kinds and names alone."""
    inputs = (replace(each, source=_link(each.source)) if is_held(each.source) else each for each in shot.inputs)
    return replace(shot, inputs=tuple(inputs))


def _link(source: str) -> str:
    return f"https://gateway.invalid/{quote(source.rsplit('/', 1)[-1])}"


class Uploads:
    """Each file goes once, as long as it stays what it was."""

    def __init__(self, line: Line) -> None:
        self._line = line
        self._sent: dict[tuple[str, int, int], str] = {}

    async def sent(self, shot: Shot) -> Shot:
        """The shot as the gateway understands it. Raises Unreachable, OSError."""
        return replace(shot, inputs=tuple([await self._input(each) for each in shot.inputs]))

    async def _input(self, each: Input) -> Input:
        if "://" in each.source or is_held(each.source):
            return each
        path = Path(each.source).expanduser()  # noqa: ASYNC240 - one look at a local path
        if not await asyncio.to_thread(path.is_file):
            return each  # the id of a take; what is neither is refused there, in words
        if is_task_id(each.source):
            return each  # no file may stand in for a take because it bears its id
        stat = await asyncio.to_thread(path.stat)
        known = (str(path.absolute()), stat.st_mtime_ns, stat.st_size)
        if known not in self._sent:
            answer = await self._line.upload(f"/v1/uploads/{quote(path.name, safe='')}", path)
            self._sent[known] = str(answer["source"])
        return replace(each, source=self._sent[known])
