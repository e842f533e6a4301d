"""What the app says of a task: whether money was spent, and what to do next."""

from __future__ import annotations

from pathlib import Path

import pytest

from rushes.task import Status
from tests.app.stage import queued, stage
from tui.keymap import with_keymap
from tui.screens.details import DetailsScreen
from tui.screens.dialogue import Confirm


async def test_a_press_into_a_held_queue_says_so_and_promises_no_time(tmp_path: Path) -> None:
    async with stage(tmp_path, ui={"undo_seconds": 60.0}) as there:
        await there.press("escape", "p")
        await there.see("held (p)")
        await there.generate("a kite")
        await there.see("Held, nothing was sent; p in the list lets it go")
        await there.see("not sent: the queue is held")
        assert "Goes out" not in there.text
        await there.press("escape", "p")
        await there.until(lambda: "Held," not in there.text, "the words gone")


async def test_the_line_that_counts_seconds_goes_when_they_are_over(tmp_path: Path) -> None:
    limits = {"sandbox": 1}
    async with stage(tmp_path, ui={"undo_seconds": 0.3}, limits={"concurrency": limits}) as there:
        await there.generate("[stuck] a boat")
        await there.see("running")
        await there.generate("a kite")
        await there.see("Goes out in 0.3 s")
        await there.until(lambda: "Goes out" not in there.text, "the line gone")
        assert "not sent yet, 1st to go" in there.text


async def test_what_is_taken_back_twice_says_that_nothing_was_sent(tmp_path: Path) -> None:
    async with stage(tmp_path, ui={"undo_seconds": 60.0}) as there:
        await there.generate("a kite")
        await there.press("f9")
        await there.see("taken back before it was sent")
        await there.press("f9")
        await there.see("it is taken back already; nothing was sent")
        assert "CANCELLED" not in there.text


async def test_forgetting_says_what_it_means_for_the_money(tmp_path: Path) -> None:
    await queued(tmp_path, "waits from before")
    async with stage(tmp_path) as there:
        await there.press("escape", "delete")
        await there.see("Nothing was sent; it is dropped.")
        await there.press("escape")
        await there.generate("[stuck] a boat")
        await there.see("running")
        await there.press("escape", "delete")
        await there.see("It goes on there, and is free")
        assert "charged" not in there.text


async def test_a_damaged_clip_says_so_in_its_row_and_counts_as_none_that_runs(tmp_path: Path) -> None:
    async with stage(tmp_path) as there:
        await there.generate("[bad-clip] a fox")
        await there.see("! no clip yet · enter tells more")
        await there.see("1 without a clip")
        await there.press("escape", "enter")
        await there.until(lambda: isinstance(there.app.screen, DetailsScreen), "the story")
        await there.see("no, it is free")
        await there.see("delete stops the trying")


async def test_what_an_earlier_run_left_is_sent_or_dropped_as_a_whole(tmp_path: Path) -> None:
    for number in range(10):
        await queued(tmp_path, f"kite {number}")
    async with stage(tmp_path) as there:
        await there.see("10 left unsent: esc, then s sends all, S drops all")
        await there.see("unsent from an earlier run")
        await there.press("escape", "s")
        await there.until(lambda: isinstance(there.app.screen, Confirm), "the question")
        await there.see("10 shots, free.")
        await there.see("and 2 more")
        inside = [line for line in there.text.splitlines() if "SANDBOX-FAST · kite" in line]
        told = [each.shot.prompt for each in sorted(await there.tasks(), key=lambda each: each.id)]
        assert [told[at] in line for at, line in enumerate(inside)] == [True] * 8
        await there.press("escape", "S")
        await there.see("Drop 10 waiting?")
        await there.press("y")
        await there.until(
            lambda: {each.status for each in there.studio.takes.known.values()} == {Status.CANCELLED}, "all dropped"
        )
        assert "unsent from" not in there.text


async def test_marks_are_counted_in_the_frame(tmp_path: Path) -> None:
    await queued(tmp_path, "a kite")
    async with stage(tmp_path) as there:
        await there.press("escape", "x")
        await there.see("1 marked")
        await there.press("x")
        await there.until(lambda: "marked" not in there.text, "no mark")


async def test_a_press_that_a_budget_refuses_is_not_called_ready(tmp_path: Path) -> None:
    keys = {"RUNWAYML_API_SECRET": f"key_{'0' * 128}"}
    async with stage(tmp_path, environ=keys, provider="runway", budget={"per_day_usd": 0.1}) as there:
        await there.type("a kite")
        await there.see("over today's budget")
        assert "✗ $" in there.studio.form.judgement.plain
        assert "ready" not in there.text
        there.engine.settings.update("spending.over_budget", "ask")
        await there.press("space")
        await there.see("! asks first: $")


async def test_what_had_to_change_is_told_until_the_person_sets_it(tmp_path: Path) -> None:
    async with stage(tmp_path) as there:
        form = there.studio.form
        form.show_note("Duration 7s → 5s, Loop: not with HD")
        field = next(each for each in form.fields if each.field == "duration")
        field.focus()
        await there.press("right")
        await there.until(lambda: form.note == "Loop: not with HD", "the note of the other field alone")


async def test_a_number_that_is_too_large_is_told_its_range(tmp_path: Path) -> None:
    async with stage(tmp_path) as there:
        await there.type("a kite")
        there.studio.form.desk.set_param("seed", 1)
        next(each for each in there.studio.form.fields if each.field == "seed").take_focus()
        await there.press(*"99999999999999999999")
        await there.see("✗ Seed must be 0 to 4294967295")


async def test_a_folder_where_a_picture_is_wanted_is_called_one(tmp_path: Path) -> None:
    (tmp_path / "shots").mkdir()
    async with stage(tmp_path) as there:
        await there.type("a kite")
        there.studio.form.media[0].put(0, str(tmp_path / "shots"))
        await there.see("✗ First frame: 'shots' is a folder; name a file in it")
        there.studio.form.media[0].put(0, str(tmp_path / "shots" / "fox.png"))
        await there.see("✗ First frame: there is no file 'fox.png'")


async def test_a_first_start_in_a_small_terminal_says_what_is_free_and_f6_stops_at_the_rest(tmp_path: Path) -> None:
    async with stage(tmp_path, size=(60, 16)) as there:
        await there.see("The sandbox is free, F12 (Settings) takes vendors' keys")
        await there.press("f6")
        await there.see("The sandbox is free and needs no key")
        await there.press("f6")
        await there.see("Takes play here")
        await there.generate("a kite")
        assert "takes vendors" not in there.text


async def test_below_a_dialogue_the_last_line_names_the_keys_that_answer_it(tmp_path: Path) -> None:
    await queued(tmp_path, "a kite")
    async with stage(tmp_path) as there:
        await there.press("escape")
        await there.until(lambda: "enter Details" in there.text.splitlines()[-1], "the keys of the list")
        await there.press("c")
        await there.see("Cancel this task?")
        last = there.text.splitlines()[-1]
        assert "esc Back" in last
        assert "Generate" not in last
        await there.press("escape")
        await there.until(lambda: "enter Details" in there.text.splitlines()[-1], "the keys of the list again")


@pytest.mark.parametrize("key", ["ctrl+h", "ctrl+i", "ctrl+m"])
def test_a_key_that_terminals_send_as_another_one_is_not_taken(key: str) -> None:
    used, problems = with_keymap({"keys": [key]})
    assert used == {}
    assert "most terminals send" in problems[0]


async def test_differences_stand_in_columns_below_the_number_of_their_task(tmp_path: Path) -> None:
    await queued(tmp_path, "a fox in the rain", {"resolution": "720p"})
    await queued(tmp_path, "a fox in the snow", {"duration": "10s", "negative_prompt": "a very long text " * 3})
    async with stage(tmp_path) as there:
        await there.press("escape", "d")
        await there.see("What differs")
        rows = [each for each in there.text.splitlines() if " │ " in each and any(word in each for word in NAMES)]
        assert len({row.index(" │ ", 20) for row in rows}) == 1, there.text
        assert any(f"{number}  a very long text" in there.text for number in (1, 2))


NAMES = ("task  ", "duration  ", "resolution  ")
