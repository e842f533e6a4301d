"""The app against a gateway: the same screens, the keys elsewhere, and words when the line breaks."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from providers.errors import Unreachable
from rushes.home import Home
from rushes.interface import Engine
from rushes.remote.engine import RemoteEngine
from tests.app.stage import Stage, settings
from tests.gateway.conftest import TOKEN, listening, opened
from tests.remote.conftest import boat
from tui.app import RushesApp
from tui.screens.base import MainScreen


async def test_the_same_screens_work_against_a_gateway_and_say_when_it_is_away(home: Path, tmp_path: Path) -> None:
    far = Home.find(str(tmp_path / "far"), {})
    settings(far)
    async with opened(home) as gate, listening(gate) as line:
        engines: list[RemoteEngine] = []

        async def open_engine(at: Home) -> Engine:
            engines.append(await RemoteEngine.open(at, environ={"RUSHES_TOKEN": TOKEN}, cwd=tmp_path, tries=2))
            engines[0].tireless = True
            return engines[0]

        app = RushesApp(replace(far, connect=line.url), open_engine=open_engine)
        async with app.run_test(size=(120, 40), notifications=True) as pilot:
            there = Stage(app, pilot)
            await there.until(lambda: isinstance(app.screen, MainScreen) and app.screen.has_engine, "the engine")
            await there.see("Working against a gateway")
            await there.type("a lighthouse")
            await there.press("ctrl+j")
            await there.until(lambda: any(each.ended for each in there.studio.takes.known.values()), "the end")
            (task,) = (await gate.house.engine.history()).tasks
            assert (task.shot.prompt, gate.sent()) == ("a lighthouse", 1)
            await there.until(lambda: (far.cache / "gateway").exists(), "the clip")
            await there.press("escape")
            await there.press("5")
            await there.see("keys and budgets are those of")
            await app.action_library()
            await there.see("1 take")
            (elsewhere,) = await gate.house.engine.submit(boat("from elsewhere"))
            await there.see("from elsewhere")
            engines[0]._line_news.tell("the gateway does not answer")
            await there.see("the tasks go on there")
            await there.see("no line to the gateway")

            async def broken() -> None:
                raise Unreachable("no answer came")

            app.run_worker(broken())
            await there.see("no answer came")
            engines[0]._line_news.tell("")
            await there.see("stands again")
            assert "no line to the gateway" not in there.text
            assert app.is_running
            assert elsewhere.id != task.id
