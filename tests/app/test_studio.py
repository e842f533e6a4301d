"""Studio, as a person uses it: write, send, watch, take back, go on."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from textual import events
from textual.widgets import Button, Input

from rushes.home import Home
from rushes.keys import Keyring
from rushes.settings import SettingsStore
from rushes.task import Status
from tests.app.stage import Stage, queued, stage
from tui.screens.details import DetailsScreen
from tui.screens.dialogue import Choose, Confirm
from tui.widgets.field import ChoiceField, NumberField
from tui.widgets.media_field import MediaField
from tui.widgets.switch import ProviderSwitch

DREAM_KEY = {"LUMAAI_API_KEY": "luma-00000000-0000-4000-8000-000000000000-00000000-0000-4000-8000-000000000000"}


def field(there: Stage, name: str) -> ChoiceField:
    return next(each for each in there.studio.query(ChoiceField) if each.field == name)


async def test_a_prompt_becomes_a_clip_that_plays(tmp_path: Path) -> None:
    async with stage(tmp_path) as there:
        task = await there.ended((await there.generate("a paper boat")).id)
        assert task.status is Status.SUCCEEDED, task.error
        assert task.take is not None
        assert (task.take.height, round(task.take.duration_s)) == (360, 1)
        await there.press("escape", "space")
        await there.until(lambda: there.studio.takes.preview.playing or there.studio.takes.preview.position, "frames")
        await there.see("360 · 24 fps · 1.0 s")


async def test_an_empty_prompt_is_not_sent_and_gets_the_focus(tmp_path: Path) -> None:
    async with stage(tmp_path) as there:
        await there.press("escape", "f5")
        await there.until(lambda: there.app.focused is there.prompt)
        assert await there.tasks() == []
        assert "write what should be seen   free" in there.text


async def test_a_prompt_that_is_too_long_is_kept_and_named(tmp_path: Path) -> None:
    async with stage(tmp_path) as there:
        there.prompt.load_text("🦊 fox " * 16_700)
        await there.see("too many")
        await there.see("is too long")
        await there.press("ctrl+j")
        await there.pilot.pause()
        assert await there.tasks() == []
        assert len(there.prompt.text) == 16_700 * 6


async def test_a_paste_of_a_megabyte_loses_nothing(tmp_path: Path) -> None:
    async with stage(tmp_path) as there:
        there.prompt.focus()
        there.app.post_message(events.Paste("a paper boat on a lake\n" * 45_000))
        await there.see("too many")
        assert len(there.prompt.text) == 23 * 45_000


async def test_lines_are_pasted_as_lines_however_the_terminal_ends_them(tmp_path: Path) -> None:
    async with stage(tmp_path) as there:
        there.prompt.focus()
        there.app.post_message(events.Paste("a fox\rin snow\r\nat dusk\nby a lake"))
        await there.until(lambda: there.prompt.text)
        assert there.prompt.text == "a fox\nin snow\nat dusk\nby a lake"


async def test_control_characters_are_seen_and_markup_is_text(tmp_path: Path) -> None:
    async with stage(tmp_path) as there:
        there.prompt.focus()
        there.app.post_message(events.Paste("[bold]a fox[/nope]\x1b[31m \x07[@click=app.quit]x\ttab"))
        await there.see("[bold]a fox[/nope]␛[31m ␇")
        await there.press("ctrl+j")
        await there.until(lambda: there.studio.takes.known)
        await there.see("[@click=app.quit]")
        assert next(iter(there.studio.takes.known.values())).shot.prompt.endswith("x tab"), "a tab is no symbol"


async def test_emoji_alone_are_a_prompt(tmp_path: Path) -> None:
    async with stage(tmp_path) as there:
        there.prompt.load_text("🦊🌧️👩‍🚀")
        await there.see("ready")
        await there.press("ctrl+j")
        await there.until(lambda: there.studio.takes.known)


async def test_a_change_of_provider_says_what_had_to_give_and_going_back_restores(tmp_path: Path) -> None:
    async with stage(tmp_path, environ={"RUSHES_SANDBOX": "1"}) as there:
        await there.type("a fox")
        field(there, "duration").choose(6)
        field(there, "loop").choose(1)
        await there.pilot.pause()
        assert there.studio.desk.shot.params["duration"] == "7s"
        await there.press("f2")
        await there.see("Duration 7s →")
        assert there.studio.desk.shot.provider == "luma"
        assert there.studio.desk.shot.prompt == "a fox"
        await there.press("f2", "f2")
        await there.until(lambda: there.studio.desk.shot.provider == "sandbox")
        assert there.studio.desk.shot.params["duration"] == "7s"
        assert there.studio.desk.shot.params["loop"] is True


async def test_the_switcher_moves_by_arrows_and_the_model_by_its_list(tmp_path: Path) -> None:
    async with stage(tmp_path) as there:
        there.studio.query_one(ProviderSwitch).focus()
        await there.press("right")
        await there.until(lambda: there.studio.desk.draft.provider == "luma")
        await there.see("no key for Luma; F12 (Settings) takes one   $0.06")
        await there.press("left")
        await there.until(lambda: there.studio.desk.draft.provider == "sandbox")
        await there.press("f3")
        await there.until(lambda: isinstance(there.app.screen, Choose))
        await there.press("down", "enter")
        await there.until(lambda: there.studio.desk.draft.model == "sandbox-hd")
        await there.see("1080p")


async def test_provider_and_values_are_there_again_at_the_next_start(tmp_path: Path) -> None:
    async with stage(tmp_path) as there:
        field(there, "ratio").choose(2)
        await there.press("f2")
        await there.until(lambda: there.studio.desk.draft.provider == "luma")
        ratio = there.studio.desk.draft.params["ratio"]
    async with stage(tmp_path) as there:
        assert there.studio.desk.draft.provider == "luma"
        assert there.studio.desk.draft.params["ratio"] == ratio


async def test_a_change_of_the_settings_from_outside_shows_at_once(tmp_path: Path) -> None:
    async with stage(tmp_path) as there:
        other = SettingsStore(Home.find(str(tmp_path / "home")).settings)
        other.update({"ui.theme": "light", "providers.sandbox.model": "sandbox-hd"})
        other.flush()
        await there.until(lambda: there.studio.desk.draft.model == "sandbox-hd", "the other model")
        assert there.app.theme == "rushes-light"


async def test_a_press_can_be_taken_back_while_it_is_held(tmp_path: Path) -> None:
    async with stage(tmp_path, speed=1.0, ui={"undo_seconds": 60.0}) as there:
        await there.type("a fox")
        await there.press("ctrl+j")
        await there.see("F9 takes it back")
        await there.press("f9")
        await there.until(lambda: all(each.ended for each in there.studio.takes.known.values()), "the end")
        (task,) = await there.tasks()
        assert (task.status, task.charges_sent) == (Status.CANCELLED, 0)


async def test_a_model_whose_key_is_not_there_is_named_before_a_press_and_nothing_is_sent(tmp_path: Path) -> None:
    async with stage(tmp_path, environ=DREAM_KEY, provider="luma") as there:
        await there.type("a fox")
        there.studio.desk.choose_model("ray-3.2")
        await there.studio.form.sync("")
        await there.see("✗ ray-3.2 needs a key of Luma Agents; F12 (Settings)")
        await there.press("f5")
        await there.pilot.pause()
        assert await there.tasks() == []
        there.studio.desk.choose_model("ray-2")
        await there.studio.form.sync("")
        await there.see("✓ ready")


async def test_a_key_that_went_away_behind_the_form_is_a_line_and_no_end_of_the_app(tmp_path: Path) -> None:
    async with stage(tmp_path, environ=DREAM_KEY, provider="luma") as there:
        await there.type("a fox")
        await there.see("✓ ready")
        assert there.engine.pool is not None
        there.engine.pool.renew(Keyring(tuple(replace(each, key=None) for each in there.engine.pool.keyring.found)))
        await there.press("f5")
        await there.see("Not sent")
        assert await there.tasks() == []


async def test_a_library_that_cannot_be_written_is_a_line_in_the_corner_and_no_end_of_the_app(tmp_path: Path) -> None:
    async with stage(tmp_path) as there:
        await there.type("a fox")
        await there.see("✓ ready")
        library = there.engine._store  # the disk itself cannot be filled here
        await library.run(lambda it: it.connection.execute("PRAGMA query_only = 1"))
        await there.press("f5")
        await there.see("Not done")
        await library.run(lambda it: it.connection.execute("PRAGMA query_only = 0"))
        await there.press("f5")
        await there.until(lambda: there.studio.takes.known, "a task")


async def test_cancel_says_what_it_costs_and_does_nothing_on_escape(tmp_path: Path) -> None:
    async with stage(tmp_path, speed=1.0) as there:
        task = await there.generate("a slow fox [run:600]")
        await there.press("escape", "c")
        await there.until(lambda: isinstance(there.app.screen, Confirm))
        await there.see("cancelling costs nothing")
        await there.press("escape")
        assert not (await there.tasks())[0].ended
        await there.press("c")
        await there.until(lambda: isinstance(there.app.screen, Confirm))
        await there.press("y")
        assert (await there.ended(task.id)).status is Status.CANCELLED


async def test_a_paid_press_asks_with_the_sum_and_nothing_is_sent_without_a_yes(tmp_path: Path) -> None:
    async with stage(tmp_path, environ=DREAM_KEY, provider="luma") as there:
        await there.type("a fox")
        await there.see("$")
        await there.press("ctrl+enter")
        await there.until(lambda: isinstance(there.app.screen, Confirm))
        assert "Send for $" in there.text
        yes = there.app.screen.query_one("#yes", Button)
        assert yes.has_focus, "the person has just asked for it"
        await there.press("escape")
        assert await there.tasks() == []


async def test_a_field_says_what_is_wrong_beside_itself(tmp_path: Path) -> None:
    async with stage(tmp_path) as there:
        await there.type("a fox")
        seed = next(each for each in there.studio.query(NumberField) if each.field == "seed")
        seed.query_one(Input).value = "-4"
        await there.see("must be 0 to 4294967295")
        await there.press("ctrl+j")
        await there.until(lambda: seed.has_focus_within, "the focus on what is wrong")
        assert await there.tasks() == []
        seed.query_one(Input).value = "12"
        await there.see("ready")
        assert there.studio.desk.shot.params["seed"] == 12


async def test_a_start_picture_changes_the_mode_and_a_missing_file_is_named(tmp_path: Path) -> None:
    async with stage(tmp_path) as there:
        await there.type("a fox")
        start = next(each for each in there.studio.query(MediaField) if each.field == "start_image")
        start.query_one(Input).value = str(tmp_path / "nothing.png")
        await there.see("there is no file")
        assert there.studio.desk.shot.mode == "image_to_video"
        assert start.query_one(Input).value.endswith("nothing.png"), "what is being typed stays"
        start.query_one(Input).value = ""
        await there.see("ready")
        assert there.studio.desk.shot.mode == "text_to_video"


async def test_references_get_a_new_line_when_the_last_is_filled(tmp_path: Path) -> None:
    async with stage(tmp_path) as there:
        refs = next(each for each in there.studio.query(MediaField) if each.slot.max_count > 1)
        refs.query(Input).first().value = "https://pictures.example/a.png"
        await there.until(lambda: len(refs.query(Input)) == 2, "a second line")
        await there.until(lambda: there.studio.desk.shot.inputs, "the picture on the desk")
        assert [each.source for each in there.studio.desk.shot.inputs] == ["https://pictures.example/a.png"]


async def test_shots_of_an_earlier_run_wait_for_a_key(tmp_path: Path) -> None:
    await queued(tmp_path, "left over")
    async with stage(tmp_path) as there:
        await there.see("1 left unsent")
        assert (await there.tasks())[0].charges_sent == 0
        await there.press("escape", "s")
        await there.until(lambda: isinstance(there.app.screen, Confirm))
        await there.press("y")
        task = await there.ended((await there.tasks())[0].id)
        assert task.status is Status.SUCCEEDED


async def test_an_earlier_shot_comes_back_to_the_desk(tmp_path: Path) -> None:
    async with stage(tmp_path) as there:
        await there.ended((await there.generate("first fox")).id)
        there.prompt.load_text("something else")
        await there.press("escape", "r")
        await there.until(lambda: there.prompt.text == "first fox", "the earlier words")


async def test_retry_is_a_new_task(tmp_path: Path) -> None:
    async with stage(tmp_path) as there:
        first = await there.ended((await there.generate("twice")).id)
        await there.press("escape", "R")
        await there.until(lambda: len(there.studio.takes.known) == 2, "a second task")
        assert (await there.tasks())[0].shot == first.shot


async def test_a_retry_is_held_and_taken_back_like_any_press(tmp_path: Path) -> None:
    async with stage(tmp_path) as there:
        first = await there.ended((await there.generate("twice")).id)
        there.studio.desk.engine.settings.update("ui.undo_seconds", value=30)
        await there.press("escape", "R")
        await there.see("takes it back")
        await there.press("u")
        await there.until(lambda: len(there.studio.takes.known) == 2, "the second task")
        again = next(each for each in await there.tasks() if each.id != first.id)
        assert (await there.ended(again.id)).charges_sent == 0


async def test_details_tell_the_whole_story(tmp_path: Path) -> None:
    async with stage(tmp_path) as there:
        task = await there.ended((await there.generate("a story")).id)
        await there.press("escape", "enter")
        await there.until(lambda: isinstance(there.app.screen, DetailsScreen))
        await there.see("downloading")
        assert task.id in there.text
        await there.see("sent · ")
        await there.press("end")
        await there.see("the latest word")
        await there.see('"state": "done"')
        await there.press("escape")
        await there.until(lambda: not isinstance(there.app.screen, DetailsScreen), "the Studio again")


async def test_a_failure_says_why(tmp_path: Path) -> None:
    async with stage(tmp_path) as there:
        task = await there.ended((await there.generate("a fox [fail:SAFETY.INPUT.TEXT]")).id)
        assert task.status is Status.FAILED
        assert task.error is not None
        await there.see("✗ failed")


async def test_a_key_that_cannot_be_right_is_told_as_that_not_as_a_missing_one(tmp_path: Path) -> None:
    async with stage(tmp_path, size=(160, 40), environ={"LUMA_API_KEY": "of-no-kind"}) as there:
        there.studio.query_one(ProviderSwitch).focus()
        await there.press("right")
        await there.until(lambda: there.studio.desk.draft.provider == "luma")
        await there.see("holds a key of neither kind")
        assert "takes one" not in there.text
        assert "instead" in there.studio.form.judgement.plain
