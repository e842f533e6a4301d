"""The client against the sandbox: one billable request, uploads before it, cancels, limits, routers, key and host."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import httpx
import pytest

from providers.base import Access, CancelOutcome, VendorRef, VendorState
from providers.errors import (
    KeyRefused,
    NoCredits,
    NotFound,
    NotSent,
    NotSupported,
    OutcomeUnknown,
    RateLimited,
    Refused,
)
from providers.runway.client import RunwayProvider
from providers.sandbox.faults import Fault, FaultScript, Kind, Rule
from providers.sandbox.options import RUNWAY
from providers.sandbox.practice import practice_keys
from providers.sandbox.world import World
from providers.shot import Input, Media, Role
from tests.runway.kit import CATALOGUE, media, mp4, pairs, png, provider, shot, usual, wav
from tests.sandbox.conftest import MakeWorld
from tests.sandbox.kit import START, Clock

T, P, V = "text_to_video", "image_to_video", "video_to_video"
FIRST, CLIP = Input(Role.START_IMAGE, "first.png"), Input(Role.VIDEO, "clip.mp4")
LARGE = Media(Role.START_IMAGE, data=png(pad=4_000_000), media_type="image/png", name="my harbour.png")
DAY = timedelta(days=1)
ROUTED = {"router.gen4.5": "only-gen4-5"}


def fault(path: str, kind: Kind, times: int | None = None) -> FaultScript:
    """What becomes of every POST to a path, after the vendor has it."""
    return FaultScript((Rule(Fault(kind), method="POST", path=path, times=times),))


def sent(world: World, method: str = "POST") -> list[str]:
    """The paths that were asked for, in order."""
    return [each.path for each in world.requests() if each.method == method]


@pytest.mark.parametrize(("name", "mode"), pairs())
async def test_every_model_and_mode_runs_to_its_end(name: str, mode: str, make_world: MakeWorld, clock: Clock) -> None:
    vendor = provider(make_world())
    wish = usual(name, mode)
    receipt = await vendor.submit(wish, media(wish))
    assert receipt.estimated_units is not None
    ref = VendorRef(wish.model, receipt.vendor_id)
    words = [(await vendor.poll(ref)).state]
    clock.forward(3)
    words.append((await vendor.poll(ref)).state)
    clock.forward(60)
    done = await vendor.poll(ref)
    assert [*words, done.state] == [VendorState.PENDING, VendorState.RUNNING, VendorState.SUCCEEDED]
    assert done.charged_units is not None
    assert done.assets
    await vendor.aclose()


async def test_a_submit_is_one_billable_request(world: World) -> None:
    vendor = provider(world)
    await vendor.submit(shot("gen4.5", T))
    assert sent(world) == ["/runway/v1/text_to_video"]


@pytest.mark.parametrize("kind", [Kind.TIMEOUT, Kind.RESET, Kind.STATUS, Kind.HALF_BODY])
async def test_a_lost_answer_is_an_unknown_outcome_and_is_not_sent_again(kind: Kind, make_world: MakeWorld) -> None:
    world = make_world(faults=fault("*/text_to_video", kind))
    with pytest.raises(OutcomeUnknown):
        await provider(world).submit(shot("gen4.5", T))
    assert len(sent(world)) == 1


async def test_missing_credits_are_refused_before_anything_starts(make_world: MakeWorld) -> None:
    world = make_world(balances={RUNWAY: Decimal(10)})
    with pytest.raises(NoCredits):
        await provider(world).submit(shot("gen4.5", T))


# ── inputs ───────────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_a_small_picture_needs_no_upload(world: World) -> None:
    wish = shot("gen4.5", P, FIRST)
    await provider(world).submit(wish, media(wish))
    assert sent(world) == ["/runway/v1/image_to_video"]


async def test_what_is_too_large_is_uploaded_first_and_without_the_key(world: World) -> None:
    wish = shot("gen4.5", P, FIRST)
    vendor = provider(world)
    await vendor.submit(wish, [LARGE])
    paths = sent(world)
    assert paths[0] == "/runway/v1/uploads"
    assert paths[1].startswith("/storage/runway/")
    assert paths[2:] == ["/runway/v1/image_to_video"]
    storage = next(each for each in world.requests() if each.path.startswith("/storage/"))
    assert storage.status == 204


async def test_the_same_bytes_are_uploaded_once_in_a_day(world: World, clock: Clock) -> None:
    vendor = provider(world, clock=clock)
    wish = shot("gen4.5", P, FIRST)
    first = await vendor.prepare(wish, [LARGE])
    clock.forward(22 * 3600)
    assert await vendor.prepare(wish, [LARGE]) == first
    clock.forward(2 * 3600)
    assert await vendor.prepare(wish, [LARGE]) != first
    assert sent(world).count("/runway/v1/uploads") == 2


async def test_two_shots_at_once_share_one_upload(world: World) -> None:
    import asyncio

    vendor = provider(world)
    wish = shot("gen4.5", P, FIRST)
    one, two = await asyncio.gather(vendor.prepare(wish, [LARGE]), vendor.prepare(wish, [LARGE]))
    assert one == two
    assert sent(world).count("/runway/v1/uploads") == 1


async def test_a_failed_upload_gets_a_new_session_and_not_a_second_try(make_world: MakeWorld) -> None:
    world = make_world(faults=fault("/storage/*", Kind.RESET, times=1))
    [ready] = await provider(world).prepare(shot("gen4.5", P, FIRST), [LARGE])
    places = [path for path in sent(world) if path.startswith("/storage/")]
    assert len(places) == len(set(places)) == 2
    assert (ready.vendor_id or "").endswith(places[1].rsplit("/", 1)[-1])


async def test_an_upload_that_cannot_be_brought_over_means_nothing_was_started(make_world: MakeWorld) -> None:
    world = make_world(faults=fault("/storage/*", Kind.RESET))
    with pytest.raises(NotSent):
        await provider(world).submit(shot("gen4.5", P, FIRST), [LARGE])
    assert "/runway/v1/image_to_video" not in sent(world)


async def test_too_many_uploads_are_not_the_limit_of_the_day(make_world: MakeWorld) -> None:
    busy = Fault(Kind.STATUS, status=429, headers={"retry-after": "3"})
    world = make_world(faults=FaultScript((Rule(busy, path="/runway/v1/uploads"),)))
    with pytest.raises(RateLimited, match="no more uploads for the moment") as limited:
        await provider(world).submit(shot("gen4.5", P, FIRST), [LARGE])
    assert (limited.value.daily, limited.value.status, limited.value.retry_after) == (False, 0, 3.0)
    assert "/runway/v1/image_to_video" not in sent(world)


@pytest.mark.parametrize(
    ("name", "mode", "inputs", "files", "words"),
    [
        ("gen4.5", P, (FIRST,), [Media(Role.START_IMAGE, data=b"GIF89a" + bytes(600), name="a.png")], "GIF"),
        ("gen4.5", P, (FIRST,), [Media(Role.START_IMAGE, data=mp4(), media_type="video/mp4", name="a")], "JPEG"),
        ("gen4.5", P, (FIRST,), [Media(Role.START_IMAGE, data=png(pad=10), name="a.png")], "bytes"),
        ("h3_max", P, (FIRST,), [Media(Role.START_IMAGE, data=png(640, 200), name="a.png")], "256 pixels"),
        ("grok_imagine_1_5", P, (FIRST,), [Media(Role.START_IMAGE, data=png(900, 300), name="a.png")], "2.5 times"),
        ("aleph2", V, (CLIP,), [Media(Role.VIDEO, data=mp4(31), media_type="video/mp4", name="a.mp4")], "at most 30 s"),
        ("aleph2", V, (CLIP,), [Media(Role.VIDEO, data=wav(), media_type="audio/wav", name="a.mp4")], "no clip"),
    ],
)
async def test_files_that_the_vendor_would_refuse_are_refused_before_anything_is_sent(
    world: World, name: str, mode: str, inputs: tuple[Input, ...], files: list[Media], words: str
) -> None:
    with pytest.raises(Refused, match=words) as refused:
        await provider(world).submit(shot(name, mode, *inputs), files)
    assert refused.value.status == 0
    assert refused.value.problems
    assert sent(world) == []


async def test_references_of_one_kind_share_their_seconds(world: World) -> None:
    refs = [Input(Role.REFERENCE, f"move{number}.mp4") for number in (1, 2)]
    clips = [Media(Role.REFERENCE, data=mp4(8), media_type="video/mp4", name=each.source) for each in refs]
    wish = shot("seedance2", T, *refs)
    with pytest.raises(Refused, match=r"16\.0 s together; at most 15 s"):
        await provider(world).prepare(wish, clips)
    ready = await provider(world).prepare(wish, [clips[0], Media(Role.REFERENCE, url="https://example.com/b.mp4")])
    assert (ready[0].vendor_id or "").startswith("runway://")


def test_the_crop_of_a_picture_is_told_before_it_is_paid_for(world: World) -> None:
    wish = shot("gen4.5", P, FIRST, ratio="1280:720")
    square = Media(Role.START_IMAGE, data=png(1000, 1000), media_type="image/png", name="first.png")
    [words] = provider(world).notes(wish, [square])
    assert words == "first.png is 1000x1000; for 1280:720 Runway cuts away 44% of its height"
    wide = Media(Role.START_IMAGE, data=png(1920, 1080), media_type="image/png", name="first.png")
    assert provider(world).notes(wish, [wide]) == []


# ── cancel, limits, health ───────────────────────────────────────────────────────────────────────────────────────────


async def test_cancelling_what_waits_gives_the_money_back_and_the_task_is_gone(world: World) -> None:
    vendor = provider(world)
    before = (await vendor.limits()).balance
    ref = VendorRef("gen4.5", (await vendor.submit(shot("gen4.5", T))).vendor_id)
    assert await vendor.cancel(ref) is CancelOutcome.CANCELLED
    assert (await vendor.limits()).balance == before
    with pytest.raises(NotFound):
        await vendor.poll(ref)
    assert await vendor.cancel(ref) is CancelOutcome.CANCELLED


async def test_cancelling_what_runs_is_charged(world: World, clock: Clock) -> None:
    vendor = provider(world)
    before = (await vendor.limits()).balance
    ref = VendorRef("gen4.5", (await vendor.submit(shot("gen4.5", T))).vendor_id)
    clock.forward(3)
    assert await vendor.cancel(ref) is CancelOutcome.CANCELLED
    assert before is not None
    assert (await vendor.limits()).balance == before - 60


async def test_a_finished_task_is_not_deleted_by_a_cancel(world: World, clock: Clock) -> None:
    vendor = provider(world)
    ref = VendorRef("gen4.5", (await vendor.submit(shot("gen4.5", T))).vendor_id)
    clock.forward(60)
    assert await vendor.cancel(ref) is CancelOutcome.ENDED
    assert (await vendor.poll(ref)).assets


async def test_a_task_over_the_limit_is_throttled_and_not_failed(make_world: MakeWorld) -> None:
    vendor = provider(make_world(concurrent={RUNWAY: 1}))
    await vendor.submit(shot("gen4.5", T))
    second = await vendor.submit(shot("gen4.5", T))
    assert (await vendor.poll(VendorRef("gen4.5", second.vendor_id))).state is VendorState.THROTTLED


async def test_limits_and_todays_use_are_told_for_each_model(world: World) -> None:
    vendor = provider(world)
    await vendor.submit(shot("gen4.5", T))
    limits = await vendor.limits()
    assert limits.of("gen4.5").at_once == 2
    assert limits.of("gen4.5").used_today == 1
    assert limits.of("gen4.5").left_today == 199


async def test_health_tells_balance_use_and_the_vendors_terms(world: World) -> None:
    vendor = provider(world)
    await vendor.submit(shot("gen4.5", T))
    health = await vendor.health()
    assert health.key_accepted is True
    assert health.unit == "credit"
    assert health.facts["gen4.5"] == "1 of 200 today"
    assert health.facts["terms"] == "Powered by Runway (https://runwayml.com)"


@pytest.mark.parametrize(
    ("key", "address", "words"),
    [
        ("", None, "no key"),
        ("key_123", None, "128 hex digits"),
        (practice_keys()[RUNWAY][:-1] + "g", None, "128 hex digits"),
        (practice_keys()[RUNWAY], "https://api.runwayml.com/v1", "not the host"),
    ],
)
async def test_a_key_or_address_that_cannot_be_right_is_told_before_the_first_call(
    key: str, address: str | None, words: str
) -> None:
    def nobody(request: httpx.Request) -> httpx.Response:
        raise AssertionError(f"a call left for {request.url}")

    urls = {RUNWAY: address} if address else {}
    vendor = RunwayProvider(CATALOGUE, Access({RUNWAY: key} if key else {}, urls, httpx.MockTransport(nobody)))
    with pytest.raises(KeyRefused, match=words):
        await vendor.submit(shot("gen4.5", T))
    health = await vendor.health()
    assert words in health.message
    assert health.key_accepted is not True


# ── routers ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def window() -> tuple[datetime, datetime]:
    """A window around the sandbox's clock."""
    start = datetime.fromtimestamp(START, UTC)
    return start - DAY, start + DAY


async def test_tasks_cannot_be_found_without_a_router(world: World) -> None:
    since, until = window()
    with pytest.raises(NotSupported):
        await provider(world).find(shot("gen4.5", T), since=since, until=until)


async def test_a_request_lost_on_a_router_is_found_in_its_list(make_world: MakeWorld) -> None:
    world = make_world(faults=fault("*/generate/video", Kind.TIMEOUT))
    vendor = provider(world, options=ROUTED)
    since, until = window()
    with pytest.raises(OutcomeUnknown):
        await vendor.submit(shot("gen4.5", T))
    [found] = await vendor.find(shot("gen4.5", T), since=since, until=until)
    assert (await vendor.poll(VendorRef("gen4.5", found.vendor_id))).state is VendorState.PENDING
    assert sent(world) == ["/runway/v1/generate/video"]


async def test_two_requests_lost_on_one_router_prove_nothing(make_world: MakeWorld) -> None:
    world = make_world(faults=fault("*/generate/video", Kind.TIMEOUT))
    vendor = provider(world, options=ROUTED)
    for _lost in range(2):
        with pytest.raises(OutcomeUnknown):
            await vendor.submit(shot("gen4.5", T))
    with pytest.raises(NotSupported):
        await vendor.find(shot("gen4.5", T), since=datetime.now(UTC) - DAY, until=datetime.now(UTC) + DAY)


async def test_a_router_that_would_choose_for_itself_is_not_used_for_a_model(world: World) -> None:
    vendor = provider(world, options={"router.gen4.5": "any"})
    with pytest.raises(Refused, match="nothing else"):
        await vendor.submit(shot("gen4.5", T))
    assert sent(world) == []


async def test_a_router_that_cannot_be_read_means_nothing_was_started(make_world: MakeWorld) -> None:
    script = FaultScript((Rule(Fault(Kind.TIMEOUT), method="GET", path="*/routers"),))
    vendor = provider(make_world(faults=script), options=ROUTED)
    with pytest.raises(NotSent):
        await vendor.submit(shot("gen4.5", T))


def test_a_routers_request_says_the_shot_in_its_own_words(world: World) -> None:
    vendor = provider(world, options=ROUTED)
    wire = vendor.request(shot("gen4.5", T, ratio="720:1280", duration=4, seed=7))
    assert wire.url.endswith("/v1/generate/video")
    assert wire.body == {
        "configId": "only-gen4-5",
        "input": {
            "promptText": "a paper boat at dawn",
            "aspectRatio": "9:16",
            "resolution": "720p",
            "duration": 4,
            "seed": 7,
        },
    }


def test_a_shot_that_a_router_cannot_say_goes_to_the_model_itself(world: World) -> None:
    vendor = provider(world, options=ROUTED)
    assert vendor.request(shot("gen4.5", T, output_format="prores")).url.endswith("/v1/text_to_video")
    assert provider(world).request(shot("gen4.5", T)).url.endswith("/v1/text_to_video")


async def test_a_router_can_be_named_as_a_model(world: World) -> None:
    vendor = provider(world)
    wish = shot("router:any", T)
    receipt = await vendor.submit(wish)
    assert receipt.estimated_units == 60
    since, until = window()
    assert [each.vendor_id for each in await vendor.find(wish, since=since, until=until)] == [receipt.vendor_id]
