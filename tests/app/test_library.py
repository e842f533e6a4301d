"""Library, as a person uses it: search while typing, rate, copy, take a shot back to the Studio."""

from __future__ import annotations

from pathlib import Path

import pytest
from textual.widgets import Input

from rushes.engine import Engine
from rushes.home import Home
from tests.app.stage import QUICK, QuickClock, Stage, settings, stage
from tui.screens.library import LibraryScreen
from tui.widgets.history_list import HistoryList


async def takes(folder: Path, *prompts: str) -> None:
    """Tasks that were taken back before they were sent: they are history, too, and cost no rendering."""
    from providers.shot import Shot

    home = Home.find(str(folder / "home"))
    settings(home)
    engine = await Engine.open(home, environ={}, cwd=folder, clock=QuickClock())
    for prompt in prompts:
        (task,) = await engine.submit(Shot("sandbox", "sandbox-fast", "text_to_video", prompt, dict(QUICK)))
        await engine.undo(task.id)
    await engine.close()


async def enter(there: Stage) -> HistoryList:
    await there.press("f8")
    await there.until(lambda: isinstance(there.app.screen, LibraryScreen), "the Library")
    await there.until(lambda: there.library.query_one(HistoryList).takes, "takes")
    return there.library.query_one(HistoryList)


async def test_typing_searches_and_the_counts_follow(tmp_path: Path) -> None:
    await takes(tmp_path, "a red fox", "a paper boat", "a fox cub asleep")
    async with stage(tmp_path) as there:
        found = await enter(there)
        await there.see("3 takes")
        await there.press("slash", *"fox")
        await there.see("2 of 3")
        assert [each.shot.prompt for each in found.takes] == ["a fox cub asleep", "a red fox"]
        await there.press("enter", "j")
        await there.until(lambda: found.selected and found.selected.shot.prompt == "a red fox", "the next take")


@pytest.mark.parametrize("query", ['rating:"', "nothing:here", '"' * 40, "*", "(", "cost:<x", "[red]x[/blue]"])
async def test_an_odd_search_never_breaks_the_screen(tmp_path: Path, query: str) -> None:
    await takes(tmp_path, "a red fox")
    async with stage(tmp_path) as there:
        await enter(there)
        there.library.query_one("#search", Input).value = query
        await there.until(lambda: "1 take" not in there.text, "an answer")
        assert isinstance(there.app.screen, LibraryScreen)


async def test_stars_are_given_by_their_number_and_are_there_again(tmp_path: Path) -> None:
    await takes(tmp_path, "a red fox")
    async with stage(tmp_path) as there:
        await enter(there)
        await there.press("4")
        await there.see("★★★★·")
    async with stage(tmp_path) as there:
        await enter(there)
        await there.see("★★★★·")


async def test_a_take_goes_back_to_the_studio_with_its_words(tmp_path: Path) -> None:
    await takes(tmp_path, "a red fox")
    async with stage(tmp_path) as there:
        await enter(there)
        await there.press("r")
        await there.until(lambda: not isinstance(there.app.screen, LibraryScreen), "the Studio")
        await there.until(lambda: there.prompt.text == "a red fox", "its words")


async def test_escape_goes_one_level_out(tmp_path: Path) -> None:
    await takes(tmp_path, "a red fox")
    async with stage(tmp_path) as there:
        await enter(there)
        await there.press("slash", "x", "escape")
        await there.until(lambda: isinstance(there.app.focused, HistoryList), "the list")
        await there.press("escape")
        await there.until(lambda: not isinstance(there.app.screen, LibraryScreen), "the Studio")


async def test_a_task_that_begins_elsewhere_appears_in_the_list(tmp_path: Path) -> None:
    await takes(tmp_path, "a red fox")
    async with stage(tmp_path) as there:
        found = await enter(there)
        await takes(tmp_path, "from another window")
        await there.until(lambda: len(found.takes) == 2, "the other window's take")
