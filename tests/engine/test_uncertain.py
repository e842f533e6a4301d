"""A request that left and was not answered: looked for, found where no mistake is possible, or settled by a person."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from decimal import Decimal

import pytest

from providers.errors import FailureKind
from providers.sandbox.faults import Fault, Kind, Point, Rule
from rushes.context import Patience
from rushes.engine import Engine
from rushes.money.budgets import EVERYTHING
from rushes.task import Status, Task
from rushes.tasks.acting import WrongState
from tests.clock import FakeClock, Process, driven
from tests.engine.conftest import MakeHouse
from tests.house import BOAT, LUMA, RUNWAY_SHOT, House

ACCEPTED = Fault(Kind.TIMEOUT, Point.AFTER)
NEVER_CAME = Fault(Kind.TIMEOUT, Point.BEFORE)
LIST = "/dream-machine/v1/generations"


def lost(*faults: Fault) -> list[Rule]:
    """The first creates meet these, in turn."""
    return [Rule(fault, "POST", calls=(number,)) for number, fault in enumerate(faults, start=1)]


@driven
async def test_twins_of_one_second_that_were_both_accepted_are_both_found(make_house: MakeHouse) -> None:
    house = make_house(*lost(ACCEPTED), Rule(ACCEPTED, "POST", calls=(1,)))
    engine = await house.open()
    await engine.submit(LUMA, count=2)
    await asyncio.wait_for(engine.idle(), 3600)
    tasks = house.tasks()
    assert [task.status for task in tasks] == [Status.SUCCEEDED] * 2
    assert {task.vendor_id for task in tasks} == set(house.jobs("luma"))
    assert house.creates() == 2
    await engine.close()


@pytest.mark.parametrize("order", [(ACCEPTED, NEVER_CAME), (NEVER_CAME, ACCEPTED)])
@driven
async def test_of_twins_of_which_one_was_accepted_neither_takes_it(
    make_house: MakeHouse, order: tuple[Fault, Fault]
) -> None:
    house = make_house(Rule(order[0], "POST", calls=(1,)), Rule(order[1], "POST", calls=(1,)))
    engine = await house.open()
    await engine.submit(LUMA, count=2)
    await asyncio.wait_for(engine.idle(), 3600)
    assert house.statuses() == {Status.UNCERTAIN: 2}
    assert len(house.jobs("luma")) == 1
    await engine.close()


@pytest.mark.parametrize("jump_s", [-3600.0, 3600.0])
@driven
async def test_a_clock_that_is_set_between_two_equal_presses_lets_neither_take_the_others(
    make_house: MakeHouse, jump_s: float
) -> None:
    house, clock = make_house(Rule(NEVER_CAME, "POST", calls=(1,)), Rule(ACCEPTED, "POST", calls=(1,))), FakeClock()
    engine = await house.open(clock=clock)
    (first,) = await engine.submit(LUMA)
    await house.until(first.id, Status.UNCERTAIN)
    clock.jump(jump_s)
    (second,) = await engine.submit(LUMA)
    await asyncio.wait_for(engine.idle(), 3600)
    assert {task.id: task.status for task in house.tasks()} == {
        first.id: Status.UNCERTAIN,
        second.id: Status.UNCERTAIN,
    }
    await engine.close()


@pytest.mark.parametrize("jump_s", [-600.0, 600.0])
@driven
async def test_equal_presses_are_told_apart_by_their_order_where_the_clock_was_set_between_them(
    make_house: MakeHouse, jump_s: float
) -> None:
    house, clock = make_house(Rule(ACCEPTED, "POST", calls=(1, 2))), FakeClock()
    engine = await house.open(clock=clock)
    (first,) = await engine.submit(LUMA)
    await house.until(first.id, Status.UNCERTAIN)
    clock.jump(jump_s)
    (second,) = await engine.submit(LUMA)
    await asyncio.wait_for(engine.idle(), 3600)
    owners = {task.vendor_id: task.id for task in house.tasks() if task.vendor_id}
    assert [owners.get(job, of) for job, of in zip(house.jobs("luma"), (first.id, second.id), strict=True)] == [
        first.id,
        second.id,
    ]
    await engine.close()


@driven
async def test_a_lost_task_never_takes_what_a_twin_with_an_answer_owns(make_house: MakeHouse) -> None:
    house = make_house(*lost(NEVER_CAME))
    engine = await house.open()
    first, second = await engine.submit(LUMA, count=2)
    await asyncio.wait_for(engine.idle(), 3600)
    found = {task.id: task for task in house.tasks()}
    assert sorted(task.status for task in found.values()) == [Status.SUCCEEDED, Status.UNCERTAIN]
    assert {first.id, second.id} == set(found)
    await engine.close()


@driven
async def test_what_a_given_up_task_may_have_made_is_not_taken_by_a_later_one(make_house: MakeHouse) -> None:
    """The first was accepted and given up; the second never came. The one generation there is the first one's."""
    house = make_house(Rule(ACCEPTED, "POST", calls=(1,)), Rule(NEVER_CAME, "POST", calls=(1,)), Rule(
        Fault(Kind.STATUS, status=503), "GET", LIST, times=3))  # fmt: skip
    engine = await house.open()
    (first,) = await engine.submit(LUMA)
    await house.until(first.id, Status.UNCERTAIN)
    await engine.forget(first.id)
    await asyncio.sleep(20)
    (second,) = await engine.submit(LUMA)
    await asyncio.wait_for(engine.idle(), 3600)
    assert (await house.until(second.id, Status.UNCERTAIN)).vendor_id is None
    await engine.close()


@driven
async def test_what_a_lost_send_made_is_not_taken_after_it_was_sent_again(make_house: MakeHouse) -> None:
    house = make_house(Rule(ACCEPTED, "POST", calls=(1,)), Rule(Fault(Kind.STATUS, status=503), "GET", LIST, times=2))
    engine = await house.open()
    (task,) = await engine.submit(LUMA)
    await house.until(task.id, Status.UNCERTAIN)
    await engine.resend(task.id, consent_usd=EVERYTHING)
    done = await house.until(task.id, Status.SUCCEEDED)
    first, second = house.jobs("luma")
    assert done.vendor_id == second != first
    assert (house.creates(), done.charges_sent) == (2, 2)
    (later,) = await engine.submit(replace(LUMA))
    assert (await house.until(later.id)).vendor_id not in {first, second}
    await engine.close()


@driven
async def test_a_look_that_was_not_answered_does_not_count(make_house: MakeHouse) -> None:
    house = make_house(Rule(ACCEPTED, "POST", calls=(1,)), Rule(Fault(Kind.CONNECT), "GET", LIST, times=40))
    engine = await house.open()
    (task,) = await engine.submit(LUMA)
    assert (await house.until(task.id)).status is Status.SUCCEEDED
    await engine.close()


@driven
async def test_the_story_of_what_was_found_in_a_list_says_who_else_may_have_made_it(make_house: MakeHouse) -> None:
    house = make_house(*lost(ACCEPTED))
    engine = await house.open()
    (task,) = await engine.submit(LUMA)
    done = await house.until(task.id, Status.SUCCEEDED)
    (found,) = [each.detail for each in await engine.events(task.id) if "found_by" in each.detail]
    assert found["vendor_id"] == done.vendor_id
    assert "another program with this key" in found["words"]
    await engine.close()


@driven
async def test_a_command_does_not_look_for_ever(make_house: MakeHouse) -> None:
    house = make_house(Rule(ACCEPTED, "POST", calls=(1,)), Rule(Fault(Kind.CONNECT), "GET"))
    engine = await house.open(patience=Patience.of_command())
    await engine.submit(LUMA)
    await asyncio.wait_for(engine.idle(), 900)
    (task,) = house.tasks()
    assert task.status is Status.UNCERTAIN
    assert task.error is not None
    assert "look-up failed" in task.error.message
    await engine.close()


@driven
async def test_the_next_start_looks_again_and_finds(make_house: MakeHouse) -> None:
    house = make_house(Rule(ACCEPTED, "POST", calls=(1,)), Rule(Fault(Kind.CONNECT), "GET", LIST))
    engine = await house.open(patience=Patience.of_command())
    (task,) = await engine.submit(LUMA)
    await asyncio.wait_for(engine.idle(), 900)
    await engine.close()
    house.calm()
    again = await house.open()
    assert (await house.until(task.id)).status is Status.SUCCEEDED
    assert house.creates() == 1
    await again.close()


@driven
async def test_runway_cannot_be_looked_up_and_the_person_is_told_what_there_is_to_choose(make_house: MakeHouse) -> None:
    house = make_house(*lost(ACCEPTED))
    engine = await house.open()
    (task,) = await engine.submit(RUNWAY_SHOT)
    await asyncio.wait_for(engine.idle(), 3600)
    (task,) = house.tasks()
    assert task.status is Status.UNCERTAIN
    assert task.error is not None
    assert (task.error.kind, task.error.charged) == (FailureKind.UNCERTAIN, None)
    assert house.asked("/tasks/") == 0
    (job,) = house.jobs("runway")
    await engine.adopt(task.id, job)
    done = await house.until(task.id)
    assert (done.status, done.vendor_id) == (Status.SUCCEEDED, job)
    assert house.creates() == 1
    await engine.close()


@driven
async def test_what_is_not_ours_to_adopt_is_refused(make_house: MakeHouse) -> None:
    house = make_house(Rule(ACCEPTED, "POST", calls=(2,)))
    engine = await house.open()
    (first,) = await engine.submit(RUNWAY_SHOT)
    (second,) = await engine.submit(RUNWAY_SHOT)
    await asyncio.wait_for(engine.idle(), 3600)
    owned = await engine.need(first.id)
    with pytest.raises(WrongState, match="belongs to another"):
        await engine.adopt(second.id, owned.vendor_id or "")
    with pytest.raises(WrongState, match="knows no task"):
        await engine.adopt(second.id, "11111111-1111-4111-8111-111111111111")
    with pytest.raises(WrongState, match="nothing to settle"):
        await engine.adopt(first.id, "x")
    await engine.close()


@pytest.mark.parametrize("provider", ["luma", "runway"])
@driven
async def test_giving_up_says_that_nobody_knows_whether_it_was_charged(make_house: MakeHouse, provider: str) -> None:
    house = make_house(*lost(NEVER_CAME))
    engine = await house.open()
    (task,) = await engine.submit(BOAT[provider])
    await house.until(task.id, Status.UNCERTAIN)
    gone = await engine.forget(task.id)
    assert gone.status is Status.CANCELLED
    assert gone.error is not None
    assert gone.error.charged is None
    await asyncio.sleep(300)
    assert house.creates() == 1
    await engine.close()


# ── answers that come late ───────────────────────────────────────────────────────────────────────────────────────────

ANSWERED_LATE = Rule(Fault(Kind.SLOW, Point.AFTER, seconds=5.0), "POST", calls=(1,))


async def taken_over(house: House) -> tuple[Process, Engine, Engine, Task]:
    """A process that fell asleep with its request in the air, its engine, the one that took over, and the task."""
    asleep = Process("asleep")
    engine = await house.open(asleep)
    with asleep.running():
        (task,) = await engine.submit(RUNWAY_SHOT)
    await house.until(task.id, Status.SUBMITTING)
    asleep.stop()
    other = await house.open()
    return asleep, engine, other, await house.until(task.id, Status.UNCERTAIN, within_s=30)


@driven
async def test_an_answer_that_comes_after_another_process_took_over_is_not_lost(make_house: MakeHouse) -> None:
    """The lid was closed in the middle of the request; another machine's process thinks that the owner is dead."""
    house = make_house(ANSWERED_LATE)
    asleep, engine, other, task = await taken_over(house)
    assert task.vendor_id is None
    await asyncio.sleep(60)
    asleep.go_on()
    done = await house.until(task.id)
    assert (done.status, done.vendor_id) == (Status.SUCCEEDED, house.jobs("runway")[0])
    assert house.creates() == 1
    await engine.close()
    await other.close()


@driven
async def test_an_answer_that_comes_before_the_press_that_repeats_it_was_sent_makes_that_unneeded(
    make_house: MakeHouse,
) -> None:
    house = make_house(ANSWERED_LATE)
    asleep, engine, other, task = await taken_over(house)
    await other.pause()
    await other.resend(task.id, consent_usd=EVERYTHING)
    asleep.go_on()
    done = await house.until(task.id)
    assert (done.status, done.vendor_id) == (Status.SUCCEEDED, house.jobs("runway")[0])
    await other.pause(paused=False)
    await asyncio.sleep(60)
    assert house.creates() == 1
    await engine.close()
    await other.close()


@driven
async def test_an_answer_to_a_task_that_was_given_up_meanwhile_keeps_its_id(make_house: MakeHouse) -> None:
    house = make_house(ANSWERED_LATE)
    asleep, engine, other, task = await taken_over(house)
    await other.forget(task.id)
    asleep.go_on()
    await asyncio.sleep(30)
    (gone,) = house.tasks()
    assert (gone.status, gone.vendor_id) == (Status.CANCELLED, house.jobs("runway")[0])
    await other.watch_again(task.id)
    assert (await house.until(task.id)).status is Status.SUCCEEDED
    await engine.close()
    await other.close()


@driven
async def test_a_second_press_counts_beside_the_first_whose_price_nobody_knows(make_house: MakeHouse) -> None:
    house = make_house(*lost(ACCEPTED), practice=False, settings="[spending]\nallow_without_asking = true\n")
    engine = await house.open()
    (task,) = await engine.submit(RUNWAY_SHOT)
    await house.until(task.id, Status.UNCERTAIN)
    await engine.resend(task.id, consent_usd=EVERYTHING)
    done = await house.until(task.id)
    assert done.cost.charged == Decimal("0.24")
    assert done.charges_sent == 2
    await engine.close()


@driven
async def test_a_house_without_trouble_has_nothing_uncertain(house: House) -> None:
    engine = await house.open()
    for shot in BOAT.values():
        await engine.submit(shot)
    await asyncio.wait_for(engine.idle(), 3600)
    assert house.statuses() == {Status.SUCCEEDED: 3}
    await engine.close()
