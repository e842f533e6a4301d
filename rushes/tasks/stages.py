"""Stages: one task from where it stands to its end, or to where a person has to decide."""

from __future__ import annotations

from collections.abc import Callable

from providers.base import Asset
from rushes.context import Context
from rushes.lifecycle import AT_VENDOR
from rushes.money.charging import doubt
from rushes.task import Status, Task
from rushes.tasks.fetching import fetch
from rushes.tasks.polling import Poller
from rushes.tasks.sending import send
from rushes.tasks.uncertain import look_up
from rushes.tasks.watching import watch

__all__ = ["through"]


async def through(context: Context, task: Task, poller: Callable[[Task], Poller]) -> None:
    """Sends, watches and fetches, as far as each is still to do. Raises NoLongerOurs and GaveUp."""
    assets: tuple[Asset, ...] = ()
    gate = context.gate(task)
    fresh = task.status is Status.QUEUED
    if fresh:
        task = await doubt(context, await send(context, task))
    gate.answered(task.id)
    if task.status is Status.UNCERTAIN:
        task = await look_up(context, task)
    if task.status in AT_VENDOR:
        task, assets = await watch(context, poller(task), task, fresh=fresh)
    gate.leave(task.id)
    if task.status is Status.DOWNLOADING:
        task = await fetch(context, task, assets)
    if task.ended:
        await context.drop_receipt(task)
