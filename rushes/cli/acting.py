"""`cancel`, `forget`, `retry`, `fetch`, `resolve`, `rate`, `tag`: acting on tasks that exist."""

from __future__ import annotations

import random
from argparse import Namespace
from collections.abc import Awaitable, Callable
from dataclasses import replace
from decimal import Decimal

from rushes.cli.consent import settled
from rushes.cli.exits import Exit, Stop, exit_of, gravest
from rushes.cli.generate import ShotProblems, follow, provider_of
from rushes.cli.output import print_json, say
from rushes.cli.progress import Follower
from rushes.cli.session import engine_of, run_verb
from rushes.home import Home
from rushes.ids import new_id
from rushes.interface import Engine
from rushes.lifecycle import AT_VENDOR
from rushes.shots.rerun import rerun
from rushes.task import Status, Task
from rushes.tasks.acting import WrongState
from rushes.tasks.submitting import Invalid

__all__ = ["cancel", "erase", "fetch", "forget", "rate", "resolve", "retry", "tag"]


def cancel(home: Home, options: Namespace) -> int:
    """Each id by itself: one that cannot be cancelled does not keep the others from it."""

    async def act(engine: Engine, task: Task) -> Task:
        if task.status in AT_VENDOR | {Status.QUEUED}:
            say(await engine.before_cancel(task.id), quiet=options.quiet)
        return await engine.cancel(task.id)

    return run_verb(lambda: _each(home, options, act))


def forget(home: Home, options: Namespace) -> int:
    """Stops watching."""
    return run_verb(lambda: _each(home, options, lambda engine, task: engine.forget(task.id)))


def erase(home: Home, options: Namespace) -> int:
    """Deletes at the vendor what has ended there and is whole here."""
    return run_verb(lambda: _each(home, options, lambda engine, task: engine.erase(task.id)))


async def _each(home: Home, options: Namespace, act: Callable[[Engine, Task], Awaitable[Task]]) -> int:
    codes, done, errors = [Exit.DONE], [], []
    async with engine_of(home) as engine:
        for task_id in options.id:
            try:
                task = await act(engine, await engine.need(task_id))
            except (WrongState, LookupError) as error:
                say(f"rushes: {task_id}: {error}")
                errors.append({"id": task_id, "message": str(error)})
                codes.append(Exit.USAGE)
                continue
            done.append(task)
            if not options.json:
                print(f"{task.id}  {task.status.value}  {task.error.message if task.error else ''}".rstrip())
    if options.json:
        print_json({"tasks": [task.to_json() for task in done], "errors": errors})
    return gravest(codes)


def retry(home: Home, options: Namespace) -> int:
    """A new task, asked about as any press is."""

    async def act() -> int:
        async with engine_of(home) as engine:
            task = await engine.need(options.id)
            provider = options.provider or (provider_of(engine, options.model) if options.model else "")
            again = rerun(task, engine.catalogue, provider=provider, model=options.model, rng=_chance(options))
            for words in again.losses:
                say(f"rushes: {words}", quiet=options.quiet)
            if task.status is Status.UNCERTAIN:
                say(f"rushes: {task.id} left without an answer: it may run and be charged beside a new one")
                say(f"rushes: `rushes resolve {task.id} adopt VENDOR_ID`, `resend` or `forget` settles it")
            consent = _consent(engine, replace(task, shot=again.shot), engine.quote(again.shot).usd, options)
            await engine.start(everything=False)
            new_one = new_id(engine.clock.now())
            follower = Follower(engine, as_json=options.json, quiet=options.quiet, wanted={new_one})
            try:
                new = await engine.submit(again.shot, consent_usd=consent, ids=(new_one,))
            except Invalid as invalid:
                raise ShotProblems(list(invalid.problems)) from invalid
            await engine.shelf.link([each.id for each in new], task.id, again.kinship)
            return await follow(engine, follower, new, options)

    return run_verb(act)


def _chance(options: Namespace) -> random.Random | None:
    return random.SystemRandom() if options.variation else None


def fetch(home: Home, options: Namespace) -> int:
    """Downloads again."""

    async def act() -> int:
        async with engine_of(home) as engine:
            await engine.start(everything=False)
            wanted = (await engine.need(options.id)).id
            follower = Follower(engine, as_json=options.json, quiet=options.quiet, wanted={wanted})
            task = await engine.fetch(wanted)
            options.no_wait = False
            return await follow(engine, follower, [task], options)

    return run_verb(act)


def resolve(home: Home, options: Namespace) -> int:
    """Settles an unknown outcome."""
    if (options.how == "adopt") != (options.vendor_id is not None):
        raise Stop(Exit.USAGE, "adopt takes the vendor's id of the task; resend and forget take none")

    async def act() -> int:
        async with engine_of(home) as engine:
            task = await engine.need(options.id)
            follower = Follower(engine, as_json=False, quiet=options.quiet or options.json, wanted={task.id})
            settled = await _settle(engine, task, options)
            if options.how == "resend":
                follower.finish([settled])
            if options.json:
                print_json(settled.to_json())
            else:
                print(f"{settled.id}  {settled.status.value}")
            return exit_of(settled) if options.how == "resend" else Exit.DONE

    return run_verb(act)


async def _settle(engine: Engine, task: Task, options: Namespace) -> Task:
    if options.how == "adopt":
        return await engine.adopt(task.id, options.vendor_id)
    if options.how == "forget":
        return await engine.forget(task.id)
    consent = _consent(engine, task, task.cost.quoted, options)
    await engine.start(everything=False)
    await engine.resend(task.id, consent_usd=consent)
    await engine.idle()
    return await engine.need(task.id)


def _consent(engine: Engine, task: Task, needed: Decimal | None, options: Namespace) -> Decimal | None:
    free = engine.practises(task.shot.provider)
    what, spending = f"a new press with {task.shot.model}", engine.settings.value.spending
    return settled(Decimal(0) if free else needed, what, options, spending)


def rate(home: Home, options: Namespace) -> int:
    """Stars."""
    return run_verb(lambda: _write(home, options, lambda engine, task_id: engine.rate(task_id, options.stars)))


def tag(home: Home, options: Namespace) -> int:
    """Tags."""
    return run_verb(
        lambda: _write(home, options, lambda engine, task_id: engine.tag(task_id, options.tags, remove=options.remove))
    )


async def _write(home: Home, options: Namespace, act: Callable[[Engine, str], Awaitable[Task]]) -> int:
    async with engine_of(home) as engine:
        task = await act(engine, (await engine.need(options.id)).id)
        if options.json:
            print_json(task.to_json())
        else:
            print(f"{task.id}  {'★' * (task.rating or 0)}  {' '.join(task.tags)}".rstrip())
        return Exit.DONE
