"""Quick hands and second windows: what is sent is what stands in the prompt, and nothing else moves it."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from textual import events
from textual.widgets import Input

from tests.app.stage import Stage, stage
from tui.screens.library import LibraryScreen
from tui.widgets.field import PlainInput


async def test_a_press_that_overtakes_the_letters_waits_for_them(tmp_path: Path) -> None:
    async with stage(tmp_path) as there:
        there.prompt.focus()
        await there.until(lambda: there.prompt.has_focus, "the focus")
        for letter in "a quick fox":
            there.prompt.post_message(events.Key("space" if letter == " " else letter, letter))
        there.studio.action_generate()
        await there.until(lambda: there.studio.takes.known, "a task")
        assert [task.shot.prompt for task in await there.tasks()] == ["a quick fox"]


async def test_the_settings_that_a_press_writes_do_not_bring_old_words_back(tmp_path: Path) -> None:
    async with stage(tmp_path) as there:
        await there.generate("the first words")
        there.prompt.load_text("the second words")
        await there.studio.form.sync()
        assert there.prompt.text == "the second words"


async def test_another_window_does_not_change_a_shot_that_is_being_written(tmp_path: Path) -> None:
    async with stage(tmp_path) as there:
        await there.type("half a thought")
        before = there.studio.desk.draft.provider
        there.engine.settings.update("provider", "luma")
        await there.pilot.pause()
        assert there.studio.desk.draft.provider == before == "sandbox"


async def test_keys_do_nothing_where_nothing_can_be_seen(tmp_path: Path) -> None:
    async with stage(tmp_path) as there:
        await there.type("typed before")
        await there.pilot.resize_terminal(20, 5)
        await there.pilot.pause()
        await there.press("p", "x", "f5", "ctrl+j")
        await there.pilot.pause()
        assert await there.tasks() == []
        await there.pilot.resize_terminal(120, 40)
        await there.until(lambda: there.prompt.has_focus, "the focus again")
        assert there.prompt.text == "typed before"


@pytest.mark.parametrize("size", [(80, 24), (60, 16)])
async def test_letters_typed_right_after_the_key_to_the_prompt_are_words_and_no_keys(
    tmp_path: Path, size: tuple[int, int]
) -> None:
    async with stage(tmp_path, size=size) as there:
        await there.ended((await there.generate("a kite")).id)
        await there.press("escape")
        await there.until(lambda: there.studio.sees_tasks, "the list")
        there.prompt.load_text("")
        for each in "er cup":  # as the terminal delivers them: all at once, r and c are keys of the list
            key = {" ": "space"}.get(each, each)
            there.app.post_message(events.Key(key, each))
        await there.until(lambda: there.prompt.text == "r cup", "the words")


def burst(there: Stage, *keys: str) -> None:
    """Keys as a slow line delivers them: all at once, a text letter by letter."""
    for each in keys:
        for key in [each] if each in {"tab", "enter", "escape", "f3", "f8", "slash"} else each:
            there.app.post_message(events.Key(key, "/" if key == "slash" else key if len(key) == 1 else None))


async def test_words_typed_with_the_tabs_between_them_go_to_one_field_each(tmp_path: Path) -> None:
    async with stage(tmp_path) as there:
        fields = list(there.studio.form.query(PlainInput))[1:3]
        fields[0].focus()
        await there.until(lambda: fields[0].has_focus, "the focus")
        burst(there, "12", "tab", "34")
        await there.until(lambda: fields[1].value.endswith("34"), "the second value")
        assert fields[0].value.endswith("12")


async def test_what_is_typed_behind_the_key_to_the_search_is_searched_for_and_touches_no_take(tmp_path: Path) -> None:
    async with stage(tmp_path) as there:
        task = await there.ended((await there.generate("a kite")).id)
        await there.press("f8")
        await there.until(lambda: isinstance(there.app.screen, LibraryScreen) and there.app.screen.current)
        burst(there, "slash", "D0x")
        await there.until(lambda: there.app.screen.query_one("#search", Input).value == "D0x", "the search")
        found = await there.engine.need(task.id)
        assert found.trashed_at is None
        assert found.rating is None


async def test_what_is_typed_behind_the_key_to_the_library_is_searched_for(tmp_path: Path) -> None:
    async with stage(tmp_path) as there:
        await there.press("escape")
        burst(there, "slash", "cat")
        await there.until(
            lambda: (
                isinstance(there.app.screen, LibraryScreen)
                and there.app.screen.query_one("#search", Input).value == "cat"
            ),
            "the search",
        )
        assert len(there.app.screen_stack) == 1


async def test_a_key_whose_work_takes_long_does_not_hold_up_the_others(tmp_path: Path) -> None:
    free = asyncio.Event()

    async def work() -> None:
        await free.wait()

    async with stage(tmp_path) as there:
        await there.press("escape")
        there.studio.takes.list.call_later(work)  # the list is at something, until the letters have come
        burst(there, "j")
        there.prompt.focus()
        burst(there, "ab")
        try:
            async with asyncio.timeout(10):  # not by the pilot, which waits for every widget
                while not there.prompt.text.endswith("ab"):  # noqa: ASYNC110 - a widget tells nobody of its text
                    await asyncio.sleep(0.01)
        finally:
            free.set()


@pytest.mark.parametrize("keys", [("f3",), ("ctrl+p",), ("ctrl+r",)])
async def test_enter_twice_at_once_closes_a_dialogue_once(tmp_path: Path, keys: tuple[str, ...]) -> None:
    async with stage(tmp_path) as there:
        await there.generate("a kite")
        await there.press(*keys)
        await there.until(lambda: len(there.app.screen_stack) == 2, "the dialogue")
        await there.pilot.pause(0.1)
        burst(there, "enter", "enter", "enter")
        await there.until(lambda: len(there.app.screen_stack) == 1, "the studio")
        await there.pilot.pause(0.1)
        assert there.app.is_running
