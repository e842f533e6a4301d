"""Ways to fill the prompt: earlier ones by ↑ and by a search, and the person's own editor."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from rushes.atomic import locked
from rushes.shots.templates import TemplateProblem, fill, load, remove, save, variables
from tests.app.stage import queued, stage
from tests.app.test_real_terminal import program
from tests.pty_screen import PtyScreen
from tui.editor import EditorFailed, command
from tui.recall import Recall
from tui.screens.fill_in import FillIn
from tui.screens.find import Find
from tui.screens.line_dialogue import LineDialogue

EDITOR = "import pathlib, sys; path = pathlib.Path(sys.argv[1]); path.write_text(path.read_text() + ' over a hill\\n')"


def test_recall_goes_back_and_forth_and_stays_at_its_ends() -> None:
    recall = Recall(["new", "old", "new", "  "])
    assert [recall.step(by) for by in (1, 1, 1, -1, -1, -1)] == ["new", "old", "old", "new", "", ""]


def test_the_editor_is_the_one_that_was_named() -> None:
    assert command({"VISUAL": "code --wait", "EDITOR": "ed"}) == ["code", "--wait"]
    assert command({"EDITOR": "ed"}) == ["ed"]
    with pytest.raises(EditorFailed, match="cannot be read"):
        command({"EDITOR": "'ed"})


async def test_up_in_an_empty_prompt_brings_earlier_prompts_back(tmp_path: Path) -> None:
    await queued(tmp_path, "a fox")
    await queued(tmp_path, "a boat")
    async with stage(tmp_path) as there:
        there.prompt.focus()
        await there.press("up")
        await there.until(lambda: there.prompt.text == "a boat")
        assert there.studio.desk.shot.prompt == "a boat"
        await there.press("up")
        await there.until(lambda: there.prompt.text == "a fox")
        await there.press("down", "down")
        await there.until(lambda: there.prompt.text == "")


async def test_a_prompt_that_was_typed_is_not_replaced_by_up(tmp_path: Path) -> None:
    await queued(tmp_path, "a fox")
    async with stage(tmp_path) as there:
        await there.type("my own")
        await there.press("up")
        await there.pilot.pause()
        assert there.prompt.text == "my own"


async def test_earlier_prompts_are_searched_by_their_words(tmp_path: Path) -> None:
    await queued(tmp_path, "a fox in the snow")
    await queued(tmp_path, "a boat")
    async with stage(tmp_path) as there:
        await there.press("ctrl+r")
        await there.until(lambda: isinstance(there.app.screen, Find))
        await there.press(*"snow", "enter")
        await there.until(lambda: there.prompt.text == "a fox in the snow")
        assert there.studio.desk.shot.prompt == "a fox in the snow"


def test_the_editor_has_the_terminal_and_the_prompt_comes_back(tmp_path: Path) -> None:
    script = tmp_path / "editor.py"
    script.write_text(EDITOR, encoding="utf-8")
    with PtyScreen(program(tmp_path / "home"), env={"VISUAL": f"{sys.executable} {script}"}) as screen:
        screen.wait_text("ctrl+j · F5")
        screen.send("a kite")
        screen.wait_text("a kite")
        screen.send("\x1bOS")
        screen.wait_text("a kite over a hill")
        screen.send("!")
        screen.wait_text("hill!")
        screen.send("\x11")
        screen.wait_text("has not been sent")
        screen.send("y")
        assert screen.wait_exit() == 0
        assert screen.changed_modes == set()


def test_an_editor_that_cannot_be_started_is_named_and_the_screen_stands_again(tmp_path: Path) -> None:
    with PtyScreen(program(tmp_path / "home"), env={"VISUAL": str(tmp_path / "no-such-editor")}) as screen:
        screen.wait_text("ctrl+j · F5")
        screen.send("a kite")
        screen.wait_text("a kite")
        screen.send("\x1bOS")
        screen.wait_text("could not be started")
        screen.send(" flies")
        screen.wait_text("a kite flies")


def test_a_template_is_filled_in_once_and_names_what_is_missing() -> None:
    prompt = "{who} in the {place}, {who} again, {not a name}"
    assert variables(prompt) == ("who", "place")
    assert fill(prompt, {"who": "{place}", "place": "rain"}) == "{place} in the rain, {place} again, {not a name}"
    with pytest.raises(TemplateProblem, match="place"):
        fill(prompt, {"who": "a fox"})


def test_templates_survive_any_text_and_a_broken_file_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "templates.toml"
    save(path, "odd", 'a "fox"\n\\ [x] = {who}')
    save(path, "other", "a boat")
    assert load(path) == {"odd": 'a "fox"\n\\ [x] = {who}', "other": "a boat"}
    remove(path, "odd")
    assert list(load(path)) == ["other"]
    path.write_text("broken = ", encoding="utf-8")
    with pytest.raises(TemplateProblem):
        save(path, "more", "x")
    assert path.read_text(encoding="utf-8") == "broken = "


async def test_a_prompt_is_kept_as_a_template_and_comes_back_filled_in(tmp_path: Path) -> None:
    async with stage(tmp_path) as there:
        there.prompt.load_text("a {animal} in the [bold]snow, {light}")
        there.studio.action_keep_template()
        await there.until(lambda: isinstance(there.app.screen, LineDialogue))
        await there.see("Variables: {animal}, {light}")
        await there.press(*"winter", "enter")
        await there.see("Template kept")
        there.studio.action_use_template()
        await there.until(lambda: isinstance(there.app.screen, Find))
        await there.press("enter")
        await there.until(lambda: isinstance(there.app.screen, FillIn))
        await there.press("enter", *"dusk", "enter")
        await there.see("a {animal} in the [bold]snow, dusk")
        await there.press(*"fox", "enter")
        await there.until(lambda: there.prompt.text == "a fox in the [bold]snow, dusk", "the prompt")


async def test_a_template_waits_for_another_process_without_holding_up_the_screen(tmp_path: Path) -> None:
    async with stage(tmp_path) as there:
        there.prompt.load_text("a kite")
        there.studio.action_keep_template()
        await there.until(lambda: isinstance(there.app.screen, LineDialogue))
        with locked(there.app.home.templates):
            await there.press(*"kite", "enter")
            await there.until(lambda: not isinstance(there.app.screen, LineDialogue), "the Studio")
            assert not load(there.app.home.templates)
        await there.see("Template kept")
