"""A request that left and was not answered: the person sees what is known, and says what happens."""

from __future__ import annotations

from pathlib import Path

from textual.widgets import Input

from providers.sandbox.faults import Fault, Kind, Point, Rule
from rushes.task import Status, Task
from tests.app.stage import Stage, stage
from tui.screens.details import DetailsScreen
from tui.screens.resolve import Resolve

PRACTICE = {"RUSHES_SANDBOX": "1"}
UNANSWERED = (Rule(Fault(Kind.RESET, Point.AFTER), method="POST", path="/runway/*", calls=(1,)),)


async def unanswered(there: Stage) -> Task:
    """A press whose answer was lost, and its dialogue."""
    task = await there.generate("a fox in the snow")
    await there.until(lambda: there.studio.takes.known[task.id].status is Status.UNCERTAIN, "the lost answer")
    await there.see("enter settles it")
    await there.press("escape", "enter")
    await there.until(lambda: isinstance(there.app.screen, Resolve), "the dialogue")
    return task


async def test_the_dialogue_states_the_facts_and_leaving_it_changes_nothing(tmp_path: Path) -> None:
    async with stage(tmp_path, environ=PRACTICE, faults=UNANSWERED, provider="runway") as there:
        task = await unanswered(there)
        await there.see("Sent, but no answer came")
        await there.see("a fox in the snow")
        await there.see("since then nothing has been sent")
        await there.see("it is free either way")
        assert "charged free" not in there.text
        await there.press("escape")
        await there.pilot.pause()
        assert there.studio.takes.known[task.id].status is Status.UNCERTAIN


async def test_sending_again_is_a_choice_of_the_person_and_ends_in_a_clip(tmp_path: Path) -> None:
    async with stage(tmp_path, environ=PRACTICE, faults=UNANSWERED, provider="runway") as there:
        task = await unanswered(there)
        await there.press("tab", "tab", "enter")
        done = await there.ended(task.id)
        assert done.status is Status.SUCCEEDED, done.error
        assert done.charges_sent == 2


async def test_giving_up_ends_the_task_and_says_what_is_known_of_the_charge(tmp_path: Path) -> None:
    async with stage(tmp_path, environ=PRACTICE, faults=UNANSWERED, provider="runway") as there:
        task = await unanswered(there)
        await there.press("tab", "tab", "tab", "enter")
        done = await there.ended(task.id)
        assert done.status is Status.CANCELLED
        assert done.charges_sent == 1
        await there.see("given up; it is free either way")


async def test_adopting_needs_an_id_that_the_vendor_knows(tmp_path: Path) -> None:
    async with stage(tmp_path, environ=PRACTICE, faults=UNANSWERED, provider="runway") as there:
        task = await unanswered(there)
        await there.press("enter")
        await there.see("Adopting needs the id")
        await there.press(*"nothing", "enter")
        await there.see("✗ the vendor knows no task nothing")
        assert there.app.screen.query_one("#vendor-id", Input).value == "nothing"
        await there.press("escape")
        await there.pilot.pause()
        assert there.studio.takes.known[task.id].status is Status.UNCERTAIN


async def test_a_failed_row_says_why_and_enter_tells_the_whole_story(tmp_path: Path) -> None:
    async with stage(tmp_path) as there:
        task = await there.generate("[fail:content] a fox")
        await there.ended(task.id)
        await there.see("✗ failed")
        await there.press("escape", "enter")
        await there.until(lambda: isinstance(there.app.screen, DetailsScreen), "the story")
        await there.see("charged     no, it is free")
        await there.see("failed")
