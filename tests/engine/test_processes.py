"""Several processes on one home, one after another or at once: who carries what, and what a death leaves behind."""

from __future__ import annotations

import asyncio
import itertools
import os

import pytest

from providers.sandbox.faults import Fault, Kind, Point, Rule
from rushes.engine import Engine
from rushes.task import Status
from rushes.tasks.leases import new_owner, owner_is_dead
from tests.clock import FakeClock, Process, driven, seconds
from tests.engine.conftest import MakeHouse
from tests.house import BOAT, LUMA, RUNWAY_SHOT, SANDBOX, House, small_clip


@pytest.mark.parametrize("provider", sorted(BOAT))
@driven
async def test_the_next_process_brings_in_what_the_last_one_left_at_the_vendor(house: House, provider: str) -> None:
    engine = await house.open()
    (task,) = await engine.submit(BOAT[provider])
    await house.until(task.id, Status.RUNNING)
    left = await engine.close()
    assert [each.id for each in left.at_vendor] == [task.id]
    await asyncio.sleep(600)
    again = await house.open()
    assert (await house.until(task.id, within_s=30)).status is Status.SUCCEEDED
    assert house.creates() == 1
    await again.close()


@driven
async def test_what_was_queued_by_an_earlier_process_waits_for_a_key_press(house: House) -> None:
    engine = await house.open(start=False)
    (task,) = await engine.submit(LUMA)
    await engine.close()
    again = await house.open()
    await asyncio.sleep(3600)
    assert (house.creates(), house.tasks()[0].status) == (0, Status.QUEUED)
    await again.release([task.id])
    assert (await house.until(task.id)).status is Status.SUCCEEDED
    assert house.creates() == 1
    await again.close()


@driven
async def test_a_pause_between_two_tries_ends_with_its_process(make_house: MakeHouse) -> None:
    """Put back after a 429, then killed: the press was there, but its process is not any more."""
    house = make_house(Rule(Fault(Kind.STATUS, Point.BEFORE, status=429), "POST", calls=(1,)))
    process = Process("short-lived")
    engine = await house.open(process)
    with process.running():
        await engine.submit(LUMA)
    await asyncio.sleep(0.5)
    process.kill()
    again = await house.open()
    await asyncio.sleep(3600)
    assert (house.creates(), house.tasks()[0].status) == (1, Status.QUEUED)
    await again.close()


@driven
async def test_what_a_dead_process_was_sending_is_uncertain_and_never_sent_again(make_house: MakeHouse) -> None:
    house = make_house(Rule(Fault(Kind.SLOW, Point.AFTER, seconds=30.0), "POST", calls=(1,)))
    process = Process("short-lived")
    engine = await house.open(process)
    with process.running():
        (task,) = await engine.submit(RUNWAY_SHOT)
    await asyncio.sleep(1)
    process.kill()
    other = await house.open()
    uncertain = await house.until(task.id, Status.UNCERTAIN, within_s=40)
    assert uncertain.error is not None
    assert "between sending" in uncertain.error.message
    await asyncio.sleep(3600)
    assert house.creates() == 1
    await other.close()


@driven
async def test_a_living_process_takes_over_within_thirty_seconds_of_a_death(house: House) -> None:
    worst = 0.0
    other = await house.open()
    for moment in (6.0, 8.3, 11.9, 20.0):
        process = Process(f"dies at {moment}")
        engine = await house.open(process)
        with process.running():
            (task,) = await engine.submit(LUMA)
        await asyncio.sleep(moment)
        process.kill()
        died = seconds()
        while await _owner(other, task.id) != other._context.owner:  # noqa: ASYNC110 - it is told by nobody
            await asyncio.sleep(0.1)
        worst = max(worst, seconds() - died)
        assert (await house.until(task.id)).status is Status.SUCCEEDED
    assert worst <= 30
    assert house.creates() == 4
    await other.close()


async def _owner(engine: Engine, task_id: str) -> str | None:
    return await engine._store.run(lambda library: library.owner(task_id))


@driven
async def test_a_task_is_asked_about_by_one_process_only(house: House) -> None:
    engines = [await house.open() for _ in range(3)]
    (task,) = await engines[1].submit(RUNWAY_SHOT)
    await house.until(task.id)
    polls = [each.at for each in house.world.requests() if "/tasks/" in each.path]
    assert all(later - earlier >= 4.9 for earlier, later in itertools.pairwise(polls))
    assert house.asked("/assets/") == 1
    for engine in engines:
        await engine.close()


@driven
async def test_every_process_hears_of_every_change(house: House) -> None:
    watching, acting = await house.open(), await house.open()
    heard: list[tuple[str, Status]] = []
    watching.subscribe(lambda task: heard.append((task.id, task.status)))
    (task,) = await acting.submit(SANDBOX)
    await house.until(task.id)
    await asyncio.sleep(2)
    assert heard[-1] == (task.id, Status.SUCCEEDED)
    await watching.close()
    await acting.close()


@pytest.mark.parametrize("jump_s", [-7200.0, -25.0, 25.0, 7200.0])
@driven
async def test_a_clock_that_is_set_loses_nothing_and_sends_nothing_twice(house: House, jump_s: float) -> None:
    """One process's clock jumps; they may take tasks from each other, but one clip comes of one request."""
    odd = FakeClock()
    first, second = await house.open(clock=odd), await house.open()
    tasks = [(await first.submit(LUMA))[0], (await second.submit(RUNWAY_SHOT))[0]]
    await asyncio.sleep(15)
    odd.jump(jump_s)
    for task in tasks:
        assert (await house.until(task.id)).status is Status.SUCCEEDED
    assert house.creates() == 2
    await first.close()
    await second.close()


@pytest.mark.parametrize("ahead_s", [4.0, 12.0, 30.0, 7200.0])
@driven
async def test_a_dead_process_whose_clock_was_ahead_is_still_found_dead_in_time(house: House, ahead_s: float) -> None:
    clock, process = FakeClock(), Process("short-lived")
    clock.jump(ahead_s)
    engine = await house.open(process, clock=clock)
    with process.running():
        (task,) = await engine.submit(LUMA)
    await house.until(task.id, Status.PENDING, Status.RUNNING)
    process.kill()
    other = await house.open()
    died = seconds()
    while await _owner(other, task.id) != other._context.owner:  # noqa: ASYNC110 - it is told by nobody
        await asyncio.sleep(0.1)
    assert seconds() - died <= 30
    assert (await house.until(task.id)).status is Status.SUCCEEDED
    await other.close()


def test_an_owner_on_this_machine_whose_process_is_gone_is_dead_for_certain() -> None:
    mine = new_owner("x")
    host, _, rest = mine.partition(":")
    assert not owner_is_dead(mine)
    assert owner_is_dead(f"{host}:999999999:x")
    assert owner_is_dead(f"{host}:{'9' * 40}:x")
    assert not owner_is_dead(f"another-machine:{os.getpid()}:x")
    assert not owner_is_dead("nonsense")
    assert rest


@pytest.mark.parametrize(("provider", "delivered"), [("luma", True), ("runway", False)])
@driven
async def test_a_death_at_any_point_costs_one_request_and_loses_no_clip(
    make_house: MakeHouse, provider: str, delivered: bool
) -> None:
    """The process is killed before, or just after, its first, second, third … effect, until it outlives them all."""
    outlived, dies_at = False, 1
    while not outlived:
        house = make_house(renderer=small_clip)
        process = Process("short-lived", dies_at, delivered)
        await _press_and_die(house, process, provider)
        outlived = not process.dead
        await asyncio.sleep(30)
        after = await house.open()
        await asyncio.sleep(30)
        await asyncio.wait_for(after.idle(), 3600)
        await after.close()
        tasks = house.tasks()
        assert house.creates() <= len(tasks) <= 1, dies_at
        for task in tasks:
            _nothing_is_lost(house, task.status, provider, dies_at)
        dies_at += 4 if dies_at > 12 else 1
    assert dies_at > 20


async def _press_and_die(house: House, process: Process, provider: str) -> None:
    async def life() -> None:
        engine = await house.open(process)
        await engine.submit(BOAT[provider])
        await engine.idle()
        await engine.close()

    with process.running():
        living = asyncio.create_task(life())
    await asyncio.wait([living], timeout=3600)


def _nothing_is_lost(house: House, status: Status, provider: str, dies_at: int) -> None:
    if house.jobs(provider):
        known = {Status.SUCCEEDED, *({Status.UNCERTAIN} if provider == "runway" else set())}
        assert status in known, dies_at
    else:
        assert status in {Status.QUEUED, Status.UNCERTAIN}, dies_at
