"""What changes while tasks run counts for them at once: settings, keys, and somebody who says that there is news."""

from __future__ import annotations

import asyncio
import itertools
import random
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from PIL import Image

from providers.sandbox.faults import Fault, Kind, Rule
from providers.sandbox.options import Pace
from providers.shot import Input, Role, Shot
from rushes.money.balances import Moved
from rushes.task import Status
from tests.clock import START, driven, seconds
from tests.engine.conftest import MakeHouse
from tests.house import RUNWAY_SHOT, SANDBOX, House

PAID = "[spending]\nallow_without_asking = true\n"


@driven
async def test_the_number_of_downloads_at_once_follows_the_setting(make_house: MakeHouse) -> None:
    house = make_house(
        Rule(Fault(Kind.SLOW, seconds=10.0), "GET", "*/assets/*"), settings="[limits]\ndownloads = 4\n", concurrent={}
    )
    engine = await house.open()
    engine.settings.update("limits.downloads", 1)
    tasks = await engine.submit(SANDBOX, count=3)
    for each in tasks:
        await house.until(each.id)
    times = sorted(each.at for each in house.world.requests() if "/assets/" in each.path)
    assert [later - earlier >= 10 for earlier, later in itertools.pairwise(times)] == [True, True]
    await engine.close()


def _keys(house: House, since: int) -> set[str]:
    """The fingerprints of the keys that polls came with."""
    return {each.key for each in house.world.requests()[since:] if "/tasks/" in each.path}


@driven
async def test_other_keys_are_used_for_what_is_watched_already(make_house: MakeHouse) -> None:
    house = make_house(practice=False, settings=PAID, any_key=True, pace={"*": Pace(0.0, 600.0, 0.0)})
    engine = await house.open()
    (task,) = await engine.submit(RUNWAY_SHOT)
    await house.until(task.id, Status.RUNNING)
    other = "key_" + "cd" * 64
    engine.environ = {**engine.environ, "RUNWAYML_API_SECRET": other}
    before = _keys(house, 0)
    engine.renew_keys()
    seen = len(house.world.requests())
    await asyncio.sleep(120)
    assert len(before) == len(_keys(house, seen)) == 1
    assert before != _keys(house, seen)
    await engine.close()


@driven
async def test_a_clip_that_was_asked_for_without_a_key_is_fetched_when_the_key_comes(make_house: MakeHouse) -> None:
    house = make_house(practice=False, settings=PAID)
    engine = await house.open()
    (task,) = await engine.submit(RUNWAY_SHOT)
    done = await house.until(task.id, Status.SUCCEEDED)
    assert done.take is not None
    done.take.file.unlink()
    keys = engine.environ
    engine.environ = {}
    engine.renew_keys()
    asking = asyncio.create_task(engine.fetch(task.id))
    await asyncio.sleep(60)
    assert "no key" in str((await engine.need(task.id)).error)
    engine.environ = keys
    engine.renew_keys()
    await house.until(task.id, Status.SUCCEEDED)
    await asking
    await engine.close()


@driven
async def test_somebody_who_says_that_there_is_news_is_believed_at_once(make_house: MakeHouse) -> None:
    house = make_house(pace={"*": Pace(0.0, 600.0, 0.0)})
    engine = await house.open()
    (task,) = await engine.submit(RUNWAY_SHOT)
    running = await house.until(task.id, Status.RUNNING)
    await asyncio.sleep(1)
    asked = house.asked("/tasks/")
    assert engine.look(running)
    await asyncio.sleep(0.5)
    assert house.asked("/tasks/") == asked + 1
    await engine.close()
    assert not engine.look(running)


@driven
async def test_a_poll_that_is_turned_away_waits_for_as_long_as_the_vendor_asks(make_house: MakeHouse) -> None:
    busy = Fault(Kind.STATUS, status=429, headers={"retry-after": "200"})
    house = make_house(Rule(busy, "GET", "*/tasks/*", calls=(2,)))
    engine = await house.open()
    (task,) = await engine.submit(RUNWAY_SHOT)
    done = await house.until(task.id)
    assert (done.status, done.error) == (Status.SUCCEEDED, None)
    polls = [each.at for each in house.world.requests() if "/tasks/" in each.path]
    assert 200 <= polls[2] - polls[1] < 300
    assert seconds() > 200
    await engine.close()


@driven
async def test_a_large_picture_is_with_the_vendor_before_the_send_wherever_uploads_exist(
    make_house: MakeHouse, tmp_path: Path
) -> None:
    house = make_house(Rule(Fault(Kind.CONNECT), "POST", "*/files*", times=2))
    picture = tmp_path / "large.png"
    Image.frombytes("RGB", (640, 360), random.Random(1).randbytes(640 * 360 * 3)).save(picture, compress_level=0)
    words = {"duration": "5s", "resolution": "540p"}
    shot = Shot("luma", "ray-3.2", "image_to_video", "a boat", words, (Input(Role.START_IMAGE, str(picture)),))
    engine = await house.open()
    (task,) = await engine.submit(shot)
    await asyncio.sleep(1)
    (waiting,) = house.tasks()
    assert (waiting.status, waiting.charges_sent) == (Status.QUEUED, 0)
    done = await house.until(task.id)
    assert (done.status, done.charges_sent) == (Status.SUCCEEDED, 1)
    posts = [each.path.rsplit("/", 1)[-1] for each in house.world.requests() if each.method == "POST"]
    assert posts[-1] == "generations"
    assert posts.count("generations") == 1
    await engine.close()


MOVED = Moved(Decimal(1000), START, Decimal(940), START + timedelta(minutes=2), "credit", alone=True)


@pytest.mark.parametrize(
    ("moved", "price", "verdict"),
    [
        (MOVED, Decimal(60), "as much as this press costs: it was probably accepted"),
        (MOVED, Decimal(24), "which may be this press"),
        (MOVED, None, "which may be this press"),
        (replace(MOVED, after=Decimal(1000)), Decimal(60), "so nothing was charged by then"),
        (replace(MOVED, alone=False), Decimal(60), "so it proves nothing"),
    ],
)
def test_a_balance_says_no_more_than_it_knows(moved: Moved, price: Decimal | None, verdict: str) -> None:
    assert moved.verdict(price) == verdict


def test_a_balance_is_told_with_both_times_and_the_difference() -> None:
    assert MOVED.words() == "the balance was 1000 credits at 12:00 and is 940 at 12:02 UTC, 60 less"
    assert replace(MOVED, after=Decimal("1000.5")).words().endswith("is 1000.5 at 12:02 UTC, 0.5 more")
