"""The line in front of a vendor: order, priorities, pauses, and one alone after a pause."""

from __future__ import annotations

import asyncio

import pytest

from rushes.tasks.gate import Gate
from rushes.tasks.turns import Turns
from tests.clock import FakeClock, driven, seconds


async def send(gate: Gate, name: str, sent: list[tuple[str, float]], priority: int = 0) -> None:
    await gate.enter(name, priority)
    sent.append((name, seconds()))
    gate.pass_on(name)
    gate.answered(name)


@driven
async def test_the_line_is_kept_and_priorities_go_before_it() -> None:
    gate, sent = Gate(FakeClock()), list[tuple[str, float]]()
    gate.hold(5)
    jobs = [asyncio.create_task(send(gate, name, sent, name.isupper())) for name in "abCdE"]
    await asyncio.wait(jobs)
    assert [name for name, _ in sent] == ["C", "E", "a", "b", "d"]
    assert {at for _, at in sent} == {5}


@driven
async def test_a_wall_clock_that_is_set_back_does_not_make_a_pause_longer() -> None:
    clock, sent = FakeClock(), list[tuple[str, float]]()
    gate = Gate(clock)
    gate.hold(10)
    job = asyncio.create_task(send(gate, "a", sent))
    await asyncio.sleep(1)
    clock.jump(-3600)
    await job
    assert sent == [("a", 10)]


@driven
async def test_after_a_pause_the_second_waits_for_the_answer_to_the_first() -> None:
    gate, sent = Gate(FakeClock()), list[tuple[str, float]]()
    gate.hold(5)
    first = asyncio.create_task(gate.enter("first"))
    await asyncio.sleep(1)
    second = asyncio.create_task(send(gate, "second", sent))
    await first
    gate.pass_on("first")
    await asyncio.sleep(20)
    assert sent == []
    gate.answered("first")
    await second
    assert sent == [("second", 25)]


@pytest.mark.parametrize("how", ["leaves", "comes again"])
@driven
async def test_the_one_that_tries_alone_cannot_lock_the_door_behind_it(how: str) -> None:
    gate, sent = Gate(FakeClock()), list[tuple[str, float]]()
    gate.hold(5)
    await gate.enter("first")
    gate.pass_on("first")
    if how == "leaves":
        gate.leave("first")
    else:
        await asyncio.wait_for(send(gate, "first", sent), 60)
    await asyncio.wait_for(send(gate, "second", sent), 60)
    assert sent[-1][0] == "second"


@driven
async def test_one_that_gives_up_waiting_holds_nobody_up() -> None:
    gate, sent = Gate(FakeClock()), list[tuple[str, float]]()
    gate.hold(5)
    first = asyncio.create_task(gate.enter("first"))
    second = asyncio.create_task(send(gate, "second", sent))
    await asyncio.sleep(4)
    first.cancel()
    await asyncio.wait_for(second, 10)
    assert sent == [("second", 5)]


@driven
async def test_a_crowd_of_one_party_does_not_keep_another_waiting() -> None:
    turns, order = Turns(1), list[str]()

    async def take(party: str) -> None:
        async with turns.one(party):
            order.append(party)
            await asyncio.sleep(1)

    await asyncio.gather(*(take("many") for _ in range(5)), take("few"))
    assert order.index("few") <= 2


@driven
async def test_a_place_whose_taker_was_cancelled_goes_to_the_next() -> None:
    turns = Turns(1)

    async def take(held_s: float) -> None:
        async with turns.one("one"):
            await asyncio.sleep(held_s)

    holder, waiter = asyncio.create_task(take(5)), asyncio.create_task(take(5))
    await asyncio.sleep(1)
    waiter.cancel()
    await asyncio.wait_for(take(1), 10)
    assert seconds() == 6
    await holder


@driven
async def test_a_lane_that_is_full_lets_the_others_pass_and_opens_when_somebody_leaves() -> None:
    gate, sent = Gate(FakeClock()), list[tuple[str, float]]()

    async def come(name: str, lane: str, at_s: float) -> None:
        await asyncio.sleep(at_s)
        await gate.enter(name, 0, lane)
        sent.append((name, seconds()))
        gate.leave(name)

    await gate.enter("first", 0, "slow")
    gate.turn_away("first", 100, "slow")
    jobs = [asyncio.create_task(come(*each)) for each in (("a", "slow", 1), ("b", "fast", 2), ("c", "slow", 3))]
    await asyncio.wait(jobs)
    assert sent == [("b", 2), ("a", 2), ("c", 3)], "the one that left may have made room"


@driven
async def test_a_lane_that_is_held_stays_shut_whoever_leaves() -> None:
    gate, sent = Gate(FakeClock()), list[tuple[str, float]]()
    gate.hold(10, "slow")

    async def come(name: str, lane: str) -> None:
        await gate.enter(name, 0, lane)
        sent.append((name, seconds()))
        gate.leave(name)

    await asyncio.wait([asyncio.create_task(come(*each)) for each in (("a", "slow"), ("b", "fast"))])
    assert sent == [("b", 0), ("a", 10)]
    assert not gate.shut


@pytest.mark.parametrize(("before", "after", "at_once"), [(1, 3, [1, 1, 3, 3]), (3, 1, [3, 3, 2, 1]), (2, 2, [2] * 4)])
@driven
async def test_the_number_of_places_may_change_while_they_are_taken(
    before: int, after: int, at_once: list[int]
) -> None:
    turns, taken, seen = Turns(before), 0, list[int]()

    async def take(seconds: float) -> None:
        nonlocal taken
        async with turns.one("one"):
            taken += 1
            await asyncio.sleep(seconds)
            taken -= 1

    jobs = [asyncio.create_task(take(10 + each)) for each in range(9)]
    for pause in (1, 8, 1.5, 1):
        await asyncio.sleep(pause)
        seen.append(taken)
        if pause == 8:
            turns.resize(after)
            await asyncio.sleep(0)
    await asyncio.wait(jobs)
    assert taken == 0
    assert seen == at_once
