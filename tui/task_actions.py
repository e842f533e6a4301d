"""What a key does to a task, in Studio and Library alike: ask where something is lost, call the engine, say what came.

Each function is a coroutine for a worker. Refusals of the engine become a line in the corner; none raises.
"""

from __future__ import annotations

import os
from collections.abc import Awaitable, Callable, Sequence
from decimal import Decimal
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from tui.text import one_line

if TYPE_CHECKING:
    from rushes.interface import Engine
    from rushes.task import Task
    from tui.app import RushesApp

__all__ = [
    "agree_again",
    "attempt",
    "cancel",
    "cancel_many",
    "copy_link",
    "copy_path",
    "copy_scp",
    "drop",
    "fetch",
    "forget",
    "forget_many",
    "forget_words",
    "open_details",
    "open_outside",
    "rate",
    "release",
    "resolve",
    "undo",
]

Result = TypeVar("Result")


async def attempt(app: RushesApp, call: Awaitable[Result], *, failed: str) -> Result | None:
    """What the engine answers, or None and a line that says why not."""
    try:
        return await call
    except troubles() as error:
        app.notify(one_line(str(error)), title=failed, severity="warning", markup=False)
        return None


def troubles() -> tuple[type[Exception], ...]:
    """What the engine may answer instead of doing what was asked, each with words for a person."""
    from providers.errors import ProviderError
    from rushes.interface import NotHere
    from rushes.library.opening import UNAVAILABLE
    from rushes.lifecycle import NotAllowed
    from rushes.money.budgets import SpendingRefused
    from rushes.tasks.acting import WrongState
    from rushes.tasks.submitting import Invalid, NotReady

    refused = (ProviderError, WrongState, Invalid, NotReady, NotAllowed, NotHere, SpendingRefused, LookupError)
    return *refused, *UNAVAILABLE


SHOWN = 8
"""How many of several tasks a question names."""


async def cancel_many(app: RushesApp, engine: Engine, tasks: Sequence[Task]) -> None:
    """Cancels several tasks, after one question that says of each what happens to the money."""
    for each in await _agreed_of(app, "Cancel", tasks, engine.cancel_words):
        await attempt(app, engine.cancel(each.id), failed=_not_done(each))


async def forget_many(app: RushesApp, engine: Engine, tasks: Sequence[Task]) -> None:
    """Stops watching several tasks, after one question; the vendor goes on with them."""
    for each in await _agreed_of(app, "Stop watching", tasks, forget_words):
        await attempt(app, engine.forget(each.id), failed=_not_done(each))


async def _agreed_of(app: RushesApp, what: str, tasks: Sequence[Task], money: Callable[[Task], str]) -> list[Task]:
    """The tasks that have not ended, if the person wants it done to all of them; else none."""
    open_ones = [each for each in tasks if not each.ended]
    if not open_ones:
        app.notify("They have all ended already.", markup=False)
        return []
    told = [f"{title(each)}\n  {money(each)}" for each in open_ones[:SHOWN]] + _and_more(len(open_ones))
    agreed = await _agreed(app, f"{what}: {len(open_ones)} tasks?", told, yes=f"{what} all", no="Back")
    return open_ones if agreed else []


def _and_more(count: int) -> list[str]:
    return [f"and {count - SHOWN} more"] if count > SHOWN else []


def _not_done(task: Task) -> str:
    return f"Not done: {one_line(task.shot.prompt, 40)}"


async def _agreed(app: RushesApp, question: str, lines: Sequence[str], *, yes: str, no: str) -> bool:
    from tui.screens.dialogue import Confirm  # not before the first paint

    return await app.push_screen_wait(Confirm(question, lines, yes=yes, no=no))


def title(task: Task) -> str:
    """A task in one line, for dialogues."""
    return f"{task.badge or task.shot.model} · {one_line(task.shot.prompt, 120)}"


async def undo(app: RushesApp, engine: Engine, ids: tuple[str, ...]) -> None:
    """Takes back a press while it is held here."""
    if not ids:
        app.notify("There is no press to take back.", markup=False)
        return
    done = [await attempt(app, _true(engine.undo(each)), failed="Not taken back") for each in ids]
    if all(done):
        app.notify("Taken back; nothing was sent.", markup=False)


async def _true(call: Awaitable[object]) -> bool:
    await call
    return True


async def cancel(app: RushesApp, engine: Engine, task: Task) -> None:
    """Cancels after saying what the vendor does about the money."""
    if task.ended:
        app.notify("It has ended already.", markup=False)
        return
    lines = [title(task), "", engine.cancel_words(task)]
    if await _agreed(app, "Cancel this task?", lines, yes="Cancel the task", no="Let it run"):
        await attempt(app, engine.cancel(task.id), failed="Not cancelled")


def forget_words(task: Task) -> str:
    """What no longer watching a task means for the money."""
    from rushes.task import Status

    if task.status is Status.QUEUED:
        return "Nothing was sent; it is dropped."
    if task.practice or task.cost.quoted == 0:
        return "It goes on there, and is free; it is no longer watched here."
    if task.status is Status.UNCERTAIN:
        return "If the vendor took it, it goes on there and is charged; it is no longer watched here."
    return "It goes on at the vendor and is charged there; it is no longer watched here."


async def forget(app: RushesApp, engine: Engine, task: Task) -> None:
    """Stops watching; the vendor goes on."""
    from rushes.task import Status

    if task.ended:
        app.notify("It has ended; it stays in the library.", markup=False)
        return
    unsent = task.status is Status.QUEUED
    question, no = ("Drop this task?", "Let it wait") if unsent else ("Stop watching this task?", "Watch on")
    if await _agreed(app, question, [title(task), "", forget_words(task)], yes="Forget it", no=no):
        await attempt(app, engine.forget(task.id), failed="Not forgotten")


async def agree_again(app: RushesApp, engine: Engine, task: Task) -> Decimal | None:
    """What a person agrees to for the same shot as a new task, whose price is asked about again; None for no."""
    from rushes.money.budgets import EVERYTHING

    quote = engine.quote(task.shot)
    if not (quote.free or task.practice):
        lines = [title(task), "", f"It is a new task: {quote.words()}, once more."]
        if not await _agreed(app, "Send this shot again?", lines, yes="Send again", no="Do not send"):
            return None
    return EVERYTHING if quote.usd is None else quote.usd


async def release(app: RushesApp, engine: Engine, waiting: Sequence[Task]) -> list[Task]:
    """Sends what waits from an earlier run, after naming the total; which ones."""
    if not waiting:
        app.notify("No shot waits from an earlier run.", markup=False)
        return []
    lines = [*_listed(waiting), "", _together(engine, waiting)]
    if not await _agreed(app, "Send the waiting shots?", lines, yes="Send them", no="Let them wait"):
        return []
    return await attempt(app, engine.release([each.id for each in waiting]), failed="Not sent") or []


def _listed(tasks: Sequence[Task]) -> list[str]:
    """The first of several tasks to go."""
    return [title(each) for each in sorted(tasks, key=_turn)[:SHOWN]] + _and_more(len(tasks))


def _turn(task: Task) -> tuple[int, str]:
    return -task.priority, task.id


def _together(engine: Engine, tasks: Sequence[Task]) -> str:
    """`12 shots, together $3.60, and 2 at a price that nobody knows`, `1 shot, free`; practice costs nothing."""
    prices = [Decimal(0) if each.practice else engine.quote(each.shot).usd for each in tasks]
    known, unknown = sum(each for each in prices if each is not None), prices.count(None)
    shots = f"{len(tasks)} shot{'s' * (len(tasks) > 1)}"
    total = ", free" if not known and not unknown else f", together ${known:.2f}" * bool(known)
    return f"{shots}{total}{f', {unknown} at a price that nobody knows' * bool(unknown)}."


async def drop(app: RushesApp, engine: Engine, waiting: Sequence[Task]) -> None:
    """Drops what waits from an earlier run, after a question."""
    if not waiting:
        app.notify("No shot waits from an earlier run.", markup=False)
        return
    lines = [*_listed(waiting), "", "Nothing was sent; dropping them costs nothing."]
    if await _agreed(app, f"Drop {len(waiting)} waiting?", lines, yes="Drop all", no="Let them wait"):
        for each in waiting:
            await attempt(app, engine.undo(each.id), failed=_not_done(each))


async def resolve(app: RushesApp, engine: Engine, task: Task) -> None:
    """Settles a task that was sent and not answered, the way the person says."""
    from rushes.money.budgets import EVERYTHING
    from rushes.task import Status
    from tui.screens.resolve import Resolve

    if task.status is not Status.UNCERTAIN:
        app.notify("Its outcome is known: there is nothing to settle.", markup=False)
        return
    price = task.cost.quoted
    match await app.push_screen_wait(Resolve(task, price, partial(_adopted, engine, task))):
        case "resend":
            agreed = EVERYTHING if price is None else price
            await attempt(app, engine.resend(task.id, consent_usd=agreed), failed="Not sent")
        case "forget" if gone := await attempt(app, engine.forget(task.id), failed="Not given up"):
            app.notify(one_line(gone.error.message if gone.error else ""), title="Given up", markup=False)


async def _adopted(engine: Engine, task: Task, vendor_id: str) -> str:
    """Adopts the vendor's task; what stands in the way, in words."""
    try:
        await engine.adopt(task.id, vendor_id)
    except troubles() as error:
        return one_line(str(error))
    return ""


async def fetch(app: RushesApp, engine: Engine, task: Task) -> None:
    """Downloads the clip again over a fresh link."""
    await attempt(app, engine.fetch(task.id), failed="Not downloaded")


async def rate(app: RushesApp, engine: Engine, task: Task, stars: int) -> None:
    """0 to 5 stars."""
    await attempt(app, engine.rate(task.id, stars), failed="Not rated")


def copy_path(app: RushesApp, path: Path | None) -> None:
    """Puts the clip's path on the clipboard and shows it, should that not work."""
    if path is None:
        app.notify("There is no clip yet.", markup=False)
        return
    app.copy(str(path))


def open_details(app: RushesApp, engine: Engine, task: Task) -> None:
    """Everything known of a task, in a dialogue."""
    from tui.screens.details import DetailsScreen

    app.push_screen(DetailsScreen(engine, task))


def copy_scp(app: RushesApp, path: Path | None) -> None:
    """Puts the command that fetches the clip to another machine on the clipboard, and shows it."""
    from tui.handing_over import scp_line

    if path is None:
        app.notify("There is no clip yet.", markup=False)
        return
    line = scp_line(path, os.environ)
    app.copy(line)


def copy_link(app: RushesApp, task: Task | None) -> None:
    """Puts the take's address at the gateway on the clipboard, where one runs; else says what starts one."""
    from rushes.gateway.whereabouts import gateway_of
    from tui.handing_over import forward_line, take_link

    address = app.home.connect or gateway_of(app.home)
    if task is None or task.take is None:
        app.notify("There is no clip yet.", markup=False)
    elif address is None:
        app.notify("No gateway runs on this home: `rushes serve` starts one, and y copies the path.", markup=False)
    else:
        app.copy(take_link(address, task.id))
        if line := forward_line(address, os.environ):
            app.notify(line, title="First, on your own machine", markup=False)


def open_outside(app: RushesApp, path: Path | None) -> None:
    """Opens the clip in the person's own player where there is a screen; else says what to do instead."""
    from tui.handing_over import has_screen, open_outside

    if path is None:
        app.notify("There is no clip yet.", markup=False)
    elif not has_screen(os.environ):
        app.notify("No screen here that a player could open on: Y copies a line that fetches the clip.", markup=False)
    else:
        try:
            open_outside(path)
        except OSError as error:
            app.notify(one_line(str(error)), title="No player was found", severity="warning", markup=False)
