"""Luma's whole ways through the engine: from a shot to a kept clip, on the practice vendor, for both of its APIs."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from providers.sandbox.options import AGENTS
from providers.sandbox.renderer import ClipSpec
from providers.shot import Input, Role, Shot
from rushes.engine import Engine, Invalid
from rushes.media import still_jpeg
from rushes.task import Status, Task
from tests.clock import driven
from tests.house import House, flat_clip


class Stage:
    """A house whose engine is opened with the first press, and the files of the person who presses."""

    def __init__(self, folder: Path) -> None:
        self.house = House(folder)
        self.folder = folder
        self._engine: Engine | None = None

    async def engine(self) -> Engine:
        """The one process."""
        if self._engine is None:
            self._engine = await self.house.open()
        return self._engine

    async def run(self, mode: str = "text_to_video", *inputs: Input, model: str = "ray-2", **params: Any) -> Task:
        """Presses once and waits for the end."""
        prompt = params.pop("prompt", "a fox")
        engine = await self.engine()
        (task,) = await engine.submit(Shot("luma", model, mode, prompt, params, inputs))
        return await self.house.until(task.id)

    def sent(self) -> list[tuple[str, str]]:
        """What arrived at the vendor, polls and downloads aside."""
        return [(each.method, each.path) for each in self.house.world.requests() if each.method != "GET"]

    def picture(self) -> Path:
        """A JPEG of one's own."""
        path = self.folder / "fox.jpg"
        path.write_bytes(still_jpeg(self.clip(1.0), 0.0))
        return path

    def clip(self, seconds: float, padding: int = 0) -> Path:
        """A clip of one's own; `padding` bytes make the file larger, as MP4 allows."""
        path = self.folder / f"own-{seconds:g}.mp4"
        flat_clip(ClipSpec("a fox", 640, 360, seconds), path)
        box = padding.to_bytes(4, "big") + b"free" + bytes(padding - 8) if padding else b""
        path.write_bytes(path.read_bytes() + box)
        return path


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Stage]:
    made = Stage(tmp_path)
    yield made
    made.house.close()


def take(role: Role, task: Task) -> Input:
    return Input(role, task.id)


def done(task: Task) -> None:
    assert task.error is None
    assert task.status is Status.SUCCEEDED
    assert task.take is not None
    assert task.take.file.exists()


@driven
async def test_words_become_a_clip_and_its_badge_says_what_ran(stage: Stage) -> None:
    task = await stage.run(loop=True)
    done(task)
    assert task.badge == "LUMA-RAY-2 PRACTICE"
    assert task.cost.charged == task.cost.quoted
    assert stage.sent() == [("POST", "/dream-machine/v1/generations/video")]


@driven
async def test_a_take_is_extended_both_ways_joined_scaled_up_and_given_sound(stage: Stage) -> None:
    first = await stage.run()
    ahead = await stage.run("extend", take(Role.VIDEO, first))
    before = await stage.run("extend_back", take(Role.VIDEO, first))
    joined = await stage.run("interpolate", take(Role.START_IMAGE, before), take(Role.END_IMAGE, ahead))
    large = await stage.run("upscale", take(Role.VIDEO, joined), prompt="", resolution="720p")
    loud = await stage.run("add_audio", take(Role.VIDEO, large), prompt="rain")
    for task in (first, ahead, before, joined, large, loud):
        done(task)
    assert stage.sent()[-2:] == [
        ("POST", f"/dream-machine/v1/generations/{joined.vendor_id}/upscale"),
        ("POST", f"/dream-machine/v1/generations/{large.vendor_id}/audio"),
    ]


@driven
async def test_a_take_is_modified_and_reframed_over_the_link_that_the_vendor_has(stage: Stage) -> None:
    first = await stage.run()
    changed = await stage.run("modify", take(Role.VIDEO, first), strength="reimagine_2")
    done(changed)
    # 1280 × 720 × 24 × 5 s ÷ 10⁶ × 0.01582: the published 1.75.
    assert f"{changed.cost.quoted}" == "1.75"
    tall = await stage.run("reframe", take(Role.VIDEO, first), ratio="9:16")
    done(tall)
    assert tall.cost.quoted is None


@driven
async def test_a_picture_of_ones_own_goes_to_the_model_that_takes_files(stage: Stage) -> None:
    picture = str(stage.picture())
    with pytest.raises(Invalid, match=r"must be a public https link .*ray-3\.2 would take it"):
        await stage.run("image_to_video", Input(Role.START_IMAGE, picture))
    task = await stage.run("image_to_video", Input(Role.START_IMAGE, picture), model="ray-3.2")
    done(task)
    assert stage.sent() == [("POST", "/agents/v1/generations")], "small enough to travel inside"


@driven
async def test_the_newer_api_extends_edits_reframes_and_pins_pictures(stage: Stage) -> None:
    new: dict[str, Any] = {"model": "ray-3.2"}
    first = await stage.run(**new, resolution="360p")
    ahead = await stage.run("extend", take(Role.VIDEO, first), **new)
    before = await stage.run("extend_back", take(Role.VIDEO, first), **new)
    edited = await stage.run("modify", take(Role.VIDEO, first), **new, strength="flex_1")
    tall = await stage.run("reframe", take(Role.VIDEO, first), **new, ratio="9:16")
    picture = Input(Role.REFERENCE, str(stage.picture()))
    pinned = await stage.run("keyframes", picture, picture, **new, positions="0, 120")
    for task in (first, ahead, before, edited, tall, pinned):
        done(task)
        assert task.badge == "LUMA-RAY-3.2 PRACTICE"
    assert edited.cost.quoted is not None
    assert f"{tall.cost.quoted:.2f}" == "0.60", "five seconds of 720p at 12 cents each"


@driven
async def test_a_large_clip_is_uploaded_once_and_found_again(stage: Stage) -> None:
    clip = Input(Role.VIDEO, str(stage.clip(6.0, padding=400_000)))
    for _ in range(2):
        done(await stage.run("reframe", clip, model="ray-3.2", ratio="1:1"))
    assert [path for _, path in stage.sent()] == ["/agents/v1/files", *["/agents/v1/generations"] * 2]


@driven
async def test_a_clip_that_is_too_long_is_refused_before_anything_is_sent(stage: Stage) -> None:
    clip = Input(Role.VIDEO, str(stage.clip(19.0)))
    with pytest.raises(Invalid, match=r"lasts 19\.0 s; at most 18 s"):
        await stage.run("modify", clip, model="ray-3.2")
    done(await stage.run("reframe", clip, model="ray-3.2", ratio="1:1"))


@driven
async def test_what_is_no_picture_is_refused_before_anything_is_sent(stage: Stage) -> None:
    fake = stage.folder / "fox.png"
    fake.write_bytes(b"GIF, or so it says")
    with pytest.raises(Invalid, match="not a picture"):
        await stage.run("image_to_video", Input(Role.START_IMAGE, str(fake)), model="ray-3.2")
    assert stage.sent() == []


@driven
async def test_a_take_of_the_other_api_or_of_another_vendor_is_named_as_such(stage: Stage) -> None:
    new = await stage.run(model="ray-3.2", resolution="360p")
    with pytest.raises(Invalid, match=r"was made with ray-3\.2"):
        await stage.run("extend", take(Role.VIDEO, new))
    engine = await stage.engine()
    (other,) = await engine.submit(Shot("sandbox", "sandbox-fast", "text_to_video", "x", {"duration": "1s"}))
    await stage.house.until(other.id)
    with pytest.raises(Invalid, match="was made by sandbox"):
        await stage.run("extend", Input(Role.VIDEO, other.id))
    old = await stage.run()
    done(await stage.run("image_to_video", take(Role.START_IMAGE, old), model="ray-3.2"))
    with pytest.raises(Invalid, match="no task"):
        await stage.run("extend", Input(Role.VIDEO, "01KAX0000000000000000000ZZ"))


@driven
async def test_a_link_that_the_vendor_cannot_read_fails_later_and_costs_nothing(stage: Stage) -> None:
    refused = await stage.run(prompt="a fox [fail:Failed to read user input frames]")
    assert refused.status is Status.FAILED
    assert refused.error is not None
    assert refused.error.kind == "input"
    assert refused.cost.charged == 0


@driven
async def test_a_shot_is_priced_by_the_clip_once_that_was_looked_at(stage: Stage) -> None:
    shot = Shot("luma", "ray-3.2", "reframe", "x", {"resolution": "720p"}, (Input(Role.VIDEO, str(stage.clip(6.0))),))
    engine = await stage.engine()
    assert engine.quote(shot).words() == "at most $3.60"
    assert await engine.given.look(shot) == []
    assert engine.quote(shot).words() == "$0.72"
    request = await engine.given.request(shot)
    assert request.body["source"]["media_type"] == "video/mp4"
    assert stage.sent() == []
    assert AGENTS in request.url
