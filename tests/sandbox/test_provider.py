"""The provider `sandbox`: what the program's own client makes of the sandbox's own dialect."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from providers.base import Access, CancelOutcome, VendorRef, VendorState
from providers.catalogue import Catalogue
from providers.errors import NotFound, NotSent, OutcomeUnknown, Refused
from providers.price import quote
from providers.sandbox import SPEC
from providers.sandbox.client import SandboxProvider, read_task
from providers.sandbox.clips import frame_size
from providers.sandbox.faults import Fault, FaultScript, Kind, Rule
from providers.sandbox.options import NATIVE
from providers.sandbox.practice import practice_base_urls, practice_keys
from providers.sandbox.transport import SandboxTransport
from providers.sandbox.world import World
from providers.shot import Input, Media, Role, Shot
from tests.sandbox.kit import Clock, Desk

CATALOGUE: Catalogue = SPEC.load_catalogue()


def shot(prompt: str = "a paper boat", model: str = "sandbox-fast", **params: Any) -> Shot:
    """A shot with the defaults of the form."""
    known = CATALOGUE.find(model)
    assert known is not None
    return Shot("sandbox", model, "text_to_video", prompt, {**known.defaults("text_to_video"), **params})


def build(world: World) -> SandboxProvider:
    """The provider on a world."""
    built = SPEC.build(Access(practice_keys(), practice_base_urls(), SandboxTransport(world)))
    assert isinstance(built, SandboxProvider)
    return built


@pytest.fixture
async def provider(world: World) -> AsyncIterator[SandboxProvider]:
    built = build(world)
    yield built
    await built.aclose()


async def test_a_shot_becomes_a_clip(provider: SandboxProvider, clock: Clock) -> None:
    receipt = await provider.submit(shot())
    ref = VendorRef("sandbox-fast", receipt.vendor_id)
    clock.forward(2 + 2.5)
    running = await provider.poll(ref)
    assert (running.state, running.progress) == (VendorState.RUNNING, 0.25)
    clock.forward(10)
    done = await provider.poll(ref)
    assert done.state is VendorState.SUCCEEDED
    assert done.assets[0].url.startswith("https://sandbox.invalid/assets/sandbox/")
    assert (await provider.poll_many([ref]))[receipt.vendor_id] == done


@pytest.mark.parametrize("model", CATALOGUE.names())
async def test_everything_the_form_offers_is_accepted(provider: SandboxProvider, model: str) -> None:
    known = CATALOGUE.find(model)
    assert known is not None
    for param in known.params("text_to_video"):
        samples = {"integer": (0, 2**32 - 1), "number": (0.0, 1.0), "switch": (True, False), "text": ("", "x" * 500)}
        for value in param.values or samples[param.kind]:
            wanted = shot("a boat", model, **{param.name: value})
            assert CATALOGUE.check(wanted) == []
            assert (await provider.submit(wanted)).vendor_id


def test_the_catalogue_shows_every_kind_of_parameter_and_draws_the_sizes_it_names() -> None:
    kinds = {param.kind for model in CATALOGUE.model for param in model.param}
    assert kinds == {"choice", "integer", "number", "switch", "text"}
    assert {slot.role for slot in CATALOGUE.model[0].input} == {Role.START_IMAGE, Role.END_IMAGE, Role.REFERENCE}
    for name, size in CATALOGUE.sizes.items():
        assert frame_size(*name.split(" ")) == size


def test_values_may_be_written_as_people_write_them() -> None:
    model = CATALOGUE.model[0]
    duration, ratio = model.find_param("duration", "text_to_video"), model.find_param("ratio", "text_to_video")
    assert duration is not None
    assert ratio is not None
    assert [duration.parse(each) for each in ("5", "5s", 5)] == ["5s"] * 3
    assert [ratio.parse(each) for each in ("16:9", "1280:720", "Landscape", "square")] == ["16:9"] * 3 + ["1:1"]


def test_every_shot_is_free() -> None:
    assert quote(CATALOGUE, shot()).free
    assert quote(CATALOGUE, shot(model="sandbox-hd")).words() == "free"


async def test_a_lost_shot_is_found_again_by_its_request(make_world: Any, clock: Clock) -> None:
    provider = build(make_world(faults=FaultScript((Rule(Fault(Kind.DROP), method="POST", calls=(2,)),))))
    begun = datetime.fromtimestamp(clock(), UTC)
    await provider.submit(shot("another", seed=3))
    clock.forward(1)
    with pytest.raises(OutcomeUnknown):
        await provider.submit(shot(motion=1, seed=3))
    until = begun + timedelta(seconds=30)
    found = await provider.find(shot(motion=1.0, seed=3), since=begun, until=until)
    assert len(found) == 1
    assert await provider.find(shot(motion=0.5, seed=3), since=begun, until=until) == []
    assert await provider.find(shot(motion=1, seed=3), since=until, until=until) == []
    await provider.aclose()


async def test_a_shot_that_never_left_is_told_apart(make_world: Any) -> None:
    world = make_world(faults=FaultScript((Rule(Fault(Kind.CONNECT), method="POST"),)))
    provider = build(world)
    with pytest.raises(NotSent):
        await provider.submit(shot())
    assert Desk(world, NATIVE, practice_keys().get(NATIVE)).get("/clips").json["clips"] == []
    await provider.aclose()


async def test_cancelling_says_whether_there_was_something_to_cancel(provider: SandboxProvider, clock: Clock) -> None:
    refs = [VendorRef("sandbox-fast", (await provider.submit(shot())).vendor_id) for _ in range(2)]
    assert await provider.cancel(refs[0]) is CancelOutcome.CANCELLED
    assert await provider.cancel(refs[0]) is CancelOutcome.CANCELLED
    clock.forward(60)
    assert await provider.cancel(refs[1]) is CancelOutcome.ENDED
    assert (await provider.poll(refs[0])).state is VendorState.CANCELLED
    with pytest.raises(NotFound):
        await provider.poll(VendorRef("sandbox-fast", "unknown"))


async def test_a_refusal_names_its_parameters(provider: SandboxProvider) -> None:
    with pytest.raises(Refused) as refused:
        await provider.submit(shot(duration="99s"))
    assert [each.param for each in refused.value.problems] == ["duration"]


async def test_pictures_travel_inside_the_request(provider: SandboxProvider, world: World) -> None:
    inputs = (Input(Role.START_IMAGE, "a.png"), Input(Role.REFERENCE, "b.png"))
    wanted = Shot("sandbox", "sandbox-fast", "image_to_video", "a boat", {}, inputs)
    media = [
        Media(Role.START_IMAGE, data=b"first", media_type="image/png"),
        Media(Role.REFERENCE, url="https://a.example/b.png"),
    ]
    job = world.job(NATIVE, (await provider.submit(wanted, media)).vendor_id)
    assert job is not None
    assert world.clips.picture(job.clip.start_image) == b"first"
    assert job.request["refs"] == [{"url": "https://a.example/b.png"}]


def test_rules_across_fields_say_what_to_change(provider: SandboxProvider) -> None:
    bare = Shot("sandbox", "sandbox-fast", "image_to_video", "a boat")
    assert [each.param for each in provider.problems(bare)] == ["start_image"]
    ends = Shot("sandbox", "sandbox-fast", "image_to_video", "x", {"loop": True}, (Input(Role.END_IMAGE, "a.png"),))
    assert [each.param for each in provider.problems(ends)] == ["loop"]
    assert provider.problems(shot()) == []


async def test_health_costs_nothing_and_needs_no_key(provider: SandboxProvider, make_world: Any) -> None:
    health = await provider.health()
    assert (health.reachable, health.facts["clips"]) == (True, "0")
    down = build(make_world(faults=FaultScript((Rule(Fault(Kind.DROP)),))))
    assert (await down.health()).reachable is False
    await down.aclose()


def test_a_word_nobody_knows_is_kept() -> None:
    task = read_task({"id": "x", "state": "painting"})
    assert (task.state, task.word) == (VendorState.UNKNOWN, "painting")
