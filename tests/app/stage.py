"""A stage for tests of the app: the real app and engine on the real sandbox, on a clock that runs fast.

Tests read like what a person does: `await there.press("ctrl+j")`, then `await there.see("done")`.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Callable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import tomli_w
from textual import events
from textual.pilot import Pilot

from providers.sandbox.faults import FaultScript, Rule
from providers.sandbox.options import Options
from providers.sandbox.transport import SandboxTransport
from providers.sandbox.world import World
from rushes.engine import Engine
from rushes.home import Home
from rushes.task import Status, Task
from tui.app import RushesApp
from tui.screens.base import MainScreen
from tui.screens.library import LibraryScreen
from tui.screens.studio import StudioScreen
from tui.widgets.prompt import Prompt

LIMIT_S = 6.0
QUICK = {"duration": "1s", "resolution": "360p"}


class QuickClock:
    """Time that runs `speed` times as fast as the machine's."""

    def __init__(self, speed: float = 30.0) -> None:
        self.speed = speed
        self._wall, self._started = datetime.now(UTC), time.monotonic()

    def now(self) -> datetime:
        return self._wall + timedelta(seconds=(time.monotonic() - self._started) * self.speed)

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(max(0.0, seconds) / self.speed)


class Stage:
    """One running app."""

    def __init__(self, app: RushesApp, pilot: Pilot[int]) -> None:
        self.app = app
        self.pilot = pilot

    @property
    def engine(self) -> Engine:
        assert isinstance(self.app.engine, Engine)
        return self.app.engine

    @property
    def studio(self) -> StudioScreen:
        assert isinstance(self.app.screen, StudioScreen)
        return self.app.screen

    @property
    def library(self) -> LibraryScreen:
        assert isinstance(self.app.screen, LibraryScreen)
        return self.app.screen

    @property
    def prompt(self) -> Prompt:
        return self.studio.query_one(Prompt)

    @property
    def text(self) -> str:
        """The screen as a grid of text."""
        strips = self.app.screen._compositor.render_strips(self.app.size)
        return "\n".join(strip.text.rstrip() for strip in strips)

    async def until(self, condition: Callable[[], object], what: str = "what was waited for") -> None:
        """Lets the app run until something holds."""
        limit = time.monotonic() + LIMIT_S
        while not condition():
            assert time.monotonic() < limit, f"{what} did not come; the screen:\n{self.text}"
            await self.pilot.pause(0.02)

    async def see(self, words: str) -> None:
        """Waits until the words stand on the screen."""
        await self.until(lambda: words in self.text, repr(words))

    async def press(self, *keys: str) -> None:
        await self.pilot.press(*keys)

    async def type(self, text: str) -> None:
        """Types the first letter into the prompt and pastes the rest."""
        self.prompt.focus()
        await self.until(lambda: self.prompt.has_focus, "the focus")
        before = self.prompt.text
        await self.press(_key(text[0]))
        self.app.post_message(events.Paste(text[1:]))
        await self.until(lambda: len(self.prompt.text) >= len(before) + len(text), "the words")

    async def tasks(self) -> list[Task]:
        return await self.engine.active()

    async def generate(self, prompt: str) -> Task:
        """Types a prompt and sends it; the newest task."""
        known = {each.id for each in await self.tasks()}
        self.prompt.load_text("")
        await self.type(prompt)
        await self.press("ctrl+j")
        await self.until(lambda: set(self.studio.takes.known) - known, "a task")
        return (await self.tasks())[0]

    async def ended(self, task_id: str) -> Task:
        """Waits until a task has ended."""
        await self.until(lambda: self.studio.takes.known[task_id].ended, "the task's end")
        found = await self.engine.get(task_id)
        assert found is not None
        return found


def _key(character: str) -> str:
    return {" ": "space", ",": "comma", ".": "full_stop"}.get(character, character)


def settings(home: Home, **tables: object) -> None:
    """Writes the settings that a run starts with: quick small clips, and no waiting for an undo."""
    params = {"providers": {"sandbox": {"model": "sandbox-fast", "params": QUICK}}}
    table = {"ui": {"undo_seconds": 0.0}, **params, **tables}
    home.make()
    home.settings.write_text(tomli_w.dumps(table), encoding="utf-8")


@contextlib.asynccontextmanager
async def stage(
    folder: Path,
    *,
    size: tuple[int, int] = (120, 40),
    environ: dict[str, str] | None = None,
    speed: float = 30.0,
    faults: Sequence[Rule] = (),
    **tables: object,
) -> AsyncIterator[Stage]:
    """The app on a home in `folder`. `tables` are settings; an existing settings file is left as it is.

    `faults` are what goes wrong between here and the sandbox.
    """
    home = Home.find(str(folder / "home"))
    if not home.settings.exists():
        settings(home, **tables)

    async def open_engine(at: Home) -> Engine:
        clock = QuickClock(speed)
        more: dict[str, Any] = {"sandbox": lambda: _faulty(at, clock, faults)} if faults else {}
        return await Engine.open(at, environ=environ or {}, cwd=folder, clock=clock, **more)

    app = RushesApp(home, open_engine=open_engine)
    async with app.run_test(size=size, notifications=True) as pilot:
        there = Stage(app, pilot)
        await there.until(lambda: _ready(app), "the engine")
        yield there


def _faulty(home: Home, clock: QuickClock, faults: Sequence[Rule]) -> SandboxTransport:
    options = Options(faults=FaultScript(tuple(faults)))
    return SandboxTransport(World(home.sandbox, clock=lambda: clock.now().timestamp(), options=options))


def _ready(app: RushesApp) -> bool:
    screen = app.screen
    return not isinstance(screen, MainScreen) or screen.has_engine


async def queued(folder: Path, prompt: str, params: dict[str, str] | None = None) -> Task:
    """A shot that an earlier run left unsent."""
    from providers.shot import Shot

    home = Home.find(str(folder / "home"))
    settings(home)
    engine = await Engine.open(home, environ={}, cwd=folder, clock=QuickClock())
    shot = Shot("sandbox", "sandbox-fast", "text_to_video", prompt, {**QUICK, **(params or {})})
    (task,) = await engine.submit(shot)
    await engine.close()
    assert task.status is Status.QUEUED
    return task
