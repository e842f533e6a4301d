"""Leaving: asks only when something would be lost, says what goes on without us, and waits for answers on their way."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from rushes.task import IN_FLIGHT, Status
from tui.screens.dialogue import Confirm
from tui.text import one_line

if TYPE_CHECKING:
    from rushes.interface import Engine
    from rushes.task import Task
    from tui.app import RushesApp

__all__ = ["leave", "may_leave", "words"]

SHOWN = 5
AT_ONCE_S = 0.5
WAITING = (
    "A request that may cost has been sent, and its answer is on its way: a minute at the most.",
    "Without it, what became of the request has to be looked into at the next start.",
)


async def may_leave(app: RushesApp, engine: Engine) -> bool:
    """True when nothing is open, or when the person says so. What a gateway carries does not notice."""
    tasks = [] if engine.place else await engine.active()
    lines = [*words(tasks), *_unsent(app, tasks)]
    return not lines or await app.push_screen_wait(Confirm("Leave rushes?", lines, yes="Leave", no="Stay", eager=True))


async def leave(app: RushesApp) -> None:
    """Closes the engine and ends the app. While that waits for an answer, the person may leave at once all the same."""
    closing = asyncio.ensure_future(app.close())
    await asyncio.wait([closing], timeout=AT_ONCE_S)
    while not closing.done():
        question = Confirm("Waiting for an answer", WAITING, yes="Leave at once", no="Wait")
        told = app.push_screen(question, wait_for_dismiss=True)
        either: set[asyncio.Future[Any]] = {closing, told}
        await asyncio.wait(either, return_when=asyncio.FIRST_COMPLETED)
        if told.done() and told.result():
            closing.cancel()
            await asyncio.wait([closing])
    app.exit(0)


def _unsent(app: RushesApp, tasks: list[Task]) -> list[str]:
    """A prompt that was written and never sent would be gone."""
    draft = app.draft.strip()
    if not draft or any(each.shot.prompt.strip() == draft for each in tasks):
        return []
    return ["This prompt has not been sent, and is not kept:", f"  {one_line(draft, 60)}"]


def words(tasks: list[Task]) -> list[str]:
    """What to say before leaving; nothing when all has ended."""
    going = [each for each in tasks if each.status in IN_FLIGHT]
    asking = [each for each in tasks if each.status is Status.SUBMITTING]
    waiting = [each for each in tasks if each.status is Status.QUEUED]
    lines: list[str] = []
    if going:
        lines.append("These go on at the vendor; `rushes watch` or the next start picks them up:")
        lines += [f"  {each.badge}  {one_line(each.shot.prompt, 60)}" for each in going[:SHOWN]]
        lines += [f"  and {len(going) - SHOWN} more"] if len(going) > SHOWN else []
    if asking:
        lines.append(f"{len(asking)} on the way to the vendor just now; leaving waits up to a minute for the answer.")
    if waiting:
        lines.append(f"{len(waiting)} not sent yet; the next start asks before sending.")
    return lines
