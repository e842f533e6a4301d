"""Pictures and clips are brought to the vendor before a send is written down: what fails there costs nothing."""

from __future__ import annotations

import asyncio
import random
from dataclasses import replace
from pathlib import Path

import pytest
from PIL import Image

from providers.errors import FailureKind
from providers.sandbox.faults import Fault, Kind, Point, Rule
from providers.shot import Input, Role, Shot
from rushes.context import Patience
from rushes.remembered import Remembered
from rushes.task import Status
from rushes.tasks.exchanges import Said
from tests.clock import FakeClock, driven
from tests.engine.conftest import MakeHouse
from tests.house import AGENTS, RUNWAY_SHOT, House

SESSIONS = "/runway/v1/uploads"
CREATE = "/agents/v1/generations"


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A picture that does not fit into a request."""
    path = tmp_path_factory.mktemp("pictures") / "large.png"
    Image.frombytes("RGB", (1600, 900), random.Random(1).randbytes(1600 * 900 * 3)).save(path, compress_level=0)
    return path


def shot(path: Path) -> Shot:
    return replace(RUNWAY_SHOT, mode="image_to_video", inputs=(Input(Role.START_IMAGE, str(path)),))


def order(house: House) -> list[str]:
    """The requests that bring over and bill, in order."""
    wanted = (SESSIONS, "/storage/", "/runway/v1/image_to_video")
    return [each.path for each in house.world.requests() if each.path.startswith(wanted) or "/storage/" in each.path]


def billed(house: House) -> int:
    """How many billable requests with a picture arrived, or were lost on the way."""
    return house.asked("/runway/v1/image_to_video", "POST")


@driven
async def test_a_picture_is_there_before_the_send_is_written_and_the_request_names_it(
    house: House, large: Path
) -> None:
    engine = await house.open()
    (task,) = await engine.submit(shot(large))
    done = await house.until(task.id)
    assert (done.status, done.charges_sent) == (Status.SUCCEEDED, 1)
    kinds = [path.rsplit("/", 1)[-1] if "runway/v1" in path else "storage" for path in order(house)]
    assert kinds == ["uploads", "storage", "image_to_video"]
    request = next(each for each in await engine.exchanges(task.id) if each.said is Said.REQUEST)
    assert "runway://" in str(request.data), "the story tells the request as it left"
    await engine.close()


@driven
async def test_a_picture_that_cannot_be_brought_over_holds_up_nobody_else_and_counts_as_no_send(
    make_house: MakeHouse, large: Path
) -> None:
    house = make_house(Rule(Fault(Kind.CONNECT), "POST", SESSIONS, times=4))
    engine = await house.open()
    (task,) = await engine.submit(shot(large))
    (other,) = await engine.submit(RUNWAY_SHOT)
    await house.until(other.id, Status.PENDING, Status.RUNNING, within_s=5)
    waiting = house.tasks()[0]
    assert waiting.error is not None
    assert (waiting.status, waiting.charges_sent, waiting.error.kind) == (Status.QUEUED, 0, FailureKind.NETWORK)
    assert house.story(task.id) == ["QUEUED"]
    done = await house.until(task.id)
    assert (done.status, done.charges_sent, len(house.jobs("runway"))) == (Status.SUCCEEDED, 1, 2)
    await engine.close()


@driven
async def test_a_picture_that_cannot_be_brought_over_does_not_keep_a_full_vendor_shut(
    make_house: MakeHouse, large: Path
) -> None:
    full = Rule(Fault(Kind.STATUS, Point.BEFORE, status=429, headers={"retry-after": "5"}), "POST", CREATE, calls=(1,))
    house = make_house(full, Rule(Fault(Kind.CONNECT), "POST", "/agents/v1/files*"))
    engine = await house.open()
    (first,) = await engine.submit(AGENTS)
    await asyncio.sleep(1)
    picture = replace(AGENTS, mode="image_to_video", inputs=(Input(Role.START_IMAGE, str(large)),))
    (stuck,) = await engine.submit(picture)
    await engine.prioritise(stuck.id, 1)
    await house.until(first.id, Status.PENDING, Status.RUNNING, within_s=30)
    assert house.tasks()[1].status is Status.QUEUED
    await engine.close()


@driven
async def test_a_command_gives_up_bringing_a_picture_over_and_nothing_was_sent(
    make_house: MakeHouse, large: Path
) -> None:
    house = make_house(Rule(Fault(Kind.CONNECT), "POST", SESSIONS))
    engine = await house.open(patience=Patience.of_command())
    (task,) = await engine.submit(shot(large))
    done = await house.until(task.id)
    assert done.error is not None
    assert (done.status, done.error.kind, done.error.charged) == (Status.FAILED, FailureKind.NETWORK, False)
    assert (done.charges_sent, billed(house)) == (0, 0)
    await engine.close()


@driven
async def test_a_press_is_taken_back_for_nothing_while_its_picture_is_on_the_way(
    make_house: MakeHouse, large: Path
) -> None:
    house = make_house(Rule(Fault(Kind.SLOW, seconds=15.0), "POST", SESSIONS))
    engine = await house.open()
    (task,) = await engine.submit(shot(large))
    await asyncio.sleep(5)
    gone = await engine.cancel(task.id)
    await asyncio.sleep(60)
    assert (gone.status, str(gone.cost.charged), billed(house)) == (Status.CANCELLED, "0", 0)
    await engine.close()


@driven
async def test_nothing_is_brought_over_while_the_queue_is_held(house: House, large: Path) -> None:
    engine = await house.open()
    await engine.pause()
    (task,) = await engine.submit(shot(large))
    await asyncio.sleep(30)
    assert order(house) == []
    await engine.pause(paused=False)
    assert (await house.until(task.id)).status is Status.SUCCEEDED
    await engine.close()


@driven
async def test_another_run_uses_what_was_brought_over_for_a_day(house: House, large: Path) -> None:
    for hours in (0, 20, 4):
        await asyncio.sleep(hours * 3600)
        engine = await house.open()
        (task,) = await engine.submit(shot(large))
        assert (await house.until(task.id)).status is Status.SUCCEEDED
        await engine.close()
    assert house.asked(SESSIONS, "POST") == 2, "once, and once more when it was too old"
    kept = [each.read_text() for each in house.home.notes.rglob("*.json")]
    assert len(kept) == 1
    assert not any(secret in kept[0] for secret in engine.pool.keyring.secrets())


@driven
async def test_what_was_refused_with_a_kept_address_is_brought_over_anew(make_house: MakeHouse, large: Path) -> None:
    house = make_house(Rule(Fault(Kind.STATUS, status=400), "POST", "*/image_to_video", calls=(2,)))
    for wanted in (Status.SUCCEEDED, Status.FAILED, Status.SUCCEEDED):
        engine = await house.open()
        (task,) = await engine.submit(shot(large))
        assert (await house.until(task.id)).status is wanted
        await engine.close()
    assert house.asked(SESSIONS, "POST") == 2


@driven
async def test_a_note_is_kept_for_its_time_and_a_damaged_one_is_none(tmp_path: Path) -> None:
    clock = FakeClock()
    notes = Remembered(tmp_path / "notes", clock)
    notes.put("the name of a file", "x://1", 60)
    assert notes.get("the name of a file") == "x://1"
    assert notes.get("another") is None
    (only,) = (tmp_path / "notes").iterdir()
    assert "name" not in only.name
    assert "name" not in only.read_text()
    clock.jump(-3600)
    assert notes.get("the name of a file") is None, "a clock that was set back makes no note younger"
    clock.jump(3600)
    notes.put("the name of a file", "x://2", 60)
    clock.jump(61)
    assert notes.get("the name of a file") is None
    for text in ("", "{", "[]", '{"value": "x"}', '{"value": "x", "since": 1, "until": 2}'):
        only.write_text(text)
        assert notes.get("the name of a file") is None
    notes.put("too long", "x" * 10_001, 60)
    assert notes.get("too long") is None


# ── through a router ─────────────────────────────────────────────────────────────────────────────────────────────────


@driven
async def test_by_an_option_a_lost_answer_is_found_in_the_list_of_a_router(make_house: MakeHouse) -> None:
    house = make_house(
        Rule(Fault(Kind.TIMEOUT), "POST", "*/generate/video"),
        settings='[options.runway]\n"router.gen4.5" = "only-gen4-5"\n',
    )
    engine = await house.open()
    (task,) = await engine.submit(RUNWAY_SHOT)
    done = await house.until(task.id)
    assert (done.status, house.creates(), len(house.jobs("runway"))) == (Status.SUCCEEDED, 1, 1)
    assert house.asked("/generate/video", "POST") == 1
    await engine.close()


@driven
async def test_an_option_counts_as_soon_as_it_is_set_and_is_off_before(house: House) -> None:
    engine = await house.open()
    (first,) = await engine.submit(RUNWAY_SHOT)
    await house.until(first.id)
    engine.settings.update("options.runway.router.gen4.5", "only-gen4-5")
    (second,) = await engine.submit(RUNWAY_SHOT)
    await house.until(second.id)
    assert (house.creates(), house.asked("/generate/video", "POST")) == (2, 1)
    engine.settings.update("options.runway.router.gen4.5", "no-such-router")
    (third,) = await engine.submit(RUNWAY_SHOT)
    done = await house.until(third.id)
    assert done.error is not None
    assert (done.status, done.charges_sent) == (Status.FAILED, 0)
    assert "no router no-such-router" in done.error.message
    await engine.close()
