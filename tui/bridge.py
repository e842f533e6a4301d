"""Between engine and screens: opens the one, tells the other. Nothing heavy is imported before it is asked for.

Changed tasks and changed settings become Signals, to which any widget may subscribe; subscriptions end with the widget.
The engine itself looks at what other processes write, so nothing here needs a timer.
"""

from __future__ import annotations

import asyncio
import importlib
import threading
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from textual.app import App
from textual.signal import Signal

if TYPE_CHECKING:
    from rushes.home import Home
    from rushes.interface import Engine
    from rushes.money.budgets import Bar
    from rushes.settings import Settings
    from rushes.task import Task

__all__ = ["Bridge", "OpenEngine", "open_engine", "refusals", "write_later"]

OpenEngine = Callable[["Home"], Awaitable["Engine"]]


async def open_engine(home: Home) -> Engine:
    """The engine on a home, or at the gateway that it works against.

    Its imports run in a thread, so that keys are answered meanwhile.
    """
    name = "rushes.remote.engine" if home.connect else "rushes.engine"
    module = await asyncio.to_thread(importlib.import_module, name)
    schedule = write_later(asyncio.get_running_loop())
    opening = module.RemoteEngine.open_for_app if home.connect else module.Engine.open
    engine: Engine = await opening(home, cwd=Path.cwd(), schedule=schedule)
    engine.keep_log()
    return engine


def write_later(loop: asyncio.AbstractEventLoop) -> Callable[[float, Callable[[], None]], object]:
    """Writes of settings in a thread, some time after the change, so that no key press waits for a disk."""

    def schedule(seconds: float, write: Callable[[], None]) -> object:
        return loop.call_later(seconds, loop.run_in_executor, None, write)

    return schedule


def refusals() -> tuple[type[Exception], ...]:
    """What may keep a home from being opened and is told in words: home, library, catalogue, settings, gateway."""
    from providers.catalogue import CatalogueError
    from providers.errors import ProviderError
    from rushes.home import HomeError
    from rushes.library.library import LibraryError

    return HomeError, LibraryError, CatalogueError, ProviderError, OSError


class Bridge:
    """Passes the engine's news on to the screens while the app runs."""

    def __init__(self, app: App[Any], engine: Engine) -> None:
        self.engine = engine
        self.away = False
        """Whether the line to a gateway is broken."""
        self._loop, self._thread = asyncio.get_running_loop(), threading.get_ident()
        self.tasks: Signal[Task] = Signal(app, "tasks")
        self.settings: Signal[Settings] = Signal(app, "settings")
        self.providers: Signal[None] = Signal(app, "providers")
        self.money: Signal[Sequence[Bar]] = Signal(app, "money")
        self.hold: Signal[bool] = Signal(app, "hold")
        self.trouble: Signal[None] = Signal(app, "trouble")
        self.bars: list[Bar] = []
        self._ends = [
            engine.subscribe(self.tasks.publish),
            engine.settings.subscribe(self._settings_changed),
            engine.settings.hear_trouble(self._trouble_came),
            engine.hear_hold(self.hold.publish),
        ]

    def _settings_changed(self, _old: Settings, new: Settings) -> None:
        """A change that is found while writing comes in the thread that writes."""
        if threading.get_ident() == self._thread:
            self.settings.publish(new)
        else:
            self._loop.call_soon_threadsafe(self.settings.publish, new)

    def _trouble_came(self) -> None:
        """The settings' file has other faults than before; a failed write tells it in its own thread."""
        self._loop.call_soon_threadsafe(self.trouble.publish, None)

    async def count_money(self) -> None:
        """Reads how much of the budgets is used, and tells it where that is news."""
        bars = await self.engine.accounts.bars()
        if bars != self.bars:
            self.bars = bars
            self.money.publish(bars)

    def close(self) -> None:
        """Stops passing on."""
        for end in self._ends:
            end()
