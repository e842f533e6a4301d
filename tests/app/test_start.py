"""What a start loads and draws: counted, so that it is the same on every machine."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from textual.widget import Widget

from rushes.home import Home
from tests.app.stage import settings, stage

RUN = """
import asyncio, collections, dataclasses, json, sys
from textual.css.stylesheet import Stylesheet
from textual.screen import Screen
from rushes.home import Home
from tui.app import RushesApp
from tui.bridge import open_engine

told = {"reparsed": 0, "finished": [], "laid out": 0}
reparse, apply, lay_out = Stylesheet.reparse, Stylesheet.apply, Screen._refresh_layout
finish = dataclasses._process_class
styled = collections.Counter()

def counted_apply(self, node, **how):
    styled[node] += 1
    apply(self, node, **how)

def counted_layout(self, *args, **how):
    told["laid out"] += 1
    lay_out(self, *args, **how)

def counted_finish(kind, *args, **how):
    told["finished"].append(f"{kind.__module__}.{kind.__name__}")
    return finish(kind, *args, **how)

Stylesheet.apply, Screen._refresh_layout, dataclasses._process_class = counted_apply, counted_layout, counted_finish

def counted(self):
    told["reparsed"] += 1
    reparse(self)

Stylesheet.reparse = counted

async def opened(home):
    told["painted"] = sorted(sys.modules)
    return await open_engine(home)

async def main():
    app = RushesApp(Home.find(sys.argv[1]), open_engine=opened)
    async with app.run_test(size=(120, 40)) as pilot:
        while not getattr(app.screen, "has_engine", False):
            await pilot.pause(0.01)
        told["form"] = sorted(sys.modules)
        await pilot.pause()
        await pilot.pause(0.05)
        widgets = list(app.screen.query("*"))
        told["widgets"] = len(widgets)
        told["styled"] = {type(each).__name__ + "#" + str(each.id): styled[each] for each in [*widgets, app.screen]}
        app.exit(0)

asyncio.run(main())
print(json.dumps(told))
"""
OURS = ("rushes", "providers", "tui")


@pytest.fixture(scope="module")
def start(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    home = str(tmp_path_factory.mktemp("start") / "home")
    done = subprocess.run([sys.executable, "-c", RUN, home], capture_output=True, text=True, check=True)
    told: dict[str, Any] = json.loads(done.stdout)
    return told


def _ours(modules: list[str]) -> list[str]:
    return [each for each in modules if each.split(".")[0] in OURS]


def test_the_first_paint_loads_nothing_of_the_form(start: dict[str, Any]) -> None:
    loaded = set(start["painted"])
    assert loaded.isdisjoint({"textual.widgets._text_area", "tui.widgets.field", "tui.widgets.shot_form"})
    assert loaded.isdisjoint({"rushes.engine", "providers.catalogue", "sqlite3", "tomlkit"})
    assert len(_ours(start["painted"])) <= 32


def test_the_form_stands_without_what_only_sending_playing_or_editing_needs(start: dict[str, Any]) -> None:
    loaded = {each.split(".")[0] for each in start["form"]}
    assert loaded.isdisjoint({"pydantic", "httpx", "av", "numpy", "PIL", "tomlkit", "email", "fastapi"})
    assert "importlib.metadata" not in start["form"]
    assert not [each for each in start["form"] if each.startswith(("rushes.gateway", "rushes.cli", "rushes.doctor"))]
    assert len(_ours(start["form"])) <= 158
    assert "rushes.tasks.stages" not in start["form"], "sending, watching and fetching come with the first task"


def test_the_styles_are_read_once(start: dict[str, Any]) -> None:
    assert start["reparsed"] == 0


def test_every_widget_is_styled_once_and_only_what_gets_the_focus_a_second_time(start: dict[str, Any]) -> None:
    assert {name: times for name, times in start["styled"].items() if times != 1} == {"Prompt#prompt": 2}


def test_the_form_stands_with_few_widgets_and_few_layouts(start: dict[str, Any]) -> None:
    assert start["widgets"] <= 42
    assert start["laid out"] <= 7


def test_hardly_a_class_of_values_is_compiled_before_the_form_stands(start: dict[str, Any]) -> None:
    assert len(_ours(start["finished"])) <= 3


def count_repaints(widget: Widget, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Grows by a word with each time that the widget is to be painted."""
    seen: list[str] = []

    def refresh(*_regions: object, **_options: object) -> Widget:
        seen.append("refresh")
        return widget

    monkeypatch.setattr(widget, "refresh", refresh)
    return seen


async def test_a_poll_that_brings_no_other_state_repaints_no_frame(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings(Home.find(str(tmp_path / "home")))
    async with stage(tmp_path, speed=1.0) as there:
        task = await there.generate("a slow boat [run:600]")
        await there.until(lambda: there.studio.takes.known[task.id].vendor_id, "the vendor's id")
        pane = there.studio.query_one("#tasks")
        painted = count_repaints(pane, monkeypatch)
        takes = there.studio.takes
        for part in (0.1, 0.2, 0.3):
            await takes.changed(replace(takes.known[task.id], progress=part))
        assert painted == []


async def test_an_empty_preview_that_says_the_same_again_is_not_painted_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with stage(tmp_path) as there:
        preview = there.studio.takes.preview
        preview.clear("nothing yet")
        painted = count_repaints(preview, monkeypatch)
        preview.clear("nothing yet")
        assert painted == []
        preview.clear("another")
        assert painted == ["refresh"]
