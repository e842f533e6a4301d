"""The time left of one task, for verbs that only read."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import UTC, datetime

from providers.registry import load
from rushes.pace import Pace
from rushes.task import Task

__all__ = ["estimated"]


def estimated(task: Task) -> Task:
    """The task with `eta_s` and `progress` as the catalogue's usual times have them."""
    specs = load().specs
    eta = Pace(lambda name: specs[name].load_catalogue(), random.Random()).eta(task, datetime.now(UTC))
    if eta is None:
        return task
    progress = task.progress if task.progress is not None else round(eta.fraction, 4)
    return replace(task, eta_s=None if eta.left_s is None else round(eta.left_s, 1), progress=progress)
