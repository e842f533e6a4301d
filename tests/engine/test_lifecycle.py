"""The table of moves is the law: in memory, and in the library, where a move that it forbids leaves no trace."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from providers.base import VendorState
from rushes.library.library import Library
from rushes.lifecycle import ALLOWED, NotAllowed, after_vendor, check_move
from rushes.task import ENDED, IN_FLIGHT, Status, Task
from tests.house import SANDBOX

NOW = datetime(2026, 11, 22, tzinfo=UTC)


def test_only_these_states_can_be_left_towards_a_new_send() -> None:
    back_to_the_queue = {state for state, reached in ALLOWED.items() if Status.QUEUED in reached}
    assert back_to_the_queue == {Status.SUBMITTING, Status.UNCERTAIN}
    assert {state for state, reached in ALLOWED.items() if Status.SUBMITTING in reached} == {Status.QUEUED}


def test_success_comes_only_after_fetching() -> None:
    assert {state for state, reached in ALLOWED.items() if Status.SUCCEEDED in reached} == {Status.DOWNLOADING}


def test_an_ended_task_never_becomes_one_that_is_sent() -> None:
    for state in ENDED:
        assert ALLOWED[state] <= IN_FLIGHT


@given(st.sampled_from(sorted(Status)), st.sampled_from(sorted(VendorState)))
def test_a_vendors_word_moves_a_watched_task_only_where_it_may_go(was: Status, said: VendorState) -> None:
    if was in {Status.PENDING, Status.THROTTLED, Status.RUNNING}:
        check_move(was, after_vendor(was, said))


def test_a_word_that_nobody_knows_changes_nothing() -> None:
    assert after_vendor(Status.RUNNING, VendorState.UNKNOWN) is Status.RUNNING


@settings(max_examples=40, deadline=None)
@given(st.lists(st.sampled_from(sorted(Status)), max_size=12))
def test_a_random_walk_goes_only_where_the_table_allows_and_its_story_tells_every_step(walk: list[Status]) -> None:
    with TemporaryDirectory() as folder:
        library = Library(Path(folder) / "library.sqlite3", now=lambda: NOW)
        library.add(Task("01TASK", SANDBOX, Status.QUEUED, NOW))
        at, story = Status.QUEUED, [Status.QUEUED]
        for step in walk:
            if step in ALLOWED[at]:
                assert library.change("01TASK", {}, to=step) is not None
                story += [step] if step is not at else []
                at = step
            else:
                rev = library.latest_rev()
                with pytest.raises(NotAllowed):
                    library.change("01TASK", {"progress": 0.5}, to=step)
                assert library.latest_rev() == rev
        found = library.get("01TASK")
        assert found is not None
        assert found.status is at
        assert [event.now for event in library.events("01TASK")] == story
        library.close()
