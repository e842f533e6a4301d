"""What the time of a job is, or will be, for verbs that only read: no engine, no network."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import UTC, datetime

from providers.registry import load
from providers.shot import Shot
from rushes.home import Home
from rushes.library.library import Library
from rushes.task import Task
from rushes.tasks.pace import Pace

__all__ = ["estimated", "usual"]


def estimated(task: Task) -> Task:
    """The task with `eta_s` and `progress` as the catalogue's usual times have them."""
    eta = _pace().eta(task, datetime.now(UTC))
    if eta is None:
        return task
    progress = task.progress if task.progress is not None else round(eta.fraction, 4)
    return replace(task, eta_s=None if eta.left_s is None else round(eta.left_s, 1), progress=progress)


def usual(home: Home, shot: Shot) -> str:
    """`usually 60–110 s, 24 earlier jobs`, from the home's own library; nothing where nothing is known."""
    if home.connect:
        from rushes.remote.reading import FarLibrary

        far = FarLibrary(home)
        words = far.usual(shot)
        far.close()
        return words
    pace = _pace()
    if home.library.exists():
        library = Library(home.library, now=lambda: datetime.now(UTC))
        pace.learn(library.running_times())
        library.close()
    found = pace.usual(shot)
    return found.words if found else ""


def _pace() -> Pace:
    specs = load().specs
    return Pace(lambda name: specs[name].load_catalogue(), random.Random())
