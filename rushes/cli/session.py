"""Session: an engine for the length of one verb, with the log open, and signals that end it without losing anything."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from rushes.cli.exits import Exit
from rushes.cli.output import say
from rushes.context import Patience
from rushes.home import Home
from rushes.interface import Engine
from rushes.log import close_log
from rushes.settings import SettingsStore

if TYPE_CHECKING:
    from rushes.engine import Engine as LocalEngine

__all__ = ["complain", "engine_of", "local_engine_of", "run_verb"]

E = TypeVar("E", bound=Engine)
TELL_AFTER_S = 1.0
LEAVING = "rushes: leaving once what was sent a moment ago is answered; interrupt again to leave at once"


def engine_of(home: Home) -> AbstractAsyncContextManager[Engine]:
    """An engine with a command's patience, here or at a gateway; closed, and everything handed back, at the end."""
    return _kept(_remote(home) if home.connect else _local(home))


def local_engine_of(home: Home) -> AbstractAsyncContextManager[LocalEngine]:
    """The same for verbs that need this machine's own engine."""
    return _kept(_local(home))


@asynccontextmanager
async def _kept(opening: Awaitable[E]) -> AsyncIterator[E]:
    engine = await opening
    engine.keep_log()
    complain(engine.settings)
    try:
        if words := await engine.trouble():
            say(f"rushes: {words}")
        yield engine
    finally:
        await engine.close()
        close_log()


async def _local(home: Home) -> LocalEngine:
    from rushes.engine import Engine

    return await Engine.open(home, cwd=Path.cwd(), patience=Patience.of_command())


async def _remote(home: Home) -> Engine:
    from rushes.remote import open_remote

    return await open_remote(home)


def complain(settings: SettingsStore) -> None:
    """What in settings.toml does not count, and why."""
    for words in (settings.problem, *map(str, settings.faults)):
        if words:
            say(f"rushes: {words}")


def run_verb(verb: Callable[[], Awaitable[int]]) -> int:
    """Runs to the end, or to Ctrl-C, SIGTERM or SIGHUP: tasks at a vendor go on, and are picked up later.

    A request that has just left still gets its answer; a second signal leaves without it.
    """

    async def main() -> int:
        loop = asyncio.get_running_loop()
        job = asyncio.ensure_future(verb())

        def interrupted() -> None:
            if not job.cancelling():
                loop.call_later(TELL_AFTER_S, say, LEAVING)
            job.cancel()

        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            loop.add_signal_handler(number, interrupted)
        try:
            return await job
        except asyncio.CancelledError:
            say("rushes: interrupted; what is at a vendor goes on, `rushes watch` picks it up")
            return Exit.INTERRUPTED

    return asyncio.run(main())
