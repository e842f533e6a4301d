"""Another key than the one that a task was made with: to it the vendor says 404, and that is no verdict on the task."""

from __future__ import annotations

import asyncio

import httpx
import pytest

from providers.errors import FailureKind
from providers.sandbox.faults import Fault, Kind, Point, Rule
from providers.sandbox.practice import practice_keys
from providers.shot import Shot
from rushes.context import Patience
from rushes.engine import Engine
from rushes.money.budgets import EVERYTHING
from rushes.task import Status, Task
from rushes.tasks.acting import WrongState
from tests.clock import driven
from tests.engine.conftest import MakeHouse
from tests.house import LUMA, RUNWAY_SHOT, House

LONG_S = 900.0
SHOTS = pytest.mark.parametrize("shot", [LUMA, RUNWAY_SHOT], ids=lambda shot: shot.provider)


class _OneAccount(httpx.AsyncBaseTransport):
    """A vendor to whom both keys are of one account."""

    def __init__(self, inner: httpx.AsyncBaseTransport) -> None:
        self._inner = inner

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        if "authorization" in request.headers:
            request.headers["authorization"] = f"Bearer {practice_keys()['runway']}"
        return await self._inner.handle_async_request(request)


async def left_at_the_vendor(house: House, shot: Shot) -> Task:
    """A task of a process that has gone."""
    engine = await house.open()
    (task,) = await engine.submit(shot, consent_usd=EVERYTHING)
    await house.until(task.id, Status.PENDING)
    await engine.close()
    return task


async def seen_with_the_right_key(house: House, task: Task) -> Engine:
    engine = await house.open()
    assert (await house.until(task.id)).status is Status.SUCCEEDED
    assert house.creates() == 1
    return engine


@SHOTS
@driven
async def test_a_task_is_watched_on_until_the_key_that_made_it_is_back(make_house: MakeHouse, shot: Shot) -> None:
    house = make_house(practice=False)
    task = await left_at_the_vendor(house, shot)
    other = await house.open(other_key=True)
    await asyncio.sleep(LONG_S)
    (found,) = house.tasks()
    assert found.status is Status.PENDING
    assert found.error is not None
    assert (found.error.kind, found.error.charged) == (FailureKind.KEY, None)
    assert "another key" in found.error.message
    assert other._context.receipts.read(task.id) is not None
    await other.close()
    await (await seen_with_the_right_key(house, task)).close()


@driven
async def test_a_command_with_another_key_says_so_and_leaves_at_once(make_house: MakeHouse) -> None:
    house = make_house(practice=False)
    task = await left_at_the_vendor(house, RUNWAY_SHOT)
    other = await house.open(other_key=True, patience=Patience.of_command())
    await asyncio.wait_for(other.idle(), 60)
    (found,) = house.tasks()
    assert (found.status, found.error is not None) == (Status.PENDING, True)
    await other.close()
    await (await seen_with_the_right_key(house, task)).close()


@driven
async def test_a_clip_that_another_key_may_not_see_is_not_lost(make_house: MakeHouse) -> None:
    house = make_house(Rule(Fault(Kind.STATUS, status=503), "GET", "/assets/*"), practice=False)
    engine = await house.open()
    (task,) = await engine.submit(RUNWAY_SHOT, consent_usd=EVERYTHING)
    await house.until(task.id, Status.DOWNLOADING)
    await engine.close()
    house.calm()
    other = await house.open(other_key=True)
    await asyncio.sleep(LONG_S)
    (found,) = house.tasks()
    assert found.status is Status.DOWNLOADING
    assert found.error is not None
    assert "another key" in found.error.message
    await other.close()
    await (await seen_with_the_right_key(house, task)).close()


@driven
async def test_what_was_lost_on_the_way_is_not_looked_for_with_another_key(make_house: MakeHouse) -> None:
    lost = Rule(Fault(Kind.TIMEOUT, Point.AFTER), "POST", calls=(1,))
    house = make_house(lost, Rule(Fault(Kind.CONNECT), "GET"), practice=False)
    engine = await house.open()
    (task,) = await engine.submit(LUMA, consent_usd=EVERYTHING)
    await house.until(task.id, Status.UNCERTAIN)
    await engine.close()
    house.calm()
    asked = house.asked("/dream-machine/")
    other = await house.open(other_key=True)
    await asyncio.wait_for(other.idle(), 3600)
    (found,) = house.tasks()
    assert found.status is Status.UNCERTAIN
    assert found.error is not None
    assert "another key" in found.error.message
    assert "probably not accepted" not in found.error.message
    assert house.asked("/dream-machine/") == asked
    await other.close()
    await (await seen_with_the_right_key(house, task)).close()


@driven
async def test_a_cancel_that_only_another_key_could_do_is_not_pretended(make_house: MakeHouse) -> None:
    house = make_house(practice=False)
    task = await left_at_the_vendor(house, RUNWAY_SHOT)
    other = await house.open(other_key=True)
    with pytest.raises(WrongState, match="another key"):
        await other.cancel(task.id)
    await other.close()
    await (await seen_with_the_right_key(house, task)).close()


@driven
async def test_another_key_of_the_same_account_does_all_that_the_first_one_did(make_house: MakeHouse) -> None:
    house = make_house(practice=False)
    engine = await house.open()
    (task,) = await engine.submit(RUNWAY_SHOT, consent_usd=EVERYTHING)
    await house.until(task.id, Status.PENDING)
    await engine.close()
    other = await house.open(other_key=True, transport=_OneAccount)
    assert (await house.until(task.id)).status is Status.SUCCEEDED
    await other.close()


@driven
async def test_the_library_holds_nothing_of_the_key_but_a_mark(make_house: MakeHouse) -> None:
    house = make_house(practice=False)
    engine = await house.open()
    (task,) = await engine.submit(RUNWAY_SHOT, consent_usd=EVERYTHING)
    await house.until(task.id, Status.PENDING)
    library = house.library()
    mark = library.made_with(task.id)
    library.close()
    assert mark is not None
    assert len(mark) == 8
    assert all(mark not in key for key in engine.pool.keyring.secrets())
    await engine.close()
