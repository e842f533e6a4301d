"""What a face may rely on, of whichever engine it has: the same words, the same errors, the same money."""

from __future__ import annotations

import hashlib
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from PIL import Image

from providers.errors import Problem
from providers.shot import Input, Role, Shot
from rushes.interface import Engine
from rushes.library.exporting import PATTERN, How
from rushes.library.search import SearchProblem
from rushes.money.budgets import SpendingRefused
from rushes.pool import UnknownProvider
from rushes.task import Status, Task
from rushes.tasks.acting import WrongState
from rushes.tasks.submitting import Invalid, NotReady
from tests.remote.conftest import Open, boat

RUNWAY = Shot("runway", "gen4.5", "text_to_video", "a paper boat", {"duration": 2, "ratio": "1280:720"})


async def made(engine: Engine, *shots: Shot) -> list[Task]:
    """Presses and waits for the ends."""
    tasks = [task for shot in shots for task in await engine.submit(shot)]
    await engine.idle()
    return [await engine.need(each.id) for each in tasks]


async def test_a_press_goes_to_its_end_and_its_clip_can_be_opened_here(open_one: Open) -> None:
    engine, gate = await open_one()
    told: list[Task] = []
    engine.subscribe(told.append)
    assert (engine.check(boat()), engine.quote(boat()).words(), engine.practises("sandbox")) == ([], "free", False)
    pressed = await engine.submit(boat(), count=2)
    assert not any(each.ended for each in pressed)
    await engine.idle()
    first, second = [await engine.need(each.id) for each in pressed]
    assert (first.status, second.status, gate.sent()) == (Status.SUCCEEDED, Status.SUCCEEDED, 2)
    heard = [each.status for each in told if each.id == first.id]
    assert len(set(heard)) > 1
    assert heard[-1] is Status.SUCCEEDED
    assert first.take is not None
    clip = await engine.clip(first)
    assert hashlib.sha256(clip.read_bytes()).hexdigest() == first.take.sha256
    poster = await engine.poster(first)
    assert poster is not None
    assert poster.read_bytes()[:2] == b"\xff\xd8"
    assert await engine.need(first.id[-8:]) == first
    assert (await engine.get("ZZZZ"), await engine.is_carried(first.id)) == (None, False)
    assert [each.id for each in (await engine.history(limit=1)).tasks] == [second.id]
    assert (await engine.tasks()).tasks == ()
    assert {each.id for each in await engine.active()} == {first.id, second.id}
    assert await engine.count("status:succeeded") == 2
    story = await engine.events(first.id)
    assert (story[0].now, story[-1].now) == ("QUEUED", "SUCCEEDED")
    assert len(await engine.exchanges(first.id)) >= 2
    assert engine.view(first) == first


async def test_what_cannot_be_done_is_said_in_the_same_words(open_one: Open) -> None:
    engine, gate = await open_one()
    with pytest.raises(Invalid) as wrong:
        await engine.submit(boat(duration="7h"))
    assert [each.param for each in wrong.value.problems] == ["duration"]
    assert engine.check(boat(duration="7h")) == list(wrong.value.problems)
    with pytest.raises(NotReady, match="no key for Runway"):
        await engine.submit(RUNWAY)
    with pytest.raises(UnknownProvider, match="acme"):
        engine.catalogue("acme")
    with pytest.raises(LookupError, match="there is no task 01"):
        await engine.need("01")
    with pytest.raises(SearchProblem, match="rating"):
        await engine.history("rating:many")
    with pytest.raises(ValueError, match="a rating is 0 to 5"):
        await engine.shelf.rate([], 9)
    (task,) = await made(engine, boat())
    for press in (engine.cancel, engine.undo, engine.watch_again):
        with pytest.raises(WrongState, match="it is done"):
            await press(task.id)
    with pytest.raises(WrongState, match="nothing to settle"):
        await engine.adopt(task.id, "theirs")
    assert gate.sent() == 1


async def test_a_press_that_nobody_agreed_to_costs_nothing_and_one_that_is_agreed_to_is_sent_once(
    paid: object, open_one: Open
) -> None:
    engine, _ = await open_one()
    price = engine.quote(RUNWAY).usd
    assert price
    with pytest.raises(SpendingRefused) as refused:
        await engine.submit(RUNWAY)
    assert refused.value.needed_usd == price
    with pytest.raises(SpendingRefused):
        await engine.submit(RUNWAY, consent_usd=price - Decimal("0.01"))
    (task,) = await engine.submit(RUNWAY, consent_usd=price)
    await engine.idle()
    ended = await engine.need(task.id)
    assert (ended.status, ended.charges_sent, ended.cost.charged) == (Status.SUCCEEDED, 1, price)
    today = engine.accounts.today()
    figures = await engine.accounts.spend(today - timedelta(days=1), today)
    assert (figures.total.charged, figures.total.presses) == (price, 1)
    entries = await engine.accounts.entries(today - timedelta(days=1), today)
    assert {each.task_id for each in entries} == {task.id}
    assert await engine.accounts.bars() == []
    assert await engine.accounts.warnings() == []
    assert [each.provider for each in await engine.accounts.reconcile(today, today)] == ["runway"]


async def test_a_press_can_be_taken_back_while_it_is_held(open_one: Open) -> None:
    engine, gate = await open_one()
    assert await engine.trouble() == ""
    (task,) = await engine.submit(boat(), hold_s=600)
    assert "costs nothing" in engine.cancel_words(task)
    assert await engine.before_cancel(task.id) == engine.cancel_words(task)
    assert (await engine.undo(task.id)).status is Status.CANCELLED
    await engine.pause()
    (held,) = await engine.submit(boat("held"))
    assert (await engine.paused(), (await engine.prioritise(held.id, 3)).priority) == (True, 3)
    assert (await engine.cancel(held.id)).status is Status.CANCELLED
    await engine.pause(paused=False)
    assert (await engine.paused(), gate.sent()) == (False, 0)


async def test_the_library_is_written_on_and_taken_back(open_one: Open, tmp_path: Path) -> None:
    engine, _ = await open_one()
    one, two = await made(engine, boat("one"), boat("two"))
    shelf, both = engine.shelf, [one.id, two.id]
    assert {each.rating for each in (await shelf.rate(both, 4)).tasks} == {4}
    assert (await engine.rate(one.id, 5)).rating == 5
    assert (await engine.tag(one.id, ["Boat", "night"])).tags == ("Boat", "night")
    await shelf.rename_tag("boat", "ship")
    assert sorted(await shelf.tags()) == [("night", 1), ("ship", 1)]
    assert [each.notes for each in (await shelf.note([two.id], " good ")).tasks] == ["good"]
    assert (await shelf.undo()) is not None
    assert (await engine.need(two.id)).notes == ""
    await shelf.save_search("best", "rating:>=4")
    assert await shelf.searches() == {"best": "rating:>=4"}
    await shelf.drop_search("best")
    assert [each.id for each in (await shelf.page("tag:ship")).tasks] == [one.id]
    assert "tag:ship" in [each.word for each in await shelf.complete("tag:sh", 6)]
    await shelf.link([two.id], one.id, "rerun")
    assert [each.id for each in (await shelf.kin(one.id)).children] == [two.id]
    assert (await shelf.verify()).sound
    assert (await shelf.room())["provider"][0][:2] == ("sandbox", 2)
    done = await shelf.export([one], tmp_path / "out", pattern=PATTERN, how=How.COPY)
    assert done[0].file is not None
    assert done[0].file.is_file()
    picture, page = await shelf.contact_sheet([one, two], tmp_path / "sheet")
    assert picture.is_file()
    assert page.is_file()
    assert [each.trashed_at is not None for each in (await shelf.trash([two.id])).tasks] == [True]
    assert await shelf.count("is:trashed") == 1
    assert (await shelf.restore([two.id])).tasks[0].trashed_at is None
    await shelf.trash([two.id])
    assert (await shelf.empty_trash()).takes == 1
    assert (await engine.need(two.id)).take is None


async def test_pictures_of_this_machine_are_looked_at_and_used(open_one: Open, tmp_path: Path) -> None:
    engine, gate = await open_one()
    good, bad = tmp_path / "a frame.png", tmp_path / "bad.png"
    Image.new("RGB", (640, 360), (90, 90, 90)).save(good)
    bad.write_bytes(b"no picture")
    assert engine.check(boat("x", Input(Role.START_IMAGE, str(tmp_path / "gone.png")))) != []
    found = await engine.given.look(boat("x", Input(Role.START_IMAGE, str(bad))))
    assert [each.param for each in found] == ["start_image"]
    shot = boat("from a frame", Input(Role.START_IMAGE, str(good)))
    assert (engine.check(shot), await engine.given.look(shot)) == ([], [])
    assert await engine.given.measure(shot) is None
    request = await engine.given.request(shot)
    assert "image/png" in str(request.to_json()["body"])
    (task,) = await made(engine, shot)
    assert task.status is Status.SUCCEEDED
    again = await engine.retry(task.id)
    await engine.idle()
    assert (await engine.need(again.id)).status is Status.SUCCEEDED
    of_a_take = boat("of a take", Input(Role.START_IMAGE, task.id))
    assert (await made(engine, of_a_take))[0].status is Status.SUCCEEDED
    assert gate.sent() == 3


async def test_what_is_offered_is_the_same_and_stands_at_once(open_one: Open) -> None:
    engine, gate = await open_one()
    local = gate.house.engine
    assert engine.providers() == local.providers()
    for each in engine.providers():
        assert engine.catalogue(each.name) == local.catalogue(each.name)
    assert engine.quote(RUNWAY) == local.quote(RUNWAY)
    assert isinstance(engine.check(RUNWAY), list)
    assert all(isinstance(each, Problem) for each in engine.check(Shot("luma", "ray-2", "text_to_video", "")))
    assert await engine.given.notes(boat()) == []
    assert engine.given.offers.known(boat(), "duration") == local.given.offers.known(boat(), "duration")
