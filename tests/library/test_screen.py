"""The Library as a person uses it: marks and tags, undo, trash, completion, orders, and a list that keeps its place."""

from __future__ import annotations

from pathlib import Path

from textual.widgets import Input

from tests.app.stage import Stage, settings, stage
from tests.library.shelf import home_in, library_of, task, with_clip
from tui.screens.library import LibraryScreen
from tui.widgets.history_list import HistoryList


def shelve(folder: Path, count: int, *, first: int = 0) -> None:
    home = home_in(folder)
    if not home.settings.exists():
        settings(home)
    library = library_of(home)
    library.add_all([with_clip(home, task(number, f"fox {number}")) for number in range(first, first + count)])
    library.close()


async def enter(there: Stage) -> HistoryList:
    await there.press("f8")
    await there.until(lambda: isinstance(there.app.screen, LibraryScreen), "the Library")
    await there.until(lambda: there.library.query_one(HistoryList).takes, "takes")
    return there.library.query_one(HistoryList)


def line_of(there: Stage) -> Input:
    return there.library.query_one("#search", Input)


async def test_marked_takes_are_tagged_together_and_the_press_is_taken_back(tmp_path: Path) -> None:
    shelve(tmp_path, 6)
    async with stage(tmp_path) as there:
        takes = await enter(there)
        await there.press("x", "j", "j", "X", "t")
        await there.see("4 takes")
        await there.press(*"keeper", "enter")
        await there.until(lambda: sum("keeper" in each.tags for each in takes.takes) == 4, "four tags")
        await there.press("u")
        await there.until(lambda: not any(each.tags for each in takes.takes), "none")


async def test_a_take_in_the_trash_is_out_of_sight_until_u_brings_it_back(tmp_path: Path) -> None:
    shelve(tmp_path, 3)
    async with stage(tmp_path) as there:
        takes = await enter(there)
        await there.press("D")
        await there.until(lambda: len(takes.takes) == 2, "two takes")
        await there.press("u")
        await there.until(lambda: len(takes.takes) == 3, "all three")


async def test_tab_completes_a_filter_and_then_its_value(tmp_path: Path) -> None:
    shelve(tmp_path, 1)
    async with stage(tmp_path) as there:
        await enter(there)
        await there.press("slash", *"prov", "tab")
        await there.until(lambda: line_of(there).value == "provider:", "the filter")
        await there.press(*"lu", "tab")
        await there.until(lambda: line_of(there).value == "provider:luma ", "the name")
        assert line_of(there).has_focus


async def test_s_goes_through_the_orders(tmp_path: Path) -> None:
    shelve(tmp_path, 3)
    async with stage(tmp_path) as there:
        takes = await enter(there)
        await there.press("s")
        await there.until(lambda: takes.takes[0].shot.prompt == "fox 0", "the oldest")
        assert line_of(there).value == "sort:oldest"


async def test_a_take_that_comes_does_not_move_what_one_looks_at(tmp_path: Path) -> None:
    shelve(tmp_path, 120)
    async with stage(tmp_path) as there:
        takes = await enter(there)
        await there.press(*["pagedown"] * 3)
        await there.until(lambda: takes.scroll_offset.y > 20, "a place further down")
        looked_at, seen = takes.cursor_id, takes.cursor - takes.scroll_offset.y
        shelve(tmp_path, 2, first=120)
        await there.until(
            lambda: takes.index_of(takes.takes[0].id) == 0 and takes.takes[0].shot.prompt == "fox 121", "it"
        )
        await there.pilot.pause()
        assert takes.cursor_id == looked_at
        assert takes.cursor - takes.scroll_offset.y == seen


async def test_the_end_of_the_list_is_one_key_away_and_so_is_the_way_back(tmp_path: Path) -> None:
    shelve(tmp_path, 300)
    async with stage(tmp_path) as there:
        takes = await enter(there)
        await there.press("G")
        await there.until(lambda: takes.selected and takes.selected.shot.prompt == "fox 0", "the oldest")
        assert len(takes.takes) < 200, "only the end was read"
        for _ in range(8):
            await there.press("pageup")
            await there.pilot.pause()
        await there.until(lambda: len(takes.takes) > 200, "what is above")
        prompts = [each.shot.prompt for each in takes.takes]
        assert prompts == [f"fox {number}" for number in reversed(range(len(prompts)))]
        await there.press("g")
        await there.until(lambda: takes.selected and takes.selected.shot.prompt == "fox 299", "the newest")


async def test_coming_back_to_a_search_finds_the_same_place(tmp_path: Path) -> None:
    shelve(tmp_path, 150)
    async with stage(tmp_path) as there:
        takes = await enter(there)
        await there.press(*["pagedown"] * 3)
        stood = takes.cursor_id
        assert takes.cursor > 50
        await there.press("slash", *"zebra")
        await there.until(lambda: not takes.takes, "nothing")
        line_of(there).value = ""
        await there.until(lambda: takes.cursor_id == stood, "the place")


async def test_a_search_is_kept_and_chosen_again(tmp_path: Path) -> None:
    shelve(tmp_path, 2)
    async with stage(tmp_path) as there:
        await enter(there)
        await there.press("slash", *"fox", "ctrl+s")
        await there.see("Keep this search")
        await there.press(*"foxes", "enter")
        await there.until(lambda: isinstance(there.app.screen, LibraryScreen), "the Library")
        line_of(there).value = ""
        await there.press("escape", "S")
        await there.see("foxes")
        await there.press("enter")
        await there.until(lambda: isinstance(there.app.screen, LibraryScreen), "the Library")
        await there.until(lambda: line_of(there).value == "fox", "the search")


async def test_takes_are_exported_into_a_folder(tmp_path: Path) -> None:
    shelve(tmp_path, 2)
    async with stage(tmp_path) as there:
        await enter(there)
        await there.press("x", "x", "e")
        await there.see("Export 2 takes")
        there.app.screen.query_one("#answer", Input).value = str(tmp_path / "out")
        await there.press("enter")
        await there.until(lambda: len(list((tmp_path / "out").glob("*.mp4"))) == 2, "two files")
