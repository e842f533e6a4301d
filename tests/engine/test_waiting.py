"""A wait that is cancelled ends, even in the very moment in which what it waited for has come."""

from __future__ import annotations

import asyncio

from rushes.tasks.waiting import end, sleep_or
from tests.clock import FakeClock, driven, seconds


@driven
async def test_a_cancellation_in_the_moment_of_waking_is_not_lost() -> None:
    async def forever() -> None:
        while True:
            await sleep_or(FakeClock(), 10.0, asyncio.Event())

    for turns in range(8):
        job = asyncio.create_task(forever())
        await asyncio.sleep(10.0)
        for _ in range(turns):
            await asyncio.sleep(0)
        await asyncio.wait_for(end([job]), 5)
        assert job.cancelled()


@driven
async def test_an_event_ends_the_sleep() -> None:
    event = asyncio.Event()
    waiting = asyncio.create_task(sleep_or(FakeClock(), 100.0, event))
    await asyncio.sleep(3)
    event.set()
    await waiting
    assert seconds() == 3


@driven
async def test_ending_a_task_does_not_swallow_ones_own_cancellation() -> None:
    async def slow_to_end() -> None:
        try:
            await asyncio.sleep(100)
        finally:
            await asyncio.sleep(5)

    stubborn = asyncio.create_task(slow_to_end())
    await asyncio.sleep(1)
    ending = asyncio.create_task(end([stubborn]))
    await asyncio.sleep(1)
    ending.cancel()
    await asyncio.wait([ending])
    assert ending.cancelled()
    await asyncio.wait([stubborn])
