"""`watch`: carries on with what is in flight, and stays while another process does."""

from __future__ import annotations

import asyncio
from argparse import Namespace
from collections.abc import Callable, Sequence
from decimal import Decimal

from rushes.cli.consent import settled
from rushes.cli.exits import Exit, exit_of, gravest
from rushes.cli.output import say
from rushes.cli.progress import Follower
from rushes.cli.session import engine_of, run_verb
from rushes.home import Home
from rushes.interface import Engine
from rushes.money.budgets import Bill, Line
from rushes.task import Status, Task

__all__ = ["to_its_end", "watch"]

LOOK_S = 0.25


def watch(home: Home, options: Namespace) -> int:
    """Runs the verb."""
    return run_verb(lambda: _watch(home, options))


async def _watch(home: Home, options: Namespace) -> int:
    async with engine_of(home) as engine:
        wanted = [await _again(engine, await engine.need(each)) for each in options.id]
        ids = [task.id for task in wanted] or [task.id for task in (await engine.tasks(limit=10_000)).tasks]
        follower = Follower(engine, as_json=options.json, quiet=options.quiet, wanted=frozenset(ids))
        unsent = await _unsent(engine, ids) if options.release else []
        if unsent:
            _agree(engine, unsent, options)
        await engine.start()
        if unsent:
            await engine.release([each.id for each in unsent])
        last = [
            await to_its_end(engine, each, released=options.release, over=lambda: follower.lost is not None)
            for each in ids
        ]
        if follower.lost is not None:
            return follower.outcome(Exit.DONE)
        waiting = [task for task in last if task.status is Status.QUEUED]
        follower.finish([task for task in last if task not in waiting])
        if waiting:
            say(f"rushes: {len(waiting)} not sent; `rushes watch --release` sends them", quiet=options.quiet)
        return gravest(exit_of(task) if task.status is not Status.QUEUED else Exit.DONE for task in last)


async def _unsent(engine: Engine, ids: Sequence[str]) -> list[Task]:
    """What was written down, never sent, and is in nobody's hands."""
    queued = [task for task in [await engine.need(each) for each in ids] if task.status is Status.QUEUED]
    return [task for task in queued if not await engine.is_carried(task.id)]


def _agree(engine: Engine, unsent: Sequence[Task], options: Namespace) -> None:
    """Sending what was left is a press like any other. Raises Stop."""
    bill = Bill(tuple(Line(each.shot.model, Decimal(0) if each.practice else each.cost.quoted) for each in unsent))
    what = f"{len(unsent)} not sent before" if len(unsent) > 1 else f"one with {unsent[0].shot.model} not sent before"
    settled(bill.total, what, options, engine.settings.value.spending)


async def _again(engine: Engine, task: Task) -> Task:
    """Naming a forgotten task takes the forgetting back."""
    return await engine.watch_again(task.id) if task.forgotten else task


async def to_its_end(engine: Engine, task_id: str, *, released: bool, over: Callable[[], bool] = lambda: False) -> Task:
    """Until it has ended, until nobody can do more for it without a person, or until it is `over` for the watcher."""
    while True:
        task = await engine.need(task_id)
        if task.ended or over() or (task.status is Status.QUEUED and not released):
            return task
        if task.rests_alone and not await engine.is_carried(task_id):
            return task
        await asyncio.sleep(LOOK_S)
