"""Watching: a missed poll is a missed poll; only the vendor says how a task ended."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from providers.errors import FailureKind
from providers.sandbox.faults import Fault, Kind, Rule
from providers.sandbox.options import Pace
from rushes.context import Patience
from rushes.task import Status
from tests.clock import driven, seconds
from tests.engine.conftest import MakeHouse
from tests.house import LUMA, RUNWAY_SHOT, SANDBOX, House

POLLS = "/runway/v1/tasks/*"
MISSED = [
    Fault(Kind.CONNECT), Fault(Kind.TIMEOUT), Fault(Kind.RESET), Fault(Kind.DROP), Fault(Kind.HALF_BODY),
    Fault(Kind.MALFORMED, fraction=0.3), Fault(Kind.MALFORMED, fraction=0.0), Fault(Kind.STATUS, status=500),
    Fault(Kind.STATUS, status=429), Fault(Kind.STATUS, status=429, headers={"retry-after": "20"}),
    Fault(Kind.STATUS, status=401), Fault(Kind.STATUS, status=404), Fault(Kind.HTML, status=404),
    Fault(Kind.HTML, status=200), Fault(Kind.REDIRECT), Fault(Kind.HUGE), Fault(Kind.SLOW, seconds=60.0),
    Fault(Kind.STATUS, status=200, body=b"[]"), Fault(Kind.STATUS, status=200, body=b'{"id":7,"status":[]}'),
    Fault(Kind.STATUS, status=503, headers={"retry-after": "999999999999"}),
]  # fmt: skip


@pytest.mark.parametrize("fault", MISSED, ids=lambda fault: f"{fault.kind}-{fault.status}")
@driven
async def test_no_answer_to_a_poll_is_a_verdict(make_house: MakeHouse, fault: Fault) -> None:
    house = make_house(Rule(fault, "GET", POLLS, times=2))
    engine = await house.open()
    (task,) = await engine.submit(RUNWAY_SHOT)
    done = await house.until(task.id, within_s=2 * 3600 + 600)
    assert (done.status, done.error, house.creates()) == (Status.SUCCEEDED, None, 1)
    await engine.close()


@driven
async def test_what_the_vendor_no_longer_knows_for_a_minute_is_gone_and_not_before(make_house: MakeHouse) -> None:
    house = make_house(Rule(Fault(Kind.STATUS, status=404), "GET", POLLS))
    engine = await house.open()
    (task,) = await engine.submit(RUNWAY_SHOT)
    await house.until(task.id, Status.PENDING)
    began = seconds()
    gone = await house.until(task.id)
    assert gone.status is Status.FAILED
    assert gone.error is not None
    assert gone.error.kind is FailureKind.GONE
    assert seconds() - began >= 60
    house.calm()
    await engine.watch_again(task.id)
    assert (await house.until(task.id)).status is Status.SUCCEEDED
    await engine.close()


@driven
async def test_a_web_page_that_says_404_is_not_the_vendors_word(make_house: MakeHouse) -> None:
    house = make_house(Rule(Fault(Kind.HTML, status=404), "GET", POLLS, times=30))
    engine = await house.open()
    (task,) = await engine.submit(RUNWAY_SHOT)
    assert (await house.until(task.id)).status is Status.SUCCEEDED
    await engine.close()


@driven
async def test_a_command_leaves_a_silent_vendor_and_the_next_one_goes_on(make_house: MakeHouse) -> None:
    house = make_house(Rule(Fault(Kind.CONNECT), "GET", POLLS))
    engine = await house.open(patience=Patience.of_command())
    (task,) = await engine.submit(RUNWAY_SHOT)
    await asyncio.wait_for(engine.idle(), 1200)
    (left,) = house.tasks()
    assert left.status is Status.PENDING
    assert left.error is not None
    assert left.error.kind is FailureKind.NETWORK
    await engine.close()
    house.calm()
    again = await house.open()
    done = await house.until(task.id)
    assert (done.status, done.error) == (Status.SUCCEEDED, None)
    await again.close()


@driven
async def test_a_state_that_nobody_knows_is_shown_and_watched_on(house: House) -> None:
    engine = await house.open()
    (task,) = await engine.submit(replace(RUNWAY_SHOT, prompt="a boat [word:PONDERING]"))
    await asyncio.sleep(25)
    (seen,) = house.tasks()
    assert (seen.status, seen.vendor_status) == (Status.PENDING, "PONDERING")
    assert (await house.until(task.id)).status is Status.SUCCEEDED
    await engine.close()


@pytest.mark.parametrize(
    ("code", "kind", "charged"),
    [("SAFETY.INPUT.TEXT", FailureKind.MODERATION, True), ("INTERNAL", FailureKind.SERVICE, False),
     ("SOMETHING.NEW", FailureKind.UNKNOWN, False)],
)  # fmt: skip
@driven
async def test_a_failure_is_the_vendors_word_with_its_reason_and_its_price(
    make_house: MakeHouse, code: str, kind: FailureKind, charged: bool
) -> None:
    house = make_house(practice=False, settings="[spending]\nallow_without_asking = true\n")
    engine = await house.open()
    (task,) = await engine.submit(replace(RUNWAY_SHOT, prompt=f"a boat [fail:{code}]"))
    failed = await house.until(task.id)
    assert failed.status is Status.FAILED
    assert failed.error is not None
    assert (failed.error.kind, failed.error.charged, failed.error.vendor_code) == (kind, charged, code)
    assert failed.cost.charged is not None
    assert (failed.cost.charged > 0) is charged
    assert failed.vendor_status == "FAILED"
    await engine.close()


@driven
async def test_many_tasks_are_asked_about_in_one_call_where_the_vendor_can_list(make_house: MakeHouse) -> None:
    house = make_house(concurrent={})
    engine = await house.open()
    await engine.submit(LUMA, count=8)
    await asyncio.wait_for(engine.idle(), 3600)
    assert house.statuses() == {Status.SUCCEEDED: 8}
    single = house.asked("/generations/")
    together = house.asked("/generations") - single
    assert together > 0
    assert single < 3 * 8
    await engine.close()


@pytest.mark.parametrize(("count", "most"), [(20, 61), (100, 31)])
@driven
async def test_running_tasks_of_a_vendor_that_lists_cost_a_request_a_second_however_many_they_are(
    make_house: MakeHouse, count: int, most: int
) -> None:
    house = make_house(concurrent={}, pace={"*": Pace(0.0, 600.0, 0.0)})
    engine = await house.open()
    for _ in range(0, count, 20):
        await engine.submit(SANDBOX, count=20)
    await asyncio.sleep(20)
    assert house.statuses() == {Status.RUNNING: count}
    before, single = house.asked("/clips"), house.asked("/clips/")
    await asyncio.sleep(60)
    assert house.asked("/clips/") == single, "each knows from the list"
    assert 10 < house.asked("/clips") - before <= most
    before = house.asked("/clips")
    while (asked := house.asked("/clips")) == before:  # noqa: ASYNC110 - driven time
        await asyncio.sleep(0.05)
    assert engine.look(house.tasks()[0])
    await asyncio.sleep(0.1)
    assert house.asked("/clips") > asked, "one that there is news of waits for no list"
    await engine.close()


@pytest.mark.parametrize("fault", [Fault(Kind.MALFORMED), Fault(Kind.STATUS, status=500), Fault(Kind.TIMEOUT)])
@driven
async def test_a_list_that_is_broken_does_not_keep_tasks_from_ending(make_house: MakeHouse, fault: Fault) -> None:
    house = make_house(Rule(fault, "GET", "/dream-machine/v1/generations", times=20), concurrent={})
    engine = await house.open()
    await engine.submit(LUMA, count=4)
    await asyncio.wait_for(engine.idle(), 7200)
    assert house.statuses() == {Status.SUCCEEDED: 4}
    await engine.close()


@driven
async def test_progress_never_runs_back_and_a_task_that_is_told_again_is_told_once(house: House) -> None:
    engine = await house.open()
    heard: list[tuple[Status, float]] = []
    engine.subscribe(lambda task: heard.append((task.status, task.progress or 0.0)))
    (task,) = await engine.submit(SANDBOX)
    await house.until(task.id)
    shown = [progress for _, progress in heard]
    assert shown == sorted(shown)
    assert sum(status is Status.SUCCEEDED for status, _ in heard) == 1
    await engine.close()
