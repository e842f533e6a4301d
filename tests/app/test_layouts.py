"""Studio and Library at the sizes they are laid out for, below them, and while the size changes."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.app.stage import Stage, stage
from tui.screens.help import HelpScreen
from tui.screens.player import PlayerScreen

SIZES = [(120, 40), (100, 30), (80, 24), (60, 16)]
THEMES = ["dark", "light", "high-contrast", "ansi", "auto"]


def shown(there: Stage, query: str) -> bool:
    widget = there.app.screen.query_one(query)
    return bool(widget.region.area) and widget.display


@pytest.mark.parametrize("size", SIZES)
async def test_the_essentials_are_in_sight(tmp_path: Path, size: tuple[int, int]) -> None:
    async with stage(tmp_path, size=size) as there:
        await there.type("a fox")
        await there.see("ready")
        for words in ("Sandbox", "sandbox-fast", "Prompt", "5 / 2000", "Duration", "Generate", "ctrl+p"):
            assert words in there.text, words
        lines = there.text.splitlines()
        assert len(lines) <= size[1]
        assert shown(there, "#prompt")


@pytest.mark.parametrize("size", [(80, 24), (60, 16)])
async def test_panes_stand_behind_tabs_where_it_is_narrow(tmp_path: Path, size: tuple[int, int]) -> None:
    async with stage(tmp_path, size=size) as there:
        await there.generate("a fox")
        assert not shown(there, "#tasks")
        await there.press("f6")
        await there.until(lambda: shown(there, "TaskList") and not shown(there, "#shot"), "the tasks")
        await there.press("f6")
        await there.until(lambda: shown(there, "Preview"), "the preview")
        await there.press("f6")
        await there.until(lambda: shown(there, "#prompt"), "the shot")


@pytest.mark.parametrize("size", [(20, 5), (59, 40), (120, 10), (1, 1)])
async def test_a_terminal_that_is_too_small_says_so(tmp_path: Path, size: tuple[int, int]) -> None:
    async with stage(tmp_path, size=size) as there:
        if size[0] > 10:
            await there.see("60")
        assert not shown(there, "#panes")
        await there.press("f8", "f7", "f1")
        await there.pilot.resize_terminal(120, 40)
        await there.press("escape")
        await there.see("Prompt")


async def test_a_resize_during_a_dialogue_is_survived(tmp_path: Path) -> None:
    async with stage(tmp_path) as there:
        await there.press("f1")
        await there.until(lambda: isinstance(there.app.screen, HelpScreen))
        for size in ((60, 16), (20, 5), (80, 24), (120, 40)):
            await there.pilot.resize_terminal(*size)
            await there.pilot.pause()
        await there.press("escape")
        await there.see("Preview")


async def test_where_list_and_preview_share_a_place_playing_moves_there_and_stays_at_the_keys(tmp_path: Path) -> None:
    async with stage(tmp_path, size=(60, 16)) as there:
        await there.ended((await there.generate("a kite")).id)
        await there.press("f6", "space")
        preview = there.studio.takes.preview
        await there.until(lambda: preview.position > 0.1, "frames")
        assert there.app.focused is preview
        await there.press("f6", "escape")
        await there.until(lambda: there.studio.sees_tasks, "the list")


@pytest.mark.parametrize("theme", THEMES)
async def test_every_theme_draws_every_screen(tmp_path: Path, theme: str) -> None:
    async with stage(tmp_path, ui={"theme": theme, "undo_seconds": 0.0}) as there:
        await there.see("Generate")
        await there.press("f8", "f1")
        await there.see("in the list of takes")


@pytest.mark.parametrize("size", SIZES)
async def test_the_library_fits(tmp_path: Path, size: tuple[int, int]) -> None:
    async with stage(tmp_path, size=size) as there:
        await there.press("f8")
        await there.see("0 takes")
        assert shown(there, "HistoryList")


async def test_where_the_library_has_no_room_for_a_preview_enter_plays_on_the_whole_screen(tmp_path: Path) -> None:
    async with stage(tmp_path, size=(60, 16)) as there:
        await there.ended((await there.generate("a kite")).id)
        await there.press("f8")
        await there.until(lambda: there.library.current, "the take")
        await there.press("enter")
        await there.until(lambda: isinstance(there.app.screen, PlayerScreen), "the player")


async def test_what_a_press_says_is_seen_while_the_list_stands_behind_its_tab(tmp_path: Path) -> None:
    async with stage(tmp_path, size=(60, 16), speed=1.0, ui={"undo_seconds": 60.0}) as there:
        await there.generate("a kite")
        await there.see("Goes out in 60 s; F9 takes it back")
        await there.press("f9")
        await there.until(lambda: "takes it back" not in there.text, "the words gone")


async def test_a_failure_leaves_the_price_line_in_sight_where_it_is_narrow(tmp_path: Path) -> None:
    async with stage(tmp_path, size=(80, 24)) as there:
        await there.generate("a fox [fail:SAFETY.INPUT.TEXT]")
        await there.see("Failed: a fox")
        assert "✓ ready   free" in there.text
        await there.press("f6")
        await there.see("failed on purpose: SAFETY.INPUT.TEXT")
        assert there.studio.takes.preview.message == "failed on purpose: SAFETY.INPUT.TEXT"


async def test_in_a_narrow_terminal_many_keys_stand_above_what_they_do(tmp_path: Path) -> None:
    async with stage(tmp_path, size=(60, 16)) as there:
        await there.press("f6", "f6", "f1")
        await there.see("ctrl+enter, ctrl+j, F5")
        line = next(each for each in there.text.splitlines() if "ctrl+enter, ctrl+j, F5" in each)
        assert "Send" not in line
