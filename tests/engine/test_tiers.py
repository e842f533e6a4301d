"""What an account may do at once and today, as the vendor tells it, decides what is sent and what waits here."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from providers.base import Provider
from providers.errors import FailureKind
from providers.sandbox.faults import Fault, Kind, Point, Rule
from providers.sandbox.options import RUNWAY
from rushes.context import Patience
from rushes.task import Status, Task
from rushes.tasks.account_limits import Allowances
from tests.clock import START, FakeClock, driven, seconds
from tests.engine.conftest import MakeHouse
from tests.house import RUNWAY_SHOT, SANDBOX

OTHER_MODEL = replace(RUNWAY_SHOT, model="veo3.1_fast", params={"duration": 4, "ratio": "1280:720"})
LIMITS = "*/organization"

PAID = "[spending]\nallow_without_asking = true\n"


@driven
async def test_what_the_vendor_would_hold_back_waits_here_and_is_cancelled_for_nothing(make_house: MakeHouse) -> None:
    house = make_house(concurrent={RUNWAY: 2})
    engine = await house.open()
    tasks = await engine.submit(RUNWAY_SHOT, count=4)
    await asyncio.sleep(20)
    assert house.creates() == 2
    assert [each.status for each in house.tasks()][2:] == [Status.QUEUED] * 2
    first = house.tasks()[2]
    assert first.error is not None
    assert first.error.kind is FailureKind.RATE
    assert first.error.message.startswith("the account runs 2 of gen4.5 at once; it waits here")
    await engine.cancel(tasks[2].id)
    for each in tasks:
        await house.until(each.id)
    assert [each.charges_sent for each in house.tasks()] == [1, 1, 0, 1]
    assert (house.creates(), house.asked("/tasks/", "DELETE")) == (3, 0)
    assert all("THROTTLED" not in house.story(each.id) for each in tasks)
    assert house.tasks()[3].error is None, "what it waited for is over"
    await engine.close()


@driven
async def test_by_a_setting_it_waits_at_the_vendor_and_the_setting_counts_at_once(make_house: MakeHouse) -> None:
    house = make_house(concurrent={RUNWAY: 1})
    engine = await house.open()
    await engine.submit(RUNWAY_SHOT, count=3)
    await asyncio.sleep(15)
    assert house.creates() == 1
    engine.settings.update("limits.wait_here", value=False)
    await asyncio.sleep(15)
    assert house.creates() == 3
    assert house.statuses()[Status.THROTTLED] == 2
    await engine.close()


@driven
async def test_what_is_over_the_day_waits_here_says_until_when_and_lets_other_models_pass(
    make_house: MakeHouse,
) -> None:
    house = make_house(runway_daily=1)
    engine = await house.open()
    first, second = await engine.submit(RUNWAY_SHOT, count=2)
    (other,) = await engine.submit(OTHER_MODEL)
    await house.until(first.id)
    await house.until(other.id)
    waiting = await house.until(second.id, Status.QUEUED)
    assert waiting.error is not None
    assert "1 a day of gen4.5 are used up; it opens again by 12:00 UTC at the latest" in waiting.error.message
    assert house.creates() == 2
    await asyncio.sleep(3600)
    assert 2 < house.asked("/organization") < 20, "looked at every few minutes, not all the time"
    await engine.close()
    await asyncio.sleep(86_400 - 1800 - seconds())
    again = await house.open()
    await again.release()
    done = await house.until(second.id, within_s=5000)
    assert (done.status, done.error, house.creates()) == (Status.SUCCEEDED, None, 3)
    assert 86_400 < seconds() < 88_000
    await again.close()


@driven
async def test_a_command_does_not_sit_through_the_day_for_a_limit(make_house: MakeHouse) -> None:
    house = make_house(runway_daily=0)
    engine = await house.open(patience=Patience.of_command())
    (task,) = await engine.submit(RUNWAY_SHOT)
    done = await house.until(task.id, within_s=60)
    assert done.error is not None
    assert (done.status, done.error.kind, done.error.charged) == (Status.FAILED, FailureKind.RATE, False)
    assert (done.charges_sent, house.creates()) == (0, 0)
    await engine.close()


FAULTS = [Fault(Kind.STATUS, status=500), Fault(Kind.MALFORMED), Fault(Kind.TIMEOUT), Fault(Kind.CONNECT)]


@pytest.mark.parametrize("fault", [*FAULTS, Fault(Kind.SLOW, seconds=18.0)], ids=lambda each: each.kind.value)
@driven
async def test_limits_that_cannot_be_read_hold_nothing_up(make_house: MakeHouse, fault: Fault) -> None:
    house = make_house(Rule(fault, "GET", LIMITS), concurrent={RUNWAY: 1})
    engine = await house.open()
    await engine.submit(RUNWAY_SHOT, count=2)
    await asyncio.sleep(3)
    assert house.creates() == 2
    await engine.close()


@driven
async def test_limits_are_asked_for_when_something_is_sent_and_not_while_nothing_is(make_house: MakeHouse) -> None:
    house = make_house()
    engine = await house.open()
    await asyncio.sleep(3600)
    assert house.asked("/organization") == 0
    (own,) = await engine.submit(SANDBOX)
    await house.until(own.id)
    assert house.asked("/organization") == 0, "another provider's limits are nobody's business"
    tasks = [await engine.submit(RUNWAY_SHOT) for _ in range(3)]
    for (each,) in tasks:
        await house.until(each.id)
    assert house.asked("/organization") == 1, "one reading is good for some minutes"
    await asyncio.sleep(3600)
    assert house.asked("/organization") == 1
    await engine.close()


# ── what the balance says ────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("point", "words"),
    [
        (Point.AFTER, "24 less; as much as this press costs: it was probably accepted"),
        (Point.BEFORE, "as much; so nothing was charged by then"),
    ],
)
@driven
async def test_the_balance_before_and_after_a_lost_answer_is_told_once(
    make_house: MakeHouse, point: Point, words: str
) -> None:
    house = make_house(Rule(Fault(Kind.TIMEOUT, point), "POST", "*/text_to_video"))
    engine = await house.open()
    (task,) = await engine.submit(RUNWAY_SHOT)
    await house.until(task.id, Status.UNCERTAIN)
    await asyncio.sleep(60)
    (left,) = house.tasks()
    assert left.error is not None
    assert left.error.message.endswith(words)
    assert "the balance was 10000 credits at 12:00 and is" in left.error.message
    await engine.close()
    asked = house.asked("/organization")
    again = await house.open()
    await asyncio.sleep(600)
    (later,) = house.tasks()
    assert later.error is not None
    assert later.error.message.endswith(words), "what was read then, not what it is by now"
    assert house.asked("/organization") == asked
    await again.close()


@driven
async def test_a_balance_that_other_tasks_moved_as_well_proves_nothing(make_house: MakeHouse) -> None:
    house = make_house(Rule(Fault(Kind.TIMEOUT), "POST", "*/text_to_video", calls=(2,)))
    engine = await house.open()
    await engine.submit(RUNWAY_SHOT)
    await asyncio.sleep(2)
    (task,) = await engine.submit(RUNWAY_SHOT)
    await house.until(task.id, Status.UNCERTAIN)
    await asyncio.sleep(5)
    left = house.tasks()[1]
    assert left.error is not None
    assert left.error.message.endswith("other tasks of this library moved it as well; so it proves nothing")
    await engine.close()


@pytest.mark.parametrize(
    ("after_s", "words", "charged"),
    [
        (2.0, "cancelled while it waited: $0.24 is given back; … as much, as the vendor's rule says", 0),
        (30.0, "cancelled after it had begun: $0.24 is charged all the same; … 24 less, as the vendor's rule says", 24),
    ],
)
@driven
async def test_what_a_cancel_gave_back_is_checked_against_the_balance(
    make_house: MakeHouse, after_s: float, words: str, charged: int
) -> None:
    house = make_house(practice=False, settings=PAID)
    engine = await house.open()
    (task,) = await engine.submit(RUNWAY_SHOT)
    await asyncio.sleep(after_s)
    done = await engine.cancel(task.id)
    assert done.error is not None
    plainly, _, by_balance = words.partition("…")
    assert done.error.message.startswith(f"{plainly}the balance was 10000 credits")
    assert done.error.message.endswith(by_balance)
    assert done.cost.charged is not None
    assert done.cost.charged * 100 == charged
    await engine.close()


@driven
async def test_what_is_refused_for_safety_is_never_repeated_and_the_person_is_warned(make_house: MakeHouse) -> None:
    house = make_house()
    engine = await house.open()
    (task,) = await engine.submit(replace(RUNWAY_SHOT, prompt="[fail:SAFETY.INPUT.TEXT] a paper boat"))
    done = await house.until(task.id)
    assert done.error is not None
    assert (done.status, done.error.kind, done.error.retryable) == (Status.FAILED, FailureKind.MODERATION, False)
    assert "repeats can suspend the account" in (done.error.hint or "")
    await asyncio.sleep(1800)
    assert house.creates() == 1
    await engine.close()


@driven
async def test_a_plug_in_that_cannot_be_asked_holds_nothing_up_and_is_written_down(
    caplog: pytest.LogCaptureFixture,
) -> None:
    def broken(_name: str, _practice: bool) -> Provider:
        raise RuntimeError("a fault of the plug-in")

    allowances = Allowances(broken, FakeClock())
    task = Task("01", RUNWAY_SHOT, Status.QUEUED, START)
    assert await allowances.read(task) is None
    assert "a fault of the plug-in" in caplog.text
    assert "limits of runway" in caplog.text
    await allowances.aclose()
