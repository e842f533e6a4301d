"""Quick hands and second windows: what is sent is what stands in the prompt, and nothing else moves it."""

from __future__ import annotations

from pathlib import Path

import pytest
from textual import events

from tests.app.stage import stage


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
