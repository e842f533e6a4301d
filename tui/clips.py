"""Clips for looking at: where a take's clip can be opened on this machine. A gateway's are brought here first.

And what is made out of one in a thread, with words where that fails.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from tui.text import one_line

if TYPE_CHECKING:
    from rushes.interface import Engine
    from rushes.task import Task
    from tui.app import RushesApp

__all__ = ["bring", "bring_all", "frame_for_shot", "made"]

Result = TypeVar("Result")


async def bring(app: RushesApp, engine: Engine, task: Task | None) -> Path | None:
    """The clip; None where there is none, or where it cannot be brought, which a line in the corner says."""
    if task is None or task.take is None:
        return None
    if not engine.place:
        return task.take.file
    from providers.errors import ProviderError

    try:
        return await engine.clip(task)
    except (ProviderError, OSError) as error:
        app.notify(one_line(str(error)), title="The clip cannot be shown", severity="warning", markup=False)
        return None


async def bring_all(app: RushesApp, engine: Engine, tasks: Sequence[Task]) -> list[Path]:
    """The clips of several takes, in their order; those that cannot be had are left out."""
    found = [await bring(app, engine, each) for each in tasks]
    return [each for each in found if each is not None]


async def frame_for_shot(app: RushesApp, engine: Engine, task: Task, at_s: float) -> Path | None:
    """A frame of the take as a picture for another shot; None where there is none, which a line in the corner says."""
    from rushes.library import exports

    if (clip := await bring(app, engine, task)) is None:
        return None
    return await made(app, lambda: exports.frame_for_shot(clip, at_s, engine.home.exports / "frames"))


async def made(app: RushesApp, make: Callable[[], Result]) -> Result | None:
    """What a thread makes of a clip, or None and a line in the corner that says why not."""
    from rushes.media import MediaError

    try:
        return await asyncio.to_thread(make)
    except (MediaError, OSError) as error:
        app.notify(one_line(str(error)), title="Not written", severity="warning", markup=False)
        return None
