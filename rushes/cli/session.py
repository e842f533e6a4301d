"""Session: an engine for the length of one verb, with the log open, and signals that end it without losing anything."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

from rushes.cli.exits import Exit
from rushes.cli.output import say
from rushes.context import Patience
from rushes.engine import Engine
from rushes.home import Home
from rushes.log import close_log
from rushes.settings import SettingsStore

__all__ = ["complain", "engine_of", "run_verb"]


@asynccontextmanager
async def engine_of(home: Home) -> AsyncIterator[Engine]:
    """An engine with a command's patience; closed, and everything handed back, at the end."""
    engine = await Engine.open(home, cwd=Path.cwd(), patience=Patience.of_command())
    engine.keep_log()
    complain(engine.settings)
    try:
        yield engine
    finally:
        await engine.close()
        close_log()


def complain(settings: SettingsStore) -> None:
    """What in settings.toml does not count, and why."""
    for words in (settings.problem, *map(str, settings.faults)):
        if words:
            say(f"rushes: {words}")


def run_verb(verb: Callable[[], Awaitable[int]]) -> int:
    """Runs to the end, or to Ctrl-C, SIGTERM or SIGHUP: tasks at a vendor go on, and are picked up later."""

    async def main() -> int:
        loop = asyncio.get_running_loop()
        job = asyncio.ensure_future(verb())
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            loop.add_signal_handler(number, job.cancel)
        try:
            return await job
        except asyncio.CancelledError:
            say("rushes: interrupted; what is at a vendor goes on, `rushes watch` picks it up")
            return Exit.INTERRUPTED

    return asyncio.run(main())
