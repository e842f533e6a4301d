"""Clips for looking at: where a take's clip can be opened on this machine. A gateway's are brought here first."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from tui.text import one_line

if TYPE_CHECKING:
    from rushes.interface import Engine
    from rushes.task import Task
    from tui.app import RushesApp

__all__ = ["bring", "bring_all"]


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
