"""The Library as a person uses it: marks and tags, undo, trash, completion, orders, and a list that keeps its place."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

from textual.widgets import Input

from tests.app.stage import Stage, settings, stage
from tests.library.shelf import home_in, library_of, task, with_clip
from tests.tui_widgets.clips import make_clip
from tui.screens.library import LibraryScreen
from tui.screens.player import PlayerScreen
from tui.screens.studio import StudioScreen
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


async def test_escape_takes_the_marks_away_before_it_leaves(tmp_path: Path) -> None:
    shelve(tmp_path, 3)
    async with stage(tmp_path) as there:
        takes = await enter(there)
        await there.press("x", "x", "escape")
        assert takes.marked == ()
        assert isinstance(there.app.screen, LibraryScreen)
        await there.press("escape")
        await there.until(lambda: isinstance(there.app.screen, StudioScreen), "the Studio")


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


def ids(takes: HistoryList) -> list[str]:
    return [each.id for each in takes.takes]


async def test_a_take_that_comes_to_a_small_screen_leaves_no_gap_in_the_list(tmp_path: Path) -> None:
    shelve(tmp_path, 120)
    async with stage(tmp_path, size=(80, 24)) as there:
        takes = await enter(there)
        await there.press(*"jjjjj")
        shelve(tmp_path, 1, first=120)
        await there.until(lambda: takes.takes[0].shot.prompt == "fox 120", "the new take")
        expected = [each.id for each in (await there.engine.history(limit=len(takes.takes))).tasks]
        assert ids(takes) == expected


async def test_a_take_that_begins_to_match_stands_in_its_place_and_one_that_ends_to_is_gone(tmp_path: Path) -> None:
    shelve(tmp_path, 6)
    async with stage(tmp_path) as there:
        takes = await enter(there)
        for each in takes.takes[::2]:
            await there.engine.rate(each.id, 5)
        await there.press("slash", *"rating:5", "enter")
        await there.until(lambda: len(takes.takes) == 3, "three takes")
        late = (await there.engine.history("sort:oldest", limit=2)).tasks[0]
        await there.engine.rate(late.id, 5)
        await there.until(lambda: len(takes.takes) == 4, "a fourth")
        assert ids(takes) == [each.id for each in (await there.engine.history("rating:5")).tasks]


async def test_a_take_that_comes_stands_where_the_order_puts_it(tmp_path: Path) -> None:
    shelve(tmp_path, 8)
    async with stage(tmp_path) as there:
        takes = await enter(there)
        await there.press("slash", *"sort:oldest", "enter")
        await there.until(lambda: takes.takes[0].shot.prompt == "fox 0", "the oldest first")
        await there.press("j", "j")
        stood = takes.cursor_id
        shelve(tmp_path, 1, first=8)
        await there.until(lambda: takes.takes[-1].shot.prompt == "fox 8", "the new take, at the end")
        assert (len(takes.takes), takes.cursor_id) == (9, stood)


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


async def test_takes_leave_as_copies_links_a_sheet_or_a_table(tmp_path: Path) -> None:
    shelve(tmp_path, 3)
    out = tmp_path / "out"

    async def leave(there: Stage, down: int, title: str) -> None:
        await there.press("e")
        await there.see("Export 2 takes")
        await there.press(*["down"] * down, "enter")
        await there.see(title)
        there.app.screen.query_one("#answer", Input).value = str(out)
        await there.press("enter")

    async with stage(tmp_path) as there:
        takes = await enter(there)
        await there.press("x", "x")
        await leave(there, 0, "To which folder")
        await there.until(lambda: len(list(out.glob("*.mp4"))) == 2, "two files")
        await leave(there, 1, "To which folder")
        await there.until(lambda: len(list(out.glob("*.mp4"))) == 4, "two links")
        first = takes.takes[0].take
        assert first is not None
        assert sum(path.samefile(first.file) for path in out.glob("*.mp4")) == 1
        await leave(there, 3, "Contact sheet of 2")
        await there.until(lambda: (out / "contact-sheet.html").exists(), "a page")
        assert (out / "contact-sheet.png").read_bytes().startswith(b"\x89PNG")
        await leave(there, 4, "Table of 3")
        await there.until(lambda: (out / "takes.csv").exists(), "a table")
        assert (out / "takes.csv").read_text().count("fox") >= 3


async def test_w_shows_posters_and_space_then_plays_on_the_whole_screen(tmp_path: Path) -> None:
    shelve(tmp_path, 30)
    async with stage(tmp_path) as there:
        takes = await enter(there)
        await there.press("down", "w")
        await there.until(lambda: takes.across > 2, "a grid on the whole width")
        assert takes.cursor == 1
        await there.press("space")
        await there.until(lambda: isinstance(there.app.screen, PlayerScreen), "the player")
        await there.press("escape")
        await there.until(lambda: isinstance(there.app.screen, LibraryScreen), "the Library")
        await there.press("w")
        await there.until(lambda: takes.across == 1, "lines")
        await there.press("w")
        await there.until(lambda: takes.across > 2, "posters once more")
    async with stage(tmp_path) as there:
        takes = await enter(there)
        await there.until(lambda: takes.across > 2, "posters at the next start too")
        assert not there.library.query_one("#take").display
        await there.press("w")
        await there.until(lambda: takes.across == 1, "lines")
        assert there.engine.settings.value.ui.library_view == "lines"


async def test_clips_of_a_folder_and_of_a_vendor_come_in_by_the_palette(tmp_path: Path) -> None:
    shelve(tmp_path, 1)
    (tmp_path / "inbox").mkdir()
    make_clip(tmp_path / "inbox" / "harbour at dawn.mp4", 12)

    async def bring(there: Stage, source: str) -> None:
        there.library.action_import()
        await there.see("A folder with clips")
        there.app.screen.query_one("#answer", Input).value = source
        await there.press("enter")

    async with stage(tmp_path) as there:
        takes = await enter(there)
        await bring(there, str(tmp_path / "inbox"))
        await there.until(lambda: takes.takes[0].shot.prompt == "harbour at dawn", "the clip")
        await bring(there, "sandbox")
        await there.see("keeps no list")
        await bring(there, str(tmp_path / "nowhere"))
        # Where the words are broken depends on how long the path is.
        await there.until(lambda: "isnofolder" in re.sub(r"[\s▌│]", "", there.text), "the reason")


async def test_a_take_is_made_again_with_another_model_and_the_new_take_knows_it(tmp_path: Path) -> None:
    home = home_in(tmp_path)
    settings(home)
    first = with_clip(home, task(1, "a fox", params={"duration": "9s", "loop": True}))
    library = library_of(home)
    library.add_all([first])
    library.close()
    async with stage(tmp_path) as there:
        await enter(there)
        await there.press("M")
        await there.see("Again with which model?")
        await there.see("Duration 9s → 8s")
        await there.press("home", "enter")
        await there.until(lambda: isinstance(there.app.screen, StudioScreen), "the Studio")
        await there.until(lambda: there.prompt.text == "a fox", "the words")
        there.studio.desk.set_param("resolution", "360p")
        there.studio.desk.set_param("duration", "1s")
        await there.press("ctrl+j")
        await there.until(lambda: there.studio.takes.known, "a task")
        (new,) = [each for each in await there.tasks() if each.id != first.id]
        kin = await there.engine.shelf.kin(first.id)
        await there.until(lambda: new, "the new one")
        assert [each.id for each in kin.children] == [new.id]


async def test_the_family_is_walked_and_a_take_out_of_sight_is_found_by_its_id(tmp_path: Path) -> None:
    home = home_in(tmp_path)
    settings(home)
    line = [with_clip(home, task(number, f"generation {number}")) for number in range(3)]
    line = [line[0], *(replace(each, parent=line[at].id, kinship="variation") for at, each in enumerate(line[1:]))]
    library = library_of(home)
    library.add_all(line)
    library.close()
    async with stage(tmp_path) as there:
        takes = await enter(there)
        line_of(there).value = "prompt:2"
        await there.until(lambda: len(takes.takes) == 1, "the youngest")
        await there.press("l")
        await there.see("a variation of")
        await there.press("up", "enter")
        await there.see("enter: show this take")
        await there.press("enter")
        await there.until(lambda: line_of(there).value == f"id:{line[1].id}", "its id")
        await there.until(lambda: takes.cursor_id == line[1].id, "the parent")


async def test_the_room_on_the_disk_is_told_and_a_line_of_it_is_a_search(tmp_path: Path) -> None:
    shelve(tmp_path, 3)
    async with stage(tmp_path) as there:
        takes = await enter(there)
        there.library.action_room()
        await there.see("month 2026-10")
        await there.see("3 takes")
        await there.press("enter")
        await there.until(lambda: line_of(there).value == "has:clip on:2026-10", "the search")
        await there.until(lambda: len(takes.takes) == 3, "all three")
