"""Many tasks at once: what they cost is counted, so that it stays small whatever the machine."""

from __future__ import annotations

import asyncio
import contextlib
import sqlite3
from collections.abc import Iterator

import pytest

from providers.sandbox.options import RUNWAY, Pace
from rushes.library import library as library_module
from rushes.library import opening
from rushes.task import Status
from tests.clock import driven, seconds
from tests.engine.conftest import MakeHouse
from tests.house import RUNWAY_SHOT

TASKS, WATCHED_S = 60, 300.0


@pytest.fixture
def commits(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """When each transaction of any library began."""
    began: list[float] = []
    real = opening.transaction

    @contextlib.contextmanager
    def counted(db: sqlite3.Connection) -> Iterator[None]:
        began.append(seconds())
        with real(db):
            yield

    monkeypatch.setattr(library_module, "transaction", counted)
    return began


@driven
async def test_many_running_tasks_share_commits_and_are_not_asked_about_more_than_one_would_be(
    make_house: MakeHouse, commits: list[float]
) -> None:
    house = make_house(concurrent={RUNWAY: 1000}, pace={"*": Pace(0.0, 3600.0, 0.0)})
    engine = await house.open()
    await engine.submit(RUNWAY_SHOT, count=TASKS)
    await asyncio.sleep(60)
    assert house.statuses() == {Status.RUNNING: TASKS}
    asked, before = house.asked("/tasks/"), max(each.rev for each in house.tasks())
    commits.clear()
    await asyncio.sleep(WATCHED_S)
    polls, written = house.asked("/tasks/") - asked, max(each.rev for each in house.tasks()) - before
    assert 0 < polls / TASKS <= WATCHED_S / 5, "never faster than the vendor's floor"
    assert 0 < written <= polls, "a poll writes one row at most"
    heartbeats = WATCHED_S / 5
    assert len(commits) <= WATCHED_S / 2 + heartbeats + 10, "one commit for all in two seconds"
    assert house.asked("/organization") <= 2
    await engine.close()


@driven
async def test_progress_is_told_at_once_and_written_soon_and_at_the_end(make_house: MakeHouse) -> None:
    house = make_house(pace={"*": Pace(0.0, 600.0, 0.0)})
    engine = await house.open()
    (task,) = await engine.submit(RUNWAY_SHOT)
    told: list[tuple[float, float]] = []
    engine.subscribe(lambda each: told.append((seconds(), each.progress or 0.0)) if each.id == task.id else None)
    await house.until(task.id, Status.RUNNING)
    while not told or told[-1][1] < 0.2:  # noqa: ASYNC110 - driven time
        await asyncio.sleep(0.5)
    assert (house.tasks()[0].progress or 0.0) < 0.2, "not yet"
    await asyncio.sleep(2.5)
    assert (house.tasks()[0].progress or 0.0) >= 0.19
    while told[-1][1] < 0.5:  # noqa: ASYNC110 - driven time
        await asyncio.sleep(0.5)
    await engine.close()
    assert (house.tasks()[0].progress or 0.0) >= 0.45, "leaving writes what waited"
