"""The task list as a queue: filters, marks, holding, order."""

from __future__ import annotations

import contextlib
from datetime import UTC, datetime
from pathlib import Path

from rushes.library.library import Library
from rushes.task import Status
from tests.app.stage import queued, stage
from tui.screens.dialogue import Confirm
from tui.screens.differ import Differ


async def test_the_list_shows_what_one_asks_for(tmp_path: Path) -> None:
    await queued(tmp_path, "waits from before")
    async with stage(tmp_path) as there:
        task = await there.generate("a kite")
        await there.ended(task.id)
        await there.press("escape")
        assert there.studio.takes.list.count == 2
        await there.press("t")
        await there.see("running only")
        assert there.studio.takes.list.count == 0
        await there.press("t")
        await there.see("waiting only")
        assert [each.shot.prompt for each in there.studio.takes.list.tasks] == ["waits from before"]
        await there.press("t")
        await there.see("done only")
        assert [each.shot.prompt for each in there.studio.takes.list.tasks] == ["a kite"]
        await there.press("t")
        assert there.studio.takes.list.count == 2


async def test_marked_tasks_are_cancelled_after_one_question(tmp_path: Path) -> None:
    first, second = await queued(tmp_path, "a fox"), await queued(tmp_path, "a boat")
    async with stage(tmp_path) as there:
        await there.press("escape", "x", "x", "c")
        await there.until(lambda: isinstance(there.app.screen, Confirm))
        await there.see("Cancel: 2 tasks?")
        await there.press("y")
        await there.until(
            lambda: {there.studio.takes.known[each.id].status for each in (first, second)} == {Status.CANCELLED}
        )


async def test_a_single_mark_counts_and_not_the_line_that_the_cursor_went_on_to(tmp_path: Path) -> None:
    await queued(tmp_path, "a fox")
    await queued(tmp_path, "a boat")
    async with stage(tmp_path) as there:
        first, second = there.studio.takes.list.tasks
        await there.press("escape", "x", "c")
        await there.until(lambda: isinstance(there.app.screen, Confirm))
        await there.press("y")
        await there.until(lambda: there.studio.takes.known[first.id].status is Status.CANCELLED)
        assert there.studio.takes.known[second.id].status is Status.QUEUED
        assert there.studio.takes.list.marked == ()


async def test_a_held_queue_says_so_and_sends_nothing_until_it_is_let_go(tmp_path: Path) -> None:
    async with stage(tmp_path) as there:
        await there.engine.pause()
        task = await there.generate("a kite")
        await there.see("the queue is held, p lets it go")
        assert there.studio.takes.known[task.id].status is Status.QUEUED
        await there.press("escape", "p")
        assert (await there.ended(task.id)).status is Status.SUCCEEDED


async def test_a_waiting_task_can_go_before_the_others(tmp_path: Path) -> None:
    task = await queued(tmp_path, "a fox")
    async with stage(tmp_path) as there:
        await there.press("escape", "K")
        await there.until(lambda: there.studio.takes.known[task.id].priority == 1, "the priority")
        await there.see("Sooner than the others")


async def test_another_process_that_holds_the_queue_is_seen_at_once(tmp_path: Path) -> None:
    async with stage(tmp_path) as there:
        with contextlib.closing(Library(there.app.home.library, now=lambda: datetime.now(UTC))) as other:
            other.pause(paused=True)
            await there.see("held (p)")
            other.pause(paused=False)
            await there.until(lambda: "held (p)" not in there.text, "the queue let go")


async def test_what_differs_between_two_tasks_is_told(tmp_path: Path) -> None:
    await queued(tmp_path, "a fox in the [bold]rain")
    async with stage(tmp_path) as there:
        await there.press("escape", "d")
        await there.see("It takes two")
    await queued(tmp_path, "a fox in the snow", {"duration": "2s"})
    async with stage(tmp_path) as there:
        await there.press("escape", "d")
        await there.until(lambda: isinstance(there.app.screen, Differ), "the differences")
        await there.see("a fox in the [bold]rain")
        await there.until(lambda: "2s │ 1s" in there.text or "1s │ 2s" in there.text, "both lengths")
        await there.press("escape", "x", "d")
        await there.see("What differs")
