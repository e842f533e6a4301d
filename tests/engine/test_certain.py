"""What is certain of a lost request, and what only looks like it: gateway and app, routers, pictures, late answers."""

from __future__ import annotations

import asyncio
import json
import sqlite3
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from providers.base import Receipt
from providers.errors import NotSent, OutcomeUnknown
from providers.reading import fraction, moment, units
from providers.sandbox.faults import Fault, Kind, Point, Rule
from providers.shot import Shot
from rushes.engine import Engine
from rushes.library.library import Library
from rushes.library.worker import Store
from rushes.money.budgets import EVERYTHING
from rushes.redact import Redactor
from rushes.task import Status, Task
from rushes.tasks.exchanges import LARGEST, Said, Scribe
from rushes.tasks.sends import Outcome, Send
from tests.clock import Process, driven
from tests.engine.conftest import MakeHouse
from tests.house import LUMA, RUNWAY_SHOT, House
from tests.library.shelf import library_of, task

ACCEPTED = Fault(Kind.TIMEOUT, Point.AFTER)
NEVER_CAME = Fault(Kind.TIMEOUT, Point.BEFORE)
FIRST_ALONE = (Rule(ACCEPTED, "POST", calls=(1,)), Rule(NEVER_CAME, "POST", calls=(1,)))
"""Of two creates the first is taken and the second never comes; neither is answered."""
PAID = {"practice": False, "settings": "[spending]\nallow_without_asking = true\n"}
ROUTED = f'{PAID["settings"]}\n[options.runway]\n"router.gen4.5" = "only-gen4-5"\n'
UNLISTED = Rule(Fault(Kind.CONNECT), "GET", "/dream-machine/v1/generations", times=6)


def names_a_callback(engine: Engine) -> None:
    engine.pool.call_back(lambda name: f"https://studio.example/{name}")


def nothing_more(_engine: Engine) -> None:
    pass


@pytest.mark.parametrize(
    ("shots", "rules", "more", "first_also"),
    [
        ((LUMA, LUMA), (*FIRST_ALONE, UNLISTED), PAID, names_a_callback),
        (
            (RUNWAY_SHOT, replace(RUNWAY_SHOT, prompt="a paper plane")),
            (*FIRST_ALONE, Rule(Fault(Kind.CONNECT), "GET", "*/requests", times=6)),
            {**PAID, "settings": ROUTED},
            nothing_more,
        ),
    ],
    ids=["a gateway and the app", "one router"],
)
@driven
async def test_what_one_process_lost_is_not_taken_by_another_that_the_list_cannot_tell_from_it(
    make_house: MakeHouse,
    shots: tuple[Shot, Shot],
    rules: tuple[Rule, ...],
    more: dict[str, Any],
    first_also: Callable[[Engine], None],
) -> None:
    house = make_house(*rules, **more)
    first, second = await house.open(), await house.open()
    first_also(first)
    (one,) = await first.submit(shots[0], consent_usd=EVERYTHING)
    await house.until(one.id, Status.UNCERTAIN)
    await first.forget(one.id)
    (two,) = await second.submit(shots[1], consent_usd=EVERYTHING)
    await asyncio.wait_for(second.idle(), 3600)
    assert len(house.jobs(shots[0].provider)) == 1
    assert (await house.until(two.id, Status.UNCERTAIN)).vendor_id is None
    await first.close()
    await second.close()


@pytest.mark.parametrize(("other", "found"), [("the same", "job 1"), ("another", None)])
def test_of_lost_requests_that_are_only_alike_none_is_matched_by_its_place_in_the_list(
    house: House, other: str, found: str | None
) -> None:
    """A list that does not show pictures, and two requests with other pictures, both taken: which is whose?"""
    library = library_of(house.home)
    tasks = [library.add(task(number)) for number in range(2)]
    for each, body in zip(tasks, ("the same", other), strict=True):
        library.connection.execute("UPDATE tasks SET body_hash = ? WHERE id = ?", (body, each.id))
        library.begin_send(Send(f"of {each.id}", each.id, "alike", library.now(), Outcome.UNKNOWN))
    send = library.last_send(tasks[0].id)
    assert send is not None
    assert library.claimable(tasks[0], send, ["job 1", "job 2"], reach=timedelta(days=1)) == found
    library.close()


# ── answers that come late ───────────────────────────────────────────────────────────────────────────────────────────


async def fallen_asleep(house: House, asleep: Process, engine: Engine) -> tuple[Task, Engine]:
    """A task whose process fell asleep while it was sending, and the engine that took over."""
    with asleep.running():
        (made,) = await engine.submit(RUNWAY_SHOT, consent_usd=EVERYTHING)
    await house.until(made.id, Status.SUBMITTING)
    asleep.stop()
    other = await house.open()
    return await house.until(made.id, Status.UNCERTAIN, within_s=30), other


def is_free(library: Library, done: Task, job: str) -> bool:
    """Whether a lost request of another task may still take it."""
    return not library.owned_vendor_ids(done.shot.provider, practice=done.practice, vendor_ids=[job])


@pytest.mark.parametrize("already", [Status.PENDING, Status.SUCCEEDED])
@driven
async def test_a_late_answer_that_names_another_than_the_one_adopted_leaves_each_clip_under_its_own_id(
    make_house: MakeHouse, already: Status
) -> None:
    house = make_house(Rule(Fault(Kind.SLOW, Point.AFTER, seconds=5.0), "POST", calls=(1,)))
    asleep = Process("asleep")
    engine = await house.open(asleep)
    made, other = await fallen_asleep(house, asleep, engine)
    (stranger,) = await other.submit(replace(RUNWAY_SHOT, prompt="of another program"))
    await house.until(stranger.id)
    library = house.library()
    library.connection.execute("DELETE FROM tasks WHERE id = ?", (stranger.id,))
    library.connection.execute("DELETE FROM sends WHERE task_id = ?", (stranger.id,))
    library.close()
    mine, theirs = house.jobs("runway")
    await other.adopt(made.id, theirs)
    await house.until(made.id, already)
    asleep.go_on()
    await asyncio.sleep(30)
    done = await house.until(made.id, Status.SUCCEEDED)
    assert done.vendor_id == (mine if already is Status.PENDING else theirs)
    assert done.vendor_id in [each.path for each in house.world.requests() if each.path.startswith("/assets/")][-1]
    library = house.library()
    assert mine in json.dumps([each.detail for each in library.events(made.id)])
    assert is_free(library, done, mine) == (already is Status.SUCCEEDED)
    library.close()
    await engine.close()
    await other.close()


@driven
async def test_what_a_press_made_whose_answer_comes_after_the_next_press_is_fetched_as_a_take_of_its_own(
    make_house: MakeHouse,
) -> None:
    house = make_house(Rule(Fault(Kind.SLOW, Point.AFTER, seconds=5.0), "POST", calls=(1,)), practice=False)
    asleep = Process("asleep")
    engine = await house.open(asleep)
    made, other = await fallen_asleep(house, asleep, engine)
    await other.resend(made.id, consent_usd=EVERYTHING)
    done = await house.until(made.id, Status.SUCCEEDED)
    asleep.go_on()
    await asyncio.sleep(60)
    late = await house.until(next(each.id for each in house.tasks() if each.id != made.id))
    first, second = house.jobs("runway")
    assert (done.vendor_id, late.vendor_id, late.status) == (second, first, Status.SUCCEEDED)
    assert (house.creates(), late.shot, late.wanted) == (2, made.shot, None)
    library = house.library()
    assert late.id in json.dumps([each.detail for each in library.events(made.id)])
    assert next(each.said for each in library.exchanges(late.id)) is Said.REQUEST
    today = house.clock.now().date()
    sums = library.books.total(today, today, practice=False)
    assert (sums.presses, sums.unsettled, sums.charged) == (2, Decimal(0), sums.quoted)
    assert library.books.used(house.clock.now() - timedelta(days=1)).usd == sums.charged
    assert library.books.check() == []
    library.close()
    await engine.close()
    await other.close()


@driven
async def test_what_is_settled_where_its_request_is_still_in_the_air_goes_on_there_when_no_answer_comes(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    asleep = Process("asleep")
    engine = await house.open(asleep)
    provider = engine.pool.provider("runway", practice=True)
    plain, sent = provider.submit, 0

    async def submit(*given: Any) -> Receipt:
        nonlocal sent
        sent += 1
        if sent > 1:
            return await plain(*given)
        await engine.clock.sleep(5)
        raise OutcomeUnknown("no answer")

    monkeypatch.setattr(provider, "submit", submit)
    made, other = await fallen_asleep(house, asleep, engine)
    await other.close()
    await engine.resend(made.id, consent_usd=EVERYTHING)
    asleep.go_on()
    assert (await house.until(made.id)).status is Status.SUCCEEDED
    assert sent == 2
    await engine.close()


# ── what must not stop us from writing an answer down ────────────────────────────────────────────────────────────────


@driven
async def test_a_library_that_cannot_even_be_read_while_an_answer_is_written_leaves_nothing_half_way(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine = await house.open()
    plain, failing = Store.run, 0

    async def run(store: Store, work: Callable[[Library], Any]) -> Any:
        nonlocal failing
        carrying = asyncio.current_task()
        if failing and carrying is not None and carrying.get_name().startswith("carry"):
            failing -= 1
            raise sqlite3.OperationalError("disk I/O error")
        return await plain(store, work)

    async def submit(*_given: Any) -> Receipt:
        nonlocal failing
        failing = 2  # what became of the request is not written, and then the task cannot be read
        raise NotSent("no line")

    monkeypatch.setattr(Store, "run", run)
    monkeypatch.setattr(engine.pool.provider("runway", practice=True), "submit", submit)
    (made,) = await engine.submit(RUNWAY_SHOT)
    assert (await house.until(made.id, Status.UNCERTAIN, within_s=60)).error is not None
    await engine.close()


DEEP = "[" * 900 + "]" * 900


@pytest.mark.parametrize("odd", ["1e99999", "1" * 4000, "-1e-99999", "NaN", DEEP, '"\\ud800"'])
def test_nothing_in_an_answer_stops_it_from_being_kept(odd: str) -> None:
    answer = json.loads(f'{{"id": "job", "odd": {odd}}}', parse_float=Decimal)
    text = Scribe(Redactor()).write(answer)
    assert json.loads(text)["id"] == "job"
    assert len(text.encode()) <= LARGEST


def test_numbers_and_times_that_no_column_holds_are_taken_as_not_said() -> None:
    assert [units(each) for each in (Decimal("1e400"), 10**30, Decimal(-1), True)] == [None] * 4
    assert [fraction(each) for each in (10**400, Decimal("1e9999"), -1, float("nan"))] == [None] * 4
    assert [moment(each) for each in ("0001-01-01T00:00:00+05:00", "9999-12-31T23:59:59-05:00", "soon")] == [None] * 3
