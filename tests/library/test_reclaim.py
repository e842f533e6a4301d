"""What other programs had a vendor make with the same key comes into the library, once, checked, and for nothing."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from providers.base import VendorRef, VendorState, VendorTask
from providers.errors import NotSupported
from providers.luma import SPEC, dream_machine
from providers.luma.past import read_past
from providers.shot import Media, Role, Shot
from rushes.engine import Engine
from rushes.task import Status, Task
from tests.clock import driven
from tests.house import House


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    made = House(tmp_path)
    yield made
    made.close()


@asynccontextmanager
async def opened(house: House) -> AsyncIterator[Engine]:
    engine = await house.open()
    try:
        yield engine
    finally:
        await engine.close()


async def made_elsewhere(house: House, engine: Engine, prompt: str, *media: Media, mode: str = "text_to_video") -> str:
    """A generation that another program asks for with this key, and waits for."""
    provider = engine.pool.provider("luma", practice=True)
    shot = Shot("luma", "ray-2", mode, prompt, {"resolution": "540p", "duration": "5s"})
    vendor_id = (await provider.submit(shot, media)).vendor_id
    while (await provider.poll(VendorRef("ray-2", vendor_id))).state in {VendorState.PENDING, VendorState.RUNNING}:
        await house.clock.sleep(5.0)
    return vendor_id


async def import_all(engine: Engine) -> list[Task]:
    ids = [each.id for each in await engine.reclaim("luma", await engine.past("luma"))]
    await engine.idle()
    return [await engine.need(each) for each in ids]


@driven
async def test_a_clip_of_another_program_comes_with_its_words_and_costs_nothing(house: House) -> None:
    async with opened(house) as engine:
        vendor_id = await made_elsewhere(house, engine, "a paper boat")
        pressed = house.creates()
        (task,) = await import_all(engine)
        assert (task.status, task.vendor_id, task.shot.prompt) == (Status.SUCCEEDED, vendor_id, "a paper boat")
        assert task.shot.params == {"resolution": "540p", "duration": "5s"}
        assert task.take is not None
        assert task.take.file.with_suffix(".json").exists()
        assert task.take.file.with_suffix(".jpg").exists()
        assert task.badge == "LUMA-RAY-2 PRACTICE"
        assert house.creates() == pressed
        assert (task.charges_sent, task.cost.charged) == (0, None)
        assert await engine.accounts.story(task.id) == []


@driven
async def test_what_the_library_has_is_passed_over_and_so_is_what_was_thrown_away_for_good(house: House) -> None:
    async with opened(house) as engine:
        await made_elsewhere(house, engine, "a paper boat")
        (task,) = await import_all(engine)
        assert await import_all(engine) == []
        await engine.shelf.trash([task.id])
        await engine.shelf.empty_trash()
        found = await engine.past("luma")
        assert (found.new, found.known) == ((), 1)


@driven
async def test_the_list_is_read_to_its_end_and_only_finished_clips_are_taken(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dream_machine, "PAGE", 2)
    async with opened(house) as engine:
        for number in range(4):
            await made_elsewhere(house, engine, f"boat {number}")
        await made_elsewhere(house, engine, "[fail:moderation] a boat")
        provider = engine.pool.provider("luma", practice=True)
        await provider.submit(Shot("luma", "ray-2", "text_to_video", "still at work", {}))
        found = await engine.past("luma")
        assert [each.shot.prompt for each in found.new] == ["boat 0", "boat 1", "boat 2", "boat 3"]
        assert (found.known, found.failed, found.under_way) == (0, 1, 1)
        newest = await engine.past("luma", limit=1)
        assert [each.shot.prompt for each in newest.new] == ["boat 3"]


@driven
async def test_a_take_that_extends_another_one_knows_it(house: House) -> None:
    async with opened(house) as engine:
        first = await made_elsewhere(house, engine, "a paper boat")
        await made_elsewhere(house, engine, "and on", Media(Role.VIDEO, vendor_id=first), mode="extend")
        before, after = await import_all(engine)
        assert (after.status, after.shot.mode) == (Status.SUCCEEDED, "extend")
        assert (after.parent, after.kinship) == (before.id, "extended")
        assert [(each.role, each.source) for each in after.shot.inputs] == [(Role.VIDEO, before.id)]


@driven
async def test_a_vendor_without_a_list_says_so(house: House) -> None:
    async with opened(house) as engine:
        with pytest.raises(NotSupported, match="keeps no list"):
            await engine.past("runway")


IMAGE = {"type": "image", "url": "https://pictures.example.com/fox.png"}
TAKE = {"type": "generation", "id": "g1"}


@pytest.mark.parametrize(
    ("request_", "mode", "params", "inputs", "made_from"),
    [
        ({"prompt": "a fox"}, "text_to_video", {}, [], {}),
        ({"duration": "9s", "aspect_ratio": "9:16", "loop": True}, "text_to_video",
         {"duration": "9s", "ratio": "9:16", "loop": True}, [], {}),
        ({"duration": "77s", "resolution": 4, "loop": False}, "text_to_video", {}, [], {}),
        ({"concepts": [{"key": "push_in"}, {"key": "pov"}]}, "text_to_video", {"concepts": "push_in, pov"}, [], {}),
        ({"keyframes": {"frame0": IMAGE}}, "image_to_video", {}, [Role.START_IMAGE], {}),
        ({"keyframes": {"frame0": TAKE, "frame1": IMAGE}}, "extend", {}, [Role.END_IMAGE], {Role.VIDEO: "g1"}),
        ({"keyframes": {"frame1": TAKE}}, "extend_back", {}, [], {Role.VIDEO: "g1"}),
        ({"keyframes": {"frame0": TAKE, "frame1": {"type": "generation", "id": "g2"}}}, "interpolate", {}, [],
         {Role.START_IMAGE: "g1", Role.END_IMAGE: "g2"}),
        ({"generation_type": "upscale_video", "resolution": "1080p"}, "upscale", {"resolution": "1080p"}, [], {}),
        ({"generation_type": "modify_video", "mode": "flex_1", "media": {"url": "https://x.example/a.mp4"}}, "modify",
         {"strength": "flex_1"}, [Role.VIDEO], {}),
        ({"keyframes": [1, 2], "prompt": 7, "media": "none"}, "text_to_video", {}, [], {}),
    ],
)  # fmt: skip
def test_the_echo_of_a_request_is_read_back_into_a_shot(
    request_: dict[str, Any], mode: str, params: dict[str, Any], inputs: list[Role], made_from: dict[Role, str]
) -> None:
    task = VendorTask("g9", VendorState.SUCCEEDED, "completed")
    past = read_past(SPEC.load_catalogue(), task, {"id": "g9", "model": "ray-2", "request": request_})
    assert past is not None
    assert (past.shot.model, past.shot.mode, dict(past.shot.params)) == ("ray-2", mode, params)
    assert [each.role for each in past.shot.inputs] == inputs
    assert dict(past.made_from) == made_from


def test_still_pictures_are_left_out_and_a_model_of_tomorrow_is_kept_by_its_name() -> None:
    task, catalogue = VendorTask("g9", VendorState.SUCCEEDED, "completed"), SPEC.load_catalogue()
    assert read_past(catalogue, task, {"id": "g9", "request": {"generation_type": "image"}}) is None
    past = read_past(catalogue, task, {"id": "g9", "request": {"model": "ray-9", "duration": "5s"}})
    assert past is not None
    assert (past.shot.model, dict(past.shot.params)) == ("ray-9", {})
