"""Driven time: hours pass in no time, the same way every time, and a killed process does nothing more."""

from __future__ import annotations

import asyncio
import time
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import pytest

from tests.clock import FakeClock, Process, beside, drive, driven, seconds


@driven
async def test_an_hour_costs_no_time_and_is_an_hour() -> None:
    clock, began = FakeClock(), time.monotonic()
    first = clock.now()
    await asyncio.gather(*(clock.sleep(each) for each in (3600, 1, 60)))
    assert (clock.now() - first).total_seconds() == pytest.approx(3600)
    assert time.monotonic() - began < 5


@driven
async def test_time_stands_still_while_there_is_work() -> None:
    sleeper = asyncio.create_task(FakeClock().sleep(1))
    for _ in range(50):
        await beside(lambda: None)
        assert seconds() == 0
    await sleeper


def test_one_seed_gives_one_order_and_another_seed_another() -> None:
    async def race() -> list[int]:
        order: list[int] = []
        await asyncio.gather(*(beside(partial(order.append, n)) for n in range(12)))
        return order

    orders = [drive(race(), seed) for seed in (1, 1, 2)]
    assert orders[0] == orders[1] != orders[2]


def test_work_of_one_executor_keeps_its_order() -> None:
    async def lane() -> list[int]:
        order: list[int] = []
        one = ThreadPoolExecutor(1)
        loop = asyncio.get_running_loop()
        await asyncio.gather(*(loop.run_in_executor(one, order.append, n) for n in range(12)))
        return order

    assert drive(lane(), 7) == list(range(12))


@pytest.mark.parametrize(("delivered", "done"), [(False, [1, 2]), (True, [1, 2, 3])])
def test_a_process_dies_before_an_effect_or_before_it_sees_what_came_of_it(delivered: bool, done: list[int]) -> None:
    async def life() -> list[int]:
        effects: list[int] = []
        process = Process("one", dies_at=3, delivered=delivered)

        async def work() -> None:
            for number in range(1, 9):
                await beside(partial(effects.append, number))

        with process.running():
            task = asyncio.create_task(work())
        await asyncio.wait([task])
        assert process.dead
        return effects

    assert drive(life()) == done


@driven
async def test_a_stopped_process_goes_on_where_it_was() -> None:
    process, effects = Process("one"), list[float]()

    async def work() -> None:
        for _ in range(3):
            await beside(lambda: effects.append(seconds()))
            await FakeClock().sleep(1)

    with process.running():
        task = asyncio.create_task(work())
    await asyncio.sleep(0.5)
    process.stop()
    await asyncio.sleep(60)
    process.go_on()
    await task
    assert effects == [0, 60.5, 61.5]


def test_waiting_for_what_never_comes_is_said_to_be_a_deadlock() -> None:
    with pytest.raises(RuntimeError, match="deadlock"):
        drive(asyncio.Event().wait())
