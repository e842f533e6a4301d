"""What a person does to a task: undo, cancel, forget, watch again, rate; and what each does about the money."""

from __future__ import annotations

import asyncio
import json
from decimal import Decimal

import pytest

from providers.errors import ProviderError
from providers.sandbox.faults import Fault, Kind, Point, Rule
from rushes.task import Status
from rushes.tasks.acting import WrongState
from tests.clock import driven, seconds
from tests.engine.conftest import MakeHouse
from tests.house import LUMA, RUNWAY_SHOT, SANDBOX, House

PAID = "[spending]\nallow_without_asking = true\n"
CANCEL = "/runway/v1/tasks/*"


@pytest.mark.parametrize(
    ("after_s", "words", "charged"), [(2, "gives back $0.24 if it still waits", 0), (30, "It is running already", 24)]
)
@driven
async def test_cancelling_says_beforehand_what_the_vendor_then_does(
    make_house: MakeHouse, after_s: float, words: str, charged: int
) -> None:
    house = make_house(practice=False, settings=PAID)
    engine = await house.open()
    (task,) = await engine.submit(RUNWAY_SHOT)
    await asyncio.sleep(after_s)
    (task,) = house.tasks()
    assert words in engine.cancel_words(task)
    cancelled = await engine.cancel(task.id)
    assert cancelled.status is Status.CANCELLED
    assert cancelled.cost.charged == Decimal(charged) / 100
    booked = sum(-each.amount if each.kind == "refund" else each.amount for each in house.world.ledger())
    assert booked == charged
    await asyncio.sleep(120)
    assert house.tasks()[0].status is Status.CANCELLED
    await engine.close()


@driven
async def test_the_price_of_a_cancel_follows_what_the_vendor_says_now_and_not_what_was_last_heard(
    make_house: MakeHouse,
) -> None:
    """The library says PENDING, but the vendor has begun meanwhile."""
    house = make_house(practice=False, settings=PAID)
    engine = await house.open()
    (task,) = await engine.submit(RUNWAY_SHOT)
    await house.until(task.id, Status.PENDING)
    await engine.close()
    await asyncio.sleep(20)
    later = await house.open(start=False)
    stale = await later.need(task.id)
    assert stale.status is Status.PENDING
    assert "gives back $0.24 if it still waits" in later.cancel_words(stale)
    assert "running already" in await later.before_cancel(task.id)
    cancelled = await later.cancel(task.id)
    assert cancelled.cost.charged == Decimal("0.24")
    assert cancelled.error is not None
    assert cancelled.error.message.startswith("cancelled after it had begun: $0.24 is charged")
    await later.close()


@driven
async def test_a_cancel_whose_answer_was_lost_ends_as_a_cancel_and_not_as_a_lost_task(make_house: MakeHouse) -> None:
    house = make_house(Rule(Fault(Kind.TIMEOUT, Point.AFTER), "DELETE", CANCEL), practice=False, settings=PAID)
    engine = await house.open()
    (task,) = await engine.submit(RUNWAY_SHOT)
    await asyncio.sleep(30)
    with pytest.raises(ProviderError):
        await engine.cancel(task.id)
    ended = await house.until(task.id)
    assert ended.status is Status.CANCELLED
    assert ended.error is not None
    assert ended.error.charged is None
    await engine.close()


@driven
async def test_what_has_ended_at_the_vendor_is_not_cancelled_but_fetched(make_house: MakeHouse) -> None:
    """A cancel would delete the finished clip."""
    house = make_house()
    engine = await house.open()
    (task,) = await engine.submit(RUNWAY_SHOT)
    await house.until(task.id, Status.RUNNING)
    await engine.close()
    await asyncio.sleep(100)
    later = await house.open(start=False)
    with pytest.raises(WrongState, match="ended at the vendor"):
        await later.cancel(task.id)
    await later.close()
    again = await house.open()
    assert (await house.until(task.id)).status is Status.SUCCEEDED
    await again.close()


@driven
async def test_where_a_vendor_cannot_cancel_nothing_is_pretended(house: House) -> None:
    engine = await house.open()
    (task,) = await engine.submit(LUMA)
    await house.until(task.id, Status.RUNNING)
    with pytest.raises(WrongState, match="cannot cancel"):
        await engine.cancel(task.id)
    forgotten = await engine.forget(task.id)
    assert (forgotten.status, forgotten.forgotten) == (Status.CANCELLED, True)
    before = house.asked("/generations")
    await asyncio.sleep(600)
    assert house.asked("/generations") == before, "what is forgotten is not asked about"
    await engine.watch_again(task.id)
    done = await house.until(task.id)
    assert (done.status, done.forgotten, house.creates()) == (Status.SUCCEEDED, False, 1)
    await engine.close()


@pytest.mark.parametrize("wish", ["cancel", "forget", "undo", "watch_again", "resend"])
@driven
async def test_a_wish_that_does_not_fit_says_so_and_changes_nothing(house: House, wish: str) -> None:
    engine = await house.open()
    (task,) = await engine.submit(SANDBOX)
    done = await house.until(task.id)
    with pytest.raises(WrongState):
        await getattr(engine, wish)(task.id)
    assert house.tasks() == [done]
    await engine.close()


@driven
async def test_nothing_can_be_done_to_a_request_in_the_air(make_house: MakeHouse) -> None:
    house = make_house(Rule(Fault(Kind.SLOW, seconds=20.0), "POST"))
    engine = await house.open()
    (task,) = await engine.submit(RUNWAY_SHOT)
    await house.until(task.id, Status.SUBMITTING)
    for wish in (engine.cancel, engine.forget, engine.undo):
        with pytest.raises(WrongState):
            await wish(task.id)
    assert (await house.until(task.id)).status is Status.SUCCEEDED
    await engine.close()


@pytest.mark.parametrize("slow_s", [5.0, 55.0])
@driven
async def test_leaving_waits_for_a_request_in_the_air_as_long_as_an_answer_can_take(
    make_house: MakeHouse, slow_s: float
) -> None:
    house = make_house(Rule(Fault(Kind.SLOW, Point.AFTER, seconds=slow_s), "POST"))
    engine, other = await house.open(), await house.open()
    (task,) = await engine.submit(RUNWAY_SHOT)
    await house.until(task.id, Status.SUBMITTING)
    left = await engine.close()
    assert [each.vendor_id for each in left.at_vendor] == house.jobs("runway")
    assert Status.UNCERTAIN not in house.story(task.id), "nobody took the one that waits for dead"
    await house.until(task.id, Status.SUCCEEDED)
    await other.close()


@driven
async def test_while_a_leaving_process_waits_nothing_new_is_sent(make_house: MakeHouse) -> None:
    slow, full = Fault(Kind.SLOW, Point.AFTER, seconds=50.0), Fault(Kind.STATUS, Point.BEFORE, status=429)
    house = make_house(Rule(slow, "POST", "/runway/*"), Rule(full, "POST", "/dream-machine/*", calls=(1, 2)))
    engine = await house.open()
    (task,) = await engine.submit(RUNWAY_SHOT)
    await engine.submit(LUMA)
    await house.until(task.id, Status.SUBMITTING)
    left = await engine.close()
    assert (len(left.at_vendor), len(left.queued), len(house.jobs("luma"))) == (1, 1, 0)


@driven
async def test_leaving_can_be_cut_short_and_closes_all_the_same(make_house: MakeHouse) -> None:
    house = make_house(Rule(Fault(Kind.SLOW, Point.AFTER, seconds=50.0), "POST"))
    engine = await house.open()
    (task,) = await engine.submit(RUNWAY_SHOT)
    await house.until(task.id, Status.SUBMITTING)
    began, closing = seconds(), asyncio.create_task(engine.close())
    await asyncio.sleep(10)
    closing.cancel()
    with pytest.raises(asyncio.CancelledError):
        await closing
    assert seconds() - began < 15
    again = await house.open()
    assert (await house.until(task.id, Status.UNCERTAIN, within_s=5)).vendor_id is None
    assert house.creates() == 1
    await again.close()


@driven
async def test_stars_and_tags_are_kept_beside_the_clip_as_well(house: House) -> None:
    engine = await house.open()
    (task,) = await engine.submit(SANDBOX)
    done = await house.until(task.id)
    await engine.rate(task.id, 5)
    await engine.tag(task.id, ["keeper", "sea"])
    assert done.take is not None
    beside = json.loads(done.take.file.with_suffix(".json").read_text())
    assert (beside["rating"], beside["tags"]) == (5, ["keeper", "sea"])
    with pytest.raises(ValueError, match="0 to 5"):
        await engine.rate(task.id, 6)
    await engine.close()


@driven
async def test_two_processes_that_cancel_and_watch_at_once_agree(house: House) -> None:
    carrying, acting = await house.open(), await house.open(start=False)
    (task,) = await carrying.submit(RUNWAY_SHOT)
    await house.until(task.id, Status.PENDING)
    await acting.cancel(task.id)
    await asyncio.sleep(300)
    assert house.tasks()[0].status is Status.CANCELLED
    assert not await carrying.is_carried(task.id)
    await carrying.close()
    await acting.close()


@driven
async def test_a_cancel_of_practice_names_no_money(make_house: MakeHouse) -> None:
    house = make_house(practice=True, settings=PAID)
    engine = await house.open()
    (task,) = await engine.submit(RUNWAY_SHOT)
    await asyncio.sleep(30)
    (task,) = house.tasks()
    assert engine.cancel_words(task) == "It is practice: cancelling costs nothing."
    cancelled = await engine.cancel(task.id)
    assert cancelled.error is not None
    assert cancelled.error.message == "cancelled; it was free"
    with pytest.raises(WrongState, match="it has ended already: it is cancelled"):
        await engine.undo(task.id)
    await engine.close()
