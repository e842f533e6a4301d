"""What the app does with takes whose clips lie at a gateway."""

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

from rushes.home import Home
from rushes.interface import Engine
from rushes.remote.engine import RemoteEngine
from rushes.task import Task
from tests.app.stage import Stage, settings
from tests.gateway.conftest import TOKEN, listening, opened
from tui import take_actions
from tui.app import RushesApp
from tui.screens.base import MainScreen


@asynccontextmanager
async def afar(home: Path, folder: Path) -> AsyncIterator[tuple[Stage, Task]]:
    """The app against a gateway that has one take."""
    here = Home.find(str(folder / "far"), {})
    settings(here)
    async with opened(home) as gate, listening(gate) as line:
        await line.made("a paper boat")

        async def open_engine(at: Home) -> Engine:
            return await RemoteEngine.open(at, environ={"RUSHES_TOKEN": TOKEN}, cwd=folder, tries=2)

        app = RushesApp(replace(here, connect=line.url), open_engine=open_engine)
        async with app.run_test(size=(120, 40), notifications=True) as pilot:
            there = Stage(app, pilot)
            await there.until(lambda: isinstance(app.screen, MainScreen) and app.screen.has_engine, "the engine")
            assert app.engine
            (task,) = (await app.engine.history()).tasks
            yield there, task


async def test_a_take_is_gone_on_from_also_when_its_clip_is_not_here_yet(home: Path, tmp_path: Path) -> None:
    async with afar(home, tmp_path) as (there, task):
        app = there.app
        assert app.engine
        shutil.rmtree(app.home.cache / "gateway", ignore_errors=True)
        pressed = app.run_worker(take_actions.extend(app, app.engine, task))
        await there.until(lambda: pressed.is_finished, "the picture")
        (picture,) = (app.home.exports / "frames").glob("*.jpg")
        assert [Path(each.source).name for each in there.studio.desk.draft.inputs] == [picture.name]
