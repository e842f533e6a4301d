"""One press is one billable request, whatever becomes of the line; and who sends when."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Any

import pytest
from PIL import Image

from providers.errors import FailureKind
from providers.sandbox.faults import Fault, Kind, Point, Rule
from providers.shot import Input, Role
from rushes.context import Patience
from rushes.task import Status
from rushes.tasks.acting import WrongState
from tests.clock import START, driven, seconds
from tests.engine.conftest import MakeHouse
from tests.house import AGENTS, BOAT, LUMA, RUNWAY_SHOT, SANDBOX, House, is_create

BEFORE, AFTER = Point.BEFORE, Point.AFTER
LOST = [
    *(Fault(kind, point) for kind in (Kind.TIMEOUT, Kind.RESET, Kind.DROP) for point in (BEFORE, AFTER)),
    *(Fault(Kind.STATUS, point, status=500) for point in (BEFORE, AFTER)),
    Fault(Kind.STATUS, AFTER, status=504),
    Fault(Kind.STATUS, BEFORE, status=408),
    Fault(Kind.HALF_BODY),
    Fault(Kind.MALFORMED, fraction=0.5),
    Fault(Kind.HTML, AFTER, status=200),
    Fault(Kind.HTML, BEFORE, status=502),
    Fault(Kind.HUGE, AFTER),
    Fault(Kind.SLOW, AFTER, seconds=120.0),
    Fault(Kind.WRONG_LENGTH, AFTER),
]
REFUSED = [
    Fault(Kind.STATUS, BEFORE, status=status) for status in (400, 401, 402, 403, 404, 413, 422)
] + [Fault(Kind.REDIRECT, BEFORE)]  # fmt: skip


def name(fault: Fault) -> str:
    return f"{fault.kind}-{fault.point}-{fault.status}"


@pytest.mark.parametrize("provider", sorted(BOAT))
@pytest.mark.parametrize("fault", LOST, ids=name)
@driven
async def test_a_lost_answer_is_never_answered_by_sending_again(
    make_house: MakeHouse, fault: Fault, provider: str
) -> None:
    house = make_house(Rule(fault, "POST", calls=(1,)))
    engine = await house.open()
    (task,) = await engine.submit(BOAT[provider])
    await asyncio.wait_for(engine.idle(), 3600)
    assert house.creates() == 1
    settled = house.tasks()[0]
    accepted = fault.reaches_vendor
    if provider == "runway":
        assert settled.status is Status.UNCERTAIN
        assert settled.error is not None
        assert "resend" in (settled.error.hint or "")
    else:
        assert settled.status is (Status.SUCCEEDED if accepted else Status.UNCERTAIN)
    assert settled.id == task.id
    assert settled.charges_sent == 1
    assert len(house.jobs(provider)) == accepted
    await engine.close()


@pytest.mark.parametrize("fault", REFUSED, ids=name)
@driven
async def test_a_clear_no_ends_the_task_and_nothing_is_charged(make_house: MakeHouse, fault: Fault) -> None:
    house = make_house(Rule(fault, "POST", calls=(1,)))
    engine = await house.open()
    (task,) = await engine.submit(LUMA)
    failed = await house.until(task.id)
    assert failed.status is Status.FAILED
    assert failed.error is not None
    assert failed.error.charged is False
    assert failed.cost.charged == 0
    assert (house.creates(), len(house.jobs("luma"))) == (1, 0)
    await engine.close()


@driven
async def test_what_never_left_waits_and_goes(make_house: MakeHouse) -> None:
    house = make_house(Rule(Fault(Kind.CONNECT), "POST", calls=(1, 2)))
    engine = await house.open()
    (task,) = await engine.submit(RUNWAY_SHOT)
    done = await house.until(task.id)
    assert done.status is Status.SUCCEEDED
    assert (done.charges_sent, len(house.jobs("runway"))) == (1, 1)
    assert house.story(task.id)[:6] == ["QUEUED", "SUBMITTING", "QUEUED", "SUBMITTING", "QUEUED", "SUBMITTING"]
    await engine.close()


@driven
async def test_a_command_gives_up_on_a_dead_line_and_says_that_nothing_was_sent(make_house: MakeHouse) -> None:
    house = make_house(Rule(Fault(Kind.CONNECT), "POST"))
    engine = await house.open(patience=Patience.of_command())
    (task,) = await engine.submit(RUNWAY_SHOT)
    failed = await house.until(task.id)
    assert failed.error is not None
    assert (failed.status, failed.error.kind, failed.error.charged) == (Status.FAILED, FailureKind.NETWORK, False)
    assert failed.charges_sent == 0
    await engine.close()


def _limited(**headers: str) -> Fault:
    return Fault(Kind.STATUS, BEFORE, status=429, headers=headers)


@pytest.mark.parametrize(
    ("headers", "least_s", "most_s"),
    [({"retry-after": "30"}, 30, 32), ({}, 2, 4), ({"retry-after": "in a while"}, 2, 4)],
)
@driven
async def test_a_429_holds_its_vendor_for_as_long_as_it_asked_and_nobody_else(
    make_house: MakeHouse, headers: dict[str, str], least_s: float, most_s: float
) -> None:
    house = make_house(Rule(_limited(**headers), "POST", "/dream-machine/*", calls=(1,)))
    engine = await house.open()
    (first,) = await engine.submit(LUMA)
    await asyncio.sleep(0.5)
    (second,) = await engine.submit(LUMA)
    (other,) = await engine.submit(SANDBOX)
    assert house.tasks()[0].status is Status.QUEUED
    assert (await house.until(other.id, Status.PENDING, Status.RUNNING)).vendor_id
    await house.until(first.id)
    await house.until(second.id)
    sent = [
        each.at - START.timestamp() + 0.01
        for each in house.world.requests()
        if is_create(each) and "dream" in each.path
    ]
    assert len(sent) == 3
    assert least_s <= sent[1] <= most_s
    assert sent[1] <= sent[2]
    assert len(house.jobs("luma")) == 2
    await engine.close()


@driven
async def test_after_a_429_one_alone_tries_whether_the_door_is_open(make_house: MakeHouse) -> None:
    house = make_house(Rule(_limited(**{"retry-after": "10"}), "POST", calls=tuple(range(1, 8))))
    engine = await house.open()
    await engine.submit(LUMA, count=5)
    await asyncio.sleep(25)
    sent = [round(each.at - START.timestamp()) for each in house.world.requests() if is_create(each)]
    assert [at for at in sent if at] == [10, 20], "one after each pause, not all five"
    await asyncio.wait_for(engine.idle(), 3600)
    assert house.statuses() == {Status.SUCCEEDED: 5}
    await engine.close()


@driven
async def test_a_429_of_one_api_of_a_vendor_does_not_hold_the_other(make_house: MakeHouse) -> None:
    house = make_house(Rule(_limited(**{"retry-after": "60"}), "POST", "/dream-machine/*", calls=(1,)))
    engine = await house.open()
    await engine.submit(LUMA)
    await asyncio.sleep(1)
    (other,) = await engine.submit(AGENTS)
    await house.until(other.id, Status.PENDING, Status.RUNNING, within_s=5)
    assert house.tasks()[0].status is Status.QUEUED
    await engine.close()


@driven
async def test_a_vendor_that_asks_for_a_day_is_tried_again_after_ten_minutes(make_house: MakeHouse) -> None:
    house = make_house(Rule(_limited(**{"retry-after": "86400"}), "POST", calls=(1,)))
    engine = await house.open()
    (task,) = await engine.submit(LUMA)
    await asyncio.sleep(590)
    assert house.creates() == 1
    await house.until(task.id, Status.PENDING, Status.RUNNING, within_s=20)
    await engine.close()


@driven
async def test_a_vendors_daily_limit_is_not_asked_about_every_minute(make_house: MakeHouse) -> None:
    house = make_house(Rule(_limited(), "POST", "/runway/*"))
    engine = await house.open()
    await engine.submit(RUNWAY_SHOT)
    await asyncio.sleep(3600)
    assert house.creates() <= 3
    await engine.close()


# ── who sends when ───────────────────────────────────────────────────────────────────────────────────────────────────


def _sent_order(house: House) -> list[str]:
    tasks = sorted((task for task in house.tasks() if task.submitted_at), key=lambda task: str(task.submitted_at))
    return [task.shot.prompt for task in tasks]


@driven
async def test_tasks_of_one_vendor_go_in_the_order_of_their_presses(make_house: MakeHouse) -> None:
    house = make_house(settings="[limits.concurrency]\nsandbox = 1\n")
    engine = await house.open()
    for number in range(4):
        await engine.submit(replace(SANDBOX, prompt=f"shot {number}"))
    await asyncio.wait_for(engine.idle(), 3600)
    assert _sent_order(house) == [f"shot {number}" for number in range(4)]
    await engine.close()


@driven
async def test_a_higher_priority_goes_first(make_house: MakeHouse) -> None:
    house = make_house(settings="[limits.concurrency]\nsandbox = 1\n")
    engine = await house.open()
    tasks = [(await engine.submit(replace(SANDBOX, prompt=f"shot {number}")))[0] for number in range(4)]
    await engine.prioritise(tasks[3].id, 5)
    await asyncio.wait_for(engine.idle(), 3600)
    assert _sent_order(house) == ["shot 0", "shot 3", "shot 1", "shot 2"]
    await engine.close()


@pytest.mark.parametrize("limits", ["[limits.concurrency]\nluma = 2\n", '[limits.concurrency]\n"luma/ray-2" = 2\n'])
@driven
async def test_never_more_at_once_than_the_limit_over_all_processes(make_house: MakeHouse, limits: str) -> None:
    house = make_house(settings=limits, concurrent={})
    engines = [await house.open(), await house.open()]
    for engine in engines:
        await engine.submit(LUMA, count=4)
    most = 0
    while not all(task.ended for task in house.tasks()):
        library = house.library()
        most = max(most, library.at_work("luma", practice=True))
        library.close()
        await asyncio.sleep(0.5)
    assert most == 2
    assert len(house.jobs("luma")) == 8
    for engine in engines:
        await engine.close()


@driven
async def test_no_more_are_sent_in_a_minute_than_the_setting_says(make_house: MakeHouse) -> None:
    house = make_house(settings="[limits.per_minute]\nsandbox = 3\n", concurrent={})
    engine = await house.open()
    await engine.submit(SANDBOX, count=7)
    await asyncio.wait_for(engine.idle(), 3600)
    sent = sorted(each.at for each in house.world.requests() if is_create(each))
    assert len(sent) == 7
    assert all(later - earlier >= 59.99 for earlier, later in zip(sent, sent[3:], strict=False))
    await engine.close()


@driven
async def test_a_paused_queue_sends_nothing_until_it_is_let_go_and_watching_goes_on(house: House) -> None:
    engine = await house.open()
    (before,) = await engine.submit(SANDBOX)
    await house.until(before.id, Status.PENDING)
    await engine.pause()
    (task,) = await engine.submit(LUMA)
    assert (await house.until(before.id)).status is Status.SUCCEEDED
    assert house.tasks()[1].status is Status.QUEUED
    await engine.pause(paused=False)
    assert (await house.until(task.id)).status is Status.SUCCEEDED
    await engine.close()


@driven
async def test_a_press_can_be_taken_back_until_it_is_sent(house: House) -> None:
    engine = await house.open()
    (task,) = await engine.submit(LUMA, hold_s=3.0)
    await asyncio.sleep(2.9)
    undone = await engine.undo(task.id)
    assert undone.status is Status.CANCELLED
    assert undone.cost.charged == 0
    await asyncio.sleep(60)
    assert house.creates() == 0
    (late,) = await engine.submit(LUMA, hold_s=3.0)
    await house.until(late.id, Status.PENDING)
    assert seconds() >= 65.9
    with pytest.raises(WrongState, match="cancel it instead"):
        await engine.undo(late.id)
    with pytest.raises(WrongState, match="it has ended already: it is done"):
        await engine.undo((await house.until(late.id, Status.SUCCEEDED)).id)
    await engine.close()


@driven
async def test_an_input_that_is_gone_when_its_turn_comes_ends_the_task_unsent(house: House, tmp_path: Any) -> None:
    picture = tmp_path / "frame.png"
    Image.new("RGB", (64, 36)).save(picture)
    shot = replace(SANDBOX, mode="image_to_video", inputs=(Input(Role.START_IMAGE, str(picture)),))
    engine = await house.open(start=False)
    (task,) = await engine.submit(shot)
    picture.unlink()
    await engine.start()
    await engine.release([task.id])
    failed = await house.until(task.id)
    assert failed.error is not None
    assert (failed.error.kind, failed.charges_sent, house.creates()) == (FailureKind.INPUT, 0, 0)
    await engine.close()
